#include "cli/time_line.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using cli::Bars;
using std::chrono::seconds;

namespace {
const auto start = env::time_from("2026-01-03T04:00:00.000Z");
cli::Stretch work(int from, int until) { return {start + seconds{from}, start + seconds{until}, false}; }
cli::Stretch wait(int from, int until) { return {start + seconds{from}, start + seconds{until}, true}; }
/// Ten seconds on bars of 17 columns.
std::string drawn(const std::vector<cli::TimedLine>& lines, Bars bars = Bars::plain) {
    return cli::time_lines(lines, start, start + seconds{17}, 20, bars);
}
} // namespace

BOOST_AUTO_TEST_SUITE(time_line)

BOOST_AUTO_TEST_CASE(bars_stand_under_each_other_and_overlap_where_the_steps_did) {
    BOOST_TEST(drawn({{"a", {work(0, 10)}}, {"b", {work(5, 17)}}}) == "a  ##########\nb       ############\n");
}

BOOST_AUTO_TEST_CASE(waits_are_lighter_than_work_and_attempts_are_pieces) {
    BOOST_TEST(drawn({{"a", {work(0, 2), wait(2, 5), work(5, 6)}}}) == "a  ##...#\n");
    BOOST_TEST(drawn({{"a", {work(0, 1), wait(1, 3)}}}, Bars::blocks) == "a  \u2588\u2591\u2591\n");
}

BOOST_AUTO_TEST_CASE(what_took_no_time_has_one_cell_and_nothing_is_drawn_outside) {
    BOOST_TEST(drawn({{"a", {work(3, 3)}}, {"b", {work(17, 17)}}, {"c", {work(20, 30)}}, {"d", {work(-5, 1)}}}) ==
               "a     #\nb                  #\nc\nd  #\n");
}

BOOST_AUTO_TEST_CASE(long_names_are_cut_and_cannot_steer_the_terminal) {
    BOOST_TEST(drawn({{"a_very_long_name", {work(0, 17)}}}) == "a_ver\u2026  ############\n");
    BOOST_TEST(drawn({{"\x1b[1m", {work(0, 17)}}}).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_time_there_is_no_line) {
    BOOST_TEST(cli::time_lines({{"a", {work(0, 0)}}}, start, start, 80, Bars::plain).empty());
}

BOOST_AUTO_TEST_SUITE_END()
