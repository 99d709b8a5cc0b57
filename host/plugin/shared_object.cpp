#include "plugin/shared_object.hpp"

#include "plugin/refusal.hpp"
#include "plugin/text.hpp"

#include <boost/system/error_code.hpp>
#include <dlfcn.h>

namespace spine::plugin {

namespace {

/// RTLD_NODELETE is not among Boost.DLL's names, but its modes are the linker's own numbers.
constexpr auto mode = static_cast<boost::dll::load_mode::type>(
    static_cast<int>(boost::dll::load_mode::rtld_now) |
    static_cast<int>(boost::dll::load_mode::rtld_local) | RTLD_NODELETE);

/// The linker's words; Boost.DLL's code says "Bad file descriptor" whatever happened.
std::string linker_says(const boost::system::error_code& error) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): kept per thread by the C library
    const char* text = ::dlerror();
    return escaped(text != nullptr ? std::string_view{text} : std::string_view{error.message()},
                   400);
}

} // namespace

SharedObject::SharedObject(const std::string& path) {
    boost::system::error_code error;
    ::dlerror(); // forget what happened before
    library_.load(boost::dll::fs::path{path}, error, mode);
    if (error || !library_.is_loaded())
        refuse({"load",
                "the linker's answer \"" + linker_says(error) + "\"",
                "a library whose every symbol is found",
                "build it with -Wl,--no-undefined and install the libraries it needs"});
    if (!library_.has(SPINE_QUERY_SYMBOL))
        refuse({"entry",
                "no " SPINE_QUERY_SYMBOL,
                "a function of that name",
                "define it with SPINE_EXPORT"});
    query_ = library_.get<const spine_plugin*(std::uint32_t, std::uint32_t)>(SPINE_QUERY_SYMBOL);
}

} // namespace spine::plugin
