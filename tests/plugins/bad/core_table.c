#include "minimal.h"
static const spine_str name = TEXT("core_manifest");
SPOIL(dataset.name = name)
