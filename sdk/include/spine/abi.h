/*
 * The contract between the spine host and every domain plugin: C11, ABI 1.3. What is newer than 1.0 says so.
 *
 * A plugin is a shared library that exports one function, `spine_plugin_query`, and no other symbol. The function
 * answers with a constant table that says what the plugin brings (domains, pipelines, lambdas, migrations). The host
 * reads the table, and calls the functions in it. Everything a plugin does to the world it asks of the host, through
 * interfaces that it fetches by name from the `spine_run` of the current attempt.
 *
 * Threads. Every function states one tag:
 *   [load]  called while the host loads or lists plugins; must not call host services, allocate or block
 *   [step]  only on the thread that the host called the plugin on, only until that call returns
 *   [any]   from any thread until the call that handed the object over has returned
 *
 * Text is UTF-8, a pointer and a length, not NUL-terminated. A null pointer with size 0 is the empty text.
 *
 * Ownership. Who allocates frees. Pointers that go into a call are borrowed until it returns. Pointers that the host
 * hands out live in the attempt's arena until the plugin's entry function returns, unless the function says otherwise.
 * Descriptor tables must live as long as the library. No memory is freed by the other side, except by an Arrow release.
 *
 * Growth. Structs begin with `struct_size`, set by whoever fills them to the size it was built with; fields are only
 * ever appended, and a reader uses no field past `struct_size`. Tables carry a stride for the same reason. New functions
 * come as new interfaces (`spine.NAME/REV`). Numbers below are never reused. A reader treats unknown enumerators as the
 * documented default.
 *
 * Failure. Functions return a `spine_status`. Host functions never throw and never longjmp; plugin functions must not
 * let an exception cross. After cancellation every host call returns SPINE_CANCELLED.
 */
#ifndef SPINE_ABI_H
#define SPINE_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPINE_ABI_MAJOR 1u
#define SPINE_ABI_MINOR 3u
#define SPINE_PLUGIN_MAGIC 0x53504e45u /* "SPNE" */
#define SPINE_QUERY_SYMBOL "spine_plugin_query"

/* ---- values ---------------------------------------------------------------------------------------------------- */

typedef struct spine_str {
    const char* data;
    uint64_t size; /* bytes */
} spine_str;

typedef struct spine_bytes {
    const uint8_t* data;
    uint64_t size;
} spine_bytes;

/* An array whose elements may have grown since the reader was built: element i is at (char*)items + i * stride. */
typedef struct spine_table {
    const void* items;
    uint32_t count;
    uint32_t stride; /* bytes */
} spine_table;

typedef int32_t spine_status;
#define SPINE_OK 0
#define SPINE_INVALID_ARG 1   /* a parameter or a call is wrong; category CONFIGURATION */
#define SPINE_INVALID_STATE 2 /* called at the wrong time, or something that must exist first does not; DEPENDENCY */
#define SPINE_INVALID_DATA 3  /* the data cannot be used; DATA_QUALITY */
#define SPINE_NOT_FOUND 4     /* DEPENDENCY; for a source: a missing file */
#define SPINE_CONFLICT 5      /* somebody else holds it; TRANSIENT */
#define SPINE_INTEGRITY 6     /* the data contradicts itself; DATA_QUALITY */
#define SPINE_IO 7            /* TRANSIENT */
#define SPINE_UNAVAILABLE 8   /* TRANSIENT */
#define SPINE_TIMEOUT 9       /* TIMEOUT */
#define SPINE_CANCELLED 10    /* CANCELLED */
#define SPINE_UNSUPPORTED 11  /* CONFIGURATION */
#define SPINE_DENIED 12       /* CONFIGURATION */
#define SPINE_RESOURCE 13     /* RESOURCE */
#define SPINE_INTERNAL 14     /* INTERNAL */
#define SPINE_PANIC 15        /* an exception reached the boundary; STEP_ERROR */
/* Any other number is treated as SPINE_INTERNAL and named in the error. */

/* What a failure says about trying again. Unknown numbers mean SPINE_RETRY_BY_CATEGORY. */
typedef uint32_t spine_retry;
#define SPINE_RETRY_BY_CATEGORY 0u
#define SPINE_RETRY_NEVER 1u
#define SPINE_RETRY_NOW 2u
#define SPINE_RETRY_BACKOFF 3u /* not before backoff_ms */
#define SPINE_RETRY_AFTER_INPUT_CHANGE 4u

