/// Lambdas as functions that a test hands in.
#pragma once

#include "run/lambda.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace spine::test {

/// Lambdas that a test writes down; one that is not written down is fine and says nothing. Threads: any.
class ScriptedLambdas final : public run::Lambdas {
public:
    using Answer = std::function<run::LambdaResult(const run::LambdaCall&)>;
    std::map<std::string, Answer> answers; ///< by handler
    std::vector<std::string> calls;

    run::LambdaResult call(const workflow::Handler& handler, const run::LambdaCall& call, unit::State&) override {
        {
            const std::lock_guard lock{mutex_};
            calls.push_back(handler.name);
        }
        const auto found = answers.find(handler.name);
        if (found != answers.end())
            return found->second(call);
        run::LambdaResult fine;
        fine.ok = true;
        return fine;
    }

private:
    std::mutex mutex_;
};

} // namespace spine::test
