/// What is known about the data, with what a dry run has found would be done laid over it.
#pragma once

#include "unit/state.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace spine::run {

/// Threads: one at a time. Lives: not longer than the state below it.
class RehearsedState final : public unit::State {
public:
    explicit RehearsedState(unit::State& below) : below_{below} {}
    /// The digest of what would be made: differs from every digest, so what is made from it is due.
    static constexpr std::string_view to_be_made = "(would be made)";
    /// The stage would be reached: from now on it counts as there, made from something new.
    void add(const unit::Partition& partition, const std::string& stage);

    std::optional<unit::ManifestRow> manifest(const unit::Partition& partition,
                                              const std::string& stage) override;
    std::optional<unit::ManifestRow> published(const unit::Partition& partition,
                                               const std::string& stage) override;
    std::optional<unit::ManifestRow> made_from(const unit::Partition& partition,
                                               const std::string& stage,
                                               const std::string& inputs_sha256) override;
    std::optional<unit::ManifestRow> last_made(const unit::Partition& partition, const std::string& stage) override;
    std::vector<unit::ManifestRow> manifest_rows(const std::string& domain,
                                                 const std::map<std::string, std::string>& values,
                                                 const std::string& stage) override;
    std::optional<unit::Capture> head(const unit::Partition& partition) override;
    std::optional<unit::Capture> capture_until(const unit::Partition& partition,
                                               const std::string& time) override;
    std::optional<unit::Capture> capture(const std::string& capture_id) override;
    std::vector<unit::Partition> captured(const std::string& domain,
                                          const std::map<std::string, std::string>& values) override;

private:
    unit::State& below_;
    std::map<std::pair<std::string, unit::Partition>, unit::ManifestRow> added_; ///< by stage and partition
};

} // namespace spine::run
