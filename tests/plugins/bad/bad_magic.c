#include "minimal.h"
SPOIL(plugin.magic = 0xdeadbeefu)
