#include "calc/tier_split.hpp"
#include "rows.hpp"

#include <boost/test/unit_test.hpp>

using namespace finra;
using namespace finra::calc;

BOOST_AUTO_TEST_SUITE(tier_split_of_a_week)

BOOST_AUTO_TEST_CASE(a_symbol_is_split_over_the_tiers_that_trade_it) {
    const std::vector<TierVolumes> present{
        {Tier::otc, {{symbol("A"), 25, 1}, {symbol("C"), 5, 1}}},
        {Tier::nms_tier_1, {{symbol("A"), 75, 1}, {symbol("B"), 10, 1}}},
        {Tier::nms_tier_2, {}}};
    const TierSplits result = value_of(tier_split(present));
    const std::vector<TierSplit> expected{{symbol("A"), Tier::nms_tier_1, 75, 0.75},
                                          {symbol("A"), Tier::otc, 25, 0.25},
                                          {symbol("B"), Tier::nms_tier_1, 10, 1.0},
                                          {symbol("C"), Tier::otc, 5, 1.0}};
    BOOST_TEST((result.rows == expected));
    BOOST_TEST(result.tiers_present == 3);
    BOOST_TEST(result.is_complete);
}

BOOST_AUTO_TEST_CASE(with_a_tier_absent_the_split_is_not_complete) {
    const std::vector<TierVolumes> present{{Tier::otc, {{symbol("A"), 25, 1}}},
                                           {Tier::nms_tier_1, {}}};
    const TierSplits result = value_of(tier_split(present));
    BOOST_TEST(result.tiers_present == 2);
    BOOST_TEST(!result.is_complete);
}

BOOST_AUTO_TEST_CASE(a_symbol_without_volume_has_no_shares) {
    const std::vector<TierVolumes> present{{Tier::otc, {{symbol("A"), 0, 1}}},
                                           {Tier::nms_tier_1, {{symbol("A"), 0, 1}}}};
    for (const TierSplit& row : value_of(tier_split(present)).rows)
        BOOST_TEST(!row.tier_share.has_value());
}

BOOST_AUTO_TEST_CASE(overflowing_negative_and_repeated_symbols_are_a_fault) {
    const std::vector<TierVolumes> overflow{{Tier::otc, {{symbol("A"), INT64_MAX, 1}}},
                                            {Tier::nms_tier_1, {{symbol("A"), 1, 1}}}};
    BOOST_TEST(fault_of(tier_split(overflow)).find("64 bits") != std::string::npos);
    const std::vector<TierVolumes> negative{{Tier::otc, {{symbol("A"), -1, 1}}}};
    BOOST_TEST(!fault_of(tier_split(negative)).empty());
    const std::vector<TierVolumes> repeated{
        {Tier::otc, {{symbol("A"), 1, 1}, {symbol("A"), 1, 1}}}};
    BOOST_TEST(fault_of(tier_split(repeated)) == "a tier has A twice");
}

BOOST_AUTO_TEST_CASE(fractions_of_shares_count) {
    const std::vector<TierVolumes> present{{Tier::otc, {{symbol("A"), {0, 250'000}, 1}}},
                                           {Tier::nms_tier_1, {{symbol("A"), {0, 750'000}, 1}}}};
    const TierSplits split = value_of(tier_split(present));
    BOOST_TEST(split.rows.at(0).tier_share.value() == 0.75);
    BOOST_TEST(split.rows.at(1).tier_volume == Quantity(0, 250'000));
}

BOOST_AUTO_TEST_SUITE_END()
