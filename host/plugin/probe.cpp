#include "plugin/probe.hpp"

#include "process/child.hpp"
#include "process/guests.hpp"

#include <algorithm>
#include <cstring>

namespace spine::plugin {

bool names_file(const std::vector<std::string>& names, const std::string& file) {
    return std::any_of(names.begin(), names.end(), [&](const auto& name) {
        return file == name || file == name + ".so" || file == "spine_" + name + ".so" || file == "lib" + name + ".so";
    });
}

std::optional<std::string> probe_fault(const std::string& path) {
    using How = process::ChildEnd::How;
    const auto end = process::run_child({probe_word, path}, process::load_max + 2 * process::grace);
    const std::string where = "a process that was to load it for a trial ";
    const std::string hint = "; it was not loaded here; other commands leave it out with --without";
    switch (end.how) {
    case How::exited:
        if (end.number == 0)
            return std::nullopt;
        if (end.number == 7)
            return where + "did not come back from it within " + std::to_string(process::load_max.count()) + " s" + hint;
        return where + "was ended by it with exit code " + std::to_string(end.number) + hint;
    case How::killed: return where + "died by " + process::signal_text(end.number) + hint;
    case How::did_not_end: return where + "did not end" + hint;
    case How::could_not_begin: return "a process to load it for a trial could not be begun: " + std::string{std::strerror(end.number)}; // NOLINT(concurrency-mt-unsafe)
    }
    return std::nullopt;
}

} // namespace spine::plugin
