#include "minimal.h"
static const char prefix[] = "json_", name[] = "json_each";
SPOIL((domains[0].table_prefix.data = prefix, domains[0].table_prefix.size = sizeof(prefix) - 1, dataset.name.data = name,
       dataset.name.size = sizeof(name) - 1, steps[0].name = dataset.name))