/* Types of parameters, columns and values. */
typedef uint32_t spine_type;
#define SPINE_NULL 0u
#define SPINE_BOOL 1u      /* value.integer is 0 or 1 */
#define SPINE_INT 2u       /* int64 */
#define SPINE_REAL 3u      /* IEEE double, finite */
#define SPINE_TEXT 4u
#define SPINE_DATE 5u      /* text YYYY-MM-DD */
#define SPINE_TIMESTAMP 6u /* text YYYY-MM-DDTHH:MM:SS.mmmZ, UTC */
#define SPINE_JSON 7u      /* JSON text */

typedef struct spine_value {
    spine_type type;
    uint32_t reserved; /* 0 */
    int64_t integer;   /* SPINE_BOOL, SPINE_INT */
    double real;       /* SPINE_REAL */
    spine_str text;    /* SPINE_TEXT, SPINE_DATE, SPINE_TIMESTAMP, SPINE_JSON */
} spine_value;

typedef struct spine_field {
    spine_str name;
    spine_value value;
} spine_field;

/* ---- columnar batches: the memory layout of the Arrow C data interface ------------------------------------------ */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema** children;
    struct ArrowSchema* dictionary;
    void (*release)(struct ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void** buffers;
    struct ArrowArray** children;
    struct ArrowArray* dictionary;
    void (*release)(struct ArrowArray*);
    void* private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

/*
 * The subset that crosses this boundary: a struct ("+s") of equally long columns with offset 0, each "l" (int64),
 * "g" (float64) or "u" (UTF-8 text with int32 offsets); a validity bitmap may be absent when null_count is 0.
 */

/* ---- what a plugin declares -------------------------------------------------------------------------------------- */

typedef struct spine_run spine_run;
typedef struct spine_pipeline_desc spine_pipeline_desc;
typedef struct spine_handler_desc spine_handler_desc;

/* Flags of a parameter. */
#define SPINE_PARAM_REQUIRED 1u
#define SPINE_PARAM_IN_DIGEST 2u /* the value shapes the rows: another value makes the stage due again */

typedef struct spine_param {
    uint32_t struct_size;
    uint32_t flags;
    spine_str name; /* [a-z][a-z0-9_]{0,62} */
    spine_type type;
    uint32_t reserved;
    spine_str default_value; /* as written on a command line; empty: none */
    /* Values separated by '|'. A value may be followed by other spellings of it, each after '='. Matching ignores case and
       surrounding blanks; the plugin always sees the first spelling. Empty: any value of the type. */
    spine_str allowed;
    spine_str description;
} spine_param;

/* What a pipeline does to the world. */
#define SPINE_EFFECTS_ROWS 0u     /* through the host only */
#define SPINE_EFFECTS_EXTERNAL 1u /* something outside too: at-least-once, with run->idempotency_key */
#define SPINE_EFFECTS_NONE 2u

#define SPINE_PIPELINE_COMPOSITE 1u /* only starts others: is offered dispatch, manifest, config, log, clock, source.exists */

struct spine_pipeline_desc {
    uint32_t struct_size;
    uint32_t flags;
    spine_str name;   /* without the domain: "ingest_week" */
    spine_str domain; /* empty: the plugin's first domain */
    spine_str title;  /* one line for people */
    spine_table params;        /* spine_param */
    spine_str partition_keys;  /* '|'-separated parameters that name the partition; empty: learned while running, or none */
    spine_str needs;           /* '|'-separated stages of the same partition that must be there */
    spine_str stage;           /* the stage it reaches; empty: none, it is never skipped as done */
    spine_str exports;         /* '|'-separated outputs that later workflow steps take as parameters */
    spine_str calc_version;    /* part of the inputs' digest: raise it when the same input gives other rows */
    uint32_t effects;
    uint32_t max_seconds; /* 0: no limit */
    /*
     * Optional (may be null). Says, before the work and through the interface `spine.plan/1` only, which partitions the
     * attempt will write and which manifest rows it will read. Reads parameters, configuration and the manifest; has no
     * effects; may be called any number of times. Returns as `run`.  [step]
     */
    spine_status (*plan)(const spine_pipeline_desc* self, const spine_run* run);
    /* Does the work. SPINE_OK, or another status after run->fail with the details.  [step] */
    spine_status (*run)(const spine_pipeline_desc* self, const spine_run* run);
};

/* A lambda: a light check or a routing decision between pipelines. Is offered log, config, manifest (reading), step and course. */
struct spine_handler_desc {
    uint32_t struct_size;
    uint32_t flags;
    spine_str name;   /* without the domain: "steps.validate_ingest" */
    spine_str domain; /* empty: the plugin's first domain */
    spine_str title;
    spine_table config; /* spine_param: the step's `config` */
    /* SPINE_OK: the step succeeded. Another status after run->fail.  [step] */
    spine_status (*call)(const spine_handler_desc* self, const spine_run* run);
};

/*
 * Since ABI 1.2. Flags of a stage. At most one stage of a domain publishes: a capture that reaches it, with none of the checks of
 * that attempt failed, becomes in the same commit the one that readers of the partition see, which are the NAME_latest views and
 * all work on other partitions. Until then they see the capture that was published before it. A domain without such a stage
 * publishes a capture in the commit that makes it.
 */
#define SPINE_STAGE_PUBLISHES 1u

typedef struct spine_stage {
    uint32_t struct_size;
    uint32_t rank; /* order along the life of a partition */
    spine_str name;
    spine_str aliases; /* '|'-separated */
    uint32_t flags;    /* since ABI 1.2 */
    uint32_t reserved; /* 0 */
} spine_stage;

typedef struct spine_domain_desc {
    uint32_t struct_size;
    uint32_t reserved;
    spine_str name;         /* "finra.otc_transparency" */
    spine_str alias;        /* short prefix for pipelines: "otc"; may be empty */
    spine_str table_prefix; /* every dataset and view of the domain starts with it: "otc_" */
    spine_table stages;     /* spine_stage */
    spine_table config;     /* spine_param: configuration keys, read as DOMAIN.KEY or PLUGIN.KEY */
} spine_domain_desc;

/* ---- datasets and migrations ------------------------------------------------------------------------------------- */

#define SPINE_COLUMN_NULLABLE 1u
#define SPINE_COLUMN_REPEATED 2u /* text or date that repeats much: stored once; reads as ordinary text */

typedef struct spine_column {
    uint32_t struct_size;
    uint32_t flags;
    spine_str name;
    spine_type type; /* SPINE_INT, SPINE_REAL, SPINE_TEXT, SPINE_DATE, SPINE_BOOL */
    uint32_t reserved;
    spine_str description;
} spine_column;

/* How the rows of a dataset belong to history; also the unit that is replaced. */
#define SPINE_BY_CAPTURE 0u /* rows of one capture of one partition; reads with capture_id */
#define SPINE_BY_INPUTS 1u  /* rows made from a set of captures; reads with inputs_sha256 over their sorted ids */

/*
 * A table. Readers see a view of the dataset's name: the partition's keys, the columns, then capture_seq, capture_id and
 * captured_at (by inputs: derivation_seq, inputs_sha256 and derived_at). A view NAME_latest has, for each partition, the rows of the
 * newest published capture for which the dataset has been made, and a column is_current, 1 when that is the published one (by inputs:
 * of the newest set of published captures, 1 when each is the published one). A view NAME_head has the rows of the newest capture.
 */
typedef struct spine_dataset {
    uint32_t struct_size;
    uint32_t keyed_by;        /* SPINE_BY_CAPTURE or SPINE_BY_INPUTS */
    spine_str name;           /* with the domain's prefix */
    spine_str domain;         /* empty: the plugin's first domain */
    spine_str partition_keys; /* '|'-separated: "tier|week_ending" */
    spine_table columns;      /* spine_column, without the partition's keys */
    spine_str key;            /* '|'-separated columns that are unique within a capture */
    spine_str description;
} spine_dataset;

#define SPINE_STEP_CREATE_DATASET 1u /* dataset */
#define SPINE_STEP_ADD_COLUMN 2u     /* name: the dataset; column (nullable) */
#define SPINE_STEP_CREATE_VIEW 3u    /* name; sql: a portable SELECT over own datasets and other views */
#define SPINE_STEP_DROP_VIEW 4u      /* name */
/* Since ABI 1.2. Rows, digests and records stay; what reads the old name must be dropped before and made again after it. */
#define SPINE_STEP_RENAME_DATASET 5u /* name: the dataset; renamed: its new name */
#define SPINE_STEP_RENAME_COLUMN 6u  /* name: the dataset; sql: the column, no partition key; renamed: its new name */
#define SPINE_STEP_RENAMED_PLUGIN 7u /* name: an id that this plugin had before; what the store has of it is this plugin's */

typedef struct spine_migration_step {
    uint32_t struct_size;
    uint32_t kind;
    spine_str name;
    const spine_dataset* dataset;
    const spine_column* column;
    spine_str sql;
    spine_str renamed; /* since ABI 1.2 */
} spine_migration_step;

/* Applied once, in the order of the numbers; its checksum is kept, and a changed one that was applied is refused. */
typedef struct spine_migration {
    uint32_t struct_size;
    uint32_t number;
    spine_str name;
    spine_table steps; /* spine_migration_step */
} spine_migration;

/* ---- the plugin -------------------------------------------------------------------------------------------------- */

#define SPINE_THREADS_SERIAL 0u   /* one attempt at a time in this library */
#define SPINE_THREADS_PARALLEL 1u /* different attempts may run at the same time */

typedef struct spine_plugin_desc {
    uint32_t struct_size;
    uint32_t thread_model;
    spine_str id;      /* reverse-DNS or a short name: [a-z][a-z0-9_.-]{0,62} */
    spine_str version; /* semantic version */
    spine_str title;
    spine_str vendor;
    spine_str license;
    spine_str url;
    spine_str sdk_version;
    spine_str built_with; /* compiler */
    spine_table domains;    /* spine_domain_desc, at least one */
    spine_table pipelines;  /* spine_pipeline_desc */
    spine_table handlers;   /* spine_handler_desc */
    spine_table migrations; /* spine_migration */
} spine_plugin_desc;

/* The host as init sees it. */
typedef struct spine_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    spine_str version; /* of the program */
    void* ctx;
} spine_host;

