// The little JSON that the domain reads.
#include "pipelines/json_text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using finra::json_integer;
using finra::texts_from_json;

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(a_list_of_texts_is_read_and_nothing_else) {
    BOOST_TEST(texts_from_json("[]")->empty());
    BOOST_TEST(texts_from_json(R"( [ "a" , "b" ] )")->back() == "b");
    for (const char* wrong :
         {"", "{}", "7", "[1]", R"(["a",])", R"(["a"] x)", R"(["a)", R"(["\\u0041"])"})
        BOOST_TEST(!texts_from_json(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(an_integer_member_is_found_wherever_it_stands) {
    const std::string json = R"({"a_null_count":1,"data_lines":50,"null_count":2,"text":"x"})";
    BOOST_TEST(json_integer(json, "null_count").value() == 2);
    BOOST_TEST(json_integer(json, "data_lines").value() == 50);
    BOOST_TEST(json_integer(R"({"null_count":-3})", "null_count").value() == -3);
}

BOOST_AUTO_TEST_CASE(what_is_no_integer_is_not_taken_for_one) {
    for (const char* wrong : {"",
                              "{}",
                              R"({"n":"1"})",
                              R"({"n":1.5})",
                              R"({"n":1e3})",
                              R"({"n":99999999999999999999})",
                              R"({"n":null})",
                              R"({"n":1)",
                              R"({"text":"\"n\":1"})"})
        BOOST_TEST(!json_integer(wrong, "n").has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
