#include "cli/log_line.hpp"

#include "cli/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace spine::cli {

std::string_view to_text(env::LogWeight weight) {
    switch (weight) {
    case env::LogWeight::debug: return "debug";
    case env::LogWeight::info: return "info";
    case env::LogWeight::warn: return "warn";
    case env::LogWeight::error: return "error";
    }
    return "info";
}

std::string fields_of(const LogLine& line) {
    std::string text;
    for (const auto& [name, value] : line.fields) {
        const bool plain = value.find_first_of(" \"=") == std::string::npos;
        text += " " + name + "=" + (plain ? value : boost::json::serialize(boost::json::string{value}));
    }
    return text;
}

std::string plain_text(const LogLine& line) {
    return env::to_text(line.at) + " " + std::string{to_text(line.weight)} + " " +
           printable(line.message + fields_of(line) + (line.hint.empty() ? "" : " (" + line.hint + ")"));
}

std::string json_text(const LogLine& line) {
    boost::json::object object{{"time", env::to_text(line.at)}, {"level", to_text(line.weight)}, {"message", printable(line.message)}};
    if (!line.hint.empty())
        object["hint"] = printable(line.hint);
    for (const auto& [name, value] : line.fields)
        object[object.contains(name) || name == "hint" ? name + "_" : name] = printable(value);
    return boost::json::serialize(object);
}

} // namespace spine::cli
