/// Which keys the partitions of a pipeline have, as the plugin has declared them.
#pragma once

#include "spine/abi.h"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spine::plugin {

/// The pipeline's own keys; of one that declares none, those of the datasets of its domain, where each has its own set.
///
/// Threads: any. Lives: not longer than the catalogue.
class PartitionKeys {
public:
    PartitionKeys(const workflow::Catalogue& catalogue, const workflow::Pipeline& pipeline);

    /// The keys that a plugin gave, as texts; throws Error{usage} that names the key which is missing, not declared or of another type.
    std::map<std::string, std::string> read(const spine_field* keys, std::uint32_t key_count) const;

private:
    using Names = std::vector<std::string>;
    const Names& meant_by(const std::map<std::string, std::string>& values) const;

    std::vector<Names> sets_; ///< empty: nothing is declared
    std::map<std::string, workflow::Type> types_;
};

} // namespace spine::plugin
