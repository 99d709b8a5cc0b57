#include "minimal.h"
static const char sql[] = "SELECT 1 AS x; DELETE FROM core_rejects";
SPOIL((steps[0].kind = SPINE_STEP_CREATE_VIEW, steps[0].sql.data = sql, steps[0].sql.size = sizeof(sql) - 1))
