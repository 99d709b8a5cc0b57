/// A plugin that counts how many threads are in it at the same time. Built twice, once for each
/// thread model.
#include <atomic>
#include <spine/plugin.hpp>

namespace {

constexpr bool parallel = SPINE_TEST_PARALLEL;

// What is measured; a plugin has no such thing otherwise.
std::atomic<int> inside{0}; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<int> peak{0};   // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// Stays until `wanted` threads have been inside at once, or for so many milliseconds; how many
/// were, at most.
int most_seen(const spine::Call& call, std::int64_t wanted, std::int64_t rounds) {
    const int now = ++inside;
    for (int seen = peak.load(); seen < now && !peak.compare_exchange_weak(seen, now);)
        ;
    auto status = spine_status{SPINE_OK};
    for (std::int64_t i = 0; i < rounds && peak.load() < wanted && status == SPINE_OK; ++i)
        status = call.raw()->wait(call.raw(), 1);
    --inside;
    spine::require(status);
    return peak.load();
}

void meet(spine::Attempt& attempt) {
    const auto most = most_seen(attempt, attempt.integer("wanted"), attempt.integer("rounds"));
    attempt.info("seen " + std::to_string(most));
    attempt.output("most", most);
    attempt.output("who", attempt.text("who"));
}
void meet_lightly(spine::Check& check) {
    const auto most = most_seen(check, check.integer("wanted"), check.integer("rounds"));
    check.course().skip({check.text("who")}, "for the test");
    check.output("most", most);
}

constexpr spine::Param params[] = {
    {"wanted", spine::integer, spine::required, "how many are waited for"},
    {"rounds", spine::integer, spine::required, "how long, in milliseconds"},
    {"who", spine::text, spine::required, "a name"},
};
constexpr spine::Pipeline pipelines[] = {{"meet", "Counts who is inside", params, &meet}};
constexpr spine::Lambda lambdas[] = {{"steps.meet", "Counts who is inside", {}, &meet_lightly}};
constexpr spine::Domain domains[] = {
    {parallel ? "threads.parallel" : "threads.serial", "", parallel ? "thp_" : "ths_"}};
constexpr spine::Plugin plugin{parallel ? "threads_parallel" : "threads_serial",
                               "1.0.0",
                               {"Threads"},
                               domains,
                               pipelines,
                               lambdas,
                               {},
                               {parallel ? SPINE_THREADS_PARALLEL : SPINE_THREADS_SERIAL, 1}};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major,
                                                    std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
