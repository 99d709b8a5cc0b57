#include "cli/object_table.hpp"
#include "cli/run_commands.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/workflow_story.hpp"
#include "error.hpp"
#include "workflow/json.hpp"

#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

const std::vector<std::string>& telling_columns(std::string_view name) {
    static const std::vector<std::string> children{
        "execution_id", "pipeline", "partition_key", "status", "attempt", "started_at", "reason", "error_message"};
    static const std::vector<std::string> any;
    return name == "children" ? children : any;
}

/// Plain members first, one a line; then each list as a table of its own.
std::string text_of(const Session& session, const json::object& document) {
    Fields fields;
    std::string tables;
    for (const auto& member : document) {
        const std::string name{member.key()};
        const auto& value = member.value();
        const bool is_table = value.is_array() && !value.get_array().empty() && value.get_array().front().is_object();
        if (is_table)
            tables += "\n" + name + ":\n" + table_text(session, table_of(value.get_array(), telling_columns(name)));
        else if (value.is_array())
            fields.emplace_back(name, value.get_array().empty() ? std::string{} : workflow::json_text(value));
        else
            fields.emplace_back(name, pairs_text(value));
    }
    return fields_text(fields) + tables;
}

/// An id that no run has; it may be that of an execution.
json::object execution_of(control::Store& store, const std::string& id) {
    constexpr std::size_t columns_max = 200;
    try {
        return store.execution(id);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
        throw Error{ErrorCode::not_found, "there is no run and no execution '" + cut(id, columns_max) + "'", error.hint()};
    }
}

} // namespace

int show_run(Session& session, const Invocation& invocation) {
    const auto store = session.stores.open(control::Access::read);
    const auto run = store->workflow_run(invocation.arguments.at(0));
    if (!run.empty()) {
        show_workflow_run(session, *store, run, invocation.has("all") ? StoryExtent::everything : StoryExtent::telling);
        return 0;
    }
    const auto execution = execution_of(*store, invocation.arguments.at(0));
    json::object document;
    for (const auto& member : execution)
        document[member.key()] = structured(member.key(), member.value());
    if (!document.contains("children")) {
        const auto* id = document.if_contains("execution_id");
        document["children"] = objects_of(store->children(id == nullptr ? invocation.arguments.at(0) : cell_text(*id)));
    }
    show(session, document, text_of(session, document));
    return 0;
}

} // namespace spine::cli
