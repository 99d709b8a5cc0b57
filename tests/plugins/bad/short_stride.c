#include "minimal.h"
SPOIL(desc.pipelines.stride = 16)
