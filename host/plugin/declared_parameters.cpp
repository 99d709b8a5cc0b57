#include "plugin/declared.hpp"
#include "workflow/parameters.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace spine::plugin {

namespace {

std::optional<workflow::Type> parameter_type(spine_type type) {
    using workflow::Type;
    switch (type) {
    case SPINE_BOOL:
        return Type::boolean;
    case SPINE_INT:
        return Type::integer;
    case SPINE_REAL:
        return Type::real;
    case SPINE_TEXT:
        return Type::text;
    case SPINE_DATE:
        return Type::date;
    case SPINE_TIMESTAMP:
        return Type::timestamp;
    case SPINE_JSON:
        return Type::json;
    default:
        return std::nullopt;
    }
}

std::string folded(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

/// "A = a1 = a2 | B" -> {{"A", "a1", "a2"}, {"B"}}
std::vector<std::vector<std::string>> allowed_of(const std::string& text, const std::string& what) {
    std::vector<std::vector<std::string>> allowed;
    std::set<std::string> seen;
    for (auto& value : split_bars(text)) {
        std::replace(value.begin(), value.end(), '=', '|');
        auto spellings = split_bars(value);
        if (spellings.empty())
            spellings.emplace_back();
        for (const auto& spelling : spellings) {
            if (spelling.empty())
                refuse({"parameter",
                        what + " that allows an empty value",
                        "'VALUE = other spelling | VALUE'",
                        "write it so"});
            if (!seen.insert(folded(spelling)).second)
                refuse({"parameter",
                        what + " that allows " + quoted(spelling) + " twice",
                        "each spelling once, whatever its case",
                        "take one out"});
        }
        allowed.push_back(std::move(spellings));
    }
    return allowed;
}

/// The parameter alone, bound to one text: the very check that a value on a command line passes.
void check_value(const workflow::Parameter& parameter,
                 const std::string& value,
                 const std::string& what) {
    auto alone = parameter;
    alone.required = false;
    alone.otherwise.reset();
    const auto bound = workflow::bind(std::vector{alone}, workflow::Written{{alone.name, value}});
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        refuse({"parameter",
                what + " " + quoted(value) +
                    (faults->empty() ? "" : " (" + faults->front().message + ")"),
                "a value of type " + std::string{workflow::to_text(parameter.type)} +
                    (parameter.allowed.empty() ? "" : " that is allowed"),
                "mend the table"});
}

workflow::Parameter parameter_of(const spine_param& raw, const std::string& owner) {
    workflow::Parameter parameter;
    parameter.name = name_of(raw.name, "a parameter of " + owner, &is_name, name_form);
    const auto what = "parameter " + quoted(parameter.name) + " of " + owner;
    const auto type = parameter_type(raw.type);
    if (!type)
        refuse({"parameter",
                what + " with type " + std::to_string(raw.type),
                "a SPINE_ type from 1 to 7",
                "mend the table"});
    parameter.type = *type;
    parameter.required = (raw.flags & SPINE_PARAM_REQUIRED) != 0;
    parameter.in_digest = (raw.flags & SPINE_PARAM_IN_DIGEST) != 0;
    parameter.description = prose_of(raw.description, "the description of " + what, line_bytes_max);
    parameter.allowed = allowed_of(line_of(raw.allowed, "the allowed values of " + what), what);
    auto plain = parameter;
    plain.allowed.clear();
    for (const auto& spellings : parameter.allowed)
        check_value(plain, spellings.front(), "allowed value of " + what);
    if (auto otherwise = line_of(raw.default_value, "the default of " + what); !otherwise.empty()) {
        check_value(parameter, otherwise, "default of " + what);
        parameter.otherwise = std::move(otherwise);
    }
    return parameter;
}

} // namespace

std::vector<workflow::Parameter> parameters_of(const spine_table& table, const std::string& owner) {
    std::vector<workflow::Parameter> parameters;
    for (const auto& item : items_of<spine_param>(table, "parameters of " + owner)) {
        parameters.push_back(parameter_of(item.value, owner));
        const auto& name = parameters.back().name;
        if (std::count_if(parameters.begin(), parameters.end(), [&](const auto& p) {
                return p.name == name;
            }) > 1)
            refuse({"parameter",
                    "two named " + quoted(name) + " in " + owner,
                    "each name once",
                    "rename one"});
    }
    return parameters;
}

} // namespace spine::plugin
