#include "schema/quantity.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

using namespace finra;
namespace data = boost::unit_test::data;

namespace {

const std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> quantities{
    {"0", 0, 0},
    {"900000.5", 900000, 500000},
    {"-3", -3, 0},
    {"-0.5", -1, 500000},
    {"-2.25", -3, 750000},
    {"0.000001", 0, 1},
    {"-0.000001", -1, 999999},
    {"9223372036854775807.999999", INT64_MAX, 999999},
    {"-9223372036854775808", INT64_MIN, 0},
};

QuantityFault fault_of(std::string_view text) {
    const auto answer = quantity_from_text(text);
    BOOST_TEST_REQUIRE(std::holds_alternative<QuantityFault>(answer), text);
    return std::get<QuantityFault>(answer);
}

} // namespace

BOOST_AUTO_TEST_SUITE(quantity)

BOOST_DATA_TEST_CASE(
    a_quantity_is_read_and_written_exactly, data::make(quantities), text, shares, millionths) {
    const auto answer = quantity_from_text(text);
    BOOST_TEST_REQUIRE(std::holds_alternative<Quantity>(answer));
    BOOST_TEST((std::get<Quantity>(answer) == Quantity{shares, millionths}));
    BOOST_TEST(decimal_text({shares, millionths}) == text);
}

BOOST_AUTO_TEST_CASE(zeros_that_change_nothing_are_accepted) {
    for (const char* text : {"1.5", "01.50", "1.500000", "1.5000000000"})
        BOOST_TEST((std::get<Quantity>(quantity_from_text(text)) == Quantity{1, 500000}), text);
    BOOST_TEST((std::get<Quantity>(quantity_from_text("-0")) == Quantity{0}));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_told_from_what_does_not_fit) {
    for (const char* text : {"",
                             "-",
                             ".",
                             "1.",
                             ".5",
                             "-.5",
                             "1.2.3",
                             "1,000",
                             "1 000",
                             " 1",
                             "+1",
                             "1e3",
                             "0x1",
                             "--1",
                             "1.-5",
                             "nan"})
        BOOST_TEST((fault_of(text) == QuantityFault::no_number), text);
    for (const char* text : {"9223372036854775808",
                             "-9223372036854775809",
                             "-9223372036854775808.5",
                             "99999999999999999999.5"})
        BOOST_TEST((fault_of(text) == QuantityFault::beyond_64_bits), text);
    for (const char* text : {"1.0000001", "0.1234567", "-1.0000001"})
        BOOST_TEST((fault_of(text) == QuantityFault::beyond_millionths), text);
}

BOOST_AUTO_TEST_CASE(sums_carry_and_notice_what_does_not_fit) {
    Quantity sum{1, 600000};
    BOOST_TEST(add(sum, {2, 700000}));
    BOOST_TEST((sum == Quantity{4, 300000}));
    BOOST_TEST(add(sum, {-5, 999999}));
    BOOST_TEST((sum == Quantity{0, 299999}));
    BOOST_TEST(add(sum, {-1, 700001}));
    BOOST_TEST((sum == Quantity{}));

    Quantity most{INT64_MAX, 999999};
    BOOST_TEST(!add(most, {0, 1}));
    BOOST_TEST((most == Quantity{INT64_MAX, 999999}));
    Quantity least{INT64_MIN};
    BOOST_TEST(!add(least, {-1, 999999}));
    BOOST_TEST(add(most, least));
    BOOST_TEST((most == Quantity{-1, 999999}));
}

BOOST_AUTO_TEST_CASE(order_is_that_of_the_numbers) {
    const std::vector<Quantity> sorted{{-2}, {-2, 1}, {-1}, {-1, 999999}, {0}, {0, 1}, {1}};
    for (std::size_t i = 1; i < sorted.size(); ++i)
        BOOST_TEST((sorted[i - 1] < sorted[i]), i);
    BOOST_TEST((Quantity{-1, 999999} < 0));
}

BOOST_AUTO_TEST_SUITE_END()
