// A small host for tests of plugins: it runs the pipelines and lambdas of one plugin against files,
// captures, a manifest and tables in memory. It keeps what was committed and forgets what was not.
// It decides nothing about what is due, knows no generations, and has one process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <spine/abi.h>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace spine::fake {

struct Value {
    spine_type type = SPINE_NULL;
    std::int64_t integer = 0;
    double real = 0;
    std::string text;
};
Value value(std::string_view text);
Value value(const char* text);
Value value(std::int64_t number);
Value value(double number);
Value value(bool flag);
Value json(std::string_view text);

using Values = std::map<std::string, Value>;
/// "tier" -> "OTC"
using Partition = std::map<std::string, std::string>;

struct Reject {
    std::string code, detail, raw, locator;
    std::int64_t line = 0;
    std::uint32_t output = 0;
};
struct Check {
    std::string name, actual, expected;
    std::uint32_t category = 0;
    std::uint32_t status = 0;
    std::uint32_t output = 0;
    std::string details;
};
struct Anomaly {
    std::uint32_t severity = 0;
    std::string category, message, metadata;
};

/// What a lambda measured of its step.
struct Quality {
    std::int64_t record_count = 0;
    std::int64_t valid_count = 0;
    double null_rate = 0;
    bool passed = false;
};
struct Event {
    std::string name, details;
};

/// How one execution ended.
struct Outcome {
    spine_status status = SPINE_OK;
    bool unchanged = false; ///< its source had the bytes of the head
    bool withheld = false;  ///< a check of the publishing stage failed: readers see what they saw
    std::string message;
    std::string details;
    spine_retry retry = SPINE_RETRY_BY_CATEGORY;
    Values outputs;
    Values updates;                 ///< of a lambda
    std::optional<Quality> quality; ///< of a lambda
    std::vector<Event> events;      ///< of a lambda
    /// Steps that a lambda asked to be done once more, with the parameters: `ingest {…}`.
    std::vector<std::string> retried;
    std::vector<std::string> inserted; ///< steps that it asked for: `BESIDE {…}`
    std::vector<std::string> logs;
    std::vector<Reject> rejects;
    std::vector<Check> checks;
    std::vector<Anomaly> anomalies;
    std::vector<std::string> children; ///< pipelines that a composite started, in order
    std::vector<std::uint64_t> waits_ms;

    std::string text(const std::string& output) const;
    std::int64_t integer(const std::string& output) const;
    double real(const std::string& output) const;
    bool flag(const std::string& output) const;
    /// The status of a check as text: PASS, WARN, FAIL, NOT_ASKED; or "absent".
    std::string check(std::string_view name) const;
};

struct Manifest {
    Partition partition;
    std::string stage;
    std::int64_t row_count = 0;
    std::int64_t capture_seq = 0; ///< 0: made from several
    std::string capture_id;
    bool historic = false;
    std::string metrics; ///< the outputs, as JSON
};

/// Threads: one at a time.
class Host {
public:
    explicit Host(const spine_plugin& plugin);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    std::map<std::string, std::string> files;
    std::map<std::string, std::string> config;
    std::int64_t now_ms = 1'767'571'200'000; ///< 2026-01-05
    /// What a lambda finds of the steps before it: "ingest.row_count".
    Values step_outputs;
    std::uint32_t attempt = 1;
    bool dry = false;
    /// Called after a source was read to its end, so that a test can change the file in between.
    void (*after_reading)(Host&) = nullptr;

    Outcome run(const std::string& pipeline, const Values& params);
    /// Throws std::runtime_error for an option that the lambda does not declare, as a workflow that
    /// holds one would be refused.
    Outcome call(const std::string& handler, const Values& params, const Values& options = {});
    /// Remembers the outputs of a step for the lambdas that follow.
    void remember(const std::string& step, const Outcome& outcome);

    std::optional<Manifest> manifest(const Partition& partition, const std::string& stage) const;
    std::size_t manifest_size() const;
    /// Puts a row there without the work that would lead to it, made from the partition's head (or,
    /// not `current`, from a capture before it).
    void put_manifest(const Partition& partition,
                      const std::string& stage,
                      std::int64_t row_count,
                      bool current = true);
    /// A person has readers see this capture of the partition, whatever stages it has reached.
    void publish(const Partition& partition, std::int64_t capture_seq);
    /// The one value that a query over the datasets gives, as text; "NULL" and "nothing" otherwise.
    std::string ask(const std::string& sql) const;
    /// Changes rows behind the host's back, as an older version has left them.
    void forget(const std::string& sql);

    struct Store;

private:
    struct Run;
    friend struct Callbacks;
    std::unique_ptr<Store> store_;
};

} // namespace spine::fake
