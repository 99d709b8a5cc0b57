#include "workflow/catalogue.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using spine::workflow::nearest;

BOOST_AUTO_TEST_SUITE(nearest_name)

struct Case {
    const char* name;
    const char* meant;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case cases[] = {
    {"teir", "tier"},         // two neighbours swapped count once
    {"TIER", "tier"},         // case does not count
    {"week_endin", "week_ending"},
    {"weekending", "week_ending"},
    {"source", ""}, // four letters of ten are missing
    {"xyz", ""},
    {"", ""},
    {"t", ""},
};

BOOST_DATA_TEST_CASE(a_near_name_is_meant_and_a_far_one_is_not, boost::unit_test::data::make(cases), c) {
    BOOST_TEST(nearest(c.name, {"tier", "week_ending", "source_dir", "file"}) == c.meant);
}

BOOST_AUTO_TEST_CASE(the_first_of_equally_near_names_wins) {
    BOOST_TEST(nearest("file0", {"file1", "file2"}) == "file1");
}

BOOST_AUTO_TEST_CASE(an_enormous_name_costs_nothing_and_finds_nothing) {
    BOOST_TEST(nearest(std::string(1'000'000, 'x'), {std::string(1'000'000, 'x')}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
