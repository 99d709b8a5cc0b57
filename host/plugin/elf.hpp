/// Reads from a shared library's bytes what the dynamic linker would see, before anything of it
/// runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spine::plugin {

struct DynamicSymbols {
    std::vector<std::string> exported; ///< defined here and visible to others
    std::vector<std::string> imported; ///< wanted from others
};

/// Bounded by the bytes that are there, whatever they claim.
/// Fails: throws Error{invalid} with a refusal's sentence for anything but a shared library of this
/// machine.
DynamicSymbols read_dynamic_symbols(std::string_view bytes);

} // namespace spine::plugin
