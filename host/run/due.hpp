/// Due is decided by content: the digest of what a stage is made from, and whether it differs from what is recorded.
#pragma once

#include "run/journal.hpp"
#include "unit/state.hpp"
#include "workflow/catalogue.hpp"
#include "workflow/sha256.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::run {

using workflow::sha256_hex;

/// Captures, how their rows were made, the calculation's version and the parameters that shape the rows.
std::string inputs_digest(const workflow::Pipeline& pipeline,
                          const boost::json::object& params,
                          const std::vector<unit::Input>& inputs,
                          std::uint32_t output);
/// The same for a stage that is made from a source.
std::string source_digest(const workflow::Pipeline& pipeline,
                          const boost::json::object& params,
                          std::string_view content_sha256);

/// Fills `plan.digests`. An output without inputs whose pipeline plans for itself keeps an empty digest: its source decides.
void add_digests(Plan& plan,
                 const workflow::Pipeline& pipeline,
                 const boost::json::object& params);

struct Due {
    std::vector<bool> outputs; ///< which outputs are to be done
    bool any = true;
    std::string reason; ///< why, or why not
};
/// The row that says whether an output's stage is done: the one made from this very digest; else whatever is known of the stage.
std::optional<unit::ManifestRow> recorded_row(unit::State& state, const unit::Partition& output, const std::string& stage,
                                              const std::string& digest);
/// The row that a pinned input would be pinned to now.
std::optional<unit::ManifestRow> input_row(unit::State& state, const unit::Partition& partition, const std::string& stage, bool across);
/// Whether what an input was pinned to is still what it would be pinned to.
bool still_pinned(unit::State& state, const unit::Input& input);

/// `recorded` has `recorded_row` of each output.
Due decide_due(const workflow::Pipeline& pipeline,
               const Plan& plan,
               const std::vector<std::optional<unit::ManifestRow>>& recorded,
               bool force);

/// The partition that parameters name, by the keys that the pipeline declares, or else a dataset of its domain; nullopt: they do not tell.
std::optional<unit::Partition> named_partition(const workflow::Catalogue& catalogue, const workflow::Pipeline& pipeline,
                                               const boost::json::object& params);

/// The plan without the outputs that are not due.
Plan only_due(const Plan& plan, const Due& due);

/// Plans a pipeline that has no plan of its own: the partition from its parameters, the inputs from its needs.
struct MissingStage {
    unit::Partition partition;
    std::string stage;
    bool stale = false; ///< there, but of an older capture
};
struct DefaultPlan {
    Plan plan;
    std::optional<MissingStage> missing;
};
DefaultPlan default_plan(const workflow::Pipeline& pipeline,
                         const boost::json::object& params,
                         unit::State& state);

/// The failure that names the stage, the partition and the command that reaches it.
unit::Failure missing_stage(const workflow::Catalogue& catalogue, const MissingStage& missing);

} // namespace spine::run
