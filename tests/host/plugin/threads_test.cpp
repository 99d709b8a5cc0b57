#include "error.hpp"
#include "plugin/descriptor.hpp"
#include "plugin/library.hpp"
#include "support/memory_unit.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace spine::plugin {
namespace {

/// The real loader on real files, entered by real threads.
struct Threads {
    Threads() {
        for (const auto* file :
             {SPINE_THREADS_PARALLEL_PLUGIN, SPINE_THREADS_SERIAL_PLUGIN, SPINE_ABI_1_0_PLUGIN})
            std::filesystem::copy(file, folder.path());
        Origin origin;
        origin.folder = folder.path();
        origin.host_version = "0.1.0";
        library = load(clock, std::move(origin));
        for (const auto& refused : library->catalogue().refused)
            BOOST_ERROR(refused.reason);
    }

    unit::Outcome
    meet(const std::string& domain, test::MemoryUnit& unit, int wanted, int rounds, int who) {
        run::Call call;
        call.pipeline = library->catalogue().find_pipeline(domain + ".meet");
        call.params = {{"wanted", wanted}, {"rounds", rounds}, {"who", std::to_string(who)}};
        call.execution_id = "execution-" + std::to_string(who);
        return library->invoker().invoke(call, unit, {}, cancel, {});
    }

    test::TemporaryFolder folder;
    env::SystemClock clock;
    run::CancelToken cancel;
    std::unique_ptr<control::Library> library;
};

constexpr int threads = 4;

/// What `work(i)` gave on each of the threads.
template <typename Result, typename Work> std::vector<Result> on_threads(Work work) {
    std::vector<Result> results(threads);
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i)
        all.emplace_back([&, i] { results[static_cast<std::size_t>(i)] = work(i); });
    for (auto& thread : all)
        thread.join();
    return results;
}

std::int64_t most_of(const unit::Outcome& outcome) {
    const auto* done = std::get_if<unit::Done>(&outcome);
    return done == nullptr ? -1 : done->outputs.at("most").as_int64();
}

} // namespace

BOOST_AUTO_TEST_SUITE(threads_of_plugins)

