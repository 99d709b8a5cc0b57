#include "minimal.h"
static const spine_str description = TEXT("how\0many");
SPOIL(params[0].description = description)
