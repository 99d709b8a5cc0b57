#include "calc/number.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>

using namespace finra::calc;

BOOST_AUTO_TEST_SUITE(number)

BOOST_AUTO_TEST_CASE(halves_are_rounded_away_from_zero) {
    const auto rounded = [](std::int64_t dividend, std::int64_t divisor) {
        return static_cast<std::int64_t>(divide_half_up(dividend, divisor));
    };
    BOOST_TEST(rounded(5, 2) == 3);
    BOOST_TEST(rounded(-5, 2) == -3);
    BOOST_TEST(rounded(7, 3) == 2);
    BOOST_TEST(rounded(8, 3) == 3);
    BOOST_TEST(rounded(-7, 3) == -2);
    BOOST_TEST(rounded(-8, 3) == -3);
    BOOST_TEST(rounded(0, 9) == 0);
    BOOST_TEST(rounded(1, 2) == 1);
    BOOST_TEST(rounded(6, 3) == 2);
}

BOOST_AUTO_TEST_CASE(averages_have_two_decimals_and_no_overflow) {
    BOOST_TEST(average_trade_size(3'827'870, 64'427).value() == 59.41);
    BOOST_TEST(average_trade_size(1, 200).value() == 0.01);
    BOOST_TEST(average_trade_size({0, 4'999}, 1).value() == 0.0);
    BOOST_TEST(average_trade_size({0, 5'000}, 1).value() == 0.01);
    BOOST_TEST(average_trade_size(INT64_MAX, 1).value() == 9223372036854775807.0);
    BOOST_TEST(!average_trade_size(1, 0).has_value());
}

BOOST_AUTO_TEST_CASE(the_ratio_of_whole_numbers_is_their_quotient_as_doubles) {
    // Of these the quotient of the millionths would be another double.
    BOOST_TEST(ratio(1'098'033'568, 1'335'995'901) == 0.8218839348070724);
    BOOST_TEST(ratio(INT64_MAX, 3) == static_cast<double>(INT64_MAX) / 3.0);
    BOOST_TEST(ratio({0, 500'000}, 2) == 0.25);
    BOOST_TEST(ratio({900'000, 500'000}, {1'800'001, 0}) == 0.5);
}

BOOST_AUTO_TEST_CASE(floors_go_down_on_both_sides_of_zero) {
    BOOST_TEST(static_cast<std::int64_t>(divide_floor(7, 2)) == 3);
    BOOST_TEST(static_cast<std::int64_t>(divide_floor(-7, 2)) == -4);
    BOOST_TEST(static_cast<std::int64_t>(divide_floor(-8, 2)) == -4);
}

BOOST_AUTO_TEST_CASE(a_sum_that_would_overflow_is_noticed_and_left_alone) {
    std::int64_t sum = INT64_MAX - 1;
    BOOST_TEST(add(sum, 1));
    BOOST_TEST(sum == INT64_MAX);
    BOOST_TEST(!add(sum, 1));
    BOOST_TEST(sum == INT64_MAX);
}

BOOST_AUTO_TEST_CASE(what_fits_is_narrowed) {
    BOOST_TEST(narrow(int128{INT64_MAX}).value() == INT64_MAX);
    BOOST_TEST(narrow(int128{INT64_MIN}).value() == INT64_MIN);
    BOOST_TEST(!narrow(int128{INT64_MAX} + 1).has_value());
    BOOST_TEST(!narrow(int128{INT64_MIN} - 1).has_value());
}

BOOST_AUTO_TEST_CASE(texts_of_numbers_lose_nothing) {
    BOOST_TEST(hundredths_text(5941) == "59.41");
    BOOST_TEST(hundredths_text(5) == "0.05");
    BOOST_TEST(hundredths_text(-5) == "-0.05");
    BOOST_TEST(hundredths_text(100) == "1.00");
    BOOST_TEST(hundredths_text(INT64_MIN) == "-92233720368547758.08");
    BOOST_TEST(double_text(0.8218839348070724) == "0.8218839348070724");
    BOOST_TEST(double_text(1.0) == "1");
}

BOOST_AUTO_TEST_SUITE_END()