typedef struct spine_plugin {
    uint32_t magic; /* SPINE_PLUGIN_MAGIC */
    uint32_t struct_size;
    uint32_t abi_major;
    uint32_t abi_minor;      /* built against */
    uint32_t min_host_minor; /* the oldest host minor that it can live with */
    uint32_t reserved;
    const spine_plugin_desc* desc;
    /* Optional. Called once before the first run; a status other than SPINE_OK refuses the plugin.  [step] */
    spine_status (*init)(const spine_host* host);
    /* Optional. Called once at the end of the program if init succeeded. The library is never unloaded.  [step] */
    void (*shutdown)(void);
    /* Optional. Interfaces of later revisions by id; null when unknown.  [load] */
    const void* (*get_interface)(spine_str id);
} spine_plugin;

/*
 * The one exported function. Returns the constant table of the plugin, or null when it cannot live with this host. The
 * host loads it when the majors are equal and min_host_minor is not above the host's minor.  [load]
 */
typedef const spine_plugin* (*spine_plugin_query_fn)(uint32_t host_major, uint32_t host_minor);

/* ---- the attempt ------------------------------------------------------------------------------------------------- */

#define SPINE_RUN_FORCE 1u   /* derive again although nothing is due */
#define SPINE_RUN_DRY 2u     /* nothing will be committed */

