#include "minimal.h"
SPOIL(desc.version.data = "01.00")
