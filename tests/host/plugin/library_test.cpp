#include "plugin/library.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_unit.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace spine::plugin {
namespace {

// What the plugin below is told and does; its functions are handed nothing of the test's.
struct Told {
    int inits = 0;
    int shutdowns = 0;
    std::string host_version;
    spine_status init_answer = SPINE_OK;
};
Told told; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

spine_str text(std::string_view value) { return {value.data(), value.size()}; }
spine_status init(const spine_host* host) {
    ++told.inits;
    told.host_version = std::string{host->version.data, host->version.size};
    return told.init_answer;
}
void shut_down() { ++told.shutdowns; }
spine_status work(const spine_pipeline_desc*, const spine_run*) { return SPINE_OK; }

template <const char* Id,
          const char* DomainName,
          const char* Prefix,
          std::uint32_t Model = SPINE_THREADS_SERIAL>
const spine_plugin* query(std::uint32_t, std::uint32_t) {
    static const spine_domain_desc domain{
        sizeof(spine_domain_desc), 0, text(DomainName), {}, text(Prefix), {}, {}};
    static const spine_pipeline_desc pipeline = [] {
        spine_pipeline_desc made{};
        made.struct_size = sizeof made;
        made.name = text("work");
        made.run = &work;
        return made;
    }();
    static const spine_plugin_desc desc{sizeof(spine_plugin_desc),
                                        Model,
                                        text(Id),
                                        text("1.0.0"),
                                        {},
                                        {},
                                        {},
                                        {},
                                        {},
                                        {},
                                        {&domain, 1, sizeof domain},
                                        {&pipeline, 1, sizeof pipeline},
                                        {},
                                        {}};
    static const spine_plugin plugin{
        SPINE_PLUGIN_MAGIC, sizeof(spine_plugin), 1, 0, 0, 0, &desc, &init, &shut_down, nullptr};
    return &plugin;
}

constexpr char zeta[] = "zeta";
constexpr char alpha[] = "alpha";
constexpr char zeta_domain[] = "zeta.domain";
constexpr char alpha_domain[] = "alpha.domain";
constexpr char zeta_prefix[] = "zeta_";
constexpr char longer_prefix[] = "zeta_more_";
constexpr char empty[] = "";

std::unique_ptr<control::Library> load_these(env::Clock& clock, std::vector<BuiltIn> built_ins) {
    told = Told{};
    Origin origin;
    origin.built_ins = std::move(built_ins);
    origin.host_version = "0.1.0";
    return load(clock, std::move(origin));
}

unit::Outcome run_work(control::Library& library, const char* pipeline) {
    test::MemoryState state;
    test::MemoryUnit unit{state};
    const run::CancelToken cancel;
    run::Call call;
    call.pipeline = library.catalogue().find_pipeline(pipeline);
    BOOST_TEST_REQUIRE(call.pipeline != nullptr);
    return library.invoker().invoke(call, unit, {}, cancel, {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(library)

BOOST_AUTO_TEST_CASE(a_plugin_is_initialised_once_before_its_first_run_and_shut_down_at_the_end) {
    test::ManualClock clock;
    {
        const auto library = load_these(clock, {{"zeta", &query<zeta, zeta_domain, zeta_prefix>}});
        BOOST_TEST(library->catalogue().plugins.at(0).file == "built in");
        BOOST_TEST(!library->catalogue().plugins.at(0).parallel);
        BOOST_TEST(told.inits == 0); // listing runs nothing
        BOOST_TEST(std::holds_alternative<unit::Done>(run_work(*library, "zeta.domain.work")));
        run_work(*library, "zeta.domain.work");
        BOOST_TEST(told.inits == 1);
        BOOST_TEST(told.host_version == "0.1.0");
        BOOST_TEST(told.shutdowns == 0);
    }
    BOOST_TEST(told.shutdowns == 1);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_was_never_run_is_not_shut_down) {
    test::ManualClock clock;
    load_these(clock, {{"zeta", &query<zeta, zeta_domain, zeta_prefix>}}).reset();
    BOOST_TEST(told.shutdowns == 0);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_cannot_begin_fails_every_run_without_being_asked_again) {
    test::ManualClock clock;
    auto library = load_these(clock, {{"zeta", &query<zeta, zeta_domain, zeta_prefix>}});
    told.init_answer = SPINE_UNAVAILABLE;
    for (int i = 0; i < 2; ++i) {
        const auto outcome = run_work(*library, "zeta.domain.work");
        BOOST_TEST_REQUIRE(std::holds_alternative<unit::Failure>(outcome));
        BOOST_TEST(std::get<unit::Failure>(outcome).message ==
                   "plugin 'zeta' cannot begin: its init returned UNAVAILABLE");
    }
    library.reset();
    BOOST_TEST(told.inits == 1);
    BOOST_TEST(told.shutdowns == 0);
}

BOOST_AUTO_TEST_CASE(plugins_are_sorted_by_id) {
    test::ManualClock clock;
    const auto library = load_these(clock,
                                    {{"zeta", &query<zeta, zeta_domain, zeta_prefix>},
                                     {"alpha", &query<alpha, alpha_domain, empty>}});
    BOOST_TEST_REQUIRE(library->catalogue().plugins.size() == 2u);
    BOOST_TEST(library->catalogue().plugins[0].id == "alpha");
}

BOOST_AUTO_TEST_CASE(what_one_plugin_has_no_other_can_take) {
    test::ManualClock clock;
    const auto refused = [&](spine_plugin_query_fn second, const char* words) {
        const auto library = load_these(
            clock, {{"zeta", &query<zeta, zeta_domain, zeta_prefix>}, {"second", second}});
        BOOST_TEST(library->catalogue().plugins.size() == 1u);
        BOOST_TEST_REQUIRE(library->catalogue().refused.size() == 1u);
        const auto& reason = library->catalogue().refused[0].reason;
        BOOST_TEST(reason.find(words) != std::string::npos, reason);
        BOOST_TEST(reason.find("second: check") == 0u, reason);
    };
    refused(&query<zeta, alpha_domain, empty, 7>, "check 'id'");
    refused(&query<alpha, zeta_domain, empty>, "plugin 'zeta' (built in)");
    refused(&query<alpha, alpha_domain, zeta_prefix>, "not its own: plugin 'zeta'");
    refused(&query<alpha, alpha_domain, longer_prefix>,
            "not its own: plugin 'zeta'"); // zeta_more_x would be both's
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
