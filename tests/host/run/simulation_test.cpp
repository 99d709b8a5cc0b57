#define BOOST_TEST_MODULE host_run_simulation
#include "simulation_world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace spine;
using test::sim::World;

namespace {

constexpr std::uint64_t seeds_by_default = 1000;

/// A number in the environment, for who looks for more or for one seed.
std::optional<std::uint64_t> asked_for(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? std::nullopt : std::optional{std::stoull(text)};
}

std::string run_seed(std::uint64_t seed) {
    World world{seed, false};
    try {
        world.go();
    } catch (const std::exception& fault) {
        return fault.what();
    }
    return {};
}

/// The same once more, with everything that happened.
void show(std::uint64_t seed) {
    World world{seed, true};
    std::string ended = "no difference";
    try {
        world.go();
    } catch (const std::exception& fault) {
        ended = fault.what();
    }
    std::cout << world.definitions() << '\n';
    for (const auto& line : world.history())
        std::cout << line << '\n';
    std::cout << "SPINE_SIM_SEED=" << seed << ": " << ended << std::endl;
}

} // namespace

BOOST_AUTO_TEST_SUITE(simulation)

BOOST_AUTO_TEST_CASE(runs_end_as_the_reference_model_says_whatever_happens) {
    if (const auto one = asked_for("SPINE_SIM_SEED")) {
        show(*one);
        BOOST_TEST(run_seed(*one) == "");
        return;
    }
    const auto first = asked_for("SPINE_SIM_FIRST").value_or(1);
    const auto count = asked_for("SPINE_SIM_SEEDS").value_or(seeds_by_default);
    for (auto seed = first; seed < first + count; ++seed) {
        BOOST_TEST_CHECKPOINT("SPINE_SIM_SEED=" << seed);
        const auto difference = run_seed(seed);
        if (difference.empty())
            continue;
        if (asked_for("SPINE_SIM_ALL")) { // one line for each, for who wants to see which kinds there are
            std::cout << "SPINE_SIM_SEED=" << seed << ": " << difference << std::endl;
            continue;
        }
        show(seed);
        BOOST_TEST_REQUIRE(difference == "", "seed " << seed << ": " << difference);
    }
}

BOOST_AUTO_TEST_CASE(a_seed_replays_exactly) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        World first{seed, false};
        World second{seed, true};
        try {
            first.go();
        } catch (const std::exception&) {
        }
        try {
            second.go();
        } catch (const std::exception&) {
        }
        BOOST_TEST(first.fingerprint() == second.fingerprint(), "seed " << seed);
        BOOST_TEST(first.events() == second.events());
    }
}

BOOST_AUTO_TEST_SUITE_END()
