#include "calc/resemblance.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace finra;
using namespace finra::calc;

namespace {

std::uint64_t row(std::int64_t number, std::int64_t trades = 1) {
    const std::string symbol = "S" + std::to_string(number);
    RawRow raw;
    raw.symbol = symbol;
    raw.mpid = "OTCN";
    raw.shares = number;
    raw.trades = trades;
    return fingerprint(raw);
}

std::vector<std::uint64_t> sketch_of(std::int64_t rows) {
    Sketch sketch;
    for (std::int64_t i = 0; i < rows; ++i)
        sketch.add(row(i));
    return sketch.finish();
}

/// Of another set: as many rows as `rows`, of which the first `equal` are those of the sketch.
bool is_near(std::int64_t rows, std::int64_t equal) {
    const auto sketch = sketch_of(rows);
    Resemblance found(sketch, rows);
    for (std::int64_t i = 0; i < rows; ++i)
        if (!found.see(row(i, i < equal ? 1 : 2)))
            break;
    return found.is_near();
}

} // namespace

BOOST_AUTO_TEST_SUITE(resemblance)

BOOST_AUTO_TEST_CASE(a_row_is_told_by_symbol_venue_shares_and_trades) {
    RawRow raw;
    raw.symbol = "A";
    raw.mpid = "BC";
    const auto same = fingerprint(raw);
    raw.symbol = " A ";
    BOOST_TEST(fingerprint(raw) == same);
    raw.symbol = "a";
    BOOST_TEST(fingerprint(raw) != same);
    raw.symbol = "AB";
    raw.mpid = "C";
    BOOST_TEST(fingerprint(raw) != same);
    BOOST_TEST(row(1, 1) != row(1, 2));
    BOOST_TEST(row(1) != row(2));
}

BOOST_AUTO_TEST_CASE(nine_tenths_are_near_and_less_is_not) {
    BOOST_TEST(is_near(1, 1));
    BOOST_TEST(!is_near(1, 0));
    BOOST_TEST(is_near(1000, 900));
    BOOST_TEST(!is_near(1000, 899));
    BOOST_TEST(is_near(1000, 1000));
}

BOOST_AUTO_TEST_CASE(reading_stops_once_nine_tenths_cannot_be_reached) {
    const auto sketch = sketch_of(1000);
    Resemblance found(sketch, 1000);
    int seen = 0;
    do
        ++seen;
    while (found.see(row(seen, 7)));
    BOOST_TEST(seen == 101);
}

BOOST_AUTO_TEST_CASE(a_row_that_repeats_counts_once) {
    const auto sketch = sketch_of(10);
    Resemblance found(sketch, 100);
    for (int i = 0; i < 50; ++i)
        found.see(row(3));
    BOOST_TEST(found.found() == 1U);
}

BOOST_AUTO_TEST_CASE(of_very_many_rows_a_sample_is_compared) {
    const std::int64_t rows = 3 * static_cast<std::int64_t>(Sketch::size_max);
    const auto sketch = sketch_of(rows);
    BOOST_TEST(sketch.size() == Sketch::size_max);
    Resemblance same(sketch, rows);
    Resemblance other(sketch, rows);
    for (std::int64_t i = 0; i < rows; ++i) {
        same.see(row(i, i % 20 == 0 ? 2 : 1));
        other.see(row(i, i % 5 == 0 ? 2 : 1));
    }
    BOOST_TEST(same.is_near());
    BOOST_TEST(!other.is_near());
}

BOOST_AUTO_TEST_CASE(nothing_resembles_nothing) {
    const std::vector<std::uint64_t> none;
    BOOST_TEST(!Resemblance(none, 0).is_near());
}

BOOST_AUTO_TEST_SUITE_END()
