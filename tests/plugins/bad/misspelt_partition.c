#include "minimal.h"
static const spine_str keys = TEXT("dya");
SPOIL(pipelines[0].partition_keys = keys)