/* One attempt, as the plugin sees it. Owned by the host; valid until the entry function returns. */
struct spine_run {
    uint32_t struct_size;
    uint32_t flags;
    uint32_t attempt; /* 1 is the first */
    uint32_t reserved;
    spine_str execution_id;
    spine_str batch_id;
    spine_str pipeline; /* full name; for a lambda the handler's */
    spine_str step;     /* path in a workflow, "each[17]/normalize"; empty outside of one */
    /* The same for every attempt of this work: give it to external systems. Of a workflow's step it comes from the run, the
       path and the run's generation, so that a step which is done anew on purpose has another one. */
    spine_str idempotency_key;
    void* ctx;                 /* the host's */

    /* An interface by id ("spine.db/1"), or null: unknown, or not offered to this kind of work.  [step] */
    const void* (*get_interface)(const spine_run* run, spine_str id);
    /* A parameter by name; SPINE_NOT_FOUND when neither given nor defaulted.  [step] */
    spine_status (*param)(const spine_run* run, spine_str name, spine_value* out);
    /* 1 once the attempt is cancelled or past its deadline, be it the pipeline's, the step's or the run's.  [any] */
    int32_t (*is_cancelled)(const spine_run* run);
    /* How far the work is; total 0 means unknown; may go backward. Extends the lease.  [any] */
    void (*progress)(const spine_run* run, uint64_t done, uint64_t total, spine_str what);
    /* Waits; returns SPINE_CANCELLED at once when cancelled, SPINE_TIMEOUT past a deadline. The only way a plugin may
       wait.  [step] */
    spine_status (*wait)(const spine_run* run, uint64_t milliseconds);
    /* Says why the attempt fails; copied at once; the last call counts. `details` is JSON or empty, and may name a
       `category` that overrides the status's, a `hint`, and a `missing_file`, which makes exit code 4. Returns `status`, to be returned.  [step] */
    spine_status (*fail)(const spine_run* run, spine_status status, spine_retry retry, uint64_t backoff_ms,
                         spine_str message, spine_str details);
    /* A named output of the work, at most 1 MiB together; the last value of a name counts.  [step] */
    spine_status (*emit)(const spine_run* run, spine_str name, const spine_value* value);
};

