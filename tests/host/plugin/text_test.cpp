#include "plugin/text.hpp"

#include <boost/test/unit_test.hpp>

namespace spine::plugin {

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(utf8_is_seen_at_any_place_of_a_word) {
    for (std::size_t before = 0; before < 20; ++before) {
        const std::string ascii(before, 'x');
        BOOST_TEST(is_utf8(ascii + "é" + ascii));
        BOOST_TEST(is_utf8(ascii + "\xf0\x9f\x98\x80"));
        for (const auto* wrong :
             {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
            BOOST_TEST(!is_utf8(ascii + wrong + ascii));
    }
    BOOST_TEST(is_utf8(""));
    BOOST_TEST(is_ascii("plain text of some length"));
    BOOST_TEST(!is_ascii("plain text of some lengthé"));
}

BOOST_AUTO_TEST_CASE(text_is_cut_between_characters) {
    BOOST_TEST(cut("abc", 10) == "abc");
    BOOST_TEST(cut("abc", 2) == "ab");
    BOOST_TEST(cut("aé", 2) == "a");
    BOOST_TEST(cut("\xf0\x9f\x98\x80", 3).empty());
    BOOST_TEST(cut("\x80\x80\x80\x80\x80\x80", 4).size() == 4u); // no text: cut where it is
}

BOOST_AUTO_TEST_CASE(what_is_shown_steers_no_terminal) {
    BOOST_TEST(escaped("a\nb\tc\rd\x1b[31m\x7f\xc2\x9b\xff", 100) ==
               "a\\nb\\tc\\rd\\x1b[31m\\x7f\\xc2\\x9b\\xff");
    BOOST_TEST(escaped("Zoë", 100) == "Zoë");
    BOOST_TEST(escaped(std::string(50, 'x'), 10) == std::string(10, 'x') + "…");
    BOOST_TEST(quoted("x") == "'x'");
}

BOOST_AUTO_TEST_CASE(names_have_their_forms) {
    BOOST_TEST(is_name("ingest_week2"));
    for (const auto* wrong : {"", "2x", "Ingest", "a-b", "a.b", "é", "_a"})
        BOOST_TEST(!is_name(wrong));
    BOOST_TEST(is_name(std::string(63, 'a')));
    BOOST_TEST(!is_name(std::string(64, 'a')));
    BOOST_TEST(is_dotted_name("finra.otc_transparency"));
    for (const auto* wrong : {"", ".", "a.", ".a", "a..b", "a.B"})
        BOOST_TEST(!is_dotted_name(wrong));
    BOOST_TEST(is_plugin_id("org.example.my-plugin"));
    BOOST_TEST(!is_plugin_id("My"));
    BOOST_TEST(is_stage_name("WEEK_2"));
    BOOST_TEST(!is_stage_name("Raw"));
}

BOOST_AUTO_TEST_CASE(versions_are_semantic) {
    for (const auto* right :
         {"1.0.0", "0.0.1", "10.20.30", "1.0.0-alpha.1", "1.0.0+build.01", "1.0.0-0.x+y"})
        BOOST_TEST(is_semantic_version(right), right);
    for (const auto* wrong :
         {"", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "v1.0.0", "1.0.0 "})
        BOOST_TEST(!is_semantic_version(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(bars_separate) {
    const std::vector<std::string> wanted{"tier", "week_ending", ""};
    BOOST_TEST(split_bars(" tier | week_ending |") == wanted, boost::test_tools::per_element());
    BOOST_TEST(split_bars("  ").empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
