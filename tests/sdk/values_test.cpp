#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <spine/values.hpp>
#include <string>
#include <string_view>

namespace {

struct Text {
    std::string_view text;
    std::string_view json;
};
std::ostream& operator<<(std::ostream& out, const Text& text) { return out << text.json; }

const Text texts[] = {
    {"", R"("")"},
    {"OTC", R"("OTC")"},
    {R"(say "so")", R"("say \"so\"")"},
    {R"(C:\temp)", R"("C:\\temp")"},
    {"a\tb\nc\x1f", R"("a\u0009b\u000ac\u001f")"},
    {std::string_view{"a\0b", 3}, R"("a\u0000b")"},
    {"\x20\x7f/", "\"\x20\x7f/\""},
    {"Zürich €", "\"Zürich €\""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(values)

BOOST_DATA_TEST_CASE(a_text_in_quotes_is_json, boost::unit_test::data::make(texts)) { BOOST_TEST(spine::json_quoted(sample.text) == sample.json); }

BOOST_AUTO_TEST_CASE(every_byte_becomes_six_at_the_most) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1000, static_cast<char>(byte));
        BOOST_TEST(spine::json_quoted(text).size() <= 6 * text.size() + 2);
    }
}

BOOST_AUTO_TEST_SUITE_END()
