/// A direct execution is watched over: what does not come back is given up, recorded, and left behind.
#include "control/watched_run.hpp"

#include "error.hpp"
#include "process/guests.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <thread>

using namespace spine;
using namespace std::chrono_literals;

namespace {

/// Hears what is recorded for an execution that was given up.
class Hearing final : public run::Journal {
public:
    std::string failed_id;
    std::optional<unit::Failure> failure;

    void fail(const std::string& execution_id, const unit::Failure& with) override {
        failed_id = execution_id;
        failure = with;
    }
    unit::State& state() override { throw std::logic_error{"nobody asks for it"}; }
    run::Start start(const run::Request&) override { throw std::logic_error{"nobody starts"}; }
    std::optional<run::Started> start_again(const run::Request&, const std::string&) override { throw std::logic_error{"nobody starts again"}; }
    std::unique_ptr<unit::Unit> rehearse(const run::Request&) override { throw std::logic_error{"nobody rehearses"}; }
};

struct WatchFixture {
    env::SystemClock clock;
    run::CancelToken process;
    Hearing journal;

    run::Result watch(const control::Execute& execute) { return control::execute_watched(execute, journal, process, clock, 50ms); }
};

run::Result done(const std::string& id) {
    run::Result result;
    result.status = run::Result::Status::completed;
    result.execution_id = id;
    return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(watched_run, WatchFixture)

BOOST_AUTO_TEST_CASE(what_comes_back_is_the_answer) {
    const auto result = watch([](const run::CancelToken&, const auto& begun) {
        begun("one");
        return done("one");
    });
    BOOST_TEST(result.execution_id == "one");
    BOOST_TEST(journal.failed_id == "");
}

BOOST_AUTO_TEST_CASE(what_is_thrown_is_thrown_on) {
    BOOST_CHECK_THROW(watch([](const run::CancelToken&, const auto&) -> run::Result { throw Error{ErrorCode::commit_failed, "gone"}; }), Error);
}

BOOST_AUTO_TEST_CASE(a_call_past_its_limit_is_told_to_stop_and_given_up_after_the_grace) {
    const auto result = watch([](const run::CancelToken&, const auto& begun) {
        begun("two");
        const process::Visit visit{"plugin 'x', pipeline x.y", 20ms};
        for (;;)
            std::this_thread::sleep_for(5ms);
        return done("two");
    });
    BOOST_TEST((result.status == run::Result::Status::failed));
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->category == unit::Category::timeout));
    BOOST_TEST(result.failure->exit_code == 7);
    BOOST_TEST(result.failure->message.find("plugin 'x', pipeline x.y") != std::string::npos);
    BOOST_TEST((result.duration >= 70ms)); // its limit and the grace
    BOOST_TEST(journal.failed_id == "two");
    BOOST_TEST((journal.failure == result.failure));
}

BOOST_AUTO_TEST_CASE(a_call_that_does_not_listen_to_a_cancel_is_given_up_as_cancelled) {
    const auto result = watch([&](const run::CancelToken&, const auto&) {
        const process::Visit visit{"plugin 'x', the plan of pipeline x.y", process::no_limit};
        process.cancel();
        for (;;)
            std::this_thread::sleep_for(5ms);
        return done("three");
    });
    BOOST_TEST((result.status == run::Result::Status::cancelled));
    BOOST_TEST(result.failure->exit_code == 130);
    BOOST_TEST(journal.failed_id == ""); // it had not begun
}

BOOST_AUTO_TEST_CASE(a_call_that_listens_is_waited_for) {
    const auto result = watch([](const run::CancelToken& token, const auto&) {
        const process::Visit visit{"plugin 'x', pipeline x.y", 20ms};
        while (!token.cancelled())
            std::this_thread::sleep_for(1ms);
        return done("four");
    });
    BOOST_TEST(result.execution_id == "four");
}

BOOST_AUTO_TEST_SUITE_END()
