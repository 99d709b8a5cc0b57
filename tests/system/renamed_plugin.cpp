/// One plugin before and after it got other names, for plugin_files.sh: RENAMED says which.
#include <spine/plugin.hpp>

namespace {

using spine::Column, spine::Dataset, spine::Domain, spine::KeyedBy, spine::Migration, spine::MigrationStep, spine::Param, spine::Pipeline;

#if RENAMED
constexpr const char* id = "harbour";
constexpr const char* table = "port_ships";
#else
constexpr const char* id = "port";
constexpr const char* table = "port_boats";
#endif

#if RENAMED
constexpr const char* names = "n|weight";
#else
constexpr const char* names = "n|tons";
#endif

void count(spine::Attempt& attempt) {
    const auto output = attempt.claim({{"day", attempt.text("day")}});
    auto source = attempt.open(attempt.text("file"));
    while (!source.read().empty()) {
    }
    const auto capture = attempt.capture(source, {}, "given", output);
    if (capture.unchanged != 0)
        return;
    auto rows = attempt.replace<std::int64_t, std::int64_t>(table, capture.rowset, names);
    for (std::int64_t i = 1; i <= 3; ++i)
        rows.add(i, i * 10);
    attempt.reached(capture.rowset, rows.finish(), {}, output);
}

constexpr Column columns[] = {{"n", spine::integer}, {"tons", spine::integer}};
constexpr Dataset boats{"port_boats", KeyedBy::capture, "day", columns, "n"};
constexpr MigrationStep first[] = {spine::create(boats), spine::create_view("port_heavy", "SELECT n FROM port_boats_latest WHERE tons > 10")};
#if RENAMED
constexpr MigrationStep second[] = {spine::renamed_from("port"), spine::drop_view("port_heavy"), spine::rename_dataset("port_boats", "port_ships"),
                                    spine::rename_column("port_ships", "tons", "weight"),
                                    spine::create_view("port_heavy", "SELECT n FROM port_ships_latest WHERE weight > 10")};
constexpr Migration migrations[] = {{1, "boats", first}, {2, "ships", second}};
#else
constexpr Migration migrations[] = {{1, "boats", first}};
#endif
constexpr Param params[] = {Param{"day", spine::text, spine::required, "which day"},
                            Param{"file", spine::text, spine::required, "what is counted"}};
constexpr spine::Stage stages[] = {{"COUNTED", 1}};
constexpr Pipeline pipelines[] = {Pipeline{"count", "Counts", params, &count}.reaches("COUNTED").version("1.0.0")};
constexpr Domain domains[] = {{"port.traffic", "port", "port_", stages}};
constexpr spine::Plugin plugin{id, RENAMED ? "2.0.0" : "1.0.0", {"Port"}, domains, pipelines, {}, migrations};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) noexcept { return spine::answer(plugin, major, minor); }
