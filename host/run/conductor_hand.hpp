/// What one thread of the conductor works with. For conductor*.cpp alone.
#pragma once

#include "run/conductor_stage.hpp"

namespace spine::run {

struct Conductor::Stage::Hand {
    explicit Hand(Stage& stage)
        : bench{stage.band_.benches.open()},
          runner{stage.band_.clock,  *stage.random_,      bench->executions(), stage.band_.invoker, stage.band_.catalogue,
                 RetryPolicy{},      stage.band_.cancel,  stage.progress_} {}

    std::unique_ptr<Bench> bench;
    Runner runner;

    RunBook& runs() { return bench->runs(); }
};

} // namespace spine::run
