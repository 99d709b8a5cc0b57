#include "minimal.h"
static const spine_str name = TEXT("otc_raw");
SPOIL(dataset.name = name)
