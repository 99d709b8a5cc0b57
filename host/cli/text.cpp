#include "cli/text.hpp"

#include "workflow/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace spine::cli {
namespace {

struct Range {
    std::uint32_t first, last;
};

/// Marks that take no column of their own, after Unicode's general categories Mn, Me and Cf in the scripts in use.
constexpr std::array zero_width{
    Range{0x0300, 0x036f}, Range{0x0483, 0x0489}, Range{0x0591, 0x05bd}, Range{0x05bf, 0x05bf}, Range{0x05c1, 0x05c2},
    Range{0x05c4, 0x05c5}, Range{0x0610, 0x061a}, Range{0x064b, 0x065f}, Range{0x0670, 0x0670}, Range{0x06d6, 0x06dc},
    Range{0x06df, 0x06e4}, Range{0x0900, 0x0902}, Range{0x093c, 0x093c}, Range{0x0941, 0x0948}, Range{0x094d, 0x094d},
    Range{0x0e31, 0x0e31}, Range{0x0e34, 0x0e3a}, Range{0x0e47, 0x0e4e}, Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff},
    Range{0x200b, 0x200f}, Range{0x2060, 0x2064}, Range{0x20d0, 0x20f0}, Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f},
    Range{0xfeff, 0xfeff}, Range{0x1f3fb, 0x1f3ff}, Range{0xe0100, 0xe01ef},
};

/// East Asian wide and full-width characters and pictures.
constexpr std::array wide{
    Range{0x1100, 0x115f},   Range{0x231a, 0x231b},   Range{0x23e9, 0x23ec},   Range{0x25fd, 0x25fe},
    Range{0x2614, 0x2615},   Range{0x2648, 0x2653},   Range{0x26a1, 0x26a1},   Range{0x26bd, 0x26be},
    Range{0x2705, 0x2705},   Range{0x270a, 0x270b},   Range{0x2728, 0x2728},   Range{0x274c, 0x274c},
    Range{0x2753, 0x2755},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},   Range{0x3400, 0x4dbf},
    Range{0x4e00, 0x9fff},   Range{0xa000, 0xa4cf},   Range{0xa960, 0xa97c},   Range{0xac00, 0xd7a3},
    Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},
    Range{0x1f300, 0x1f64f}, Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x1fa70, 0x1faff},
    Range{0x20000, 0x3fffd},
};

template <std::size_t n>
bool within(const std::array<Range, n>& ranges, std::uint32_t code) {
    const auto after = std::ranges::upper_bound(ranges, code, {}, &Range::first);
    return after != ranges.begin() && code <= std::prev(after)->last;
}

std::uint32_t code_at(std::string_view text, std::size_t at, std::size_t length) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
    switch (length) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3: return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default:
        return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    }
}

std::size_t width_of_code(std::uint32_t code) {
    if (code < 0x300)
        return 1;
    if (within(zero_width, code))
        return 0;
    return within(wide, code) ? 2 : 1;
}

/// Unicode's general category Cf, and the separators of lines and paragraphs.
constexpr std::array unseen{
    Range{0x00ad, 0x00ad}, Range{0x0600, 0x0605}, Range{0x061c, 0x061c}, Range{0x06dd, 0x06dd}, Range{0x070f, 0x070f},
    Range{0x0890, 0x0891}, Range{0x08e2, 0x08e2}, Range{0x180e, 0x180e}, Range{0x200b, 0x200f}, Range{0x2028, 0x202e},
    Range{0x2060, 0x206f}, Range{0xfeff, 0xfeff}, Range{0xfff9, 0xfffb}, Range{0x110bd, 0x110bd}, Range{0x110cd, 0x110cd},
    Range{0x13430, 0x1343f}, Range{0x1bca0, 0x1bca3}, Range{0x1d173, 0x1d17a}, Range{0xe0001, 0xe0001}, Range{0xe0020, 0xe007f},
};

/// Characters that act or hide instead of showing.
bool acts(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code <= 0x9f) || within(unseen, code); }

void append_escaped(std::string& out, std::uint32_t code) {
    switch (code) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    char text[16];
    std::snprintf(text, sizeof text, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(code));
    out += text;
}

} // namespace

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = workflow::utf8_length(text, at);
        width += length == 0 ? 1 : width_of_code(code_at(text, at, length));
        at += std::max<std::size_t>(length, 1);
    }
    return width;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto length = workflow::utf8_length(text, at);
        if (length == 0) {
            append_escaped(out, static_cast<unsigned char>(text[at++]));
            continue;
        }
        const auto code = code_at(text, at, length);
        if (acts(code))
            append_escaped(out, code);
        else
            out.append(text.substr(at, length));
        at += length;
    }
    return out;
}

std::string cut(std::string_view text, std::size_t columns) {
    if (width_of(text) <= columns)
        return std::string{text};
    std::size_t width = 0, at = 0;
    while (at < text.size()) {
        const auto length = std::max<std::size_t>(workflow::utf8_length(text, at), 1);
        const auto next = width_of(text.substr(at, length));
        if (width + next + 1 > columns)
            break;
        width += next;
        at += length;
    }
    return columns == 0 ? std::string{} : std::string{text.substr(0, at)} + "…";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns, std::size_t lines_max) {
    std::vector<std::string> lines;
    while (lines.size() + 1 < lines_max && width_of(text) > columns) {
        std::size_t width = 0, at = 0, blank = 0;
        while (at < text.size()) {
            const auto length = std::max<std::size_t>(workflow::utf8_length(text, at), 1);
            if (text[at] == ' ')
                blank = at;
            width += width_of(text.substr(at, length));
            if (width > columns)
                break;
            at += length;
        }
        const auto end = blank > 0 ? blank : std::max<std::size_t>(at, 1);
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), blank > 0 ? end + 1 : end));
    }
    lines.push_back(cut(text, columns));
    return lines;
}

} // namespace spine::cli
