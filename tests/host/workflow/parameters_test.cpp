#include "workflow/json.hpp"
#include "workflow/parameters.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace spine::workflow;
namespace json = boost::json;

namespace {

Parameter parameter(const std::string& name, Type type) {
    Parameter p;
    p.name = name;
    p.type = type;
    return p;
}

std::vector<Parameter> table() {
    auto tier = parameter("tier", Type::text);
    tier.required = true;
    tier.allowed = {{"NMS_TIER_1", "tier1", "1"}, {"NMS_TIER_2", "tier2", "2"}, {"OTC"}};
    auto week = parameter("week_ending", Type::date);
    week.required = true;
    week.description = "a Friday";
    auto weeks = parameter("weeks_back", Type::integer);
    weeks.otherwise = "6";
    return {tier, week, weeks, parameter("share", Type::real), parameter("force", Type::boolean),
            parameter("since", Type::timestamp), parameter("limits", Type::json), parameter("file", Type::text)};
}

std::string bound(const Bound& answer) {
    if (const auto* faults = std::get_if<Diagnostics>(&answer)) {
        std::string text;
        for (const auto& fault : *faults)
            text += fault.where + " " + fault.message + (fault.hint.empty() ? "" : " [" + fault.hint + "]") + "\n";
        return text;
    }
    return json_text(std::get<json::object>(answer));
}

Bound one(Type type, const std::string& text) { return spine::workflow::bind({parameter("p", type)}, Written{{"p", text}}); }

} // namespace

BOOST_AUTO_TEST_SUITE(parameters)

BOOST_AUTO_TEST_CASE(values_become_canonical_in_name_order) {
    const Written given{{"week_ending", "2025-12-12"}, {"tier", " Tier1 "}, {"share", "0.1"}, {"force", "Yes"},
                        {"since", "2026-01-02"}, {"limits", "{\"b\": [1, 2.0]}"}, {"file", ""}};
    BOOST_TEST(bound(spine::workflow::bind(table(), given)) ==
               R"({"file":"","force":true,"limits":{"b":[1,2.0]},"share":0.1,"since":"2026-01-02T00:00:00.000Z",)"
               R"("tier":"NMS_TIER_1","week_ending":"2025-12-12","weeks_back":6})");
}

BOOST_AUTO_TEST_CASE(all_faults_are_reported_at_once) {
    const Written given{{"teir", "OTC"}, {"tier", "OTX"}, {"weeks_back", "six"}, {"weeks_back", "6"}, {"zzz", "1"}};
    const auto answer = spine::workflow::bind(table(), given);
    BOOST_TEST(bound(answer) ==
               "parameter 'teir' is unknown [did you mean 'tier'?]\n"
               "parameter 'tier' 'OTX' is not allowed; valid are NMS_TIER_1, NMS_TIER_2, OTC [did you mean 'OTC'?]\n"
               "parameter 'weeks_back' 'six' is no integer [write decimal digits only, such as 42 or -7]\n"
               "parameter 'weeks_back' is given twice [give it once]\n"
               "parameter 'zzz' is unknown [known are tier, week_ending, weeks_back, share, force, since, limits, file]\n"
               "parameter 'week_ending' is required [a Friday]\n");
}

BOOST_AUTO_TEST_CASE(a_missing_parameter_with_allowed_values_names_them) {
    BOOST_TEST(bound(spine::workflow::bind(table(), Written{{"week_ending", "2025-12-12"}})) ==
               "parameter 'tier' is required [valid are NMS_TIER_1, NMS_TIER_2, OTC]\n");
}

BOOST_AUTO_TEST_CASE(a_pipeline_without_parameters_says_so) {
    BOOST_TEST(bound(spine::workflow::bind({}, Written{{"x", "1"}})) == "parameter 'x' is unknown [it takes no parameters]\n");
    BOOST_TEST(bound(spine::workflow::bind({}, Written{})) == "{}");
}

BOOST_AUTO_TEST_CASE(typed_values_are_checked_like_written_ones) {
    const auto given = json_from(R"({"tier":2,"week_ending":"2025-12-12","weeks_back":3,"share":1,"limits":[1],
                                     "force":false,"file":null})").as_object();
    BOOST_TEST(bound(spine::workflow::bind(table(), given)) ==
               R"({"force":false,"limits":[1],"share":1.0,"tier":"NMS_TIER_2","week_ending":"2025-12-12","weeks_back":3})");
}

BOOST_AUTO_TEST_CASE(a_typed_value_of_the_wrong_type_says_what_was_found_and_wanted) {
    const auto given = json_from(R"({"tier":"OTC","week_ending":20251212,"weeks_back":3.5,"share":true,
                                     "force":1,"file":[1],"since":{}})").as_object();
    BOOST_TEST(bound(spine::workflow::bind(table(), given)) ==
               "parameter 'week_ending' found the integer 20251212, wanted is date\n"
               "parameter 'weeks_back' found the real 3.5, wanted is integer\n"
               "parameter 'share' found the boolean true, wanted is real\n"
               "parameter 'force' found the integer 1, wanted is boolean\n"
               "parameter 'file' found a list, wanted is text\n"
               "parameter 'since' found an object, wanted is timestamp\n");
}

