// The C++ layer needs no other header, and its first example compiles.
#include <spine/plugin.hpp>

namespace {

void count_up(spine::Attempt& attempt) {
    const auto output = attempt.claim({{"name", attempt.text("name")}});
    auto rows = attempt.replace<std::int64_t>("demo_numbers", attempt.derived(output), "n");
    for (std::int64_t n = 1; n <= 3; ++n)
        rows.add(n);
    attempt.reached(attempt.derived(output), rows.finish(), {{"highest", 3}}, output);
}
void check_count(spine::Check& check) {
    const auto count = check.output_of("count_up.row_count");
    check.quality(3, count ? count->integer : 0, 0.0, count.has_value());
}
/// The failure handler of the README.
void rescue(spine::Check& check) {
    const auto error = check.output_of("failure.error");
    if (!error || spine::view(error->text).find("rate limit") == std::string_view::npos)
        return;
    check.course()
        .insert_before("load", spine::Json{R"({"name":"cool_down","type":"wait","seconds":60})"})
        .retry("load");
}
void plan_count(spine::Plan& plan) { plan.output({{"name", plan.text("name")}}); }

constexpr spine::Param params[] = {
    spine::Param{"name", spine::text, spine::required, "whom to count"}.one_of("A = a1 | B"),
    spine::Param{"limit", spine::integer, spine::optional, "how far"}.otherwise("3").in_digest(),
};
constexpr spine::Column columns[] = {{"n", spine::integer, "the number"},
                                     spine::Column{"note", spine::text}.nullable().repeated()};
constexpr spine::Dataset numbers{"demo_numbers", spine::KeyedBy::inputs, "name", columns, "n"};
constexpr spine::MigrationStep step_001[] = {
    spine::create(numbers), spine::create_view("demo_highest", "SELECT name, max(n) FROM demo_numbers GROUP BY name")};
constexpr spine::Column half = spine::Column{"half", spine::real}.nullable();
constexpr spine::MigrationStep step_002[] = {spine::drop_view("demo_highest"), spine::add_column("demo_numbers", half)};
constexpr spine::Migration migrations[] = {{1, "numbers", step_001}, {2, "halves", step_002}};
constexpr spine::Stage stages[] = {{"COUNTED", 1}};
constexpr spine::Domain domains[] = {{"demo.numbers", "demo", "demo_", stages}};
constexpr spine::Pipeline pipelines[] = {
    spine::Pipeline{"count_up", "Counts", params, &count_up}.plans(&plan_count).reaches("COUNTED").version("1.0.0"),
};
constexpr spine::Lambda lambdas[] = {{"steps.check", "Checks", {}, &check_count},
                                     spine::Lambda{"rescue", "Tries again later", {}, &rescue}.in("demo.numbers")};
constexpr spine::Plugin plugin{"demo", "1.0.0", {"A demonstration"}, domains, pipelines, lambdas, migrations,
                               {SPINE_THREADS_PARALLEL, 1}};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major, std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