/* ---- host interfaces --------------------------------------------------------------------------------------------- */

#define SPINE_LOG_ID "spine.log/1"
#define SPINE_LOG_DEBUG 0u
#define SPINE_LOG_INFO 1u
#define SPINE_LOG_WARN 2u
#define SPINE_LOG_ERROR 3u
typedef struct spine_log_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* One line; control characters are escaped, long lines cut. Kept with the attempt from SPINE_LOG_INFO on, up to 10,000
       lines and 1 MiB.  [any] */
    void (*write)(const spine_run* run, uint32_t level, spine_str message);
} spine_log_1;

#define SPINE_CONFIG_ID "spine.config/1"
typedef struct spine_config_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* A declared configuration key of the domain, typed and defaulted as declared; SPINE_NOT_FOUND if unset.  [step] */
    spine_status (*get)(const spine_run* run, spine_str key, spine_value* out);
} spine_config_1;

#define SPINE_CLOCK_ID "spine.clock/1"
typedef struct spine_clock_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Milliseconds since 1970 UTC at which the execution was created: recorded, so the same for every attempt.  [step] */
    int64_t (*created_at_ms)(const spine_run* run);
} spine_clock_1;

/* One manifest row, or one pinned input. */
typedef struct spine_manifest_row {
    uint32_t struct_size;
    uint32_t current; /* 1: made from the partition's newest capture; of a set of captures: each is the published one */
    spine_str domain;
    spine_str partition; /* JSON, keys sorted, no spaces */
    spine_str stage;
    int64_t row_count;
    int64_t capture_seq; /* 0: made from several captures */
    spine_str capture_id;
    spine_str inputs_sha256;
    spine_str captured_at;
    spine_str metrics; /* JSON object: the outputs stored with the row */
} spine_manifest_row;

#define SPINE_MANIFEST_ID "spine.manifest/1"
typedef struct spine_manifest_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* The row of (domain, partition, stage). An empty domain is the pipeline's own. SPINE_NOT_FOUND: none. A stage before the one
       that publishes is asked of the partition's newest capture, the publishing stage and those after it of the published one. What
       that capture has not reached is answered by the newest one before it that has. So a week of which a newer capture has not been
       published yet answers with what is published, and with `current` 0.  [step] */
    spine_status (*get)(const spine_run* run, spine_str domain, const spine_field* keys, uint32_t key_count,
                        spine_str stage, spine_manifest_row* out);
    /* Rows of a stage whose partition has all the given keys, ordered by partition; more than 10,000 are refused: a table of
       spine_manifest_row.  [step] */
    spine_status (*list)(const spine_run* run, spine_str domain, const spine_field* keys, uint32_t key_count,
                         spine_str stage, spine_table* out);
} spine_manifest_1;

#define SPINE_PLAN_ID "spine.plan/1"
#define SPINE_INPUT_OPTIONAL 1u /* used if it is there */
typedef struct spine_plan_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* A partition that the attempt will write.  [step] */
    spine_status (*output)(const spine_run* run, const spine_field* keys, uint32_t key_count);
    /* A stage that the attempt will read; its current capture is pinned: of a partition that was named as an output before, as
       spine_manifest_1 has it; of any other one the published capture. `partition` 0..n-1 says for which output it is an
       input, or UINT32_MAX for all. SPINE_NOT_FOUND when it is not there; SPINE_INVALID_STATE when it is there but
       made from an older capture, optional or not.  [step] */
    spine_status (*input)(const spine_run* run, uint32_t output, const spine_field* keys, uint32_t key_count,
                          spine_str stage, uint32_t flags);
    /* Reads history: the inputs are the captures that were published at this time (inclusive), or this capture of its own
       partition; the manifest is not moved. Call before `input`. One of both may be empty.  [step] */
    spine_status (*as_of)(const spine_run* run, spine_str captured_until, spine_str capture_id);
    /* Nothing is to be done; the execution ends skipped with this reason.  [step] */
    spine_status (*skip)(const spine_run* run, spine_str reason);
} spine_plan_1;

