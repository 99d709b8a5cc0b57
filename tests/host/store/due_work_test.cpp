// What is due, computed from a real store: what was made from what, and what is there now.
#include "store_fixture.hpp"

#include "control/due_work.hpp"
#include "support/scripted_invoker.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;
using control::DueWhy;

namespace {

struct DueFixture : StoreFixture {
    DueFixture() {
        // `read` learns all from its source; `compare` reads the totals of its week and of every week before it that is there.
        invoker.plans["read"] = [](const run::Call& call, unit::State&) {
            run::Plan plan;
            plan.outputs = {Process::partition(std::string{call.params.at("week").get_string()})};
            return run::Planned{plan};
        };
        invoker.plans["compare"] = [](const run::Call& call, unit::State& state) {
            run::Plan plan;
            const std::string week{call.params.at("week").get_string()};
            plan.outputs = {Process::partition(week)};
            for (const auto& row : state.manifest_rows("demo.weeks", {}, "TOTALLED"))
                if (row.partition.key <= plan.outputs[0].key && row.current)
                    plan.inputs.push_back({0, row});
            return run::Planned{plan};
        };
        workflow::Parameter mode;
        mode.name = "mode";
        mode.otherwise = "plain";
        mode.in_digest = true;
        auto& pipelines = catalogue.plugins.front().pipelines;
        for (auto& pipeline : pipelines) {
            pipeline.parameters.front().required = true;
            if (pipeline.stage == "TOTALLED")
                pipeline.parameters.push_back(mode);
        }
    }
    std::vector<control::DueWork> due(bool all = false) {
        return control::due_work({"", all}, catalogue, invoker, here->journal().state(), *here->store, env::to_text(clock.now()));
    }
    std::string listed(bool all = false) {
        std::string text;
        for (const auto& work : due(all))
            text += work.pipeline->stage + " " + work.partitions.front().key + ": " + work.reason + "\n";
        return text;
    }
    void total(const std::string& week, const std::string& mode = "plain") {
        auto wish = here->planned("total", week);
        wish.params["mode"] = mode;
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        auto start = here->started(wish);
        BOOST_TEST(committed(here->total_into(*start.unit)));
    }
    void compare(const std::string& week) {
        auto wish = here->request("compare", week);
        run::Call call;
        call.pipeline = wish.pipeline;
        call.params = wish.params;
        wish.plan = std::get<run::Plan>(invoker.plans["compare"](call, here->journal().state()));
        run::add_digests(wish.plan, *wish.pipeline, wish.params);
        auto start = here->started(wish);
        start.unit->reached({0, start.unit->derived(0), 2, {}});
        BOOST_TEST(committed(start.unit->commit(unit::Done{})));
    }
    ScriptedInvoker invoker;
    std::unique_ptr<Process> here = mortal();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(due_work, DueFixture)

BOOST_AUTO_TEST_CASE(an_empty_store_and_a_finished_one_have_nothing_due) {
    BOOST_TEST(listed(true) == "");
    here->read_week("w1", {{"A", 1}});
    total("w1");
    compare("w1");
    BOOST_TEST(listed(true) == "");
}

BOOST_AUTO_TEST_CASE(what_a_partition_has_never_had_is_due_only_when_all_is_asked_for) {
    here->read_week("w1", {{"A", 1}});
    BOOST_TEST(listed() == "");
    BOOST_TEST(listed(true) == "TOTALLED {\"week\":\"w1\"}: never made\nCOMPARED {\"week\":\"w1\"}: never made\n");
}

BOOST_AUTO_TEST_CASE(after_a_correction_everything_that_was_made_from_it_is_due_in_order_and_nothing_else) {
    for (const auto* week : {"w1", "w2", "w3"}) {
        here->read_week(week, {{"A", 1}});
        total(week);
        if (week != std::string{"w3"})
            compare(week);
    }
    here->read_week("w1", {{"A", 2}});
    BOOST_TEST(listed() == "TOTALLED {\"week\":\"w1\"}: made from capture demo.weeks:w1:20260103, head is demo.weeks:w1:20260103.2\n"
                           "COMPARED {\"week\":\"w1\"}: TOTALLED of week=w1 will be made from capture demo.weeks:w1:20260103.2, not demo.weeks:w1:20260103\n"
                           "COMPARED {\"week\":\"w2\"}: TOTALLED of week=w1 will be made from capture demo.weeks:w1:20260103.2, not demo.weeks:w1:20260103\n");
    const auto works = due();
    BOOST_TEST((works[0].why == DueWhy::new_capture));
    BOOST_TEST((works[1].why == DueWhy::inputs));
    BOOST_TEST(works[2].made_from.contains({Process::partition("w1"), "TOTALLED"}));
    const auto stale = control::stale_of(works);
    BOOST_TEST(stale.size() == 3u);
    BOOST_TEST(stale.at({Process::partition("w1"), "TOTALLED"}) == works[0].reason);
    total("w1");
    compare("w1");
    compare("w2");
    BOOST_TEST(listed() == "");
}

BOOST_AUTO_TEST_CASE(what_was_made_from_a_capture_that_was_withdrawn_says_so) {
    here->read_week("w1", {{"A", 1}});
    total("w1");
    here->read_week("w2", {{"A", 1}});
    total("w2");
    here->read_week("w1", {{"A", 2}});
    total("w1");
    compare("w2");
    here->store->captures_desk(catalogue).withdraw({"demo.weeks:w1:20260103.2", "ann", "wrong file"});
    BOOST_TEST(listed() == "COMPARED {\"week\":\"w2\"}: made from capture demo.weeks:w1:20260103.2, which was withdrawn\n");
    BOOST_TEST_REQUIRE(due().size() == 1u);
    BOOST_TEST((due().front().why == DueWhy::withdrawn));
    compare("w2");
    BOOST_TEST(listed() == "");
}

BOOST_AUTO_TEST_CASE(what_stands_on_and_was_made_from_what_is_withdrawn_names_it) {
    here->read_week("w1", {{"A", 1}});
    total("w1");
    here->read_week("w2", {{"A", 1}});
    total("w2");
    compare("w2"); // from the first capture of w1
    here->read_week("w1", {{"A", 2}});
    total("w1");
    here->store->captures_desk(catalogue).withdraw({"demo.weeks:w1:20260103", "ann", "wrong file"});
    BOOST_TEST_REQUIRE(due().size() == 1u);
    BOOST_TEST((due().front().why == DueWhy::withdrawn));
    BOOST_TEST(due().front().reason.find("demo.weeks:w1:20260103, which was withdrawn") != std::string::npos, due().front().reason);
}

BOOST_AUTO_TEST_CASE(more_partitions_than_are_looked_at_are_refused_and_not_left_out) {
    here->read_week("w1", {{"A", 1}});
    store::Connection{file, store::Connection::Mode::write}.exec(
        "INSERT INTO core_partitions (domain, partition_key, generation, head_capture, published_capture) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
        "WHERE n < 10000) SELECT p.domain, json_object('week', 'x' || n), 1, p.head_capture, p.published_capture FROM c, core_partitions p");
    BOOST_CHECK_EXCEPTION(due(), Error, [](const Error& error) {
        return error.code() == ErrorCode::unavailable && std::string{error.what()}.find("more than 10000 partitions") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_newer_calculation_is_named_with_the_one_before_it) {
    here->read_week("w1", {{"A", 1}});
    total("w1");
    catalogue.plugins.front().pipelines[1].calc_version = "2";
    BOOST_TEST(listed() == "TOTALLED {\"week\":\"w1\"}: calculation 1 -> 2\n");
    BOOST_TEST((due().front().why == DueWhy::calculation));
}

BOOST_AUTO_TEST_CASE(an_input_that_has_come_since_is_named) {
    here->read_week("w2", {{"A", 1}});
    total("w2");
    compare("w2");
    here->read_week("w1", {{"A", 1}});
    total("w1");
    BOOST_TEST(listed() == "COMPARED {\"week\":\"w2\"}: TOTALLED of week=w1 has come\n");
}

BOOST_AUTO_TEST_CASE(a_stage_is_compared_by_the_parameters_that_it_was_made_with) {
    here->read_week("w1", {{"A", 1}});
    total("w1", "fine");
    BOOST_TEST(listed() == "");
    here->read_week("w1", {{"A", 2}});
    BOOST_TEST_REQUIRE(due().size() == 1u);
    BOOST_TEST(due()[0].params.at("mode").get_string() == "fine");
}

BOOST_AUTO_TEST_CASE(an_unknown_domain_is_named_with_the_nearest) {
    BOOST_CHECK_EXCEPTION(control::due_work({"demo.week", false}, catalogue, invoker, here->journal().state(), *here->store, env::to_text(clock.now())), Error,
                          [](const Error& error) { return error.code() == ErrorCode::not_found && error.hint().find("demo.weeks") != std::string::npos; });
}

BOOST_AUTO_TEST_SUITE_END()
