#include "minimal.h"
static const spine_str day = TEXT("2026-02-30");
SPOIL(params[0].type = SPINE_DATE; params[0].default_value = day)