/*
 * A number that stands, within the attempt, for a version of a partition's rows: a capture that exists, one that the
 * commit will make, or a set of inputs.
 */
typedef int64_t spine_rowset;

typedef struct spine_input {
    uint32_t struct_size;
    uint32_t output;     /* index of the output that it feeds, or UINT32_MAX */
    spine_rowset rowset; /* where rows derived from this capture go */
    int64_t capture_seq; /* to read the capture's rows with */
    spine_manifest_row row;
} spine_input;

#define SPINE_PARTITION_ID "spine.partition/1"
typedef struct spine_partition_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* The attempt has learned its partition: claims it as an output. Before the first write. SPINE_CONFLICT when another
       live execution of this pipeline holds it.  [step] */
    spine_status (*claim)(const spine_run* run, const spine_field* keys, uint32_t key_count, uint32_t* output);
    /* The outputs that the plan or `claim` named: partition JSON by index; SPINE_NOT_FOUND past the end.  [step] */
    spine_status (*output)(const spine_run* run, uint32_t output, spine_str* partition);
    /* The pinned inputs, sorted by partition: a table of spine_input.  [step] */
    spine_status (*inputs)(const spine_run* run, spine_table* out);
    /* The rowset of everything derived from all inputs of this output.  [step] */
    spine_status (*derived)(const spine_run* run, uint32_t output, spine_rowset* out);
    /* The stage is reached for this output with so many rows, from this rowset; recorded in the manifest at commit. `metrics`
       are outputs kept with the row.  [step] */
    spine_status (*reached)(const spine_run* run, uint32_t output, spine_rowset rowset, int64_t row_count,
                            const spine_field* metrics, uint32_t metric_count);
} spine_partition_1;

#define SPINE_SOURCE_ID "spine.source/1"
typedef struct spine_source spine_source;
typedef struct spine_source_info {
    uint32_t struct_size;
    uint32_t finished; /* 1: read to the end, the figures below are final */
    spine_str uri;
    spine_str name;   /* the last part of the path, without .gz or .zip */
    uint64_t bytes;   /* of content, unpacked */
    spine_str sha256; /* of the content, unpacked; hex */
} spine_source_info;
typedef struct spine_source_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Opens a path or file:// for reading from start to end; .gz and .zip are unpacked. Regular files only; a link as the
       last part is refused. On failure the host has called run->fail: return the status.  [step] */
    spine_status (*open)(const spine_run* run, spine_str location, spine_source** out);
    /* The next bytes, valid until the next call on this source; size 0 at the end.  [step] */
    spine_status (*read)(spine_source* source, spine_bytes* out);
    spine_status (*info)(const spine_source* source, spine_source_info* out); /* [step] */
    void (*close)(spine_source* source);                                      /* optional; else at the end  [step] */
    /* *out is 1 if there is a file. The only function of this interface that a composite may call.  [step] */
    spine_status (*exists)(const spine_run* run, spine_str location, int32_t* out);
} spine_source_1;

#define SPINE_CAPTURE_ID "spine.capture/1"
typedef struct spine_capture_request {
    uint32_t struct_size;
    uint32_t output;               /* the claimed partition */
    const spine_source* source;    /* read to the end */
    spine_str source_last_update;  /* date or empty */
    spine_str week_source;         /* how the partition was learned: "given", "column", "derived"; or empty */
} spine_capture_request;
typedef struct spine_capture {
    uint32_t struct_size;
    uint32_t unchanged;    /* 1: same bytes as the head; there is nothing to write, the execution will end skipped */
    spine_rowset rowset;   /* of the new capture, or of the head */
    spine_str capture_id;  /* as it will be, or of the head */
} spine_capture;
typedef struct spine_capture_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* A source was observed for a partition. The capture gets its sequence at commit.  [step] */
    spine_status (*declare)(const spine_run* run, const spine_capture_request* request, spine_capture* out);
} spine_capture_1;

