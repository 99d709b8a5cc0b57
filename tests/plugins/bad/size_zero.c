#include "minimal.h"
SPOIL(plugin.struct_size = 0)