BOOST_AUTO_TEST_CASE(a_parallel_plugin_is_entered_by_several_threads_and_nothing_is_mixed_up) {
    Threads all;
    BOOST_TEST_REQUIRE(all.library->catalogue().find_plugin("threads_parallel") != nullptr);
    BOOST_TEST(all.library->catalogue().find_plugin("threads_parallel")->parallel);
    struct Seen {
        unit::Outcome outcome;
        std::vector<unit::LogLine> logs;
    };
    const auto results = on_threads<Seen>([&](int i) {
        test::MemoryState state;
        test::MemoryUnit unit{state};
        auto outcome = all.meet("threads.parallel", unit, threads, 10'000, i);
        return Seen{std::move(outcome), std::move(unit.logs)};
    });
    for (std::size_t i = 0; i < results.size(); ++i) {
        BOOST_TEST(most_of(results[i].outcome) == threads); // all of them were inside at once
        BOOST_TEST(std::get<unit::Done>(results[i].outcome).outputs.at("who").as_string() ==
                   std::to_string(i));
        BOOST_TEST(results[i].logs.size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_serial_plugin_is_entered_by_one_thread_at_a_time) {
    Threads all;
    BOOST_TEST_REQUIRE(all.library->catalogue().find_plugin("threads_serial") != nullptr);
    BOOST_TEST(!all.library->catalogue().find_plugin("threads_serial")->parallel);
    const auto results = on_threads<unit::Outcome>([&](int i) {
        test::MemoryState state;
        test::MemoryUnit unit{state};
        return all.meet("threads.serial", unit, 2, 20, i);
    });
    for (const auto& outcome : results)
        BOOST_TEST(most_of(outcome) == 1);
}

BOOST_AUTO_TEST_CASE(lambdas_run_side_by_side_each_with_its_own_requests) {
    Threads all;
    const auto* handler = all.library->catalogue().find_handler("threads.parallel.steps.meet");
    BOOST_TEST_REQUIRE(handler != nullptr);
    const auto results = on_threads<run::LambdaResult>([&](int i) {
        test::MemoryState state;
        run::LambdaCall call;
        call.params = {{"wanted", threads}, {"rounds", 10'000}, {"who", std::to_string(i)}};
        return all.library->lambdas().call(*handler, call, state);
    });
    for (std::size_t i = 0; i < results.size(); ++i) {
        BOOST_TEST(results[i].ok);
        BOOST_TEST(results[i].outputs.at("most").as_int64() == threads);
        BOOST_TEST_REQUIRE(results[i].requests.size() == 1u);
        BOOST_TEST(results[i].requests[0].at("skip").as_array()[0].as_string() ==
                   std::to_string(i));
    }
}

BOOST_AUTO_TEST_CASE(one_thread_cancels_what_another_one_does) {
    Threads all;
    test::MemoryState state;
    test::MemoryUnit unit{state};
    std::thread other{[&] { all.cancel.cancel(run::CancelToken::Why::timed_out); }};
    const auto outcome = all.meet("threads.parallel", unit, 2, 600'000, 0);
    other.join();
    // It notices at its next host call, or is not entered at all.
    BOOST_TEST_REQUIRE(std::holds_alternative<unit::Failure>(outcome));
    BOOST_TEST((std::get<unit::Failure>(outcome).category == unit::Category::timeout));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(abi_versions)

BOOST_AUTO_TEST_CASE(a_plugin_of_abi_1_0_loads_and_works) {
    Threads all;
    const auto* plugin = all.library->catalogue().find_plugin("abi_1_0");
    BOOST_TEST_REQUIRE(plugin != nullptr);
    BOOST_TEST(plugin->abi_minor == 0u);
    test::MemoryState state;
    test::MemoryUnit unit{state};
    run::Call call;
    call.pipeline = all.library->catalogue().find_pipeline("abi.first.work");
    call.params = {{"count", 41}};
    const auto outcome = all.library->invoker().invoke(call, unit, {}, all.cancel, {});
    BOOST_TEST_REQUIRE(std::holds_alternative<unit::Done>(outcome));
    BOOST_TEST(std::get<unit::Done>(outcome).outputs.at("next").as_int64() == 42);
    BOOST_TEST_REQUIRE(unit.logs.size() == 1u);
    BOOST_TEST(unit.logs[0].text == "said by a plugin of 1.0");

    run::LambdaCall step;
    step.outputs = {{"work", {{"next", 42}}}};
    const auto result = all.library->lambdas().call(
        *all.library->catalogue().find_handler("abi.first.steps.check"), step, state);
    BOOST_TEST(result.ok);
    BOOST_TEST(result.updates.at("seen").as_int64() == 42);
}

namespace {
const spine_plugin* asks_for_1_1(std::uint32_t, std::uint32_t) {
    static const spine_plugin_desc desc{};
    static const spine_plugin table{
        SPINE_PLUGIN_MAGIC, sizeof(spine_plugin), 1, 1, 1, 0, &desc, nullptr, nullptr, nullptr};
    return &table;
}
} // namespace

BOOST_AUTO_TEST_CASE(a_plugin_that_asks_for_1_1_is_refused_by_a_host_of_1_0) {
    const auto refuses = [](std::uint32_t host_minor, const std::string& words) {
        try {
            describe(&asks_for_1_1, host_minor);
            BOOST_ERROR("it was taken");
        } catch (const Error& error) {
            BOOST_TEST(std::string{error.what()}.find(words) != std::string::npos, error.what());
        }
    };
    refuses(0, "needs ABI 1.1, wanted at most 1.0; upgrade spine");
    refuses(1, "check 'struct_size'"); // the next check: it is past the negotiation
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
