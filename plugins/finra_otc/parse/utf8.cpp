#include "parse/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace finra::parse {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080U;
constexpr std::uint64_t low_bits = 0x0101010101010101U;

/// The length of the character at the start of `text`, which is not empty; 0 if no valid one begins
/// there.
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return 1;
    // The second byte's range is what keeps overlong forms, surrogates and the values beyond
    // U+10FFFF out.
    std::size_t size = 0;
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        size = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        size = 3;
        second_min = first == 0xE0 ? 0xA0 : 0x80;
        second_max = first == 0xED ? 0x9F : 0xBF;
    } else if (first >= 0xF0 && first <= 0xF4) {
        size = 4;
        second_min = first == 0xF0 ? 0x90 : 0x80;
        second_max = first == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (text.size() < size || byte(1) < second_min || byte(1) > second_max)
        return 0;
    for (std::size_t i = 2; i < size; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF)
            return 0;
    return size;
}

/// The same, but 0 for a NUL too.
std::size_t text_size(std::string_view text) {
    return text.front() == '\0' ? 0 : character_size(text);
}

/// Whether a text that begins with a backslash could be read as an escape: the next one is an `x`,
/// another backslash, or a byte that becomes an escape itself.
bool opens_escape(std::string_view text) {
    return text.front() == '\\' && text.size() > 1 &&
           (text[1] == 'x' || text[1] == '\\' || text_size(text.substr(1)) == 0);
}

/// A character between U+0080 and U+FFFF as UTF-8.
void append(std::uint32_t character, std::string& into) {
    if (character < 0x800) {
        into += static_cast<char>(0xC0U | character >> 6U);
    } else {
        into += static_cast<char>(0xE0U | character >> 12U);
        into += static_cast<char>(0x80U | (character >> 6U & 0x3FU));
    }
    into += static_cast<char>(0x80U | (character & 0x3FU));
}

} // namespace

Bytes classify(std::string_view line) {
    std::uint64_t high = 0;
    std::uint64_t zero = 0;
    std::size_t at = 0;
    for (; at + 8 <= line.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, line.data() + at, 8);
        high |= word;
        zero |= (word - low_bits) & ~word; // its high bits: some byte of the word was zero
    }
    if (at < line.size()) {
        std::uint64_t word = low_bits; // the bytes that are not there must not look like NUL
        std::memcpy(&word, line.data() + at, line.size() - at);
        high |= word;
        zero |= (word - low_bits) & ~word;
    }
    if ((zero & high_bits) != 0)
        return Bytes::has_nul;
    if ((high & high_bits) == 0)
        return Bytes::ascii;
    while (!line.empty()) {
        const std::size_t size = character_size(line);
        if (size == 0)
            return Bytes::invalid;
        line.remove_prefix(size);
    }
    return Bytes::utf8;
}

void write_escaped(std::string_view bytes, std::size_t size_max, std::string& into) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    into.clear();
    while (!bytes.empty()) {
        std::size_t size = text_size(bytes);
        std::array<char, 4> escape{'\\', 'x', '0', '0'};
        std::string_view piece = bytes.substr(0, size);
        if (size == 0) {
            const auto byte = static_cast<unsigned char>(bytes.front());
            escape[2] = digits[byte >> 4U];
            escape[3] = digits[byte & 0x0FU];
            piece = {escape.data(), escape.size()};
            size = 1;
        } else if (opens_escape(bytes)) {
            piece = "\\\\";
        }
        if (into.size() + piece.size() > size_max)
            return;
        into.append(piece);
        bytes.remove_prefix(size);
    }
}

bool has_escapes(std::string_view text) {
    for (auto at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at + 1))
        if (opens_escape(text.substr(at)))
            return true;
    return false;
}

bool read_windows_1252(std::string_view bytes, std::string& into) {
    // What stands for the bytes 80 to 9F; 0 for those that stand for nothing. The bytes from A0 on
    // stand for the characters of their own numbers.
    constexpr std::array<std::uint16_t, 32> characters{
        0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
    into.clear();
    while (!bytes.empty()) {
        if (const std::size_t size = text_size(bytes); size > 0) {
            into.append(bytes.substr(0, size));
            bytes.remove_prefix(size);
            continue;
        }
        const auto byte = static_cast<unsigned char>(bytes.front());
        const std::uint32_t character = byte >= 0xA0   ? byte
                                        : byte >= 0x80 ? characters[byte - 0x80U]
                                                       : 0U;
        if (character == 0)
            return false;
        append(character, into);
        bytes.remove_prefix(1);
    }
    return true;
}

} // namespace finra::parse
