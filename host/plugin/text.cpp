#include "plugin/text.hpp"

#include "workflow/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace spine::plugin {

namespace {

constexpr std::size_t name_max = 63;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

template <typename First, typename Rest>
bool matches(std::string_view text, First first, Rest rest) noexcept {
    return !text.empty() && text.size() <= name_max && first(text.front()) &&
           std::all_of(text.begin() + 1, text.end(), rest);
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos)
        return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// A number without leading zeros.
bool is_version_number(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 9 && std::all_of(text.begin(), text.end(), is_digit) &&
           (text.size() == 1 || text.front() != '0');
}

/// Dot-separated identifiers of letters, digits and hyphens; numbers of a pre-release have no
/// leading zeros.
bool are_version_labels(std::string_view text, bool strict_numbers) noexcept {
    for (;;) {
        const auto label = text.substr(0, text.find('.'));
        const bool letters = std::all_of(label.begin(), label.end(), [](char c) {
            return is_digit(c) || is_lower(c) || is_upper(c) || c == '-';
        });
        const bool number = std::all_of(label.begin(), label.end(), is_digit);
        if (label.empty() || !letters ||
            (strict_numbers && number && label.size() > 1 && label.front() == '0'))
            return false;
        if (label.size() == text.size())
            return true;
        text.remove_prefix(label.size() + 1);
    }
}

} // namespace

bool is_ascii(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080u;
    std::uint64_t seen = 0;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        seen |= word;
    }
    for (; at < text.size(); ++at)
        seen |= static_cast<unsigned char>(text[at]);
    return (seen & high_bits) == 0;
}

bool is_utf8(std::string_view text) noexcept {
    return is_ascii(text) || workflow::utf8_fault(text) == std::string_view::npos;
}

std::optional<std::string_view> view_of(spine_str text, std::size_t bytes_max) noexcept {
    if (text.size == 0)
        return std::string_view{};
    if (text.data == nullptr || text.size > bytes_max)
        return std::nullopt;
    return std::string_view{text.data, static_cast<std::size_t>(text.size)};
}

std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max)
        return text;
    auto end = bytes_max;
    // A character has at most three bytes after its first; text that is no UTF-8 is cut where it
    // is.
    for (std::size_t back = 0; back < 4 && back <= end; ++back)
        if ((static_cast<unsigned char>(text[end - back]) & 0xc0u) != 0x80u)
            return text.substr(0, end - back);
    return text.substr(0, end);
}

std::string escaped(std::string_view text, std::size_t bytes_max) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(std::min(text.size(), bytes_max));
    for (std::size_t at = 0; at < text.size();) {
        if (out.size() >= bytes_max) {
            out += "…";
            break;
        }
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto length = workflow::utf8_length(text, at);
        // C1 controls (U+0080..U+009F) steer terminals too.
        const bool steers =
            length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
        if (length > 0 && byte >= 0x20 && byte != 0x7f && !steers) {
            out += text.substr(at, length);
            at += length;
            continue;
        }
        if (byte == '\n') {
            out += "\\n";
        } else if (byte == '\t') {
            out += "\\t";
        } else if (byte == '\r') {
            out += "\\r";
        } else {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
        ++at;
    }
    return out;
}

std::string quoted(std::string_view text) { return "'" + escaped(text, 80) + "'"; }

std::vector<std::string> split_bars(std::string_view text) {
    std::vector<std::string> parts;
    if (trimmed(text).empty())
        return parts;
    for (;;) {
        const auto bar = text.find('|');
        parts.emplace_back(trimmed(text.substr(0, bar)));
        if (bar == std::string_view::npos)
            return parts;
        text.remove_prefix(bar + 1);
    }
}

bool is_name(std::string_view text) noexcept {
    return matches(text, is_lower, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_dotted_name(std::string_view text) noexcept {
    if (text.size() > 200)
        return false;
    for (;;) {
        const auto part = text.substr(0, text.find('.'));
        if (!is_name(part))
            return false;
        if (part.size() == text.size())
            return true;
        text.remove_prefix(part.size() + 1);
    }
}

bool is_plugin_id(std::string_view text) noexcept {
    return matches(text, is_lower, [](char c) {
        return is_lower(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
    });
}

bool is_stage_name(std::string_view text) noexcept {
    return matches(text, is_upper, [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
}

bool is_semantic_version(std::string_view text) noexcept {
    if (text.size() > 100)
        return false;
    if (const auto plus = text.find('+'); plus != std::string_view::npos) {
        if (!are_version_labels(text.substr(plus + 1), false))
            return false;
        text = text.substr(0, plus);
    }
    if (const auto hyphen = text.find('-'); hyphen != std::string_view::npos) {
        if (!are_version_labels(text.substr(hyphen + 1), true))
            return false;
        text = text.substr(0, hyphen);
    }
    const auto first = text.find('.');
    if (first == std::string_view::npos)
        return false;
    const auto second = text.find('.', first + 1);
    return second != std::string_view::npos && is_version_number(text.substr(0, first)) &&
           is_version_number(text.substr(first + 1, second - first - 1)) &&
           is_version_number(text.substr(second + 1));
}

} // namespace spine::plugin
