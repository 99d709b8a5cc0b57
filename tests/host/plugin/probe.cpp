#include "probe.hpp"

#include <boost/test/unit_test.hpp>

namespace spine::plugin {

namespace {

// A plugin's functions are handed nothing of the test's, so this is where they find it.
Work* current_work = nullptr; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

spine_status do_work(const spine_pipeline_desc*, const spine_run* run) {
    return (*current_work)(run);
}
spine_status do_call(const spine_handler_desc*, const spine_run* run) {
    return (*current_work)(run);
}

struct Raw : spine_pipeline_desc {
    explicit constexpr Raw(std::string_view name_) : spine_pipeline_desc{} {
        struct_size = sizeof(spine_pipeline_desc);
        name = str(name_);
        spine_pipeline_desc::run = &do_work;
    }
    constexpr Raw with_params(List<Param> table) const {
        return changed([&](Raw& raw) { raw.params = table.table; });
    }
    constexpr Raw with_partition(std::string_view keys) const {
        return changed([&](Raw& raw) { raw.partition_keys = str(keys); });
    }
    constexpr Raw with_stages(std::string_view needed, std::string_view reached) const {
        return changed([&](Raw& raw) {
            raw.calc_version = str("1");
            raw.needs = str(needed);
            raw.stage = str(reached);
        });
    }
    template <typename Change> constexpr Raw changed(Change change) const {
        Raw copy{*this};
        change(copy);
        return copy;
    }
};

constexpr Param work_params[] = {
    Param{"count", integer, optional, ""},
    Param{"name", text, optional, ""},
    Param{"day", date, optional, ""},
    Param{"price", real, optional, ""},
    Param{"flag", boolean, optional, ""},
    Param{"data", json, optional, ""},
    Param{"at", timestamp, optional, ""},
};
constexpr Param day_params[] = {Param{"day", date, required, ""}};
constexpr Param config[] = {Param{"limit", integer, optional, ""}.otherwise("5"),
                            Param{"colour", text, optional, ""}};
constexpr Param check_config[] = {Param{"max_rows", integer, optional, ""}};
constexpr Stage stages[] = {{"RAW", 1, "SOURCE"}, {"DONE", 2}};
constexpr Domain domains[] = {{"probe.domain", "probe", "probe_", stages, config}};
constexpr Column columns[] = {{"n", integer},
                              {"symbol", text},
                              Column{"price", real}.nullable(),
                              Column{"on_day", date}.nullable(),
                              Column{"ok", boolean}.nullable()};
constexpr Dataset rows{"probe_rows", KeyedBy::capture, "day", columns, "n"};
constexpr MigrationStep step_001[] = {create(rows)};
constexpr spine::Migration migrations[] = {{1, "rows", step_001}};
constexpr Raw pipelines[] = {
    Raw{"work"}.with_params(work_params),
    Raw{"rows"}.with_params(day_params).with_partition("day").with_stages("RAW", "DONE"),
    Raw{"fetch"}.with_params(day_params).with_stages("", "RAW"),
    Raw{"limited"}.changed([](Raw& raw) { raw.max_seconds = 2; }),
    Raw{"planned"}.with_stages("", "DONE").changed([](Raw& raw) { raw.plan = &do_work; }),
    Raw{"all"}.changed([](Raw& raw) { raw.flags = SPINE_PIPELINE_COMPOSITE; }),
};

constexpr spine_handler_desc handlers[] = {{sizeof(spine_handler_desc),
                                            0,
                                            str("steps.check"),
                                            {},
                                            {},
                                            List<Param>{check_config}.table,
                                            &do_call}};

constexpr spine_plugin_desc description{sizeof(spine_plugin_desc),
                                        SPINE_THREADS_PARALLEL,
                                        str("probe"),
                                        str("1.2.3"),
                                        str("A probe"),
                                        {},
                                        {},
                                        {},
                                        {},
                                        {},
                                        List<Domain>{domains}.table,
                                        List<Raw>{pipelines}.table,
                                        spine::detail::table(handlers, 1),
                                        List<spine::Migration>{migrations}.table};
constexpr spine_plugin plugin_table{SPINE_PLUGIN_MAGIC,
                                    sizeof(spine_plugin),
                                    SPINE_ABI_MAJOR,
                                    0,
                                    0,
                                    0,
                                    &description,
                                    nullptr,
                                    nullptr,
                                    nullptr};

const spine_plugin* query(std::uint32_t, std::uint32_t) { return &plugin_table; }

} // namespace

Probe::Probe() {
    call.execution_id = "execution-1";
    call.batch_id = "batch-1";
    call.created_at = "2026-01-03T04:15:01.042Z";
    workflow::Dataset dataset;
    dataset.name = "probe_rows";
    const auto column = [](const char* name, workflow::Type type, bool nullable) {
        return workflow::Column{name, type, nullable, false, ""};
    };
    dataset.columns = {column("n", workflow::Type::integer, false),
                       column("symbol", workflow::Type::text, false),
                       column("price", workflow::Type::real, true),
                       column("on_day", workflow::Type::date, true),
                       column("ok", workflow::Type::boolean, true)};
    unit.datasets["probe_rows"] = dataset;
}

Probe::~Probe() = default;

control::Library& Probe::library() {
    if (!library_) {
        Origin origin;
        origin.built_ins = {{"probe", &query}};
        origin.host_version = "0.1.0";
        origin.configuration = configuration;
        origin.log = log;
        origin.secrets = secrets;
        origin.redactor = redactor;
        library_ = load(clock, std::move(origin));
        for (const auto& refused : library_->catalogue().refused)
            BOOST_FAIL(refused.reason);
    }
    return *library_;
}

const workflow::Pipeline& Probe::pipeline(const std::string& name) {
    const auto* found = library().catalogue().find_pipeline("probe.domain." + name);
    BOOST_TEST_REQUIRE(found != nullptr);
    return *found;
}

unit::Outcome Probe::run(const std::string& name, Work work) {
    call.pipeline = &pipeline(name);
    current_work = &work;
    return library().invoker().invoke(call, unit, dispatch, cancel, progress);
}

unit::Outcome Probe::attempt(const std::string& name,
                             const std::function<void(spine::Attempt&)>& work) {
    return run(name, [&](const spine_run* raw) {
        return spine::guard(raw, [&] {
            spine::Attempt attempt{raw};
            work(attempt);
        });
    });
}

run::Planned Probe::plan(Work work) {
    call.pipeline = &pipeline("planned");
    current_work = &work;
    return library().invoker().plan(call, state);
}

run::LambdaResult Probe::lambda(Work work, const run::LambdaCall& lambda_call) {
    const auto* handler = library().catalogue().find_handler("probe.domain.steps.check");
    BOOST_TEST_REQUIRE(handler != nullptr);
    current_work = &work;
    return library().lambdas().call(*handler, lambda_call, state);
}

const unit::Failure& failure_in(const unit::Outcome& outcome) {
    const auto* failure = std::get_if<unit::Failure>(&outcome);
    BOOST_TEST_REQUIRE(failure != nullptr);
    return *failure;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace spine::plugin
