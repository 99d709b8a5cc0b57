#include "cli/words.hpp"
#include "support/manual_clock.hpp"
#include "support/string_sink.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace std::chrono_literals;

namespace {
struct Setup {
    test::StringSink sink;
    test::ManualClock clock;
    cli::Words words{sink, clock};
};
} // namespace

BOOST_FIXTURE_TEST_SUITE(words, Setup)

BOOST_AUTO_TEST_CASE(an_error_says_what_where_and_what_to_do) {
    words.error(workflow::Diagnostic{"parameter 'teir'", "is unknown", "did you mean 'tier'?", 0, 0});
    words.error(config::Fault{"spine.yaml", "'dbase' is no setting", "", 3, 5});
    BOOST_TEST(sink.text == "error: parameter 'teir' is unknown\nhint: did you mean 'tier'?\n"
                            "error: spine.yaml:3:5: 'dbase' is no setting\n");
}

BOOST_AUTO_TEST_CASE(a_fault_repeats_no_huge_text_whole) {
    words.error(workflow::Diagnostic{"-p '" + std::string(100'000, 'x') + "'", "is not NAME=VALUE", "", 0, 0});
    BOOST_TEST(sink.text.size() < 400u);
    BOOST_TEST(sink.text.starts_with("error: -p 'xxx"));
    BOOST_TEST(sink.text.ends_with("xxx' is not NAME=VALUE\n"));
}

BOOST_AUTO_TEST_CASE(a_message_cannot_steer_the_terminal_and_colour_is_only_ours) {
    words.error("file '\x1b]0;x\x07'\nerror: forged");
    BOOST_TEST(sink.text == "error: file '\\x1b]0;x\\x07'\\nerror: forged\n");
    sink.text.clear();
    words.set({false, true});
    words.warning("w");
    BOOST_TEST(sink.text == "\x1b[1;33mwarning:\x1b[0m w\n");
}

BOOST_AUTO_TEST_CASE(quiet_holds_back_notes_but_no_errors) {
    words.set({true, false});
    words.note("nothing matches");
    BOOST_TEST(sink.text == "");
    words.error("x");
    BOOST_TEST(sink.text == "error: x\n");
}

BOOST_AUTO_TEST_CASE(progress_shows_on_a_terminal_only) {
    words.progress({"a.b", 1, 2, ""});
    BOOST_TEST(sink.text == "");
    sink.terminal = true;
    words.progress({"a.b", 1, 2, ""});
    BOOST_TEST(sink.text == "\rb  1 of 2 rows (50 %)\x1b[K");
    sink.text.clear();
    words.progress({"a.b", 2, 2, ""}); // too soon after the last one
    BOOST_TEST(sink.text == "");
    clock.advance(200ms);
    words.progress({"a.b", 2, 2, ""});
    BOOST_TEST(sink.text == "\rb  2 of 2 rows (100 %)\x1b[K");
    sink.text.clear();
    words.note("n"); // takes the line away first
    BOOST_TEST(sink.text == "\r\x1b[Knote: n\n");
    sink.text.clear();
    words.end_progress();
    BOOST_TEST(sink.text == "");
}

BOOST_AUTO_TEST_CASE(progress_tells_rate_and_remaining_time) {
    BOOST_TEST(cli::progress_text({"otc.ingest_week", 45'000, 128'072, ""}, 1500ms) ==
               "ingest_week  45,000 of 128,072 rows (35 %), 30,000 a second, 3 s left");
    BOOST_TEST(cli::progress_text({"x", 1000, 0, "bytes"}, 2s) == "x  1,000 bytes, 500 a second");
    BOOST_TEST(cli::progress_text({"x", 10, 1'000'000, ""}, 1s) ==
               "x  10 of 1,000,000 rows (0 %), 10 a second, 27 h 46 min left");
    BOOST_TEST(cli::progress_text({"x", 12, 10, ""}, 1s) == "x  12 of 10 rows (100 %), 12 a second");
}

BOOST_AUTO_TEST_SUITE_END()
