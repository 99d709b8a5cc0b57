#include "cli/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine::cli;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(width_counts_columns_not_bytes) {
    BOOST_TEST(width_of("abc") == 3u);
    BOOST_TEST(width_of("é€") == 2u);
    BOOST_TEST(width_of("日本") == 4u);
    BOOST_TEST(width_of("e\u0301") == 1u); // a letter and its accent
    BOOST_TEST(width_of("😀") == 2u);
    BOOST_TEST(width_of("") == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_in_data_can_steer_a_terminal) {
    BOOST_TEST(printable("a\x1b[31mred\x07\r\n\t\x7f") == "a\\x1b[31mred\\x07\\r\\n\\t\\x7f");
    BOOST_TEST(printable("\xc2\x9b" "31m") == "\\x9b31m");           // the one-character CSI
    BOOST_TEST(printable("a\u202eb\u2066") == "a\\u202eb\\u2066"); // turns the direction of what follows
    BOOST_TEST(printable("\xff\xc0") == "\\xff\\xc0");
    BOOST_TEST(printable("a\u200bb\ufeff\U000e0041") == "a\\u200bb\\ufeff\\U000e0041"); // hides in what looks the same
    BOOST_TEST(printable("é 日本 😀") == "é 日本 😀");
}

BOOST_AUTO_TEST_CASE(a_cut_text_fits_and_says_that_it_was_cut) {
    BOOST_TEST(cut("abcdef", 6) == "abcdef");
    BOOST_TEST(cut("abcdef", 4) == "abc…");
    BOOST_TEST(cut("日本語", 4) == "日…"); // half a character is never shown
    BOOST_TEST(width_of(cut("日本語", 4)) == 3u);
    BOOST_TEST(cut("abc", 0) == "");
}

BOOST_AUTO_TEST_CASE(a_wrapped_text_keeps_its_words_and_stops_at_its_last_line) {
    const auto is = [](std::vector<std::string> got, std::vector<std::string> wanted) {
        BOOST_TEST(got == wanted, boost::test_tools::per_element());
    };
    is(wrapped("one two three", 7, 9), {"one two", "three"});
    is(wrapped("one two three", 3, 2), {"one", "tw…"});
    is(wrapped("abcdefgh", 3, 9), {"abc", "def", "gh"});
    is(wrapped("日本語", 2, 9), {"日", "本", "語"});
    is(wrapped("", 3, 9), {""});
}

BOOST_AUTO_TEST_SUITE_END()
