#include "minimal.h"
static const spine_str prefix = TEXT("core_");
SPOIL(domains[0].table_prefix = prefix)
