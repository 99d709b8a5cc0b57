#include "cli/run_commands.hpp"
#include "cli/session.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

json::array objects_of(const control::Table& table) {
    json::array objects;
    for (const auto& row : table.rows) {
        json::object object;
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            object[table.columns[i]] = structured(table.columns[i], row.at(i));
        objects.push_back(std::move(object));
    }
    return objects;
}

/// Objects with like members as a table for people; columns that are empty everywhere are left out.
control::Table table_of(const json::array& objects, const std::vector<std::string>& preferred) {
    control::Table table;
    const auto add = [&](const std::string& name) {
        const bool known = std::ranges::find(table.columns, name) != table.columns.end();
        const bool filled = std::ranges::any_of(objects, [&](const json::value& entry) {
            const auto* value = entry.is_object() ? entry.get_object().if_contains(name) : nullptr;
            return value != nullptr && !cell_text(*value).empty();
        });
        if (!known && filled)
            table.columns.push_back(name);
    };
    for (const auto& name : preferred)
        add(name);
    if (table.columns.empty())
        for (const auto& entry : objects)
            if (entry.is_object())
                for (const auto& member : entry.get_object())
                    add(std::string{member.key()});
    for (const auto& entry : objects) {
        std::vector<json::value> cells;
        for (const auto& name : table.columns) {
            const auto* value = entry.is_object() ? entry.get_object().if_contains(name) : nullptr;
            const auto meant = value == nullptr ? json::value(nullptr) : structured(name, *value);
            cells.push_back(meant.is_object()  ? json::value(pairs_text(meant))
                            : meant.is_array() ? json::value(workflow::json_text(meant))
                                               : meant);
        }
        table.rows.push_back(std::move(cells));
    }
    return table;
}

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

} // namespace

int show_run(Session& session, const Invocation& invocation) {
    const auto store = session.stores.open(control::Access::read);
    const auto execution = store->execution(invocation.arguments.at(0));
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
