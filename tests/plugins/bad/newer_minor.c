#include "minimal.h"
SPOIL(plugin.min_host_minor = 7)
