/// A plugin that bears witness: each call of one of its operations adds a line to the file that SPINE_WITNESS names, by one write, so that
/// what was done can be compared with what is recorded. Its pipelines write rows, and its lambdas fail, wait and steer as they are told. For the
/// scripts engine_*.sh.
///
/// A line is: kind, idempotency key, attempt, path of the step. The key is among the outputs too, as called_at: `db digest` leaves out what
/// ends in _at, and the key is another one in each run.
///
/// SPINE_WITNESS_LAST=N: the Nth call of a process is its last; the process is killed in it, as by `kill -9`.
#include <spine/plugin.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

using spine::optional;
using spine::required;

void witness(const spine::Call& call, std::string_view kind) {
    const char* path = std::getenv("SPINE_WITNESS");
    if (path == nullptr)
        return;
    std::string line{kind};
    line.append(" ").append(call.idempotency_key());
    line.append(" ").append(std::to_string(call.attempt_number()));
    line.append(" ").append(call.step_path()).append("\n");
    const int file = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const auto written = file < 0 ? -1 : ::write(file, line.data(), line.size());
    if (file >= 0)
        ::close(file);
    if (written != static_cast<ssize_t>(line.size()))
        throw spine::Error{SPINE_UNAVAILABLE, "the witness cannot write", SPINE_RETRY_NEVER};
    static std::atomic<long> calls{0};
    const char* last = std::getenv("SPINE_WITNESS_LAST");
    if (last != nullptr && ++calls == std::atol(last))
        std::raise(SIGKILL);
}

void fail_at_first(const spine::Call& call, std::int64_t attempts) {
    if (call.attempt_number() <= attempts)
        throw spine::Error{SPINE_UNAVAILABLE, "attempt " + std::to_string(call.attempt_number()) + " was to fail"};
}

// ---- pipelines

/// Rows 1 to `rows` of a partition, and an anomaly: those are added for each commit, never replaced.
void record(spine::Attempt& attempt) {
    witness(attempt, "pipeline");
    fail_at_first(attempt, attempt.integer("fail_first"));
    auto rows = attempt.replace<std::int64_t, std::string_view>("witness_rows", attempt.derived(), "n|kind");
    for (std::int64_t n = 1; n <= attempt.integer("rows"); ++n)
        rows.add(n, "recorded");
    const auto count = rows.finish();
    if (const auto pause = attempt.integer("pause_ms"); pause > 0)
        attempt.wait_ms(static_cast<std::uint64_t>(pause));
    attempt.anomaly(SPINE_SEVERITY_WARN, "WITNESS", "effect of " + std::string{attempt.text("name")});
    attempt.reached(attempt.derived(), count, {{"records", count}});
    attempt.output("row_count", count).output("called_at", attempt.idempotency_key());
}

/// As many rows as the same partition has recorded ones.
void gather(spine::Attempt& attempt) {
    witness(attempt, "pipeline");
    std::int64_t sum = 0;
    for (const auto& [n] : attempt.select<std::int64_t>("SELECT n FROM witness_rows WHERE derivation_seq = ?",
                                                        attempt.input().capture_seq))
        sum += n;
    auto rows = attempt.replace<std::int64_t>("witness_sums", attempt.derived(), "total");
    rows.add(sum);
    const auto count = rows.finish();
    attempt.anomaly(SPINE_SEVERITY_WARN, "WITNESS", "sum of " + std::string{attempt.text("name")});
    attempt.reached(attempt.derived(), count, {{"total", sum}});
    attempt.output("total", sum).output("called_at", attempt.idempotency_key());
}

// ---- lambdas

std::int64_t number(const spine::Check& check, std::string_view option, std::int64_t otherwise) {
    const auto value = check.option(option);
    return value && value->type == SPINE_INT ? value->integer : otherwise;
}
std::string_view words(const spine::Check& check, std::string_view option) {
    const auto value = check.option(option);
    return value && value->type != SPINE_NULL ? spine::view(value->text) : std::string_view{};
}

void note(spine::Check& check) {
    witness(check, "lambda");
    fail_at_first(check, number(check, "fail_first", 0));
    if (number(check, "broken", 0) != 0 && !check.has("mended"))
        throw spine::Error{SPINE_INVALID_DATA, "it was to fail until it is mended"};
    check.output("called_at", check.idempotency_key()).output("said", words(check, "say"));
}

/// A list of numbers from 1.
void list(spine::Check& check) {
    witness(check, "lambda");
    std::string items = "[";
    for (std::int64_t n = 1; n <= number(check, "count", 0); ++n)
        items += (n == 1 ? "" : ",") + std::to_string(n);
    items += "]";
    check.output("items", spine::Json{items}).output("called_at", check.idempotency_key());
}

