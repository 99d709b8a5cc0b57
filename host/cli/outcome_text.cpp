#include "cli/outcome_text.hpp"

#include "cli/object_table.hpp"
#include "cli/row_printer.hpp"
#include "cli/text.hpp"

#include <boost/json/array.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t columns_max = 240;
constexpr std::size_t value_columns_max = 60;
constexpr std::size_t values_max = 6;

std::string counted(const json::object& output, std::string_view name, const std::string& what) {
    const auto text = member_text(output, name);
    return text.empty() || text == "0" ? std::string{} : ", " + text + " " + what;
}

/// Nothing for what tells a person nothing: no value, no entries, no text, or a text of several lines.
std::string value_text(const json::value& value) {
    const auto entries = [](std::size_t count) {
        return count == 0 ? std::string{} : std::to_string(count) + (count == 1 ? " entry" : " entries");
    };
    if (const auto* list = value.if_array())
        return entries(list->size());
    if (const auto* object = value.if_object())
        return entries(object->size());
    const auto text = cell_text(rounded(value));
    return text.find('\n') == std::string::npos ? cut(text, value_columns_max) : std::string{};
}

} // namespace

std::string outcome_text(std::string_view type, const std::string& reason, const json::object& output) {
    if (!reason.empty())
        return cut(reason, columns_max);
    if (type == "pipeline" && output.contains("row_count"))
        return member_text(output, "row_count") + " rows" + counted(output, "reject_count", "rejected");
    std::string text;
    std::size_t told = 0, more = 0;
    for (const auto& member : output) {
        const auto value = value_text(member.value());
        if (value.empty())
            continue;
        if (told == values_max) {
            ++more;
            continue;
        }
        text += (told++ == 0 ? "" : " ") + std::string{member.key()} + "=" + value;
    }
    if (more > 0)
        text += " and " + std::to_string(more) + " more";
    return cut(text, columns_max);
}

} // namespace spine::cli
