#include "calc/concentration.hpp"
#include "rows.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

using namespace finra;
using namespace finra::calc;

BOOST_AUTO_TEST_SUITE(concentration)

BOOST_AUTO_TEST_CASE(shares_are_fractions_of_the_symbol) {
    const std::vector<VenueVolume> rows{
        volume("A", "AAAA", 1, 1), volume("A", "BBBB", 3, 1), volume("B", "AAAA", 7, 1)};
    const std::vector<SymbolVenueShare> expected{{symbol("A"), mpid("AAAA"), 1, 0.25},
                                                 {symbol("A"), mpid("BBBB"), 3, 0.75},
                                                 {symbol("B"), mpid("AAAA"), 7, 1.0}};
    BOOST_TEST((value_of(symbol_venue_share(rows)) == expected));
}

BOOST_AUTO_TEST_CASE(equal_venues_give_one_over_their_number) {
    for (int venues : {1, 2, 4, 8, 16}) {
        std::vector<VenueVolume> rows;
        rows.reserve(static_cast<std::size_t>(venues));
        for (int i = 0; i < venues; ++i)
            rows.push_back(volume("A", std::string(4, static_cast<char>('A' + i)), 100, 1));
        const auto indices = value_of(hhi(rows));
        BOOST_TEST_REQUIRE(indices.size() == 1U);
        BOOST_TEST(indices[0].hhi.value() == 1.0 / venues);
        BOOST_TEST(indices[0].venue_count == venues);
    }
}

BOOST_AUTO_TEST_CASE(a_symbol_without_volume_has_neither_shares_nor_index) {
    const std::vector<VenueVolume> rows{volume("A", "AAAA", 0, 1), volume("A", "BBBB", 0, 2)};
    for (const SymbolVenueShare& share : value_of(symbol_venue_share(rows)))
        BOOST_TEST(!share.venue_share.has_value());
    const auto indices = value_of(hhi(rows));
    BOOST_TEST(!indices.at(0).hhi.has_value());
    BOOST_TEST(indices.at(0).venue_count == 2);
}

BOOST_AUTO_TEST_CASE(a_sum_that_does_not_fit_is_a_fault) {
    const std::vector<VenueVolume> rows{volume("A", "AAAA", INT64_MAX, 1),
                                        volume("A", "BBBB", 1, 1)};
    BOOST_TEST(fault_of(symbol_venue_share(rows)) == "the sum of A does not fit into 64 bits");
    BOOST_TEST(fault_of(hhi(rows)) == "the sum of A does not fit into 64 bits");
}

BOOST_AUTO_TEST_CASE(unsorted_rows_are_a_fault) {
    const std::vector<VenueVolume> rows{volume("B", "AAAA", 1, 1), volume("A", "BBBB", 1, 1)};
    BOOST_TEST(!fault_of(symbol_venue_share(rows)).empty());
    BOOST_TEST(!fault_of(hhi(rows)).empty());
}

BOOST_AUTO_TEST_CASE(shares_sum_to_one_and_the_index_lies_within_its_bounds_for_any_rows) {
    constexpr unsigned seed = 11;
    std::mt19937_64 random(seed);
    BOOST_TEST_MESSAGE("seed " << seed);
    for (int round = 0; round < 2000; ++round) {
        std::vector<VenueVolume> rows;
        const auto venues = 1 + random() % 26;
        for (std::size_t i = 0; i < venues; ++i)
            rows.push_back(volume("A",
                                  std::string(4, static_cast<char>('A' + i)),
                                  1 + static_cast<std::int64_t>(random() >> (8 + random() % 50)),
                                  1));
        double sum = 0;
        for (const SymbolVenueShare& share : value_of(symbol_venue_share(rows)))
            sum += share.venue_share.value();
        BOOST_TEST_REQUIRE(std::abs(sum - 1.0) <= 1e-12);
        const double index = value_of(hhi(rows)).at(0).hhi.value();
        BOOST_TEST_REQUIRE(index <= 1.0);
        BOOST_TEST_REQUIRE(index >= 1.0 / static_cast<double>(venues) - 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(fractions_of_shares_count_in_shares_and_index) {
    const std::vector<VenueVolume> rows{volume("A", "AAAA", {0, 500'000}, 1),
                                        volume("A", "BBBB", {1, 500'000}, 1)};
    const auto shares = value_of(symbol_venue_share(rows));
    BOOST_TEST(shares.at(0).venue_share.value() == 0.25);
    BOOST_TEST(shares.at(0).venue_volume == Quantity(0, 500'000));
    BOOST_TEST(value_of(hhi(rows)).at(0).hhi.value() == 0.625);
}

BOOST_AUTO_TEST_SUITE_END()
