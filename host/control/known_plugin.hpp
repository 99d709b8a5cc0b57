/// What a store knows of a plugin that has worked on it, whether or not its file is still there.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace spine::control {

struct KnownPlugin {
    std::string id;
    std::map<std::uint32_t, std::string> migrations; ///< applied ones: number -> sha256
    std::size_t datasets = 0;                        ///< that it owns
    std::string version, sha256;                     ///< of the file by which the newest execution was done; empty: none was

    bool operator==(const KnownPlugin&) const = default;
};

} // namespace spine::control
