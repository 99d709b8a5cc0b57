#include "workflow/json.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <cmath>
#include <vector>

namespace spine::workflow {
namespace {

enum class Order { kept, sorted };

void write_text(std::string& out, std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    out.push_back('"');
    std::size_t at = 0;
    while (at < text.size()) {
        const auto length = utf8_length(text, at);
        if (length != 1) {
            // Bytes that are no UTF-8 would make the whole document unreadable; they become U+FFFD.
            out.append(length == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(at, length));
            at += std::max<std::size_t>(length, 1);
            continue;
        }
        const char c = text[at++];
        switch (c) {
        case '"': out.append("\\\""); break;
        case '\\': out.append("\\\\"); break;
        case '\n': out.append("\\n"); break;
        case '\r': out.append("\\r"); break;
        case '\t': out.append("\\t"); break;
        default:
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                out.append("\\u00");
                out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
                out.push_back(hex[static_cast<unsigned char>(c) & 0xf]);
            } else {
                out.push_back(c);
            }
        }
    }
    out.push_back('"');
}

template <class Number>
std::string_view number_text(char (&buffer)[64], Number number) {
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return {buffer, static_cast<std::size_t>(end - buffer)};
}

void write_real(std::string& out, double number) {
    if (!std::isfinite(number)) { // JSON has no word for these
        out.append("null");
        return;
    }
    char buffer[64];
    const auto text = number_text(buffer, number);
    out.append(text);
    if (text.find_first_of(".e") == std::string_view::npos)
        out.append(".0");
}

void write(std::string& out, const boost::json::value& value, Order order);

void write_object(std::string& out, const boost::json::object& object, Order order) {
    std::vector<const boost::json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object)
        members.push_back(&member);
    if (order == Order::sorted)
        std::ranges::sort(members, [](const auto* a, const auto* b) {
            return std::string_view{a->key()} < std::string_view{b->key()};
        });
    out.push_back('{');
    bool first = true;
    for (const auto* member : members) {
        if (!first)
            out.push_back(',');
        first = false;
        write_text(out, member->key());
        out.push_back(':');
        write(out, member->value(), order);
    }
    out.push_back('}');
}

void write(std::string& out, const boost::json::value& value, Order order) {
    char buffer[64];
    switch (value.kind()) {
    case boost::json::kind::null: out.append("null"); break;
    case boost::json::kind::bool_: out.append(value.get_bool() ? "true" : "false"); break;
    case boost::json::kind::int64: out.append(number_text(buffer, value.get_int64())); break;
    case boost::json::kind::uint64: out.append(number_text(buffer, value.get_uint64())); break;
    case boost::json::kind::double_: write_real(out, value.get_double()); break;
    case boost::json::kind::string: write_text(out, value.get_string()); break;
    case boost::json::kind::array: {
        out.push_back('[');
        bool first = true;
        for (const auto& element : value.get_array()) {
            if (!first)
                out.push_back(',');
            first = false;
            write(out, element, order);
        }
        out.push_back(']');
        break;
    }
    case boost::json::kind::object: write_object(out, value.get_object(), order); break;
    }
}

} // namespace

std::string json_text(const boost::json::value& value) {
    std::string out;
    write(out, value, Order::kept);
    return out;
}

std::string canonical_json(const boost::json::value& value) {
    std::string out;
    write(out, value, Order::sorted);
    return out;
}

} // namespace spine::workflow
