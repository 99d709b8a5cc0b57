#include "minimal.h"
SPOIL(desc.struct_size = sizeof desc - 8)
