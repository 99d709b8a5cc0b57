#include "minimal.h"
SPOIL(params[0].default_value.data = "x")
