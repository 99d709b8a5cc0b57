#include "calc/aggregate.hpp"
#include "rows.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <set>

using namespace finra;
using namespace finra::calc;

BOOST_AUTO_TEST_SUITE(aggregation)

BOOST_AUTO_TEST_CASE(symbols_are_summed_with_average_and_liquidity) {
    std::vector<VenueVolume> rows{volume("A", "ALPX", 3'000'000, 60'000),
                                  volume("A", "UBSA", 827'870, 4'427),
                                  volume("B", "UBSA", 1, 3)};
    rows[0].last_update = date_from_iso("2025-12-15");
    rows[1].last_update = date_from_iso("2025-12-22");
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST_REQUIRE(result.symbols.size() == 2U);
    const SymbolSummary expected{
        symbol("A"), 3'827'870, 64'427, 2, 5941, 11882, date_from_iso("2025-12-22")}; // 59.414…
    BOOST_TEST((result.symbols[0] == expected));
    BOOST_TEST(result.symbols[1].avg_trade_size_hundredths.value() == 33);
    BOOST_TEST(!result.symbols[1].last_update.has_value());
    BOOST_TEST(result.total_volume == 3'827'871);
    BOOST_TEST(result.total_trades == 64'430);
}

BOOST_AUTO_TEST_CASE(without_trades_there_is_no_average_and_no_score) {
    const std::vector<VenueVolume> rows{volume("A", "ALPX", 10, 0)};
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(!result.symbols.at(0).avg_trade_size_hundredths.has_value());
    BOOST_TEST(!result.symbols.at(0).liquidity_score_hundredths.has_value());
}

BOOST_AUTO_TEST_CASE(averages_are_rounded_half_up) {
    const std::vector<VenueVolume> rows{volume("A", "ALPX", 1, 200), volume("B", "ALPX", 1, 201)};
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(result.symbols.at(0).avg_trade_size_hundredths.value() == 1); // 0.005
    BOOST_TEST(result.symbols.at(1).avg_trade_size_hundredths.value() == 0); // 0.004975
}

BOOST_AUTO_TEST_CASE(venues_are_ranked_by_volume_and_ties_by_mpid) {
    const std::vector<VenueVolume> rows{volume("A", "AAAA", 10, 1),
                                        volume("A", "BBBB", 30, 1),
                                        volume("A", "CCCC", 10, 1),
                                        volume("B", "BBBB", 50, 2)};
    const Aggregate result = value_of(aggregate(rows));
    const std::vector<VenueShare> expected{{mpid("AAAA"), 10, 1, 1, 0.1, 2},
                                           {mpid("BBBB"), 80, 3, 2, 0.8, 1},
                                           {mpid("CCCC"), 10, 1, 1, 0.1, 3}};
    BOOST_TEST((result.venues == expected));
}

BOOST_AUTO_TEST_CASE(as_many_ties_as_there_are_venues_rank_by_mpid) {
    // So many that no sort keeps their order by accident.
    std::vector<VenueVolume> rows;
    for (char first = 'A'; first <= 'Z'; ++first)
        for (char second = 'A'; second <= 'D'; ++second)
            rows.push_back(volume("S", std::string(3, first) + second, first == 'M' ? 20 : 10, 1));
    std::int64_t rank = 4;
    for (const VenueShare& venue : value_of(aggregate(rows)).venues)
        if (venue.total_volume == 20)
            BOOST_TEST(venue.rank == venue.mpid.view()[3] - 'A' + 1);
        else
            BOOST_TEST(venue.rank == ++rank);
}

BOOST_AUTO_TEST_CASE(fractions_of_shares_are_carried_through_every_sum) {
    const std::vector<VenueVolume> rows{volume("A", "AAAA", {900'000, 500'000}, 10),
                                        volume("A", "BBBB", {900'000, 500'000}, 10),
                                        volume("B", "BBBB", {0, 300'000}, 4)};
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(result.symbols.at(0).total_volume == 1'800'001);
    BOOST_TEST(result.symbols.at(0).avg_trade_size_hundredths.value() == 9'000'005);
    BOOST_TEST(result.symbols.at(1).total_volume == Quantity(0, 300'000));
    BOOST_TEST(result.symbols.at(1).avg_trade_size_hundredths.value() == 8); // 0.075
    BOOST_TEST(result.venues.at(1).total_volume == Quantity(900'000, 800'000));
    BOOST_TEST(result.venues.at(1).rank == 1);
    BOOST_TEST(result.total_volume == Quantity(1'800'001, 300'000));
    BOOST_TEST(result.venues.at(0).market_share.value() == 900'000.5 / 1'800'001.3);
}

BOOST_AUTO_TEST_CASE(a_tier_without_volume_has_no_shares_but_ranks) {
    const std::vector<VenueVolume> rows{volume("A", "BBBB", 0, 1), volume("B", "AAAA", 0, 1)};
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(!result.venues.at(0).market_share.has_value());
    BOOST_TEST(result.venues.at(0).rank == 1);
    BOOST_TEST(result.venues.at(1).rank == 2);
}

BOOST_AUTO_TEST_CASE(no_rows_are_an_empty_aggregate) {
    BOOST_TEST((value_of(aggregate({})) == Aggregate{}));
}

BOOST_AUTO_TEST_CASE(a_sum_that_does_not_fit_is_a_fault_and_no_wrong_number) {
    const std::vector<VenueVolume> of_symbol{volume("A", "AAAA", INT64_MAX, 1),
                                             volume("A", "BBBB", 1, 1)};
    BOOST_TEST(fault_of(aggregate(of_symbol)).find("the sum of A") != std::string::npos);
    const std::vector<VenueVolume> of_venue{volume("A", "AAAA", INT64_MAX / 50, INT64_MAX),
                                            volume("B", "AAAA", 1, 1)};
    BOOST_TEST(fault_of(aggregate(of_venue)).find("the sum of AAAA") != std::string::npos);
    const std::vector<VenueVolume> of_tier{volume("A", "AAAA", INT64_MAX, INT64_MAX),
                                           volume("B", "BBBB", 1, 1)};
    BOOST_TEST(fault_of(aggregate(of_tier)).find("the sum of the tier") != std::string::npos);
    const std::vector<VenueVolume> average{volume("A", "AAAA", INT64_MAX, 1)};
    BOOST_TEST(fault_of(aggregate(average)).find("average trade size") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows_that_are_unsorted_repeated_or_negative_are_a_fault) {
    for (const auto& rows : {std::vector{volume("B", "AAAA", 1, 1), volume("A", "AAAA", 1, 1)},
                             std::vector{volume("A", "BBBB", 1, 1), volume("A", "AAAA", 1, 1)},
                             std::vector{volume("A", "AAAA", 1, 1), volume("A", "AAAA", 1, 1)},
                             std::vector{volume("A", "AAAA", -1, 1)},
                             std::vector{volume("A", "AAAA", 1, -1)}})
        BOOST_TEST(!fault_of(aggregate(rows)).empty());
}

BOOST_AUTO_TEST_CASE(shares_sum_to_one_and_ranks_are_1_to_n_for_any_rows) {
    constexpr unsigned seed = 9;
    std::mt19937_64 random(seed);
    BOOST_TEST_MESSAGE("seed " << seed);
    for (int round = 0; round < 100; ++round) {
        std::vector<VenueVolume> rows;
        for (char s = 'A'; s <= 'Z'; ++s)
            for (char m = 'A'; m <= 'Z'; ++m)
                if (random() % 3 == 0)
                    rows.push_back(
                        volume(std::string(1, s),
                               std::string(4, m),
                               static_cast<std::int64_t>(random() >> (24 + random() % 30)),
                               1));
        const Aggregate result = value_of(aggregate(rows));
        double sum = 0;
        std::set<std::int64_t> ranks;
        for (const VenueShare& venue : result.venues) {
            sum += venue.market_share.value();
            ranks.insert(venue.rank);
            for (const VenueShare& other : result.venues)
                BOOST_TEST_REQUIRE(
                    (venue.rank >= other.rank || venue.total_volume >= other.total_volume));
        }
        BOOST_TEST_REQUIRE(std::abs(sum - 1.0) <= 1e-12);
        BOOST_TEST_REQUIRE(ranks.size() == result.venues.size());
        BOOST_TEST_REQUIRE(*ranks.begin() == 1);
        BOOST_TEST_REQUIRE(*ranks.rbegin() == static_cast<std::int64_t>(result.venues.size()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
