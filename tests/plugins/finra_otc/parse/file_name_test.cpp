#include "parse/file_name.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tuple>
#include <vector>

using namespace finra;
using namespace finra::parse;
namespace data = boost::unit_test::data;

namespace {
const std::vector<std::tuple<std::string, std::string>> dated{
    {"finra_otc_weekly_otc_20251215.csv", "2025-12-15"},
    {"/in/20240101/finra_otc_weekly_tier1_20251215.csv.gz", "2025-12-15"},
    {"finra_otc_weekly_tier1_20251215.csv.ZIP", "2025-12-15"},
    {"week_2025-12-19.psv", "2025-12-19"},
    {"2025-12-19_to_2025-12-26.psv", "2025-12-19"},
    {"20251215", "2025-12-15"},
    {"C:\\in\\week_20251215.csv", "2025-12-15"},
    {"2024-01-05_published_20251215.csv", "2025-12-15"},
    {"20251215.gz", "2025-12-15"},
};
const std::vector<std::tuple<std::string, std::string>> hinting{
    {"finra_otc_weekly_tier1_20251215.csv", "NMS_TIER_1"},
    {"finra_otc_weekly_TIER_2_20251215.csv", "NMS_TIER_2"},
    {"finra_otc_weekly_otc_20251215.csv", "OTC"},
    {"weekly_otc_data.csv", "OTC"},
};
} // namespace

BOOST_AUTO_TEST_SUITE(file_name)

BOOST_DATA_TEST_CASE(the_date_is_found_at_the_end_of_the_stem_or_in_iso_anywhere,
                     data::make(dated),
                     name,
                     date) {
    const auto found = date_in_name(name);
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(iso(*found) == date);
}

BOOST_DATA_TEST_CASE(what_only_looks_like_a_date_is_none,
                     data::make({"week.psv",
                                 "",
                                 "/2025-12-19/week.psv",
                                 "x_20251315.csv",
                                 "id_120251215.csv",
                                 "week_2025-13-19.psv",
                                 "20251215_old.csv",
                                 "1215.csv"}),
                     name) {
    BOOST_TEST(!date_in_name(name).has_value());
}

BOOST_DATA_TEST_CASE(the_tier_is_hinted_at_behind_the_name_of_the_series,
                     data::make(hinting),
                     path,
                     tier) {
    const auto found = tier_in_name(path);
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(name(*found) == tier);
}

BOOST_DATA_TEST_CASE(
    a_name_that_says_no_tier_gives_no_hint,
    data::make({"finra_otc_weekly_20251215.csv", "week_2025-12-19.psv", "/tier1/week.psv"}),
    path) {
    BOOST_TEST(!tier_in_name(path).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
