#include "parse/utf8.hpp"

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

void make_printable(std::string_view bytes, std::size_t size_max, std::string& into) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    into.clear();
    while (!bytes.empty()) {
        const std::size_t size = bytes.front() == '\0' ? 0 : character_size(bytes);
        const std::string_view character = size == 0 ? replacement : bytes.substr(0, size);
        if (into.size() + character.size() > size_max)
            return;
        into.append(character);
        bytes.remove_prefix(size == 0 ? 1 : size);
    }
}

} // namespace finra::parse
