#include "minimal.h"
static const spine_str prefix = TEXT("demo_");
static const spine_str name = TEXT("demo_numbers");
SPOIL(domains[0].table_prefix = prefix; dataset.name = name)
