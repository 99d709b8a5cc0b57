/// What control needs of a store: records of what happened, upkeep, and the journal that runs write to.
#pragma once

#include "control/capture_desk.hpp"
#include "control/retention.hpp"
#include "control/run_history.hpp"
#include "control/run_trace.hpp"
#include "control/version_book.hpp"
#include "run/bench.hpp"
#include "run/journal.hpp"
#include "run/run_journal.hpp"
#include "workflow/catalogue.hpp"

#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spine::control {

/// Rows for people and programs. Cells are null, bool, int64, double or string.
struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<boost::json::value>> rows;
    bool more = false; ///< there were more rows than the limit
};

struct Filter {
    std::string domain;                            ///< empty: all
    std::map<std::string, std::string> partition;  ///< keys that must be in the partition
    std::string status;                            ///< executions: their status; anomalies: severity; quality: status
    std::string name;                              ///< executions: pipeline (full name); captures, manifest: stage
    bool asked_for = false;                        ///< executions: without steps of runs and without children of composites
    std::string since;                             ///< executions, runs: those that began then or later, as env::to_text writes it; empty: all
    std::size_t limit = 1000;
};

/// What happened and what is known. Column names are those of the core tables.
///
/// Threads: one at a time. Fails: throws Error{unavailable}.
class Records {
public:
    virtual ~Records() = default;
    virtual Table executions(const Filter& filter) = 0; ///< newest first; a running one whose owner died is 'interrupted'
    /// An execution by id or an unambiguous beginning of one; throws Error{not_found} or Error{usage} with the candidates.
    virtual boost::json::object execution(const std::string& id) = 0;
    virtual Table children(const std::string& execution_id) = 0; ///< in the order they were started
    /// Runs of workflows, newest first: run_id, workflow, version, status (a running one whose owner died is 'interrupted', one that has none 'due'), partition_key,
    /// params_json, run_key, current_step, error_step, error_message, started_at, finished_at, reason, wake_at, parent_run_id, parent_step, parent_waits (false: it only began it). `Filter::name` is the
    /// workflow; the status 'blocked' means those that wait for a plugin.
    virtual Table runs(const Filter& filter) = 0;
    /// A run by id or an unambiguous beginning of one, all columns of core_workflow_runs (JSON columns as values, without the suffix
    /// `_json`), with `duration_seconds` and `owner_alive`; empty when no run's id begins so. Throws Error{usage} with the candidates.
    virtual boost::json::object workflow_run(const std::string& id) = 0;
    /// Its steps in the order of their starts: all columns of core_workflow_steps, and duration_seconds.
    virtual Table steps(const std::string& run_id) = 0;
    /// Executions that are steps of the run, in the order of their starts.
    virtual Table run_executions(const std::string& run_id) = 0;
    /// Rejects and quality checks of the run's executions: counts and rows as `rejects` and `quality` give them, and its anomalies.
    virtual Table run_rejects(const std::string& run_id) = 0;
    virtual Table run_quality(const std::string& run_id) = 0;
    virtual Table run_anomalies(const std::string& run_id) = 0;
    virtual Table manifest(const Filter& filter) = 0;
    virtual Table captures(const Filter& filter) = 0;
    virtual Table rejects(const Filter& filter) = 0;
    virtual Table quality(const Filter& filter) = 0;
    virtual Table anomalies(const Filter& filter) = 0;
};

struct AppliedMigration {
    std::string owner;
    std::uint32_t version = 0;
    std::string name;
};
struct InitReport {
    bool created = false;
    std::vector<AppliedMigration> applied; ///< by this call
};
struct StoreInfo {
    std::string path;
    std::string engine;      ///< "SQLite 3.40.1"
    std::string store_id;
    std::uint32_t core_version = 0;
    std::int64_t bytes = 0;
    std::int64_t wal_bytes = 0;
    std::vector<AppliedMigration> pending;
};

/// Receives the columns once and then each row; returns false to stop.
struct RowVisitor {
    std::function<void(const std::vector<std::string>&)> columns;
    std::function<bool(const std::vector<boost::json::value>&)> row;
};

