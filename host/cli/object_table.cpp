#include "cli/object_table.hpp"

#include "cli/row_printer.hpp"
#include "cli/session.hpp"
#include "error.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <cmath>

namespace spine::cli {

namespace json = boost::json;

namespace {

std::string_view name_of(std::string_view column, bool plain) {
    constexpr std::string_view suffix = "_json";
    return plain && column.ends_with(suffix) ? column.substr(0, column.size() - suffix.size()) : column;
}

} // namespace

json::array objects_of(const control::Table& table, bool plain_names) {
    json::array objects;
    for (const auto& row : table.rows) {
        json::object object;
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            object[name_of(table.columns[i], plain_names)] = structured(table.columns[i], row.at(i));
        objects.push_back(std::move(object));
    }
    return objects;
}

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
                                               : rounded(meant));
        }
        table.rows.push_back(std::move(cells));
    }
    return table;
}

json::value rounded(const json::value& value) {
    constexpr double whole_from = 1e15; // no decimals from here on
    const auto* real = value.if_double();
    if (real == nullptr || !std::isfinite(*real) || std::abs(*real) >= whole_from)
        return value;
    char text[64];
    const auto format = std::abs(*real) < 1 ? std::chars_format::general : std::chars_format::fixed;
    const auto end = std::to_chars(text, text + sizeof text, *real, format, 4).ptr;
    double near = *real;
    std::from_chars(text, end, near);
    return near;
}

std::string member_text(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value == nullptr ? std::string{} : cell_text(*value);
}

json::value meant(std::string_view json_text) {
    if (json_text.empty())
        return nullptr;
    try {
        return workflow::json_from(json_text);
    } catch (const Error&) { // too long to be shown, or damaged: the rest of the story is worth telling
        return nullptr;
    }
}

json::object object_meant(std::string_view json_text) {
    auto value = meant(json_text);
    return value.is_object() ? std::move(value.get_object()) : json::object{};
}

} // namespace spine::cli
