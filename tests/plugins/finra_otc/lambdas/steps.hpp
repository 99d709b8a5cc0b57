// A host on which a lambda is called as a step of a run: parameters, what steps before it have
// told, and weeks that are simply there.
#pragma once

#include "finra_otc/pipelines/weeks.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace finra {

struct Steps : Weeks {
    Values params = of("OTC", "2025-12-19");

    void told(const std::string& step, const Values& outputs) {
        for (const auto& [name, output] : outputs)
            step_outputs[step + "." + name] = output;
    }
    Outcome step(const std::string& lambda, const Values& options = {}) {
        return call("steps." + lambda, params, options);
    }
    Outcome passed(const std::string& lambda, const Values& options = {}) {
        Outcome outcome = step(lambda, options);
        BOOST_TEST_REQUIRE(outcome.status == SPINE_OK, lambda << ": " << outcome.message);
        return outcome;
    }
};

inline spine::fake::Value count(std::int64_t number) { return value(number); }

inline std::string category(const Outcome& outcome) {
    const std::string member = "\"category\":\"";
    const auto at = outcome.details.find(member);
    if (at == std::string::npos)
        return "none";
    const auto from = at + member.size();
    return outcome.details.substr(from, outcome.details.find('"', from) - from);
}

} // namespace finra