/// Something of a store that is not as it must be, and what it is about as far as that is known.
struct Damage {
    std::string what;
    std::string dataset;       ///< or the core's table
    std::string partition_key;
    std::string capture_id;    ///< or the digest of the inputs that the rows were made from
    std::string stage;
    std::string repair;        ///< the command that makes it anew
};

struct Examination {
    bool deep = true;                              ///< reads every row of every dataset
    const workflow::Catalogue* catalogue = nullptr; ///< whose plugins' tables are compared with what their migrations make
};

/// What one question may take.
struct QueryLimits {
    std::chrono::milliseconds time{60'000};
    std::int64_t bytes = std::int64_t{1} << 30; ///< of memory, beyond what the process has
};

class Maintenance {
public:
    virtual ~Maintenance() = default;
    /// Applies pending migrations of the core and of the plugins; throws Error{invalid} when an applied one was changed.
    virtual InitReport migrate(const workflow::Catalogue& catalogue) = 0;
    /// Integrity of the file, its schema, references, rules, and that what is there is what was written; empty: sound.
    virtual std::vector<Damage> check(const Examination& how = {}) = 0;
    /// A consistent copy while others work; refuses to overwrite. On disk when it returns.
    virtual void backup(const std::string& file) = 0;
    /// One SELECT, read-only; throws Error{usage} with SQLite's message for anything else, Error{unavailable} past a limit.
    virtual void query(const std::string& sql, const RowVisitor& visitor, const QueryLimits& limits = {}) = 0;
    /// The digest of every table that counts, see the store's README: columns table, rows, sha256; the last row is the total.
    virtual Table digest(const workflow::Catalogue& catalogue) = 0;
    virtual StoreInfo info(const workflow::Catalogue& catalogue) = 0;
};

class Store : public Records, public Maintenance {
public:
    /// What runs write to; the catalogue says which datasets there are, and outlives the store.
    virtual run::Journal& journal(const workflow::Catalogue& catalogue) = 0;
    /// Runs of workflows; of a store that is only read, `look` and `unowned` alone.
    virtual run::RunJournal& run_journal() = 0;
    /// What was published; how runs went as a whole; forgetting the details of old ones.
    virtual VersionBook& versions() = 0;
    virtual RunHistory& run_history() = 0;
    virtual Retention& retention() = 0;
    /// Of a store that is only read: throws Error{internal}. The catalogue outlives it; migrates the core's tables if that is needed.
    virtual CaptureDesk& captures_desk(const workflow::Catalogue& catalogue) = 0;
    /// How a run goes while it goes.
    virtual RunTrace& run_trace() = 0;
    /// What threads work with, each with one of its own; the catalogue outlives the store. Of a store that is only read: throws Error{internal}. Asking
    /// again makes those that were given before invalid.
    virtual run::Benches& benches(const workflow::Catalogue& catalogue) = 0;
    /// What people ask of runs; used by one thread, beside the benches.
    virtual run::RunDesk& desk() = 0;
    /// Checkpoints and tells the world that this process is done; called at a clean end.
    virtual void close() = 0;
};

enum class Access { read, write };

/// Opens the configured store. Fails: throws Error{not_found} when there is none (hint: spine db init), {invalid} when the
/// file is not ours or newer, {unavailable} when it cannot be used.
/// What `Stores::restore` did.
struct Restored {
    std::string path;
    std::string store_id;
    std::vector<std::string> set_aside; ///< what lay there before, under its new names
};

/// Whether the folders above a new store are made.
enum class Parents { must_be_there, made };

class Stores {
public:
    virtual ~Stores() = default;
    virtual std::unique_ptr<Store> open(Access access) = 0;
    /// Creates the store or finishes a creation that was cut short; opening it if it is there.
    virtual std::unique_ptr<Store> create(bool& created, Parents parents = Parents::must_be_there) = 0;
    /// Puts a copy in the place of a store that is damaged or gone; what lay there is kept under another name. Done again, it ends what was cut short.
    virtual Restored restore(const std::string& copy) = 0;
};

} // namespace spine::control
