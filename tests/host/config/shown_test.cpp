#include "config/shown.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace spine::config;

namespace {

struct Case {
    const char* text;
    const char* expected;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.text; }

const Case texts[] = {
    {"sqlite:spine.db", "sqlite:spine.db"},
    {"postgres://ann:pw@db:5432/x", "postgres://ann:***@db:5432/x"},
    {"postgres://ann@db:5432/x", "postgres://ann@db:5432/x"},
    {"postgres://ann:p/w@x@db/x", "postgres://ann:***@db/x"},
    {"postgres://:pw@db", "postgres://:***@db"},
    {"http://host:80/path", "http://host:80/path"},
    {"two: http://a:b@c and ftp://d:e@f", "two: http://a:***@c and ftp://d:***@f"},
    {"host=db user=ann password=pw port=5", "host=db user=ann password=*** port=5"},
    {"host=db password='p w' port=5", "host=db password=*** port=5"},
    {"https://x/y?api_key=abc&z=1", "https://x/y?api_key=***&z=1"},
    {"x?Token=abc;secret=d", "x?Token=***;secret=***"},
    {"password=", "password="},
    {"postgres://db/x?password=pw", "postgres://db/x?password=***"},
    {"password='never closed", "password=***"},
};
struct Setting {
    const char* name;
    const char* value;
    const char* expected;
};
std::ostream& operator<<(std::ostream& out, const Setting& one) { return out << one.name; }
const Setting settings[] = {
    {"values.sec.api_key", "abc", "***"},
    {"values.sec.API_Key", "abc", "***"},
    {"values.sec.api_key", "secret:env:API_KEY|default:none", "secret:env:API_KEY|default:none"},
    {"values.sec.db_password", "", ""},
    {"values.token.limit", "5", "5"},
    {"values.sec.edgar_url", "https://a:b@c/d", "https://a:***@c/d"},
    {"secrets", "/run/secrets", "/run/secrets"},
    {"db", "postgres://a:b@c", "postgres://a:***@c"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(shown_settings)

BOOST_DATA_TEST_CASE(passwords_in_urls_and_assignments_are_hidden, texts, one) {
    BOOST_TEST(without_passwords(one.text) == one.expected);
}

BOOST_DATA_TEST_CASE(a_key_that_is_a_secret_by_its_name_is_hidden_a_reference_is_not, settings, one) {
    BOOST_TEST(shown(one.name, one.value) == one.expected);
}

BOOST_AUTO_TEST_SUITE_END()
