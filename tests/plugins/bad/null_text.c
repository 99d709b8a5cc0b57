#include "minimal.h"
SPOIL(pipelines[0].title.data = NULL)
