#include "minimal.h"
SPOIL(pipelines[1].run = NULL)
