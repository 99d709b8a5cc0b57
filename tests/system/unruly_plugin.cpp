/// A plugin that does to its process what no plugin may: it ends it, kills it, stays away, prints, and changes what belongs to everybody. For process.sh.
///
/// `how` of a pipeline or lambda says what it does; SPINE_UNRULY_LOAD, _QUERY, _INIT, _SHUTDOWN and _END say the same for the constructor of the library, its
/// query, its init, its shutdown and its destructor. SPINE_UNRULY_TIMES=FILE: only the first time, of all processes that can see the file.
#include <spine/plugin.hpp>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace {

using spine::optional;
using spine::required;

volatile int nothing = 0; // so that loops and divisions are not computed away

int use_up_the_stack(int depth) { // NOLINT(misc-no-recursion): that is its work
    volatile char page[4096];
    page[0] = static_cast<char>(depth);
    return depth < 0 ? page[0] : use_up_the_stack(depth + 1) + page[0];
}

void act(std::string_view how) {
    if (how.empty() || how == "nothing")
        return;
    if (const char* once = std::getenv("SPINE_UNRULY_TIMES"); once != nullptr && ::open(once, O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0)
        return;
    if (how == "exit")
        std::exit(0); // NOLINT(concurrency-mt-unsafe)
    if (how == "quick_exit")
        std::quick_exit(0);
    if (how == "print")
        std::printf("printed by the plugin\n");
    if (how == "folder")
        static_cast<void>(::chdir("/"));
    if (how == "umask")
        ::umask(0);
    if (how == "locale")
        std::setlocale(LC_ALL, "C.UTF-8");
    if (how == "signals")
        std::signal(SIGINT, SIG_IGN);
    if (how == "loop")
        for (;;)
            nothing = 1;
    if (how == "segv")
        static_cast<void>(::raise(SIGSEGV));
    if (how == "abort")
        std::abort();
    if (how == "stack")
        nothing = use_up_the_stack(1);
    if (how == "other_thread")
        std::thread{[] { static_cast<void>(::raise(SIGBUS)); }}.join();
}

void act_as(const char* variable) {
    if (const char* how = std::getenv(variable); how != nullptr)
        act(how);
}

/// Its constructor runs when the library is loaded, its destructor when the process ends.
struct Life {
    Life() { act_as("SPINE_UNRULY_LOAD"); }
    ~Life() { act_as("SPINE_UNRULY_END"); }
} life; // NOLINT(cert-err58-cpp)

void work(spine::Attempt& attempt) {
    act(attempt.text("how"));
    attempt.output("done", true);
}
/// Takes a partition, so that an execution is recorded.
void keep(spine::Attempt& attempt) {
    attempt.claim({{"name", attempt.text("name")}});
    act(attempt.text("how"));
}
void plan(spine::Plan& planned) { act(planned.text("how")); }
/// A SELECT that would not end before the sun does.
void select(spine::Attempt& attempt) {
    std::string sql = "SELECT count(*) FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)";
    for (int tables = 0; tables < 24; ++tables)
        sql += ", (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)";
    for (const auto& [n] : attempt.select<std::int64_t>(sql))
        attempt.output("n", n);
}
void read(spine::Attempt& attempt) {
    auto source = attempt.open(attempt.text("file"));
    std::int64_t bytes = 0;
    for (auto chunk = source.read(); !chunk.empty(); chunk = source.read())
        bytes += static_cast<std::int64_t>(chunk.size());
    attempt.output("bytes", bytes);
}
void check(spine::Check& check) {
    const auto how = check.option("how");
    act(how && how->type != SPINE_NULL ? spine::view(how->text) : std::string_view{});
    check.output("done", true);
}

constexpr spine::Pipeline limited(spine::Pipeline pipeline, std::uint32_t seconds) {
    pipeline.max_seconds = seconds;
    return pipeline;
}

constexpr spine::Param how[] = {spine::Param{"how", spine::text, required, "what it does"}};
constexpr spine::Param keep_params[] = {spine::Param{"how", spine::text, required, "what it does"},
                                        spine::Param{"name", spine::text, required, "the partition"}};
constexpr spine::Param file[] = {spine::Param{"file", spine::text, required, "is read"}};
constexpr spine::Pipeline pipelines[] = {
    {"act", "Does it", how, &work},
    limited({"late", "Does it, for a second at most", how, &work}, 1),
    limited({"keep", "Does it with a partition, for a second at most", keep_params, &keep}, 1),
    spine::Pipeline{"planned", "Does it while it is planned", how, [](spine::Attempt&) {}}.plans(&plan),
    limited({"select", "Asks for too much, for a second at most", {}, &select}, 1),
    {"read", "Reads a file", file, &read},
};
constexpr spine::Param check_config[] = {spine::Param{"how", spine::text, optional, "what it does"}};
constexpr spine::Lambda lambdas[] = {{"check", "Does it", check_config, &check}};
constexpr spine::Domain domains[] = {{"unruly", "", "unruly_"}};
constexpr spine::Plugin plugin{"unruly", "1.0.0", {"Does what no plugin may"}, domains, pipelines, lambdas};

spine_status init(const spine_host*) {
    act_as("SPINE_UNRULY_INIT");
    return SPINE_OK;
}
void shutdown() { act_as("SPINE_UNRULY_SHUTDOWN"); }

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major, std::uint32_t minor) noexcept {
    act_as("SPINE_UNRULY_QUERY");
    const auto* table = spine::answer(plugin, major, minor);
    static spine_plugin whole;
    if (table == nullptr)
        return nullptr;
    whole = *table;
    whole.init = &init;
    whole.shutdown = &shutdown;
    return &whole;
}
