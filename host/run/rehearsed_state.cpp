#include "run/rehearsed_state.hpp"

#include <algorithm>

namespace spine::run {

void RehearsedState::add(const unit::Partition& partition, const std::string& stage) {
    unit::ManifestRow row;
    row.partition = partition;
    row.stage = stage;
    row.capture_id = "(would be made)";
    row.inputs_sha256 = to_be_made;
    row.current = true;
    added_[{stage, partition}] = row;
}

std::optional<unit::ManifestRow> RehearsedState::manifest(const unit::Partition& partition,
                                                          const std::string& stage) {
    if (const auto found = added_.find({stage, partition}); found != added_.end())
        return found->second;
    return below_.manifest(partition, stage);
}

std::optional<unit::ManifestRow> RehearsedState::published(const unit::Partition& partition,
                                                           const std::string& stage) {
    if (const auto found = added_.find({stage, partition}); found != added_.end())
        return found->second; // what is rehearsed is taken to hold
    return below_.published(partition, stage);
}

std::optional<unit::ManifestRow> RehearsedState::made_from(const unit::Partition& partition,
                                                           const std::string& stage,
                                                           const std::string& inputs_sha256) {
    return below_.made_from(partition, stage, inputs_sha256);
}

std::vector<unit::ManifestRow>
RehearsedState::manifest_rows(const std::string& domain,
                              const std::map<std::string, std::string>& values,
                              const std::string& stage) {
    auto rows = below_.manifest_rows(domain, values, stage);
    for (const auto& [key, row] : added_) {
        if (key.first != stage || key.second.domain != domain)
            continue;
        const auto own = unit::partition_values(key.second.key);
        if (!std::all_of(values.begin(), values.end(), [&](const auto& wanted) {
                const auto found = own.find(wanted.first);
                return found != own.end() && found->second == wanted.second;
            }))
            continue;
        const auto at =
            std::lower_bound(rows.begin(), rows.end(), row, [](const auto& a, const auto& b) {
                return a.partition < b.partition;
            });
        if (at != rows.end() && at->partition == row.partition)
            *at = row;
        else
            rows.insert(at, row);
    }
    return rows;
}

std::optional<unit::ManifestRow> RehearsedState::last_made(const unit::Partition& partition, const std::string& stage) {
    return below_.last_made(partition, stage);
}

std::optional<unit::Capture> RehearsedState::head(const unit::Partition& partition) {
    return below_.head(partition);
}

std::optional<unit::Capture> RehearsedState::capture_until(const unit::Partition& partition,
                                                           const std::string& time) {
    return below_.capture_until(partition, time);
}

std::optional<unit::Capture> RehearsedState::capture(const std::string& capture_id) {
    return below_.capture(capture_id);
}

std::vector<unit::Partition>
RehearsedState::captured(const std::string& domain,
                         const std::map<std::string, std::string>& values) {
    return below_.captured(domain, values);
}

} // namespace spine::run
