#include "workflow/parameters.hpp"

#include "workflow/json.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cstdint>
#include <map>
#include <set>

namespace spine::workflow {
namespace {

using Read = std::variant<boost::json::value, Misfit>;

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

/// The first spelling of the allowed value that `text` names; or what would have been allowed.
std::variant<std::string, Misfit> allowed_value(const Parameter& parameter, std::string_view text) {
    const auto wanted = lower_case(trimmed(text));
    std::vector<std::string> all, firsts;
    for (const auto& spellings : parameter.allowed) {
        if (spellings.empty())
            continue;
        firsts.push_back(spellings.front());
        for (const auto& spelling : spellings) {
            if (lower_case(trimmed(spelling)) == wanted)
                return spellings.front();
            all.push_back(spelling);
        }
    }
    const auto meant = nearest(trimmed(text), all);
    return Misfit{"'" + std::string{text} + "' is not allowed; valid are " + joined(firsts),
                  meant.empty() ? std::string{} : "did you mean '" + meant + "'?"};
}

Read read_text(const Parameter& parameter, std::string_view text) {
    if (trimmed(text).empty() && (parameter.required || !parameter.allowed.empty() || parameter.type != Type::text))
        return Misfit{"is empty; wanted is " + std::string{to_text(parameter.type)}, {}};
    if (parameter.allowed.empty())
        return read_literal(parameter.type, text);
    auto value = allowed_value(parameter, text);
    if (auto* misfit = std::get_if<Misfit>(&value))
        return std::move(*misfit);
    return read_literal(parameter.type, std::get<std::string>(value));
}

std::string found_text(const boost::json::value& value) {
    const auto text = json_text(value);
    auto shown = text.size() > 80 ? text.substr(0, 80) + "..." : text;
    switch (value.kind()) {
    case boost::json::kind::bool_: return "the boolean " + shown;
    case boost::json::kind::int64:
    case boost::json::kind::uint64: return "the integer " + shown;
    case boost::json::kind::double_: return "the real " + shown;
    case boost::json::kind::array: return "a list";
    case boost::json::kind::object: return "an object";
    default: return shown;
    }
}

/// A value that has a JSON type already.
Read read_value(const Parameter& parameter, const boost::json::value& value) {
    if (const auto* text = value.if_string())
        return read_text(parameter, {text->data(), text->size()});
    if (!parameter.allowed.empty() && parameter.type != Type::json && !value.is_structured())
        return read_text(parameter, json_text(value)); // 1 and "1" name the same allowed value
    switch (parameter.type) {
    case Type::boolean:
        if (value.is_bool())
            return value;
        break;
    case Type::integer:
        if (value.is_int64())
            return value;
        if (value.is_uint64())
            return Misfit{json_text(value) + " does not fit in a 64-bit integer", {}};
        break;
    case Type::real:
        if (value.is_double())
            return value;
        if (value.is_int64()) {
            constexpr std::int64_t exact_max = std::int64_t{1} << 53;
            if (value.get_int64() >= -exact_max && value.get_int64() <= exact_max)
                return boost::json::value(static_cast<double>(value.get_int64()));
        }
        break;
    case Type::json: return value;
    case Type::text:
    case Type::date:
    case Type::timestamp: break;
    }
    return Misfit{"found " + found_text(value) + ", wanted is " + std::string{to_text(parameter.type)}, {}};
}

/// The faults and the values so far, while the given parameters are gone through.
struct Binding {
    const std::vector<Parameter>& table;
    std::map<std::string, boost::json::value> values;
    std::set<std::string> seen;
    Diagnostics faults;

    void fault(std::string_view name, std::string message, std::string hint = {}) {
        faults.push_back({"parameter '" + std::string{name} + "'", std::move(message), std::move(hint), 0, 0});
    }

    void accept(const Parameter& parameter, Read read) {
        if (auto* misfit = std::get_if<Misfit>(&read))
            fault(parameter.name, std::move(misfit->message), std::move(misfit->hint));
        else
            values.insert_or_assign(parameter.name, std::move(std::get<boost::json::value>(read)));
    }

    /// The declared parameter of this name, given for the first time; else null, and the fault is noted.
    const Parameter* expected(std::string_view name) {
        const auto found = std::ranges::find(table, name, &Parameter::name);
        if (found == table.end()) {
            std::vector<std::string> names;
            for (const auto& parameter : table)
                names.push_back(parameter.name);
            const auto meant = nearest(name, names);
            fault(name,
                  "is unknown",
                  !meant.empty()  ? "did you mean '" + meant + "'?"
                  : names.empty() ? "it takes no parameters"
                                  : "known are " + joined(names));
            return nullptr;
        }
        if (!seen.insert(found->name).second) {
            fault(name, "is given twice", "give it once");
            return nullptr;
        }
        return &*found;
    }

    Bound finish() {
        for (const auto& parameter : table) {
            if (seen.contains(parameter.name))
                continue;
            if (parameter.otherwise)
                accept(parameter, read_text(parameter, *parameter.otherwise));
            else if (parameter.required)
                fault(parameter.name, "is required", missing_hint(parameter));
        }
        if (!faults.empty())
            return std::move(faults);
        boost::json::object bound;
        for (auto& [name, value] : values)
            bound.emplace(name, std::move(value));
        return bound;
    }

    static std::string missing_hint(const Parameter& parameter) {
        std::string hint = parameter.description;
        if (!parameter.allowed.empty()) {
            std::vector<std::string> firsts;
            for (const auto& spellings : parameter.allowed)
                if (!spellings.empty())
                    firsts.push_back(spellings.front());
            hint += (hint.empty() ? "valid are " : "; valid are ") + joined(firsts);
        }
        return hint.empty() ? "wanted is " + std::string{to_text(parameter.type)} : hint;
    }
};

} // namespace

Bound bind(const std::vector<Parameter>& table, const Written& given) {
    Binding binding{table, {}, {}, {}};
    for (const auto& [name, text] : given)
        if (const auto* parameter = binding.expected(name))
            binding.accept(*parameter, read_text(*parameter, text));
    return binding.finish();
}

Bound bind(const std::vector<Parameter>& table, const boost::json::object& given) {
    Binding binding{table, {}, {}, {}};
    for (const auto& member : given) {
        const std::string_view name{member.key()};
        // Null is "not given": a workflow's path to nothing ends here too.
        if (member.value().is_null() && std::ranges::find(table, name, &Parameter::name) != table.end())
            continue;
        if (const auto* parameter = binding.expected(name))
            binding.accept(*parameter, read_value(*parameter, member.value()));
    }
    return binding.finish();
}

} // namespace spine::workflow