/// Asks what its configuration says, in the order of its table.
void steer(spine::Check& check) {
    witness(check, "lambda");
    auto course = check.course();
    if (const auto name = words(check, "skip"); !name.empty())
        course.skip({name}, "it is not needed");
    if (const auto name = words(check, "insert_after"); !name.empty())
        course.insert_after(name, spine::Json{words(check, "inserted")});
    if (const auto name = words(check, "insert_before"); !name.empty())
        course.insert_before(name, spine::Json{words(check, "inserted")});
    if (const auto name = words(check, "replace"); !name.empty())
        course.replace(name, spine::Json{words(check, "replacement")});
    if (const auto name = words(check, "spawn"); !name.empty())
        course.spawn("side", name);
    if (const auto name = words(check, "spawn_and_tell"); !name.empty())
        check.output("side", course.spawn_run("told_side", name));
    if (const auto name = words(check, "retry"); !name.empty())
        course.retry(name, spine::Json{words(check, "params")});
    check.output("called_at", check.idempotency_key());
}

// ---- tables and the plugin

constexpr spine::Column row_columns[] = {{"n", spine::integer, "a number"}, {"kind", spine::text, "recorded"}};
constexpr spine::Dataset rows{"witness_rows", spine::KeyedBy::inputs, "name", row_columns, "n", "What was recorded"};
constexpr spine::Column sum_columns[] = {{"total", spine::integer, "of the rows"}};
constexpr spine::Dataset sums{"witness_sums", spine::KeyedBy::inputs, "name", sum_columns, "total", "What was gathered"};
constexpr spine::MigrationStep tables[] = {spine::create(rows), spine::create(sums)};
constexpr spine::Migration migrations[] = {{1, "tables", tables}};

constexpr spine::Param record_params[] = {
    spine::Param{"name", spine::text, required, "the partition"},
    spine::Param{"rows", spine::integer, optional, "how many"}.otherwise("5").in_digest(),
    spine::Param{"pause_ms", spine::integer, optional, "how long it works"}.otherwise("0"),
    spine::Param{"fail_first", spine::integer, optional, "so many attempts fail"}.otherwise("0")};
constexpr spine::Param gather_params[] = {spine::Param{"name", spine::text, required, "the partition"}};
constexpr spine::Pipeline pipelines[] = {
    spine::Pipeline{"record", "Writes rows", record_params, &record}.partition("name").reaches("RECORDED").version("1"),
    spine::Pipeline{"gather", "Adds them up", gather_params, &gather}
        .partition("name")
        .needs("RECORDED")
        .reaches("GATHERED")
        .version("1")};

constexpr spine::Param note_config[] = {
    spine::Param{"fail_first", spine::integer, optional, "so many attempts fail"}.otherwise("0"),
    spine::Param{"broken", spine::integer, optional, "1: fails unless the parameter mended is there"}.otherwise("0"),
    spine::Param{"say", spine::text, optional, "an output"}};
constexpr spine::Param list_config[] = {spine::Param{"count", spine::integer, required, "how many"}};
constexpr spine::Param steer_config[] = {
    spine::Param{"skip", spine::text, optional, "a step that is skipped"},
    spine::Param{"insert_after", spine::text, optional, "a step that `inserted` comes after"},
    spine::Param{"insert_before", spine::text, optional, "a step that `inserted` comes before"},
    spine::Param{"inserted", spine::text, optional, "a step, as JSON"},
    spine::Param{"replace", spine::text, optional, "a step that becomes `replacement`"},
    spine::Param{"replacement", spine::text, optional, "a step, as JSON"},
    spine::Param{"spawn", spine::text, optional, "a workflow that is begun"},
    spine::Param{"spawn_and_tell", spine::text, optional, "another one, whose run's id is an output"},
    spine::Param{"retry", spine::text, optional, "a step that is done again"},
    spine::Param{"params", spine::text, optional, "parameters for it, as JSON"}};
constexpr spine::Lambda lambdas[] = {
    spine::Lambda{"note", "Is called", note_config, &note},
    spine::Lambda{"list", "Numbers from 1", list_config, &list},
    spine::Lambda{"steer", "Changes the course", steer_config, &steer}};

constexpr spine::Stage stages[] = {{"RECORDED", 1}, {"GATHERED", 2}};
constexpr spine::Domain domains[] = {{"witness", "", "witness_", stages}};
constexpr spine::Plugin plugin{"witness",
                               "1.0.0",
                               {"Bears witness of its calls"},
                               domains,
                               pipelines,
                               lambdas,
                               migrations,
                               {SPINE_THREADS_PARALLEL, 1}};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major, std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
