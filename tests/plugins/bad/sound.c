/* Nothing is spoilt: the cases differ from this one only. */
#include "minimal.h"
SPOIL((void)0)
