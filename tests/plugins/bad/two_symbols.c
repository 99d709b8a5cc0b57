#include "minimal.h"
SPOIL((void)0)
EXPORT int helper(void) { return 1; }
