#include "minimal.h"
extern int sqlite3_open(const char* file, void** connection);
static void* connection;
SPOIL(sqlite3_open("spine.db", &connection))
