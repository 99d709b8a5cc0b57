#include "cli/outcome_text.hpp"

#include "cli/row_printer.hpp"
#include "cli/text.hpp"

#include <boost/json/array.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t columns_max = 160;
constexpr std::size_t value_columns_max = 60;

std::string member_text(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value == nullptr ? std::string{} : cell_text(*value);
}

std::string counted(const json::object& output, std::string_view name, const std::string& what) {
    const auto text = member_text(output, name);
    return text.empty() || text == "0" ? std::string{} : ", " + text + " " + what;
}

std::string value_text(const json::value& value) {
    if (const auto* list = value.if_array())
        return "[" + std::to_string(list->size()) + "]";
    if (const auto* object = value.if_object())
        return "{" + std::to_string(object->size()) + "}";
    return cut(cell_text(value), value_columns_max);
}

} // namespace

std::string outcome_text(std::string_view type, const std::string& reason, const json::object& output) {
    if (!reason.empty())
        return cut(reason, columns_max);
    if (type == "pipeline" && output.contains("row_count"))
        return member_text(output, "row_count") + " rows" + counted(output, "reject_count", "rejected");
    std::string text;
    for (const auto& member : output)
        text += (text.empty() ? "" : " ") + std::string{member.key()} + "=" + value_text(member.value());
    return cut(text, columns_max);
}

} // namespace spine::cli
