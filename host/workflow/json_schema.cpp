#include "workflow/literal.hpp"
#include "workflow/parameters.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

namespace spine::workflow {
namespace {

boost::json::value typed(Type type, std::string_view text) {
    auto read = read_literal(type, text);
    if (auto* value = std::get_if<boost::json::value>(&read))
        return std::move(*value);
    return boost::json::value(text);
}

void add_type(boost::json::object& schema, Type type) {
    switch (type) {
    case Type::boolean: schema["type"] = "boolean"; break;
    case Type::integer:
        schema["type"] = "integer";
        schema["format"] = "int64";
        break;
    case Type::real: schema["type"] = "number"; break;
    case Type::text: schema["type"] = "string"; break;
    case Type::date:
        schema["type"] = "string";
        schema["format"] = "date";
        break;
    case Type::timestamp:
        schema["type"] = "string";
        schema["format"] = "date-time";
        break;
    case Type::json: break; // any
    }
}

} // namespace

boost::json::object json_schema(const std::vector<Parameter>& table, std::string_view title) {
    boost::json::object properties;
    boost::json::array required;
    for (const auto& parameter : table) {
        boost::json::object schema;
        add_type(schema, parameter.type);
        if (!parameter.description.empty())
            schema["description"] = parameter.description;
        if (!parameter.allowed.empty()) {
            boost::json::array values;
            boost::json::object spellings;
            for (const auto& value : parameter.allowed) {
                if (value.empty())
                    continue;
                values.push_back(typed(parameter.type, value.front()));
                boost::json::array others;
                for (std::size_t i = 1; i < value.size(); ++i)
                    others.emplace_back(value[i]);
                if (!others.empty())
                    spellings[value.front()] = std::move(others);
            }
            schema["enum"] = std::move(values);
            if (!spellings.empty())
                schema["x-spellings"] = std::move(spellings); // accepted too, and made the first one
        }
        if (parameter.otherwise)
            schema["default"] = typed(parameter.type, *parameter.otherwise);
        if (parameter.required && !parameter.otherwise)
            required.emplace_back(parameter.name);
        properties[parameter.name] = std::move(schema);
    }
    boost::json::object schema;
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = title;
    schema["type"] = "object";
    schema["properties"] = std::move(properties);
    schema["required"] = std::move(required);
    schema["additionalProperties"] = false;
    return schema;
}

} // namespace spine::workflow
