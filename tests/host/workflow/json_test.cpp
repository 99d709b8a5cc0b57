#include "error.hpp"
#include "workflow/json.hpp"
#include "workflow/utf8.hpp"

#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

using namespace spine::workflow;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(json_text_in_and_out)

BOOST_AUTO_TEST_CASE(a_document_comes_back_as_it_went_in) {
    const std::string text =
        R"({"b":[1,-2,3.5,true,false,null],"a":{"nested":{"deep":[]}},"text":"a\"\\\n\té€😀","empty":{}})";
    BOOST_TEST(json_text(json_from(text)) == text);
}

BOOST_AUTO_TEST_CASE(canonical_text_does_not_depend_on_the_order_of_members) {
    BOOST_TEST(canonical_json(json_from(R"( { "b" : {"y":1,"x":2} , "a" : [ {"d":1,"c":2} ] } )")) ==
               R"({"a":[{"c":2,"d":1}],"b":{"x":2,"y":1}})");
}

BOOST_AUTO_TEST_CASE(random_doubles_survive_the_way_through_text) {
    const unsigned seed = 20251212;
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    for (int i = 0; i < 100'000; ++i) {
        const auto number = std::bit_cast<double>(random());
        if (!std::isfinite(number))
            continue;
        const auto back = json_from(json_text(json::value(number)));
        BOOST_TEST_REQUIRE(back.is_double());
        BOOST_TEST_REQUIRE(std::bit_cast<std::uint64_t>(back.get_double()) == std::bit_cast<std::uint64_t>(number));
    }
}

BOOST_AUTO_TEST_CASE(a_real_stays_a_real_and_an_integer_an_integer) {
    BOOST_TEST(json_text(json::value(3.0)) == "3.0");
    BOOST_TEST(json_text(json::value(1e300)) == "1e+300");
    BOOST_TEST(json_text(json::value(0.8218839348070724)) == "0.8218839348070724");
    BOOST_TEST(json_from("3.0").is_double());
    BOOST_TEST(json_from("3").is_int64());
    BOOST_TEST(json_from("-9223372036854775808").get_int64() == std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(json_from("18446744073709551615").is_uint64());
    BOOST_TEST(json_text(json::value(std::numeric_limits<double>::infinity())) == "null");
}

BOOST_AUTO_TEST_CASE(escapes_are_read_and_written) {
    BOOST_TEST(json_from(R"("\u0041\u00e9\u20ac\ud83d\ude00\/\b\f")").get_string() == "Aé€😀/\b\f");
    BOOST_TEST(json_text(json::value(std::string_view{"\x1b[31m\x7f\0", 7})) == R"("\u001b[31m\u007f\u0000")");
    BOOST_TEST(json_text(json::value("a\xff" "b")) == "\"a\xef\xbf\xbd" "b\"");
}

const char* const refused[] = {
    "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[1 2]", "01", "-", "1.", ".5", "1e", "+1", "tru",
    "nul", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"",
    "{\"a\":1,\"a\":2}", "1 2", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\xef\xbb\xbf{}", "1e999", "-1e999",
    "18446744073709551616", "-9223372036854775809", "NaN", "Infinity", "'a'", "/* */ 1",
};

BOOST_DATA_TEST_CASE(text_that_is_no_json_is_refused_with_its_position, boost::unit_test::data::make(refused), text) {
    BOOST_CHECK_EXCEPTION(json_from(text), spine::Error, [](const spine::Error& error) {
        return error.code() == spine::ErrorCode::invalid && std::string{error.what()}.find(" at line 1, column ") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(the_position_counts_lines_and_columns) {
    BOOST_CHECK_EXCEPTION(json_from("{\n  \"a\": 1,\n  \"a\": 2\n}"), spine::Error, [](const spine::Error& error) {
        return std::string{error.what()} == "no JSON: 'a' occurs twice in one object at line 3, column 3";
    });
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_bounded) {
    BOOST_CHECK_NO_THROW(json_from(std::string(64, '[') + std::string(64, ']')));
    BOOST_CHECK_THROW(json_from(std::string(66, '[') + std::string(66, ']')), spine::Error);
    BOOST_CHECK_THROW(json_from(std::string(100'000, '[')), spine::Error);
    BOOST_CHECK_THROW(json_from('"' + std::string(std::size_t{5} << 20, 'x') + '"'), spine::Error);
}

BOOST_AUTO_TEST_CASE(only_well_formed_utf8_passes) {
    BOOST_TEST(utf8_fault("plain é € 😀") == std::string_view::npos);
    BOOST_TEST(utf8_fault("ab\x80") == 2u);
    BOOST_TEST(utf8_fault("\xe2\x82") == 0u);             // cut short
    BOOST_TEST(utf8_fault("\xf0\x80\x80\xaf") == 0u);     // overlong
    BOOST_TEST(utf8_fault("\xf4\x90\x80\x80") == 0u);     // past the last character
    BOOST_TEST(utf8_fault("\xed\xbf\xbf") == 0u);         // a surrogate
}

BOOST_AUTO_TEST_SUITE_END()
