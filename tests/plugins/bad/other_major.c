#include "minimal.h"
SPOIL(plugin.abi_major = 2)
