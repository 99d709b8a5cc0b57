/// What a plugin's plan says, resolved against what is there.
#pragma once

#include "run/due.hpp"
#include "run/journal.hpp"
#include "unit/state.hpp"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace spine::plugin {

/// Threads: one at a time. Fails: throws Error{usage} for a wish that makes no sense, and what the
/// state throws.
class PlanBuilder {
public:
    explicit PlanBuilder(const workflow::Catalogue* catalogue) : catalogue_{catalogue} {}

    void output(unit::Partition partition);
    /// What is missing, if the stage is not there or not current; nothing is added then.
    std::optional<run::MissingStage> input(unit::State& state,
                                           std::optional<std::uint32_t> output,
                                           unit::Partition partition,
                                           const std::string& stage);
    /// Inputs are from now on what was head at this time, or with this capture. False: there is no
    /// such capture.
    bool
    as_of(unit::State& state, const std::string& captured_until, const std::string& capture_id);
    void skip(std::string reason) { plan_.unneeded = std::move(reason); }

    /// The plan, its inputs in order.
    run::Plan take();

private:
    std::optional<unit::ManifestRow> historic_row(unit::State& state,
                                                  const unit::Partition& partition,
                                                  const std::string& stage) const;

    const workflow::Catalogue* catalogue_;
    run::Plan plan_;
    std::string until_;                    ///< as-of: this time
    std::optional<unit::Capture> capture_; ///< as-of: this one of its own partition
};

} // namespace spine::plugin
