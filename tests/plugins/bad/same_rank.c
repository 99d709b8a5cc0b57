#include "minimal.h"
static spine_stage stages[] = {{sizeof(spine_stage), 2, TEXT("RAW"), NO_TEXT},
                               {sizeof(spine_stage), 2, TEXT("DONE"), NO_TEXT}};
static const spine_table table = TABLE(stages);
SPOIL(domains[0].stages = table)
