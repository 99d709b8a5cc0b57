#include "cli/log_line.hpp"
#include "cli/logger.hpp"
#include "error.hpp"
#include "support/manual_clock.hpp"
#include "support/string_sink.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace spine;
using env::LogWeight;

namespace {
struct Setup {
    test::StringSink sink;
    test::ManualClock clock;
    cli::Words words{sink, clock};
    test::TemporaryFolder folder;

    std::string path() const { return folder.path() + "/spine.log"; }
    std::string kept() const {
        std::ifstream file{path()};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    std::string now() { return env::to_text(clock.now()); }
};
} // namespace

BOOST_FIXTURE_TEST_SUITE(logs, Setup)

BOOST_AUTO_TEST_CASE(an_event_has_its_time_and_its_fields_and_empty_ones_are_left_out) {
    cli::WordsLog log{words, clock, config::LogLevel::debug};
    log.write(LogWeight::debug, "claimed", {{"pipeline", "a.b"}, {"run", ""}, {"reason", "never done"}});
    BOOST_TEST(sink.text == now() + " debug claimed pipeline=a.b reason=\"never done\"\n");
}

BOOST_AUTO_TEST_CASE(a_level_holds_back_what_weighs_less) {
    using Level = config::LogLevel;
    for (const auto& [level, lines] : {std::pair{Level::debug, 4}, {Level::info, 3}, {Level::warn, 2}, {Level::error, 1}, {Level::off, 0}}) {
        sink.text.clear();
        cli::WordsLog log{words, clock, level};
        for (const auto weight : {LogWeight::debug, LogWeight::info, LogWeight::warn, LogWeight::error}) {
            const auto before = sink.text.size();
            log.write(weight, "x", {});
            BOOST_TEST(log.wants(weight) == (sink.text.size() > before));
        }
        BOOST_TEST(std::count(sink.text.begin(), sink.text.end(), '\n') == lines);
    }
}

BOOST_AUTO_TEST_CASE(as_json_all_that_is_told_is_one_object_a_line) {
    words.set({false, true, config::LogFormat::json});
    cli::WordsLog log{words, clock, config::LogLevel::debug};
    log.write(LogWeight::debug, "claimed", {{"run", "r\"1"}, {"message", "of the field"}});
    words.error("no \x1b[31m\xff store", "run: spine db init");
    words.warning("w");
    words.note("n");
    std::vector<boost::json::object> lines;
    for (std::size_t at = 0; at < sink.text.size();) {
        const auto end = sink.text.find('\n', at);
        lines.push_back(boost::json::parse(sink.text.substr(at, end - at)).as_object());
        at = end + 1;
    }
    BOOST_TEST_REQUIRE(lines.size() == 4u);
    BOOST_TEST((lines[0] == boost::json::object{{"time", now()}, {"level", "debug"}, {"message", "claimed"}, {"run", "r\"1"}, {"message_", "of the field"}}));
    BOOST_TEST((lines[1] ==
                boost::json::object{{"time", now()}, {"level", "error"}, {"message", "no \\x1b[31m\\xff store"}, {"hint", "run: spine db init"}}));
    BOOST_TEST(lines[2].at("level") == "warn");
    BOOST_TEST(lines[3].at("level") == "info");
}

BOOST_AUTO_TEST_CASE(as_json_there_is_no_progress_between_the_lines) {
    sink.terminal = true;
    words.set({false, false, config::LogFormat::json});
    words.progress({"a.b", 1, 2, ""});
    words.step({"run", "load", "pipeline", true, run::StepStatus::completed, ""});
    BOOST_TEST(sink.text == "");
}

BOOST_AUTO_TEST_CASE(a_file_hears_what_standard_error_hears_and_is_appended_to) {
    for (const auto* message : {"first", "second"}) {
        cli::Words each{sink, clock};
        each.set({false, true, config::LogFormat::text, std::make_unique<cli::LogFile>(path())});
        each.error(message, "do\nthis");
        each.plain("help is no event\n");
    }
    BOOST_TEST(kept() == now() + " error first (do\\nthis)\n" + now() + " error second (do\\nthis)\n");
    BOOST_TEST(sink.text.find("\x1b[1;31merror:\x1b[0m second") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_made_is_refused_and_no_folder_is_made_for_it) {
    const auto below = folder.path() + "/missing/spine.log";
    BOOST_CHECK_EXCEPTION(cli::LogFile{below}, Error, [](const Error& error) {
        return error.code() == ErrorCode::usage && std::string{error.what()}.find("there is no folder") != std::string::npos;
    });
    BOOST_TEST(!std::filesystem::exists(folder.path() + "/missing"));
    BOOST_CHECK_EXCEPTION(cli::LogFile{folder.path()}, Error, [](const Error& error) { return error.code() == ErrorCode::usage; });
}

BOOST_AUTO_TEST_SUITE_END()
