#include "minimal.h"
SPOIL(columns[0].flags = SPINE_COLUMN_NULLABLE)
