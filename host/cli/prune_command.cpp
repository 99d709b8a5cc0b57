#include "cli/age_text.hpp"
#include "cli/session.hpp"
#include "cli/store_commands.hpp"
#include "error.hpp"

#include <boost/json/object.hpp>

namespace spine::cli {
namespace {

std::string bytes_text(std::int64_t bytes) {
    constexpr std::int64_t kilo = 1024, mega = kilo * kilo;
    if (bytes < 10 * kilo)
        return std::to_string(bytes) + " bytes";
    return bytes < 10 * mega ? std::to_string(bytes / kilo) + " KiB" : std::to_string(bytes / mega) + " MiB";
}

std::string unless_zero(std::int64_t count) { return count == 0 ? std::string{} : std::to_string(count); }

} // namespace

int prune_store(Session& session, const Invocation& invocation) {
    const auto written = invocation.value("older-than");
    const auto age = age_from(written);
    if (!age)
        return refuse_usage(session,
                            {{invocation.has("older-than") ? "--older-than '" + written + "'" : "'spine db prune'",
                              invocation.has("older-than") ? "is no age" : "needs --older-than",
                              "write 12h, 90d or 26w",
                              0,
                              0}});
    const bool dry = invocation.has("dry-run");
    session.world.hold_interrupts();
    const auto before = session.world.clock.now() - *age;
    const auto store = session.stores.open(dry ? control::Access::read : control::Access::write);
    const auto report = store->retention().prune({before, dry, [&] { return !session.world.cancel.cancelled(); }, invocation.has("keyed")});
    store->close();
    boost::json::object document;
    document["before"] = env::to_text(before);
    document["dry_run"] = dry;
    document["runs"] = report.runs;
    document["steps"] = report.steps;
    document["log_lines"] = report.log_lines;
    document["artifacts"] = report.artifacts;
    document["executions"] = report.executions;
    document["definitions"] = report.definitions;
    document["bytes"] = report.bytes;
    document["left_for_keys"] = report.left_for_keys;
    document["complete"] = report.complete;
    show(session,
         document,
         fields_text({{dry ? "would prune" : "pruned", std::to_string(report.runs) + " runs that ended before " + env::to_text(before)},
                      {"steps", unless_zero(report.steps)},
                      {"log lines", unless_zero(report.log_lines)},
                      {"artifacts", unless_zero(report.artifacts)},
                      {"executions", unless_zero(report.executions)},
                      {"definitions", unless_zero(report.definitions)},
                      {"room", report.bytes == 0 ? std::string{} : bytes_text(report.bytes)}}));
    session.out().flush();
    if (report.left_for_keys > 0)
        session.words.note(std::to_string(report.left_for_keys) + (report.left_for_keys == 1 ? " run was" : " runs were") +
                           " left, because the same --key answers with what they gave; --keyed takes them too: their keys then answer how they ended, without outputs");
    if (!report.complete) {
        session.words.error("interrupted", "nothing is half done; the same command goes on");
        return exit_code(ErrorCode::interrupted);
    }
    return 0;
}

} // namespace spine::cli
