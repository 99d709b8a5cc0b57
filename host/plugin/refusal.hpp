/// The one sentence with which a plugin is refused.
#pragma once

#include "error.hpp"

#include <string>

namespace spine::plugin {

/// "check 'exports': found two symbols, wanted spine_plugin_query alone; build it with
/// spine_add_plugin()". The loader puts the file's name in front.
struct Refusal {
    std::string check;
    std::string found;
    std::string wanted;
    std::string fix;
};

inline std::string sentence(const Refusal& refusal) {
    return "check '" + refusal.check + "': found " + refusal.found + ", wanted " + refusal.wanted +
           "; " + refusal.fix;
}

[[noreturn]] inline void refuse(const Refusal& refusal) {
    throw Error{ErrorCode::invalid, sentence(refusal)};
}

} // namespace spine::plugin
