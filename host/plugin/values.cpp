#include "plugin/values.hpp"

#include "error.hpp"
#include "plugin/text.hpp"
#include "workflow/json.hpp"
#include "workflow/secret.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spine::plugin {

namespace {

constexpr std::size_t key_bytes_max = 256;

[[noreturn]] void wrong(const std::string& message) { throw Error{ErrorCode::usage, message}; }

double finite(double number) {
    if (!std::isfinite(number))
        wrong("a number is not finite");
    return number;
}

std::int64_t flag(std::int64_t number) {
    if (number != 0 && number != 1)
        wrong("a boolean is " + std::to_string(number) + ", neither 0 nor 1");
    return number;
}

std::string key_text(const spine_value& value) {
    switch (value.type) {
    case SPINE_INT:
        return std::to_string(value.integer);
    case SPINE_TEXT:
    case SPINE_DATE:
    case SPINE_TIMESTAMP: {
        const auto text = text_from(value.text, "partition value", key_bytes_max);
        if (text.empty() || escaped(text, key_bytes_max) != text)
            wrong("the partition value " + quoted(text) + " is empty or has control characters");
        return std::string{text};
    }
    default:
        wrong("a partition value is neither text, date, timestamp nor integer");
    }
}

} // namespace

std::string_view text_from(spine_str text, const char* what, std::size_t bytes_max) {
    const auto view = view_of(text, bytes_max);
    if (!view)
        wrong(std::string{what} +
              (text.data == nullptr ? " is null with a size of " : " is too long: ") +
              std::to_string(text.size) + " bytes");
    if (!is_utf8(*view))
        wrong(std::string{what} + " is not UTF-8: " + quoted(*view));
    return *view;
}

std::string_view json_text_from(spine_str text, const char* what) {
    const auto view = text_from(text, what);
    if (!view.empty()) {
        try {
            static_cast<void>(workflow::json_from(view));
        } catch (const Error& error) {
            wrong(std::string{what} + " is no JSON: " + error.what());
        }
    }
    return view;
}

boost::json::value json_from(const spine_value& value) {
    switch (value.type) {
    case SPINE_NULL:
        return nullptr;
    case SPINE_BOOL:
        return flag(value.integer) != 0;
    case SPINE_INT:
        return value.integer;
    case SPINE_REAL:
        return finite(value.real);
    case SPINE_TEXT:
    case SPINE_DATE:
    case SPINE_TIMESTAMP:
        return boost::json::string{text_from(value.text, "a text")};
    case SPINE_JSON: {
        const auto text = json_text_from(value.text, "a JSON value");
        return text.empty() ? boost::json::value{nullptr} : workflow::json_from(text);
    }
    default:
        wrong("a value has type " + std::to_string(value.type) + ", which does not exist");
    }
}

unit::Value bound_from(const spine_value& value) {
    switch (value.type) {
    case SPINE_NULL:
        return std::monostate{};
    case SPINE_BOOL:
        return flag(value.integer);
    case SPINE_INT:
        return value.integer;
    case SPINE_REAL:
        return finite(value.real);
    case SPINE_TEXT:
    case SPINE_DATE:
    case SPINE_TIMESTAMP:
    case SPINE_JSON: {
        const auto text = text_from(value.text, "a text");
        if (text.find('\0') != std::string_view::npos)
            wrong("the text " + quoted(text) + " has a NUL in it");
        return text;
    }
    default:
        wrong("a value has type " + std::to_string(value.type) + ", which does not exist");
    }
}

std::span<const spine_field> fields_from(const spine_field* fields, std::uint32_t count) {
    if (count == 0)
        return {};
    if (fields == nullptr)
        wrong("fields are null with a count of " + std::to_string(count));
    if (count > fields_max)
        wrong(std::to_string(count) + " fields, at most " + std::to_string(fields_max) +
              " are taken");
    const std::span<const spine_field> all{fields, count};
    std::vector<std::string_view> names;
    names.reserve(count);
    for (const auto& field : all) {
        names.push_back(text_from(field.name, "a field's name", 128));
        if (names.back().empty())
            wrong("a field has no name");
    }
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
        wrong("field " + quoted(*twice) + " is given twice");
    return all;
}

boost::json::object object_from(const spine_field* fields, std::uint32_t count) {
    boost::json::object object;
    for (const auto& field : fields_from(fields, count))
        object[text_from(field.name, "a field's name")] = json_from(field.value);
    return object;
}

std::map<std::string, std::string> keys_from(const spine_field* keys, std::uint32_t count) {
    std::map<std::string, std::string> values;
    for (const auto& field : fields_from(keys, count)) {
        const auto name = text_from(field.name, "a key's name");
        if (!is_name(name))
            wrong(quoted(name) + " is no name of a partition key");
        values[std::string{name}] = key_text(field.value);
    }
    return values;
}

boost::json::value unreferring(boost::json::value value, std::string_view name) {
    if (workflow::holds_secret(value))
        wrong(quoted(name) + " is written like a reference to a secret, which only people and definitions may write");
    return value;
}

spine_value
to_abi(const boost::json::value& value, std::optional<workflow::Type> type, Arena& arena) {
    spine_value out{};
    const auto as_json = [&] {
        out.type = SPINE_JSON;
        out.text = arena.keep(workflow::json_text(value));
        return out;
    };
    if (type == workflow::Type::json)
        return as_json();
    switch (value.kind()) {
    case boost::json::kind::null:
        out.type = SPINE_NULL;
        return out;
    case boost::json::kind::bool_:
        out.type = SPINE_BOOL;
        out.integer = value.get_bool() ? 1 : 0;
        return out;
    case boost::json::kind::int64:
        out.type = type == workflow::Type::real ? SPINE_REAL : SPINE_INT;
        out.integer = value.get_int64();
        out.real = static_cast<double>(value.get_int64());
        return out;
    case boost::json::kind::uint64:
        if (value.get_uint64() >
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return as_json(); // no number of the ABI holds it
        out.type = SPINE_INT;
        out.integer = static_cast<std::int64_t>(value.get_uint64());
        return out;
    case boost::json::kind::double_:
        out.type = SPINE_REAL;
        out.real = value.get_double();
        return out;
    case boost::json::kind::string:
        out.type = type == workflow::Type::date        ? SPINE_DATE
                   : type == workflow::Type::timestamp ? SPINE_TIMESTAMP
                                                       : SPINE_TEXT;
        out.text = arena.keep(value.get_string());
        return out;
    case boost::json::kind::array:
    case boost::json::kind::object:
        return as_json();
    }
    return as_json();
}

} // namespace spine::plugin
