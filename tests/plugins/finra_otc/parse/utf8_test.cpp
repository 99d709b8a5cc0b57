#include "parse/utf8.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

using namespace finra::parse;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(ascii_of_every_length_is_ascii) {
    for (std::size_t size = 0; size < 40; ++size)
        BOOST_TEST((classify(std::string(size, 'x')) == Bytes::ascii));
    BOOST_TEST((classify("\x01\x7F\t\x01\x01\x01\x01\x01\x01") == Bytes::ascii));
}

BOOST_AUTO_TEST_CASE(a_nul_or_a_high_byte_is_found_at_every_place) {
    for (std::size_t size = 1; size < 40; ++size)
        for (std::size_t at = 0; at < size; ++at) {
            std::string line(size, 'x');
            line[at] = '\0';
            BOOST_TEST_REQUIRE((classify(line) == Bytes::has_nul));
            line[at] = '\x80';
            BOOST_TEST_REQUIRE((classify(line) == Bytes::invalid));
        }
}

BOOST_DATA_TEST_CASE(characters_of_every_length_are_text,
                     data::make({"\xC2\x80",
                                 "\xDF\xBF",
                                 "\xE0\xA0\x80",
                                 "\xED\x9F\xBF",
                                 "\xEE\x80\x80",
                                 "\xEF\xBF\xBF",
                                 "\xF0\x90\x80\x80",
                                 "\xF4\x8F\xBF\xBF",
                                 "Soci\xC3\xA9t\xC3\xA9 G\xC3\xA9n\xC3\xA9rale"}),
                     text) {
    BOOST_TEST((classify(text) == Bytes::utf8));
}

BOOST_DATA_TEST_CASE(broken_overlong_surrogate_and_too_large_forms_are_not,
                     data::make({"\x80",
                                 "\xC0\x80",
                                 "\xC1\xBF",
                                 "\xC2",
                                 "\xC2x",
                                 "\xE0\x9F\xBF",
                                 "\xE2\x82",
                                 "\xED\xA0\x80",
                                 "\xF0\x8F\xBF\xBF",
                                 "\xF4\x90\x80\x80",
                                 "\xF5\x80\x80\x80",
                                 "\xFF",
                                 "\xF0\x9F\x98",
                                 "abcdefgh\xE9"}),
                     text) {
    BOOST_TEST((classify(text) == Bytes::invalid));
}

BOOST_AUTO_TEST_CASE(escaped_text_is_bounded_and_not_cut_inside_a_character_or_an_escape) {
    std::string text = "left over";
    write_escaped("plain \\ and \xC3\xA9", 100, text);
    BOOST_TEST(text == "plain \\ and \xC3\xA9");
    BOOST_TEST(!has_escapes("plain \\ and \xC3\xA9"));
    write_escaped(std::string_view("a\0b\xFF", 4), 100, text);
    BOOST_TEST(text == R"(a\x00b\xFF)");
    write_escaped("ab\xC3\xA9", 3, text);
    BOOST_TEST(text == "ab");
    write_escaped("\xC3\xA9", 2, text);
    BOOST_TEST(text == "\xC3\xA9");
    write_escaped(std::string(5000, '\xFF'), 1023, text);
    BOOST_TEST(text.size() == 1020U);
    BOOST_TEST((classify(text) == Bytes::ascii));
}

BOOST_AUTO_TEST_CASE(the_bytes_can_be_had_again_from_escaped_text) {
    const auto unescaped = [](std::string_view text) {
        std::string bytes;
        while (!text.empty()) {
            if (text.substr(0, 2) == R"(\x)") {
                bytes += static_cast<char>(std::stoi(std::string(text.substr(2, 2)), nullptr, 16));
                text.remove_prefix(4);
                continue;
            }
            bytes += text.front();
            text.remove_prefix(text.substr(0, 2) == R"(\\)" ? 2 : 1);
        }
        return bytes;
    };
    constexpr unsigned seed = 20251222;
    std::mt19937 random(seed);
    const std::string alphabet("\\x0E9a\xC3\xA9\0|", 10);
    std::string text;
    for (int round = 0; round < 5000; ++round) {
        std::string bytes;
        for (auto size = random() % 9; size > 0; --size)
            bytes += alphabet[random() % alphabet.size()];
        write_escaped(bytes, 1000, text);
        BOOST_TEST_REQUIRE(unescaped(text) == bytes, "seed " << seed << ", round " << round);
        const Bytes kind = classify(bytes);
        if (kind == Bytes::ascii || kind == Bytes::utf8)
            BOOST_TEST_REQUIRE(has_escapes(bytes) == (text != bytes));
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf_8_are_read_as_windows_1252) {
    std::string text;
    BOOST_TEST(read_windows_1252("Soci\xE9t\xE9 \x80 \x9F \xA0 \xFF", text));
    BOOST_TEST(text == "Soci\xC3\xA9t\xC3\xA9 \xE2\x82\xAC \xC5\xB8 \xC2\xA0 \xC3\xBF");
    // What is UTF-8 already stays.
    BOOST_TEST(read_windows_1252("\xC3\xA9 and \xE9 ", text));
    BOOST_TEST(text == "\xC3\xA9 and \xC3\xA9 ");
    for (int byte = 0x80; byte < 0x100; ++byte) {
        const bool defined =
            byte != 0x81 && byte != 0x8D && byte != 0x8F && byte != 0x90 && byte != 0x9D;
        BOOST_TEST(read_windows_1252(std::string(1, static_cast<char>(byte)), text) == defined,
                   byte);
        if (defined)
            BOOST_TEST((classify(text) == Bytes::utf8), byte);
    }
    BOOST_TEST(!read_windows_1252(std::string_view("\0", 1), text));
}

BOOST_AUTO_TEST_SUITE_END()
