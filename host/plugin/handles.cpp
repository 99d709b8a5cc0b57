#include "plugin/handles.hpp"

#include "error.hpp"

#include <algorithm>

namespace spine::plugin {

namespace {
constexpr std::size_t handles_max = 1'000'000;

template <typename T> T* keep(std::vector<std::unique_ptr<T>>& all, std::unique_ptr<T> one) {
    if (all.size() == handles_max)
        throw Error{ErrorCode::usage,
                    "more than " + std::to_string(handles_max) + " handles in one attempt"};
    all.push_back(std::move(one));
    return all.back().get();
}
} // namespace

Handles::Handles() = default;
Handles::~Handles() = default;

spine_source* Handles::add(std::unique_ptr<spine_source> source) {
    return keep(sources_, std::move(source));
}
spine_cursor* Handles::add(std::unique_ptr<spine_cursor> cursor) {
    return keep(cursors_, std::move(cursor));
}
spine_appender* Handles::add(std::unique_ptr<spine_appender> appender) {
    return keep(appenders_, std::move(appender));
}

bool Handles::holds(const spine_source* source) const noexcept {
    return std::any_of(
        sources_.begin(), sources_.end(), [&](const auto& held) { return held.get() == source; });
}

const std::string* Handles::unfinished() const noexcept {
    const auto found = std::find_if(appenders_.begin(), appenders_.end(), [](const auto& appender) {
        return !appender->finished;
    });
    return found == appenders_.end() ? nullptr : &(*found)->dataset;
}

} // namespace spine::plugin
