#include "minimal.h"
SPOIL(pipelines[1].name = pipelines[0].name)