BOOST_AUTO_TEST_CASE(null_counts_as_not_given) {
    const auto given = json_from(R"({"tier":null,"week_ending":"2025-12-12","weeks_back":null,"other":null})").as_object();
    BOOST_TEST(bound(spine::workflow::bind(table(), given)) ==
               "parameter 'other' is unknown [known are tier, week_ending, weeks_back, share, force, since, limits, file]\n"
               "parameter 'tier' is required [valid are NMS_TIER_1, NMS_TIER_2, OTC]\n");
}

struct Good {
    Type type;
    const char* text;
    const char* canonical;
};
std::ostream& operator<<(std::ostream& out, const Good& c) { return out << to_text(c.type) << " " << c.text; }
const Good good[] = {
    {Type::integer, "9223372036854775807", "9223372036854775807"},
    {Type::integer, "-9223372036854775808", "-9223372036854775808"},
    {Type::integer, " +7 ", "7"},
    {Type::integer, "007", "7"},
    {Type::real, "1e3", "1000.0"},
    {Type::real, "-.5", "-0.5"},
    {Type::boolean, "OFF", "false"},
    {Type::boolean, "1", "true"},
    {Type::date, "2024-02-29", "\"2024-02-29\""},
    {Type::date, "2000-02-29", "\"2000-02-29\""},
    {Type::timestamp, "2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05.000Z\""},
    {Type::timestamp, "2026-01-02T23:59:59.0429Z", ""},
    {Type::timestamp, "2026-01-02T23:59:59.04Z", "\"2026-01-02T23:59:59.040Z\""},
    {Type::text, "  kept as it is ", "\"  kept as it is \""},
    {Type::json, "[1, 2]", "[1,2]"},
};
BOOST_DATA_TEST_CASE(a_written_value_becomes_canonical, boost::unit_test::data::make(good), c) {
    if (*c.canonical == '\0') // finer than a millisecond: refused, because digits would be lost
        BOOST_TEST(std::holds_alternative<Diagnostics>(one(c.type, c.text)));
    else
        BOOST_TEST(bound(one(c.type, c.text)) == "{\"p\":" + std::string{c.canonical} + "}");
}

struct Bad {
    Type type;
    const char* text;
};
std::ostream& operator<<(std::ostream& out, const Bad& c) { return out << to_text(c.type) << " " << c.text; }
const Bad bad[] = {
    {Type::integer, "9223372036854775808"}, {Type::integer, "1.0"}, {Type::integer, "1e3"}, {Type::integer, ""},
    {Type::integer, "--1"}, {Type::integer, "+-1"}, {Type::integer, "0x10"}, {Type::integer, "1 2"},
    {Type::real, "nan"}, {Type::real, "inf"}, {Type::real, "1e999"}, {Type::real, "1,5"}, {Type::real, ""},
    {Type::boolean, "maybe"}, {Type::boolean, ""},
    {Type::date, "2025-02-29"}, {Type::date, "1900-02-29"}, {Type::date, "2025-13-01"}, {Type::date, "2025-00-10"},
    {Type::date, "2025-1-1"}, {Type::date, "2025-12-12T"}, {Type::date, "12/12/2025"}, {Type::date, "0000-01-01"},
    {Type::timestamp, "2026-01-02T24:00:00Z"}, {Type::timestamp, "2026-01-02T03:04Z"},
    {Type::timestamp, "2026-01-02T03:04:05"}, {Type::timestamp, "2026-01-02T03:04:05.Z"},
    {Type::timestamp, "2026-02-30T00:00:00Z"}, {Type::json, "{"}, {Type::json, "{'a':1}"}, {Type::text, "\xff"},
};
BOOST_DATA_TEST_CASE(a_value_that_does_not_fit_is_refused, boost::unit_test::data::make(bad), c) {
    BOOST_TEST(std::holds_alternative<Diagnostics>(one(c.type, c.text)));
}

BOOST_AUTO_TEST_CASE(a_required_text_must_not_be_empty) {
    auto p = parameter("file", Type::text);
    p.required = true;
    BOOST_TEST(bound(spine::workflow::bind({p}, Written{{"file", " "}})) == "parameter 'file' is empty; wanted is text\n");
}

BOOST_AUTO_TEST_CASE(an_allowed_value_has_the_type_of_the_parameter) {
    auto p = parameter("n", Type::integer);
    p.allowed = {{"1", "one"}, {"2", "two"}};
    BOOST_TEST(bound(spine::workflow::bind({p}, Written{{"n", "TWO"}})) == R"({"n":2})");
}

BOOST_AUTO_TEST_CASE(the_schema_says_what_bind_checks) {
    auto tier = table()[0];
    auto weeks = table()[2];
    weeks.description = "how many";
    BOOST_TEST(json_text(json_schema({tier, weeks, parameter("day", Type::date), parameter("any", Type::json)}, "t")) ==
               R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"t","type":"object","properties":{)"
               R"("tier":{"type":"string","enum":["NMS_TIER_1","NMS_TIER_2","OTC"],)"
               R"("x-spellings":{"NMS_TIER_1":["tier1","1"],"NMS_TIER_2":["tier2","2"]}},)"
               R"("weeks_back":{"type":"integer","format":"int64","description":"how many","default":6},)"
               R"("day":{"type":"string","format":"date"},"any":{}},"required":["tier"],"additionalProperties":false})");
}

BOOST_AUTO_TEST_SUITE_END()