#define SPINE_DB_ID "spine.db/1"
typedef struct spine_cursor spine_cursor;
#define SPINE_WRITE_INSERT 1u
#define SPINE_WRITE_UPDATE 2u /* by the dataset's full key */
#define SPINE_WRITE_DELETE 3u
typedef struct spine_db_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* One SELECT over the plugin's own datasets and views, and declared views of others and of the core, with `?` for each
       value. `types` has one letter a column: l (int64), g (float64), u (text). The attempt does not see its own writes.
       The snapshot lasts until close, at most 5 s between calls.  [step] */
    spine_status (*query)(const spine_run* run, spine_str sql, const spine_value* values, uint32_t value_count,
                          spine_str types, spine_cursor** out);
    /* The next at most max_rows rows as one Arrow struct array; length 0 at the end. The caller releases it.  [step] */
    spine_status (*next)(spine_cursor* cursor, uint32_t max_rows, struct ArrowArray* out);
    void (*close)(spine_cursor* cursor); /* optional; else at the end  [step] */
    /* A small write of one row of an own dataset, buffered until commit. All key columns must be among `fields`.  [step] */
    spine_status (*write)(const spine_run* run, spine_str dataset, spine_rowset rowset, uint32_t kind,
                          const spine_field* fields, uint32_t field_count);
} spine_db_1;

#define SPINE_APPEND_ID "spine.append/1"
typedef struct spine_appender spine_appender;
typedef struct spine_append_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Rows for an own dataset that replace what this rowset had there. `columns` is '|'-separated and says the order of
       the batches' columns; nullable columns may be left out.  [step] */
    spine_status (*open)(const spine_run* run, spine_str dataset, spine_rowset rowset, spine_str columns,
                         spine_appender** out);
    /* Takes the batch over: its release is called exactly once, whatever the status.  [step] */
    spine_status (*push)(spine_appender* appender, struct ArrowArray* batch);
    /* The rows are whole; without it the attempt cannot commit.  [step] */
    spine_status (*finish)(spine_appender* appender, uint64_t* row_count);
} spine_append_1;

typedef struct spine_reject {
    uint32_t struct_size;
    uint32_t output;
    int64_t line_number; /* 1 is the first line; 0: none */
    spine_str reason_code;
    spine_str reason_detail;
    spine_str raw_text; /* at most 4 KiB are kept */
    spine_str source_locator;
} spine_reject;
#define SPINE_REJECTS_ID "spine.rejects/1"
typedef struct spine_rejects_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Rows that were refused; replace those of this domain, partition, stage and capture at commit. They stand
       struct_size of the first one apart.  [step] */
    spine_status (*add)(const spine_run* run, const spine_reject* rejects, uint32_t count);
} spine_rejects_1;

#define SPINE_INTEGRITY_CHECK 0u
#define SPINE_COMPLETENESS_CHECK 1u
#define SPINE_BUSINESS_RULE_CHECK 2u
#define SPINE_CHECK_PASS 0u
#define SPINE_CHECK_WARN 1u
#define SPINE_CHECK_FAIL 2u
/* Since ABI 1.2: nothing could be compared; `actual` says why and must not be empty. PASS means asked and held. */
#define SPINE_CHECK_NOT_ASKED 3u
typedef struct spine_check {
    uint32_t struct_size;
    uint32_t output;
    uint32_t category;
    uint32_t status;
    spine_str name;
    spine_str actual;
    spine_str expected;
    spine_str details; /* JSON or empty */
} spine_check;
#define SPINE_QUALITY_ID "spine.quality/1"
typedef struct spine_quality_1 {
    uint32_t struct_size;
    uint32_t reserved;
    spine_status (*record)(const spine_run* run, const spine_check* check); /* [step] */
} spine_quality_1;

#define SPINE_SEVERITY_DEBUG 0u
#define SPINE_SEVERITY_INFO 1u
#define SPINE_SEVERITY_WARN 2u
#define SPINE_SEVERITY_ERROR 3u
#define SPINE_SEVERITY_CRITICAL 4u
typedef struct spine_anomaly {
    uint32_t struct_size;
    uint32_t output; /* UINT32_MAX: no partition */
    uint32_t severity;
    uint32_t reserved;
    spine_str category;
    spine_str message;
    spine_str metadata; /* JSON or empty */
} spine_anomaly;
#define SPINE_ANOMALIES_ID "spine.anomalies/1"
typedef struct spine_anomalies_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Something that a person should know. Kept even when the attempt fails. A composite may record some too, on no partition
       (output UINT32_MAX), since it has none; a host before 1.2 offers it nothing here.  [step] */
    spine_status (*record)(const spine_run* run, const spine_anomaly* anomaly);
} spine_anomalies_1;

