#include "minimal.h"
SPOIL(desc.pipelines.items = NULL)
