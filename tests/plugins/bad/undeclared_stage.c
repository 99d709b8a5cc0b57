#include "minimal.h"
static const spine_str stage = TEXT("DONE");
SPOIL(pipelines[0].stage = stage)
