#include "cli/due_command.hpp"

#include "cli/run_commands.hpp"
#include "cli/session.hpp"
#include "control/due_work.hpp"
#include "error.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

std::string bare(const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == std::string::npos ? name : name.substr(dot + 1);
}

/// What a person would have to type: parameters that nobody gave go without saying.
json::object asked_for(const control::DueWork& work) {
    json::object asked;
    for (const auto& parameter : work.pipeline->parameters)
        if (const auto* value = work.params.if_contains(parameter.name); value != nullptr && !value->is_null()) {
            const auto text = value->is_string() ? std::string{value->get_string()} : workflow::json_text(*value);
            if (parameter.otherwise != text)
                asked[parameter.name] = *value;
        }
    return asked;
}

json::object document_of(const control::DueWork& work) {
    json::array partitions;
    for (const auto& partition : work.partitions)
        partitions.push_back(structured("partition_key", json::value(partition.key)));
    return {{"domain", work.pipeline->domain},
            {"stage", work.pipeline->stage},
            {"pipeline", work.pipeline->name},
            {"params", work.params},
            {"partitions", std::move(partitions)},
            {"why", control::to_text(work.why)},
            {"reason", work.reason}};
}

std::string outcome_of(const control::DueDone& one) {
    if (!one.failed_before.empty())
        return one.failed_before + " could not be made";
    return one.result.failure ? one.result.failure->message : one.result.reason;
}

std::string status_of(const control::DueDone& one) {
    return one.failed_before.empty() ? std::string{to_text(one.result.status)} : "not tried";
}

int exit_code_of(const control::DueDone& one) { return one.failed_before.empty() ? control::exit_code(one.result) : 0; }

void list(Session& session, const std::vector<control::DueWork>& due) {
    json::array documents;
    control::Table rows{{"stage", "pipeline", "parameters", "why"}, {}, false};
    for (const auto& work : due) {
        documents.push_back(document_of(work));
        rows.rows.push_back({json::value(work.pipeline->stage),
                             json::value(bare(work.pipeline->name)),
                             json::value(pairs_text(asked_for(work))),
                             json::value(work.reason)});
    }
    show(session, documents, rows);
    if (due.empty())
        session.words.note("nothing is due");
    else
        session.words.note("'spine due --run' does it");
}

int perform(Session& session, const control::DueRequest& request) {
    auto& words = session.words;
    session.world.hold_interrupts();
    const auto all = control::do_due_work(
        request,
        session.world.clock,
        session.world.random,
        session.stores,
        session.libraries,
        session.world.cancel,
        [&](const run::Progress& progress) { words.progress(progress); },
        [&](const control::DueDone&) { words.end_progress(); });
    words.end_progress();
    json::array documents;
    control::Table rows{{"stage", "parameters", "status", "rows", "reason"}, {}, false};
    int worst = 0;
    for (const auto& one : all) {
        const auto* count = one.result.outputs.if_contains("row_count");
        auto document = document_of(one.work);
        document["status"] = status_of(one);
        document["execution_id"] = one.result.execution_id;
        document["outputs"] = one.result.outputs;
        document["error"] = error_document(one.result.failure, exit_code_of(one));
        documents.push_back(std::move(document));
        rows.rows.push_back({json::value(one.work.pipeline->stage),
                             json::value(pairs_text(asked_for(one.work))),
                             json::value(status_of(one)),
                             count == nullptr ? json::value(nullptr) : *count,
                             json::value(outcome_of(one))});
        worst = std::max(worst, exit_code_of(one));
    }
    show(session, documents, rows);
    if (all.empty())
        words.note("nothing is due");
    session.out().flush(); // the words that explain it come after the data
    for (const auto& one : all)
        if (one.result.failure)
            words.error(one.work.pipeline->name + ": " + one.result.failure->message, one.result.failure->hint);
    return session.world.cancel.cancelled() ? spine::exit_code(ErrorCode::interrupted) : worst;
}

} // namespace

int show_due(Session& session, const Invocation& invocation) {
    const control::DueRequest request{invocation.arguments.empty() ? std::string{} : invocation.arguments.front(), invocation.has("all")};
    if (invocation.has("run"))
        return perform(session, request);
    list(session, control::due_work(request, session.world.clock, session.stores, session.libraries));
    return 0;
}

} // namespace spine::cli
