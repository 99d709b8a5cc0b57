#include "minimal.h"
SPOIL(pipelines[1].struct_size = sizeof pipelines[1] + 8)
