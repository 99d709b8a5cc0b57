#include "parse/utf8.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
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

BOOST_AUTO_TEST_CASE(printable_text_is_valid_bounded_and_not_cut_inside_a_character) {
    std::string text = "left over";
    make_printable("plain", 100, text);
    BOOST_TEST(text == "plain");
    make_printable(std::string_view("a\0b\xFF", 4), 100, text);
    BOOST_TEST(text == "a\xEF\xBF\xBD"
                       "b\xEF\xBF\xBD");
    make_printable("ab\xC3\xA9", 3, text);
    BOOST_TEST(text == "ab");
    make_printable("\xC3\xA9", 2, text);
    BOOST_TEST(text == "\xC3\xA9");
    make_printable(std::string(5000, '\xFF'), 1024, text);
    BOOST_TEST(text.size() == 1023U);
    BOOST_TEST((classify(text) == Bytes::utf8));
}

BOOST_AUTO_TEST_SUITE_END()
