/// A plugin's file in the memory of this process.
#pragma once

#include "spine/abi.h"

#include <boost/dll/shared_library.hpp>
#include <string>

namespace spine::plugin {

/// Loaded with every symbol bound at once and none of them offered to others; stays for the life of
/// the process, because exceptions, threads and tables of a plugin may outlive whoever loaded it.
///
/// Threads: one at a time. Fails: throws Error{invalid} with a refusal's sentence and the linker's
/// own words.
class SharedObject {
public:
    explicit SharedObject(const std::string& path);
    spine_plugin_query_fn query() const noexcept { return query_; }

private:
    boost::dll::shared_library library_; // above what is obtained from it
    spine_plugin_query_fn query_ = nullptr;
};

} // namespace spine::plugin
