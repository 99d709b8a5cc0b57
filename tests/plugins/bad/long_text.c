#include "minimal.h"
SPOIL(pipelines[0].title.size = (uint64_t)1 << 40)
