/// One plugin in several builds, for plugin_files.sh: TWIN_VERSION, and TWIN_STEPS of its migrations.
#include <spine/plugin.hpp>

namespace {

using spine::Column, spine::Dataset, spine::Domain, spine::KeyedBy, spine::Migration, spine::MigrationStep, spine::Param, spine::Pipeline;

void work(spine::Attempt& attempt) {
    attempt.info("working");
    if (attempt.maybe_text("key"))
        attempt.output("has_key", true);
}

constexpr Column columns[] = {{"n", spine::integer}};
constexpr Dataset numbers{"twin_numbers", KeyedBy::capture, "day", columns, "n"};
constexpr MigrationStep first[] = {spine::create(numbers)};
constexpr MigrationStep second[] = {spine::create_view("twin_sum", "SELECT sum(n) AS total FROM twin_numbers_latest")};
#if TWIN_STEPS == 2
constexpr Migration migrations[] = {{1, "numbers", first}, {2, "sum", second}};
#else
constexpr Migration migrations[] = {{1, "numbers", first}};
#endif
constexpr Param params[] = {Param{"key", spine::text, spine::optional, "a secret, perhaps"}};
constexpr Pipeline pipelines[] = {{"work", "Works", params, &work}};
constexpr Domain domains[] = {{"twin.domain", "twin", "twin_"}};
constexpr spine::Plugin plugin{"twin", TWIN_VERSION, {"Twin"}, domains, pipelines, {}, migrations};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) noexcept { return spine::answer(plugin, major, minor); }