#define SPINE_CHILD_COMPLETED 0u
#define SPINE_CHILD_SKIPPED 1u
#define SPINE_CHILD_FAILED 2u
#define SPINE_CHILD_CANCELLED 3u
#define SPINE_CHILD_PLANNED 4u /* a dry run: it would be done */
typedef struct spine_child {
    uint32_t struct_size;
    uint32_t state;
    spine_str execution_id;
    spine_str reason;         /* why it was skipped or would be done */
    spine_str error_category; /* when failed */
    spine_str error_message;
    const spine_field* outputs;
    uint32_t output_count;
    uint32_t reserved;
} spine_child;
#define SPINE_DISPATCH_ID "spine.dispatch/1"
typedef struct spine_dispatch_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Does another pipeline of the same plugin now, as a child execution with a commit of its own. SPINE_OK whenever the
       child came to an end, also a failed one; the child says how. For composites only; at most 4 deep.  [step] */
    spine_status (*run)(const spine_run* run, spine_str pipeline, const spine_field* params, uint32_t param_count,
                        spine_child* out);
} spine_dispatch_1;

#define SPINE_STEP_ID "spine.step/1"
typedef struct spine_step_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* A value of the lambda's `config`; SPINE_NOT_FOUND when unset.  [step] */
    spine_status (*config)(const spine_run* run, spine_str name, spine_value* out);
    /* An output of an earlier step, "ingest.row_count"; lists and mappings come as JSON; SPINE_NOT_FOUND: none.  [step] */
    spine_status (*output)(const spine_run* run, spine_str path, spine_value* out);
    /* Sets a parameter of the run for the steps that follow.  [step] */
    spine_status (*update)(const spine_run* run, spine_str name, const spine_value* value);
    /* The step's quality figures.  [step] */
    spine_status (*quality)(const spine_run* run, int64_t record_count, int64_t valid_count, double null_rate,
                            int32_t passed);
    /* Something to be told; `details` is JSON or empty.  [step] */
    spine_status (*event)(const spine_run* run, spine_str name, spine_str details);
} spine_step_1;

/*
 * Since ABI 1.1. What a lambda asks of the course of the run that it is a step of. Requests are collected in the order of the
 * calls and judged, as the workflow's own text is, when the lambda has returned SPINE_OK: one that is wrong (no such step, a
 * name twice, a cycle, unknown parameters) fails the step, a lambda that fails asks for nothing. They are recorded with the
 * step's result, so that a run that is taken up again goes the same way. Only steps of the run itself and its failure
 * handler may ask, not the inner steps of a map. A step is a JSON object in the words of a workflow's text.
 *
 * Each function returns SPINE_INVALID_ARG, and the lambda fails, when a text is empty where a name is needed, is no JSON of
 * the kind asked for, when one request exceeds 64 KiB, or when there are more than 100. Texts are copied at once.
 */
#define SPINE_COURSE_ID "spine.course/1"
#define SPINE_COURSE_BEFORE 0u
#define SPINE_COURSE_AFTER 1u
typedef struct spine_course_1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Steps that have not begun are skipped with this reason; at least one name.  [step] */
    spine_status (*skip)(const spine_run* run, const spine_str* steps, uint32_t count, spine_str reason);
    /* A new step before (SPINE_COURSE_BEFORE) or after (SPINE_COURSE_AFTER) the one named `beside`.  [step] */
    spine_status (*insert)(const spine_run* run, uint32_t side, spine_str beside, spine_str step_json);
    /* A step that has not begun becomes another one, which may have another name.  [step] */
    spine_status (*replace)(const spine_run* run, spine_str name, spine_str step_json);
    /* A step that has ended is done once more, with the members of this object over its own parameters (empty: none), and
       the run goes on after it.  [step] */
    spine_status (*retry)(const spine_run* run, spine_str name, spine_str params_json);
    /* Starts a run of another workflow that nobody waits for; `name` tells it from others of this run, each once. The
       parameters are an object, or empty: none.  [step] */
    spine_status (*spawn)(const spine_run* run, spine_str name, spine_str workflow, spine_str params_json);
    /* This run ends as completed and a new one of the same definition begins in the same commit, with the members of this
       object (empty: none) over what this one was given.  [step] */
    spine_status (*continue_as_new)(const spine_run* run, spine_str params_json);
    /* Since ABI 1.3: a host of an older one has no such field, see struct_size. As `spawn`, and gives the id that the run
       has once this step's result is committed; the host's, until the lambda returns. SPINE_INVALID_ARG also for null.
       [step] */
    spine_status (*spawn_run)(const spine_run* run, spine_str name, spine_str workflow, spine_str params_json,
                              spine_str* run_id);
} spine_course_1;

#ifdef __cplusplus
}
#endif

#endif /* SPINE_ABI_H */
