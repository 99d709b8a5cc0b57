/*
 * A plugin as an author built it against ABI 1.0: it must load and work in every later 1.x host. Built with the header
 * of that release, which stands beside it and never changes.
 */
#include "spine/abi.h"

#include <stddef.h>

#if SPINE_ABI_MINOR != 0u
#error "this is not the header of ABI 1.0"
#endif

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define TABLE(array) {array, sizeof(array) / sizeof((array)[0]), sizeof((array)[0])}

static spine_str text(const char* data, uint64_t size) {
    const spine_str value = {data, size};
    return value;
}
#define STR(literal) text(literal, sizeof(literal) - 1)

static spine_status say(const spine_run* run) {
    const spine_log_1* log = run->get_interface(run, STR(SPINE_LOG_ID));
    if (log == NULL)
        return run->fail(run, SPINE_UNSUPPORTED, SPINE_RETRY_NEVER, 0, STR("no log"), STR(""));
    log->write(run, SPINE_LOG_INFO, STR("said by a plugin of 1.0"));
    return SPINE_OK;
}

static spine_status work(const spine_pipeline_desc* self, const spine_run* run) {
    spine_value count;
    (void)self;
    const spine_status status = run->param(run, STR("count"), &count);
    if (status != SPINE_OK)
        return status;
    count.integer += 1;
    const spine_status said = say(run);
    return said != SPINE_OK ? said : run->emit(run, STR("next"), &count);
}

static spine_status check(const spine_handler_desc* self, const spine_run* run) {
    const spine_step_1* step = run->get_interface(run, STR(SPINE_STEP_ID));
    spine_value seen;
    (void)self;
    if (step == NULL)
        return run->fail(run, SPINE_UNSUPPORTED, SPINE_RETRY_NEVER, 0, STR("no step"), STR(""));
    if (step->output(run, STR("work.next"), &seen) != SPINE_OK)
        return run->fail(run, SPINE_INVALID_STATE, SPINE_RETRY_NEVER, 0, STR("no output"), STR(""));
    return step->update(run, STR("seen"), &seen);
}

static const spine_param params[] = {{sizeof(spine_param),
                                      SPINE_PARAM_REQUIRED,
                                      TEXT("count"),
                                      SPINE_INT,
                                      0,
                                      {NULL, 0},
                                      {NULL, 0},
                                      TEXT("a number")}};
static const spine_pipeline_desc pipelines[] = {{sizeof(spine_pipeline_desc),
                                                 0,
                                                 TEXT("work"),
                                                 {NULL, 0},
                                                 TEXT("Adds one"),
                                                 TABLE(params),
                                                 {NULL, 0},
                                                 {NULL, 0},
                                                 {NULL, 0},
                                                 {NULL, 0},
                                                 {NULL, 0},
                                                 SPINE_EFFECTS_NONE,
                                                 0,
                                                 NULL,
                                                 &work}};
static const spine_handler_desc handlers[] = {
    {sizeof(spine_handler_desc), 0, TEXT("steps.check"), {NULL, 0}, TEXT("Looks"), {NULL, 0, 0}, &check}};
static const spine_domain_desc domains[] = {
    {sizeof(spine_domain_desc), 0, TEXT("abi.first"), TEXT("abi"), TEXT("abi_"), {NULL, 0, 0}, {NULL, 0, 0}}};
static const spine_plugin_desc desc = {sizeof(spine_plugin_desc),
                                       SPINE_THREADS_PARALLEL,
                                       TEXT("abi_1_0"),
                                       TEXT("1.0.0"),
                                       TEXT("Built on ABI 1.0"),
                                       {NULL, 0},
                                       {NULL, 0},
                                       {NULL, 0},
                                       TEXT("1.0.0"),
                                       TEXT("a compiler of its time"),
                                       TABLE(domains),
                                       TABLE(pipelines),
                                       TABLE(handlers),
                                       {NULL, 0, 0}};
static const spine_plugin plugin = {
    SPINE_PLUGIN_MAGIC, sizeof(spine_plugin), SPINE_ABI_MAJOR, SPINE_ABI_MINOR, 0, 0, &desc, NULL, NULL, NULL};

__attribute__((visibility("default"))) const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) {
    (void)minor;
    return major == SPINE_ABI_MAJOR ? &plugin : NULL;
}
