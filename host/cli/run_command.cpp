#include "cli/run_commands.hpp"
#include "cli/session.hpp"
#include "error.hpp"

#include <boost/json/string.hpp>
#include <string_view>

namespace spine::cli {
namespace {

namespace json = boost::json;
using cli::to_text; // those of other results below would hide it

std::string_view to_text(run::ChildResult::State state) {
    using State = run::ChildResult::State;
    switch (state) {
    case State::completed: return "completed";
    case State::skipped: return "skipped";
    case State::failed: return "failed";
    case State::cancelled: return "cancelled";
    case State::planned: return "planned";
    }
    return "failed";
}

json::object document_of(const control::RunReport& report) {
    const auto& result = report.result;
    json::array children;
    for (const auto& child : result.children) {
        json::object entry;
        entry["execution_id"] = child.result.execution_id;
        entry["pipeline"] = child.pipeline;
        entry["params"] = child.params;
        entry["status"] = to_text(child.result.state);
        entry["reason"] = child.result.reason;
        entry["outputs"] = child.result.outputs;
        entry["error"] = error_document(child.result.failure, child.result.failure ? child.result.failure->exit_code : 0);
        children.push_back(std::move(entry));
    }
    json::object document;
    document["execution_id"] = result.execution_id;
    document["batch_id"] = result.batch_id;
    document["pipeline"] = report.pipeline->name;
    document["params"] = report.params;
    document["status"] = to_text(result.status);
    document["reason"] = result.reason;
    document["attempts"] = result.attempts;
    document["duration_seconds"] = static_cast<double>(result.duration.count()) / 1000.0;
    document["outputs"] = result.outputs;
    document["error"] = error_document(result.failure, control::exit_code(result));
    document["children"] = std::move(children);
    return document;
}

/// Why a child is as it is: its reason, or its error.
std::string reason_of(const run::ChildResult& child) {
    return child.failure ? child.failure->message : child.reason;
}

control::Table children_table(const run::Result& result) {
    control::Table table{{"pipeline", "parameters", "status", "rows", "reason"}, {}, false};
    for (const auto& child : result.children) {
        const auto* rows = child.result.outputs.if_contains("row_count");
        const auto dot = child.pipeline.rfind('.');
        table.rows.push_back({json::value(dot == std::string::npos ? child.pipeline : child.pipeline.substr(dot + 1)),
                              json::value(pairs_text(child.params)),
                              json::value(to_text(child.result.state)),
                              rows == nullptr ? json::value(nullptr) : *rows,
                              json::value(reason_of(child.result))});
    }
    return table;
}

std::string text_of(const Session& session, const control::RunReport& report, bool dry) {
    const auto& result = report.result;
    auto status = result.status == run::Result::Status::withheld ? std::string{"completed, not published"} : std::string{to_text(result.status)};
    if (dry)
        status += " (a dry run: nothing was done)";
    auto text = fields_text({{"status", status},
                             {"pipeline", report.pipeline->name},
                             {"parameters", pairs_text(report.params)},
                             {"reason", result.reason},
                             {"execution", result.execution_id},
                             {"batch", dry ? std::string{} : result.batch_id},
                             {"attempts", result.attempts > 1 ? std::to_string(result.attempts) : std::string{}},
                             {"took", seconds_text(result.duration)},
                             {"outputs", pairs_text(result.outputs)}});
    if (!result.children.empty())
        text += "\n" + table_text(session, children_table(result));
    return text;
}

} // namespace

std::string_view to_text(run::Result::Status status) {
    using Status = run::Result::Status;
    switch (status) {
    case Status::completed: return "completed";
    case Status::skipped: return "skipped";
    case Status::withheld: return "withheld";
    case Status::failed: return "failed";
    case Status::cancelled: return "cancelled";
    case Status::planned: return "planned";
    }
    return "failed";
}

int run_pipeline(Session& session, const Invocation& invocation) {
    auto params = given_parameters(invocation);
    if (!params.faults.empty())
        return refuse_usage(session, params.faults);
    const control::RunRequest request{invocation.arguments.at(0),
                                      std::move(params.pairs),
                                      invocation.has("force"),
                                      invocation.has("dry-run")};
    auto& words = session.words;
    session.world.hold_interrupts();
    const auto answer = control::run_pipeline(request,
                                              session.world.clock,
                                              session.world.random,
                                              session.stores,
                                              session.libraries,
                                              session.world.cancel,
                                              [&](const run::Progress& progress) { words.progress(progress); });
    words.end_progress();
    if (const auto* bad = std::get_if<control::BadRequest>(&answer)) {
        tell_faults(words, bad->faults);
        if (bad->exit_code == spine::exit_code(ErrorCode::invalid))
            words.note("'spine pipeline show " + request.pipeline + "' lists its parameters");
        return bad->exit_code;
    }
    const auto& report = std::get<control::RunReport>(answer);
    for (const auto& migration : report.migrated)
        words.note(std::string{request.dry ? "would first migrate" : "migrated"} + " the tables of plugin '" +
                   migration.owner + "': " + std::to_string(migration.version) + " " + migration.name);
    show(session, document_of(report), text_of(session, report, request.dry));
    if (report.result.failure) {
        session.out().flush(); // the words that explain it come after the data
        words.error(report.pipeline->name + ": " + report.result.failure->message, report.result.failure->hint);
    }
    return control::exit_code(report.result);
}

} // namespace spine::cli
