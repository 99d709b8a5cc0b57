#include "schema/tier.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace finra;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(tier)

BOOST_AUTO_TEST_CASE(canonical_and_file_names_read_back) {
    for (const Tier tier : tiers) {
        BOOST_TEST((tier_from_text(name(tier)) == tier));
        BOOST_TEST((tier_from_text(file_name(tier)) == tier));
        BOOST_TEST(std::string(valid_tiers).find(name(tier)) != std::string::npos);
    }
}

BOOST_DATA_TEST_CASE(published_and_typed_spellings_of_tier_1_are_known,
                     data::make({"NMS Tier 1",
                                 "nms tier 1",
                                 "NMS TIER 1",
                                 "tier1",
                                 "Tier 1",
                                 "TIER_1",
                                 "T1",
                                 "nms_tier_1",
                                 " NMS Tier 1 ",
                                 "Tier-1"}),
                     text) {
    BOOST_TEST((tier_from_text(text) == Tier::nms_tier_1));
}

BOOST_DATA_TEST_CASE(published_and_typed_spellings_of_tier_2_are_known,
                     data::make({"NMS Tier 2", "Tier2", "tier 2", "T2", "nms_tier_2"}),
                     text) {
    BOOST_TEST((tier_from_text(text) == Tier::nms_tier_2));
}

BOOST_DATA_TEST_CASE(published_and_typed_spellings_of_otc_are_known,
                     data::make({"OTC", "otc", "OTC Other", "Other OTC", "OTCE", " otc"}),
                     text) {
    BOOST_TEST((tier_from_text(text) == Tier::otc));
}

BOOST_DATA_TEST_CASE(a_text_that_means_none_or_several_is_never_guessed,
                     data::make({"",
                                 " ",
                                 "Tier 3",
                                 "NMS Tier",
                                 "1",
                                 "Tier 12",
                                 "Tier 10",
                                 "Tier 1 and 2",
                                 "OTC Tier 1",
                                 "OTC 2",
                                 "notch",
                                 "listed",
                                 "NMS",
                                 "T3"}),
                     text) {
    BOOST_TEST(!tier_from_text(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
