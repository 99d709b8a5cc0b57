#include "store/core_schema.hpp"

namespace spine::store {

const std::vector<CoreMigration>& core_migrations() {
    static const std::vector<CoreMigration> migrations{
        {1, "core tables", R"sql(
CREATE TABLE core_store (
    store_id TEXT NOT NULL PRIMARY KEY,
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE core_migrations (
    owner TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    PRIMARY KEY (owner, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE core_partitions (
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    head_capture INTEGER REFERENCES core_captures (capture_seq),
    generation INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (domain, partition_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX core_partitions_by_head ON core_partitions (head_capture);

CREATE TABLE core_captures (
    capture_seq INTEGER PRIMARY KEY AUTOINCREMENT,
    capture_id TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    content_sha256 TEXT NOT NULL,
    source_uri TEXT NOT NULL,
    source_bytes INTEGER NOT NULL,
    source_last_update TEXT,
    week_source TEXT,
    captured_at TEXT NOT NULL,
    supersedes TEXT REFERENCES core_captures (capture_id)
) STRICT;
CREATE INDEX core_captures_by_partition ON core_captures (domain, partition_key, capture_seq);

-- A version of a partition's rows that was made from a set of captures.
CREATE TABLE core_derivations (
    derivation_seq INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    stage TEXT NOT NULL,
    inputs_sha256 TEXT NOT NULL,
    derived_at TEXT NOT NULL,
    UNIQUE (domain, partition_key, stage, inputs_sha256)
) STRICT;
CREATE TABLE core_derivation_inputs (
    derivation_seq INTEGER NOT NULL REFERENCES core_derivations (derivation_seq),
    capture_seq INTEGER NOT NULL REFERENCES core_captures (capture_seq),
    PRIMARY KEY (derivation_seq, capture_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX core_derivation_inputs_by_capture ON core_derivation_inputs (capture_seq);

CREATE TABLE core_manifest (
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_rank INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    metrics_json TEXT NOT NULL,
    capture_id TEXT REFERENCES core_captures (capture_id),
    derivation_seq INTEGER REFERENCES core_derivations (derivation_seq),
    inputs_sha256 TEXT NOT NULL,
    execution_id TEXT NOT NULL REFERENCES core_executions (execution_id),
    batch_id TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (domain, partition_key, stage)
) STRICT, WITHOUT ROWID;
CREATE INDEX core_manifest_by_stage ON core_manifest (domain, stage, partition_key);

CREATE TABLE core_executions (
    execution_id TEXT NOT NULL PRIMARY KEY,
    pipeline TEXT NOT NULL,
    params_json TEXT NOT NULL,
    domain TEXT NOT NULL,
    partition_key TEXT,
    lane TEXT NOT NULL CHECK (lane IN ('normal', 'backfill', 'slow')),
    trigger_source TEXT NOT NULL,
    logical_key TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    parent_execution_id TEXT REFERENCES core_executions (execution_id),
    run_id TEXT,
    step TEXT,
    status TEXT NOT NULL CHECK (status IN ('running', 'completed', 'skipped', 'superseded', 'failed', 'cancelled')),
    reason TEXT,
    attempt INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    inputs_json TEXT,
    metrics_json TEXT,
    error_category TEXT,
    error_message TEXT,
    plugin TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    plugin_sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX core_executions_by_parent ON core_executions (parent_execution_id, execution_id);
CREATE INDEX core_executions_by_pipeline ON core_executions (pipeline, execution_id);

CREATE TABLE core_lineage (
    execution_id TEXT NOT NULL REFERENCES core_executions (execution_id),
    input_domain TEXT NOT NULL,
    input_partition TEXT NOT NULL,
    input_stage TEXT NOT NULL,
    input_capture TEXT NOT NULL,
    PRIMARY KEY (execution_id, input_domain, input_partition, input_stage, input_capture)
) STRICT, WITHOUT ROWID;
CREATE INDEX core_lineage_by_capture ON core_lineage (input_capture);

CREATE TABLE core_rejects (
    reject_id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    partition_key TEXT,
    stage TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason_detail TEXT,
    raw_text TEXT,
    source_locator TEXT,
    line_number INTEGER,
    capture_id TEXT, -- NULL: of a failed attempt; the inputs' digest where rows are made from several captures
    execution_id TEXT NOT NULL REFERENCES core_executions (execution_id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX core_rejects_by_partition ON core_rejects (domain, partition_key, stage, capture_id);
CREATE INDEX core_rejects_by_execution ON core_rejects (execution_id);

CREATE TABLE core_quality (
    quality_id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    partition_key TEXT,
    stage TEXT NOT NULL,
    capture_id TEXT, -- as in core_rejects
    check_name TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('INTEGRITY', 'COMPLETENESS', 'BUSINESS_RULE')),
    status TEXT NOT NULL CHECK (status IN ('PASS', 'WARN', 'FAIL')),
    actual_value TEXT,
    expected_value TEXT,
    details_json TEXT,
    execution_id TEXT NOT NULL REFERENCES core_executions (execution_id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX core_quality_by_partition ON core_quality (domain, partition_key, stage, capture_id);
CREATE INDEX core_quality_by_execution ON core_quality (execution_id);

CREATE TABLE core_anomalies (
    anomaly_id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    stage TEXT,
    partition_key TEXT,
    severity TEXT NOT NULL CHECK (severity IN ('DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL')),
    category TEXT NOT NULL,
    message TEXT NOT NULL,
    metadata_json TEXT,
    execution_id TEXT REFERENCES core_executions (execution_id),
    detected_at TEXT NOT NULL,
    resolved_at TEXT,
    resolution_note TEXT
) STRICT;
CREATE INDEX core_anomalies_by_domain ON core_anomalies (domain, stage, partition_key);

CREATE TABLE core_work_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    pipeline TEXT,
    workflow TEXT,
    partition_key TEXT,
    params_json TEXT NOT NULL,
    item_key TEXT NOT NULL,   -- pipeline and partition; pipeline and parameters while the partition is not known
    params_key TEXT NOT NULL, -- pipeline and parameters
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'RETRY_WAIT', 'COMPLETE', 'FAILED', 'CANCELLED')),
    priority INTEGER NOT NULL DEFAULT 100,
    desired_at TEXT NOT NULL,
    next_attempt_at TEXT,
    attempt_count INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 3,
    fence INTEGER NOT NULL DEFAULT 0,
    locked_by TEXT,
    locked_at TEXT,
    lease_until TEXT,
    last_error TEXT,
    last_error_at TEXT,
    idempotency_key TEXT,
    current_execution_id TEXT REFERENCES core_executions (execution_id)
) STRICT;
CREATE UNIQUE INDEX core_work_items_live ON core_work_items (item_key) WHERE state IN ('PENDING', 'RUNNING', 'RETRY_WAIT');
CREATE INDEX core_work_items_live_params ON core_work_items (params_key) WHERE state IN ('PENDING', 'RUNNING', 'RETRY_WAIT');
CREATE INDEX core_work_items_by_execution ON core_work_items (current_execution_id);

-- Texts of repeated columns, stored once.
CREATE TABLE core_texts (
    text_id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
)sql"},
        {2, "workflows", R"sql(
-- Definitions as runs began with them; one row for each text that a workflow ever had.
CREATE TABLE core_workflow_definitions (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition_yaml TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT,
    changelog TEXT,
    PRIMARY KEY (name, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE core_workflow_runs (
    run_id TEXT NOT NULL PRIMARY KEY,
    workflow TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition_sha256 TEXT NOT NULL,
    params_json TEXT NOT NULL,
    given_json TEXT NOT NULL,   -- those that the caller gave
    working_folder TEXT,        -- from which relative paths are meant
    plugins_json TEXT NOT NULL, -- operation -> id of the plugin that brings it
    domain TEXT,
    partition_domain TEXT,      -- that of partition_key, the last one that a pipeline step claimed
    partition_key TEXT,
    run_key TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled')),
    reason TEXT,
    current_step TEXT,
    error_step TEXT,
    error_category TEXT,
    error_message TEXT,
    error_json TEXT,            -- what else the failure says: hint, exit_code, details
    started_at TEXT NOT NULL,
    finished_at TEXT,
    parent_run_id TEXT REFERENCES core_workflow_runs (run_id),
    parent_step TEXT,
    generation INTEGER NOT NULL DEFAULT 1,
    chain_no INTEGER NOT NULL DEFAULT 1,
    fence INTEGER NOT NULL,
    locked_by TEXT,
    locked_at TEXT,
    wake_at TEXT,
    trigger_source TEXT NOT NULL,
    FOREIGN KEY (workflow, definition_sha256) REFERENCES core_workflow_definitions (name, sha256)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX core_workflow_runs_by_key ON core_workflow_runs (workflow, run_key)
    WHERE run_key IS NOT NULL AND chain_no = 1;
CREATE INDEX core_workflow_runs_unfinished ON core_workflow_runs (status)
    WHERE status IN ('pending', 'running', 'waiting', 'paused');
CREATE INDEX core_workflow_runs_by_workflow ON core_workflow_runs (workflow, run_id);
CREATE INDEX core_workflow_runs_by_definition ON core_workflow_runs (workflow, definition_sha256);
CREATE INDEX core_workflow_runs_by_parent ON core_workflow_runs (parent_run_id) WHERE parent_run_id IS NOT NULL;

-- One row for each attempt of a step, in the order of their starts; written at its start and once more at its end.
CREATE TABLE core_workflow_steps (
    step_seq INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES core_workflow_runs (run_id),
    step TEXT NOT NULL,
    generation INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'waiting', 'completed', 'skipped', 'failed', 'cancelled')),
    reason TEXT,
    output_json TEXT,
    updates_json TEXT,
    quality_json TEXT,
    events_json TEXT,
    error_category TEXT,
    error_message TEXT,
    error_json TEXT,
    execution_id TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    UNIQUE (run_id, step, generation, attempt)
) STRICT;
CREATE INDEX core_workflow_steps_by_execution ON core_workflow_steps (execution_id) WHERE execution_id IS NOT NULL;

CREATE TABLE core_artifacts (
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    created_at TEXT NOT NULL,
    run_id TEXT NOT NULL REFERENCES core_workflow_runs (run_id),
    step TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (run_id, step, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX core_executions_by_run ON core_executions (run_id, execution_id) WHERE run_id IS NOT NULL;
ALTER TABLE core_anomalies ADD COLUMN run_id TEXT REFERENCES core_workflow_runs (run_id);
CREATE INDEX core_anomalies_by_run ON core_anomalies (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX core_anomalies_by_execution ON core_anomalies (execution_id) WHERE execution_id IS NOT NULL;

-- The manifest as before, but execution_id names a run in rows of the domain 'workflow.NAME', so it refers to no one table. Copied and
-- made anew under its name, because a rename would have every view read again.
CREATE TEMP TABLE kept_manifest AS SELECT * FROM core_manifest;
DROP TABLE core_manifest;
CREATE TABLE core_manifest (
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_rank INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    metrics_json TEXT NOT NULL,
    capture_id TEXT REFERENCES core_captures (capture_id),
    derivation_seq INTEGER REFERENCES core_derivations (derivation_seq),
    inputs_sha256 TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (domain, partition_key, stage)
) STRICT, WITHOUT ROWID;
INSERT INTO core_manifest SELECT domain, partition_key, stage, stage_rank, row_count, metrics_json, capture_id, derivation_seq,
    inputs_sha256, execution_id, batch_id, updated_at FROM temp.kept_manifest;
DROP TABLE temp.kept_manifest;
CREATE INDEX core_manifest_by_stage ON core_manifest (domain, stage, partition_key);
)sql"},
        {3, "the durable engine", R"sql(
-- Builds of plugins that did steps, each once.
CREATE TABLE core_plugin_builds (
    build_id INTEGER PRIMARY KEY,
    plugin TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (plugin, version, sha256)
) STRICT;

ALTER TABLE core_workflow_runs ADD COLUMN settings_json TEXT;        -- what may differ between places, as it was at the start
ALTER TABLE core_workflow_runs ADD COLUMN children_json TEXT;        -- name -> sha256 of every definition that it may start
ALTER TABLE core_workflow_runs ADD COLUMN parent_generation INTEGER; -- with parent_step and parent_attempt: who waits for it
ALTER TABLE core_workflow_runs ADD COLUMN parent_attempt INTEGER;
ALTER TABLE core_workflow_runs ADD COLUMN forked_from TEXT;
ALTER TABLE core_workflow_runs ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;      -- of others: answers, ends of children, wishes
ALTER TABLE core_workflow_runs ADD COLUMN calls_seen INTEGER NOT NULL DEFAULT 0; -- by who drives it
ALTER TABLE core_workflow_runs ADD COLUMN pause_asked INTEGER NOT NULL DEFAULT 0 CHECK (pause_asked IN (0, 1));
ALTER TABLE core_workflow_runs ADD COLUMN result_json TEXT;          -- what a finished run gives to the one that waits for it
ALTER TABLE core_workflow_runs ADD COLUMN queue_until TEXT;
ALTER TABLE core_workflow_runs ADD COLUMN concurrent_max INTEGER;
ALTER TABLE core_workflow_runs ADD COLUMN on_conflict TEXT CHECK (on_conflict IN ('queue', 'skip', 'cancel_existing'));

-- A key belongs to a chain of runs, each of which goes on where the one before it ended.
DROP INDEX core_workflow_runs_by_key;
CREATE UNIQUE INDEX core_workflow_runs_by_key ON core_workflow_runs (workflow, run_key, chain_no)
    WHERE run_key IS NOT NULL;
DROP INDEX core_workflow_runs_by_parent;
CREATE UNIQUE INDEX core_workflow_runs_by_parent ON core_workflow_runs
    (parent_run_id, parent_step, parent_generation, parent_attempt, chain_no)
    WHERE parent_run_id IS NOT NULL AND forked_from IS NULL;
DROP INDEX core_workflow_runs_unfinished;
CREATE INDEX core_workflow_runs_unfinished ON core_workflow_runs (status, workflow)
    WHERE status IN ('pending', 'running', 'waiting', 'paused');
CREATE INDEX core_workflow_runs_by_owner ON core_workflow_runs (locked_by) WHERE locked_by IS NOT NULL;
CREATE INDEX core_workflow_runs_due ON core_workflow_runs (wake_at)
    WHERE wake_at IS NOT NULL AND locked_by IS NULL AND status IN ('pending', 'running', 'waiting');
CREATE INDEX core_workflow_runs_called ON core_workflow_runs (calls) WHERE calls > calls_seen;

ALTER TABLE core_workflow_steps ADD COLUMN wake_at TEXT;       -- waiting: goes on by itself then; ended: is tried again then
ALTER TABLE core_workflow_steps ADD COLUMN requests_json TEXT; -- what it asked of the run's course and was granted
ALTER TABLE core_workflow_steps ADD COLUMN child_run_id TEXT;
ALTER TABLE core_workflow_steps ADD COLUMN answer_json TEXT;   -- of an approval: the first answer, whoever gave it
ALTER TABLE core_workflow_steps ADD COLUMN build_id INTEGER REFERENCES core_plugin_builds (build_id);
ALTER TABLE core_workflow_steps ADD COLUMN begun_no INTEGER NOT NULL DEFAULT 0; -- its places among all that happened to the run
ALTER TABLE core_workflow_steps ADD COLUMN ended_no INTEGER NOT NULL DEFAULT 0;
-- Until now steps came one after the other.
UPDATE core_workflow_steps SET begun_no = 2 * step_seq, ended_no = CASE WHEN finished_at IS NULL THEN 0 ELSE 2 * step_seq + 1 END;
CREATE INDEX core_workflow_steps_waiting ON core_workflow_steps (run_id) WHERE status = 'waiting';

-- What an attempt said; run_id or execution_id is there, or both.
CREATE TABLE core_step_logs (
    log_seq INTEGER PRIMARY KEY,
    run_id TEXT REFERENCES core_workflow_runs (run_id),
    execution_id TEXT,
    step TEXT,
    generation INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    line_no INTEGER NOT NULL,
    at TEXT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX core_step_logs_by_run ON core_step_logs (run_id, step) WHERE run_id IS NOT NULL;
CREATE INDEX core_step_logs_by_execution ON core_step_logs (execution_id) WHERE execution_id IS NOT NULL;

-- What was published, append-only: the newest row of a workflow is what new runs begin with.
CREATE TABLE core_workflow_versions (
    publish_seq INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    published_at TEXT NOT NULL,
    published_by TEXT NOT NULL,
    changelog TEXT,
    rolled_back_from INTEGER, -- the version that was current before a rollback
    FOREIGN KEY (workflow, sha256) REFERENCES core_workflow_definitions (name, sha256)
) STRICT;
CREATE INDEX core_workflow_versions_by_workflow ON core_workflow_versions (workflow, publish_seq);
CREATE INDEX core_workflow_versions_by_definition ON core_workflow_versions (workflow, sha256);
)sql"},
        {4, "checks that were not asked", R"sql(
-- A constraint cannot be changed in place; nothing refers to this table.
CREATE TABLE core_quality_4 (
    quality_id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    partition_key TEXT,
    stage TEXT NOT NULL,
    capture_id TEXT, -- as in core_rejects
    check_name TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('INTEGRITY', 'COMPLETENESS', 'BUSINESS_RULE')),
    -- PASS: asked and held. NOT_ASKED: there was nothing to compare with; actual_value says what was missing.
    status TEXT NOT NULL CHECK (status IN ('PASS', 'WARN', 'FAIL', 'NOT_ASKED')),
    actual_value TEXT,
    expected_value TEXT,
    details_json TEXT,
    execution_id TEXT NOT NULL REFERENCES core_executions (execution_id),
    created_at TEXT NOT NULL,
    CHECK (status <> 'NOT_ASKED' OR actual_value IS NOT NULL)
) STRICT;
INSERT INTO core_quality_4 SELECT quality_id, domain, partition_key, stage, capture_id, check_name, category, status,
    actual_value, expected_value, details_json, execution_id, created_at FROM core_quality;
DROP TABLE core_quality;
ALTER TABLE core_quality_4 RENAME TO core_quality;
CREATE INDEX core_quality_by_partition ON core_quality (domain, partition_key, stage, capture_id);
CREATE INDEX core_quality_by_execution ON core_quality (execution_id);
)sql"},
        {5, "what is written can be proved", R"sql(
-- Each version of a dataset's rows as it was written. `version` is a capture_seq or a derivation_seq, as the dataset has it.
CREATE TABLE core_rowsets (
    dataset TEXT NOT NULL,
    version INTEGER NOT NULL,
    stage TEXT,        -- by whom it was made; NULL: before this was recorded
    row_count INTEGER NOT NULL,
    rows_sum TEXT NOT NULL, -- of the rows' XXH3 digests of 128 bits, with texts as texts
    execution_id TEXT,
    PRIMARY KEY (dataset, version)
) STRICT, WITHOUT ROWID;

-- The same of the core's own rows that say what the data is, by what they are about; '' where a table has no such column, or it is NULL.
CREATE TABLE core_sums (
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    stage TEXT NOT NULL,
    capture_id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    rows_sum TEXT NOT NULL,
    PRIMARY KEY (domain, partition_key, stage, capture_id, table_name)
) STRICT, WITHOUT ROWID;
)sql"},
        {6, "published captures", R"sql(
-- What readers of a partition see; head_capture is the newest capture that is not withdrawn.
ALTER TABLE core_partitions ADD COLUMN published_capture INTEGER REFERENCES core_captures (capture_seq);
CREATE INDEX core_partitions_by_published ON core_partitions (published_capture);
ALTER TABLE core_captures ADD COLUMN withdrawn_at TEXT;
ALTER TABLE core_captures ADD COLUMN withdrawn_by TEXT;
ALTER TABLE core_captures ADD COLUMN withdrawn_reason TEXT;
ALTER TABLE core_executions ADD COLUMN publication TEXT CHECK (publication IN ('published', 'withheld'));

-- Every time that readers of a partition began to see another capture; append-only.
CREATE TABLE core_publications (
    publication_seq INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    capture_seq INTEGER REFERENCES core_captures (capture_seq), -- NULL: none is left
    cause TEXT NOT NULL CHECK (cause IN ('making', 'checks', 'person', 'withdrawal', 'upgrade')),
    stage TEXT,         -- checks: the one that it reached
    execution_id TEXT,  -- making, checks
    published_by TEXT,  -- person, withdrawal
    reason TEXT,
    published_at TEXT NOT NULL
) STRICT;
CREATE INDEX core_publications_by_partition ON core_publications (domain, partition_key, publication_seq);
CREATE INDEX core_publications_by_capture ON core_publications (capture_seq);

-- What each capture and each set of captures has reached, as the manifest had it; the manifest has the newest of a partition.
CREATE TABLE core_reached (
    reached_id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    partition_key TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_rank INTEGER NOT NULL,
    capture_seq INTEGER REFERENCES core_captures (capture_seq),
    derivation_seq INTEGER REFERENCES core_derivations (derivation_seq),
    row_count INTEGER NOT NULL,
    metrics_json TEXT NOT NULL,
    inputs_sha256 TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK ((capture_seq IS NULL) <> (derivation_seq IS NULL))
) STRICT;
CREATE UNIQUE INDEX core_reached_by_capture ON core_reached (capture_seq, stage) WHERE capture_seq IS NOT NULL;
CREATE UNIQUE INDEX core_reached_by_derivation ON core_reached (derivation_seq, stage) WHERE derivation_seq IS NOT NULL;
CREATE INDEX core_reached_by_partition ON core_reached (domain, partition_key, stage);

-- Until now the newest capture was what readers saw.
UPDATE core_partitions SET published_capture = head_capture;
INSERT INTO core_publications (domain, partition_key, capture_seq, cause, published_at)
    SELECT domain, partition_key, capture_seq, 'upgrade', captured_at FROM core_captures ORDER BY capture_seq;
INSERT INTO core_reached (domain, partition_key, stage, stage_rank, capture_seq, derivation_seq, row_count, metrics_json, inputs_sha256,
    execution_id, batch_id, updated_at) SELECT m.domain, m.partition_key, m.stage, m.stage_rank, c.capture_seq, m.derivation_seq, m.row_count,
    m.metrics_json, m.inputs_sha256, m.execution_id, m.batch_id, m.updated_at FROM core_manifest m LEFT JOIN core_captures c ON
    c.capture_id = m.capture_id WHERE (c.capture_seq IS NULL) <> (m.derivation_seq IS NULL);
)sql"},
        {7, "tables of plugins", R"sql(
-- Which plugin has made which dataset and view; also while its file is not there.
CREATE TABLE core_plugin_tables (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('dataset', 'view'))
) STRICT, WITHOUT ROWID;
CREATE INDEX core_plugin_tables_by_owner ON core_plugin_tables (owner);
)sql"},
        {8, "waits and queues of runs", R"sql(
ALTER TABLE core_workflow_steps ADD COLUMN wait_ms INTEGER; -- how long the wait until wake_at was to last; NULL: it ends at a time that was named
-- Queued runs that a process waits for: as long as it lives they go before those that came after them.
CREATE TABLE core_workflow_turns (
    run_id TEXT NOT NULL PRIMARY KEY REFERENCES core_workflow_runs (run_id),
    waited_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql"},
        {9, "calculations of executions", R"sql(
-- The calculation's version that an execution is done with, so that what a newer one makes due can say so.
ALTER TABLE core_executions ADD COLUMN calc_version TEXT;
)sql"},
        {10, "former names of plugins", R"sql(
-- Ids that plugins of this store had before: a build from then must not make its tables a second time.
CREATE TABLE core_plugin_names (
    former TEXT NOT NULL PRIMARY KEY,
    plugin TEXT NOT NULL,
    renamed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql"},
    };
    return migrations;
}

} // namespace spine::store
