/* at_commit: dies at a chosen commit. Loaded with LD_PRELOAD into a program that uses libsqlite3 as a shared library.
 *
 * A point is the first step of a COMMIT, END or RELEASE, of a statement that writes outside a transaction, a change of
 * the journal mode, or a checkpoint. They are numbered from 1 in the order in which the process meets them.
 *
 *   SPINE_SHIM_POINTS=FILE     appends one line per point: number, kind, beginning of the SQL
 *   SPINE_SHIM_KILL=before:N   SIGKILL immediately before point N
 *   SPINE_SHIM_KILL=after:N    SIGKILL immediately after it, before the program learns of it
 *
 * sqlite3_exec needs no entry of its own: it calls sqlite3_step through the library's linkage table. */
#define _GNU_SOURCE
#include "report.h"

#include <ctype.h>
#include <dlfcn.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static atomic_long points;
static long wanted;
static bool wanted_after;

__attribute__((constructor)) static void configure(void) {
    const char* kill_at = getenv("SPINE_SHIM_KILL");
    if (kill_at == NULL)
        return;
    const char* colon = strchr(kill_at, ':');
    wanted_after = strncmp(kill_at, "after:", 6) == 0;
    wanted = colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static bool begins(const char* sql, const char* word) {
    const size_t length = strlen(word);
    return strncasecmp(sql, word, length) == 0 && !isalnum((unsigned char)sql[length]) && sql[length] != '_';
}

static const char* kind_of(sqlite3_stmt* statement) {
    const char* sql = sqlite3_sql(statement);
    if (sql == NULL || sqlite3_stmt_busy(statement))
        return NULL;
    while (isspace((unsigned char)*sql))
        ++sql;
    if (begins(sql, "COMMIT") || begins(sql, "END") || begins(sql, "RELEASE"))
        return "commit";
    if (strncasecmp(sql, "PRAGMA wal_checkpoint", 21) == 0)
        return "checkpoint";
    if (strncasecmp(sql, "PRAGMA journal_mode", 19) == 0)
        return "write";
    if (begins(sql, "BEGIN") || begins(sql, "PRAGMA") || begins(sql, "SAVEPOINT") || begins(sql, "ATTACH") ||
        begins(sql, "DETACH") || begins(sql, "EXPLAIN"))
        return NULL;
    return sqlite3_get_autocommit(sqlite3_db_handle(statement)) && !sqlite3_stmt_readonly(statement) ? "write" : NULL;
}

static long meet(const char* kind, const char* sql) {
    const long point = atomic_fetch_add(&points, 1) + 1;
    report("SPINE_SHIM_POINTS", "%ld %s %.60s\n", point, kind, sql);
    if (point == wanted && !wanted_after)
        die();
    return point;
}

SQLITE_API int sqlite3_step(sqlite3_stmt* statement) {
    static int (*real)(sqlite3_stmt*);
    if (real == NULL)
        *(void**)&real = dlsym(RTLD_NEXT, "sqlite3_step");
    const char* kind = statement == NULL ? NULL : kind_of(statement);
    const long point = kind == NULL ? 0 : meet(kind, sqlite3_sql(statement));
    const int result = real(statement);
    if (point != 0 && point == wanted && wanted_after)
        die();
    return result;
}

SQLITE_API int sqlite3_wal_checkpoint_v2(sqlite3* db, const char* schema, int mode, int* log, int* done) {
    static int (*real)(sqlite3*, const char*, int, int*, int*);
    if (real == NULL)
        *(void**)&real = dlsym(RTLD_NEXT, "sqlite3_wal_checkpoint_v2");
    const long point = meet("checkpoint", "sqlite3_wal_checkpoint_v2");
    const int result = real(db, schema, mode, log, done);
    if (point == wanted && wanted_after)
        die();
    return result;
}
