#include "minimal.h"
SPOIL(plugin.desc = NULL)
