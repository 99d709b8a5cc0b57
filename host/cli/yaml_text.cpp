#include "cli/yaml_text.hpp"

#include "cli/text.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>

namespace spine::cli {
namespace {

constexpr std::array words_with_meaning{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"};

/// The escapes for people are those of YAML too, and stand in quotes here.
std::string scalar_text(const boost::json::value& value) { return printable(workflow::json_text(value)); }

std::string key_text(std::string_view key) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const bool safe = !key.empty() && (key[0] < '0' || key[0] > '9') && std::ranges::all_of(key, plain) &&
                      std::ranges::none_of(words_with_meaning, [&](std::string_view word) {
                          return std::ranges::equal(word, key, [](char a, char b) { return a == (b | 0x20); });
                      });
    return safe ? std::string{key} : scalar_text(boost::json::value(key));
}

bool is_block(const boost::json::value& value) {
    return (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
}

/// `first` is false when the first line continues one that has begun ("- ").
void write(std::string& out, const boost::json::value& value, std::size_t indent, bool first) {
    if (!is_block(value)) {
        out.append(first ? indent : 0, ' ').append(scalar_text(value)).append("\n");
        return;
    }
    if (value.is_array()) {
        for (const auto& element : value.get_array()) {
            out.append(first ? indent : 0, ' ').append("- ");
            write(out, element, indent + 2, false);
            first = true;
        }
        return;
    }
    for (const auto& member : value.get_object()) {
        out.append(first ? indent : 0, ' ').append(key_text(member.key())).append(":");
        first = true;
        if (is_block(member.value())) {
            out.append("\n");
            write(out, member.value(), indent + 2, true);
        } else {
            out.append(" ").append(scalar_text(member.value())).append("\n");
        }
    }
}

} // namespace

std::string yaml_text(const boost::json::value& value, std::size_t indent) {
    std::string out;
    write(out, value, indent, true);
    return out;
}

} // namespace spine::cli
