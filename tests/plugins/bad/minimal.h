/* A plugin that is right in every way. Each case beside this file spoils one thing and answers with
 * it. */
#include <spine/abi.h>
#include <stddef.h>

#ifdef __cplusplus
#define EXPORT extern "C" __attribute__((visibility("default")))
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#define TEXT(literal)                                                                              \
    { literal, sizeof(literal) - 1 }
#define NO_TEXT                                                                                    \
    { NULL, 0 }
#define TABLE(array)                                                                               \
    { array, sizeof(array) / sizeof((array)[0]), sizeof((array)[0]) }
#define NO_TABLE                                                                                   \
    { NULL, 0, 0 }

static spine_status do_nothing(const spine_pipeline_desc* self, const spine_run* run) {
    (void)self;
    (void)run;
    return SPINE_OK;
}

static spine_param params[] = {
    {sizeof(spine_param), 0, TEXT("count"), SPINE_INT, 0, TEXT("3"), NO_TEXT, TEXT("how many")}};
static spine_pipeline_desc pipelines[] = {{sizeof(spine_pipeline_desc),
                                           0,
                                           TEXT("work"),
                                           NO_TEXT,
                                           TEXT("Works"),
                                           TABLE(params),
                                           NO_TEXT,
                                           NO_TEXT,
                                           NO_TEXT,
                                           NO_TEXT,
                                           TEXT("1"),
                                           SPINE_EFFECTS_ROWS,
                                           0,
                                           NULL,
                                           &do_nothing},
                                          {sizeof(spine_pipeline_desc),
                                           0,
                                           TEXT("rest"),
                                           NO_TEXT,
                                           TEXT("Rests"),
                                           NO_TABLE,
                                           NO_TEXT,
                                           NO_TEXT,
                                           NO_TEXT,
                                           NO_TEXT,
                                           TEXT("1"),
                                           SPINE_EFFECTS_ROWS,
                                           0,
                                           NULL,
                                           &do_nothing}};
static spine_column columns[] = {{sizeof(spine_column), 0, TEXT("n"), SPINE_INT, 0, NO_TEXT}};
static spine_dataset dataset = {sizeof(spine_dataset),
                                SPINE_BY_CAPTURE,
                                TEXT("bad_numbers"),
                                NO_TEXT,
                                TEXT("day"),
                                TABLE(columns),
                                TEXT("n"),
                                NO_TEXT};
static spine_migration_step steps[] = {{sizeof(spine_migration_step),
                                        SPINE_STEP_CREATE_DATASET,
                                        TEXT("bad_numbers"),
                                        &dataset,
                                        NULL,
                                        NO_TEXT,
                                        NO_TEXT}};
static spine_migration migrations[] = {{sizeof(spine_migration), 1, TEXT("numbers"), TABLE(steps)}};
static spine_domain_desc domains[] = {{sizeof(spine_domain_desc),
                                       0,
                                       TEXT("bad.domain"),
                                       TEXT("bad"),
                                       TEXT("bad_"),
                                       NO_TABLE,
                                       NO_TABLE}};
static spine_plugin_desc desc = {sizeof(spine_plugin_desc),
                                 SPINE_THREADS_PARALLEL,
                                 TEXT("bad_plugin"),
                                 TEXT("1.0.0"),
                                 TEXT("A bad plugin"),
                                 NO_TEXT,
                                 NO_TEXT,
                                 NO_TEXT,
                                 TEXT("1.0.0"),
                                 TEXT("a compiler"),
                                 TABLE(domains),
                                 TABLE(pipelines),
                                 NO_TABLE,
                                 TABLE(migrations)};
static spine_plugin plugin = {SPINE_PLUGIN_MAGIC,
                              sizeof(spine_plugin),
                              SPINE_ABI_MAJOR,
                              SPINE_ABI_MINOR,
                              0,
                              0,
                              &desc,
                              NULL,
                              NULL,
                              NULL};

/* SPOIL(statements): the entry that answers after them. */
#define SPOIL(...)                                                                                 \
    EXPORT const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) {                \
        (void)major;                                                                               \
        (void)minor;                                                                               \
        __VA_ARGS__;                                                                               \
        return &plugin;                                                                            \
    }
