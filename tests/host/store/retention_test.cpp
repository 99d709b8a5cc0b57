#include "run_fixture.hpp"

using namespace spine;
using namespace spine::test;
using run::RunStatus;

namespace {

struct Pruned : RunFixture {
    Process process_ = process();
    control::PruneReport prune(std::chrono::hours age, bool dry = false, std::function<bool()> go_on = {}) {
        return process_.store->retention().prune({clock.now() - age, dry, std::move(go_on)});
    }
    run::RunRow ended_run(const std::string& key = {}, RunStatus status = RunStatus::completed) {
        const auto run = opened(process_, key);
        auto along = finished(run, status);
        along.steps[0].output = {{"rows", 50}};
        process_.store->run_journal().append(along);
        return run;
    }
    void change(const std::string& sql) {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec(sql);
    }
    std::string steps_of(const run::RunRow& run) {
        return process_.value("SELECT group_concat(step) FROM core_workflow_steps WHERE run_id = '" + run.run_id + "'");
    }
    void pass(std::chrono::hours hours) { clock.advance(hours); }
    bool sound() {
        const auto faults = process_.store->check();
        for (const auto& fault : faults)
            BOOST_TEST_MESSAGE(fault.what);
        return faults.empty();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(retention, Pruned)

BOOST_AUTO_TEST_CASE(old_runs_keep_their_row_and_say_that_their_steps_are_gone) {
    const auto old = ended_run();
    change("INSERT INTO core_step_logs (run_id, step, generation, attempt, line_no, at, level, text) VALUES ('" + old.run_id +
           "', 'read', 1, 1, 1, 'x', 'info', 'four')");
    pass(std::chrono::hours{48});
    const auto young = ended_run();
    const auto open = opened(process_);
    const auto wanted = prune(std::chrono::hours{24}, true);
    BOOST_TEST(steps_of(old) == "read"); // a dry run counts
    const auto report = prune(std::chrono::hours{24});
    BOOST_TEST(report.runs == 1);
    BOOST_TEST(report.steps == 1);
    BOOST_TEST(report.log_lines == 1);
    BOOST_TEST(report.bytes == static_cast<std::int64_t>(std::string{R"({"rows":50})"}.size() + std::string{"read"}.size() + 4));
    BOOST_TEST(report.complete);
    BOOST_TEST((wanted == report));
    BOOST_TEST(steps_of(old) == "@pruned");
    BOOST_TEST(process_.value("SELECT output_json FROM core_workflow_steps WHERE step = '@pruned'").find(R"("steps":1)") != std::string::npos);
    BOOST_TEST(steps_of(young) == "read");
    BOOST_TEST(steps_of(open) == "read");
    BOOST_TEST(process_.store->runs({}).rows.size() == 3u);
    BOOST_TEST(process_.store->run_journal().look(old.run_id)->steps.size() == 1u);
    BOOST_TEST((prune(std::chrono::hours{24}) == control::PruneReport{}));
    BOOST_TEST(sound());
}

BOOST_AUTO_TEST_CASE(what_has_not_ended_is_left_with_everything_below_it) {
    const auto open = opened(process_);
    const auto child = ended_run();
    change("UPDATE core_workflow_runs SET parent_run_id = '" + open.run_id + "', parent_step = 'read', parent_generation = 1, parent_attempt = 1 "
           "WHERE run_id = '" + child.run_id + "'");
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 0);
    process_.store->run_journal().append(finished(open));
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 0); // its parent ended just now
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 2);
    BOOST_TEST(steps_of(child) == "@pruned");
    BOOST_TEST(sound());
}

BOOST_AUTO_TEST_CASE(a_key_goes_on_attaching_to_its_newest_finished_run) {
    const auto keyed = ended_run("monday");
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 0);
    BOOST_TEST(prune(std::chrono::hours{24}).left_for_keys == 1);
    // A chain: the run goes on as another one.
    const auto next = ended_run();
    change("UPDATE core_workflow_runs SET run_key = 'monday', chain_no = 2 WHERE run_id = '" + next.run_id + "'");
    const auto goes_on = opened(process_);
    change("UPDATE core_workflow_runs SET run_key = 'monday', chain_no = 3 WHERE run_id = '" + goes_on.run_id + "'");
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 0); // the chain has not ended
    process_.store->run_journal().append(finished(goes_on));
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 2);
    BOOST_TEST(steps_of(keyed) == "@pruned");
    BOOST_TEST(steps_of(next) == "@pruned");
    BOOST_TEST(steps_of(goes_on) == "read");
}

BOOST_AUTO_TEST_CASE(a_run_that_a_key_answers_with_goes_when_it_is_asked_for_and_its_key_still_attaches) {
    const auto keyed = ended_run("monday");
    ended_run();
    pass(std::chrono::hours{48});
    control::PruneRequest request;
    request.before = clock.now() - std::chrono::hours{24};
    request.dry = true;
    BOOST_TEST(process_.store->retention().prune(request).left_for_keys == 1);
    request.dry = false;
    const auto without = process_.store->retention().prune(request);
    BOOST_TEST(without.runs == 1);
    BOOST_TEST(without.left_for_keys == 1);
    BOOST_TEST(steps_of(keyed) == "read");
    request.keyed = true;
    const auto with = process_.store->retention().prune(request);
    BOOST_TEST(with.runs == 1);
    BOOST_TEST(with.left_for_keys == 0);
    BOOST_TEST(steps_of(keyed) == "@pruned");
    BOOST_TEST(process_.store->run_journal().with_key("demo.refresh", "monday") == keyed.run_id);
    BOOST_TEST(sound());
}

BOOST_AUTO_TEST_CASE(a_chain_without_a_key_is_left_until_it_has_ended) {
    const auto first = ended_run();
    const auto next = opened(process_);
    change("UPDATE core_workflow_runs SET chain_no = 2 WHERE run_id = '" + next.run_id + "'");
    change("UPDATE core_workflow_runs SET reason = 'continued as run " + next.run_id + "' WHERE run_id = '" + first.run_id + "'");
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 0);
    process_.store->run_journal().append(finished(next));
    BOOST_TEST(prune(std::chrono::hours{24}).runs == 1);
}

BOOST_AUTO_TEST_CASE(executions_that_data_comes_from_stay_and_so_do_anomalies) {
    const auto run = opened(process_);
    auto wish = process_.planned("read", "w1");
    wish.run_id = run.run_id;
    wish.step = "read";
    auto start = process_.started(wish);
    start.unit->anomaly({0u, "WARN", "ODD", "odd", ""});
    BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    auto skipped = process_.planned("read", "w1"); // nothing is new: an execution that nothing refers to
    skipped.run_id = run.run_id;
    auto second = process_.started(skipped);
    Process::read_into(*second.unit, {{"A", 1}});
    process_.store->run_journal().append(finished(run));
    change("UPDATE core_work_items SET current_execution_id = NULL WHERE current_execution_id = '" + second.execution_id + "'");
    pass(std::chrono::hours{48});
    const auto wanted = prune(std::chrono::hours{24}, true);
    const auto report = prune(std::chrono::hours{24});
    BOOST_TEST(report.executions == 1);
    BOOST_TEST((wanted == report));
    BOOST_TEST(process_.value("SELECT execution_id FROM core_executions") == start.execution_id);
    BOOST_TEST(process_.store->run_anomalies(run.run_id).rows.size() == 1u);
    BOOST_TEST(process_.store->manifest({}).rows.size() >= 1u);
    BOOST_TEST(sound());
}

BOOST_AUTO_TEST_CASE(a_large_run_goes_in_short_transactions_and_a_cut_one_goes_on) {
    const auto run = ended_run();
    const auto small = ended_run();
    change("INSERT INTO core_workflow_steps (run_id, step, generation, attempt, type, status, started_at, finished_at) WITH RECURSIVE n(i) AS "
           "(SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 11999) SELECT '" + run.run_id + "', 'each[' || i || ']/x', 1, 1, 'lambda', "
           "'completed', 'x', 'x' FROM n");
    pass(std::chrono::hours{48});
    int asked = 0;
    const auto cut = prune(std::chrono::hours{24}, false, [&] { return ++asked < 2; });
    BOOST_TEST(!cut.complete);
    BOOST_TEST(cut.runs == 0);
    BOOST_TEST(cut.steps == 5'000);
    // What is half pruned says so already.
    BOOST_TEST(process_.value("SELECT count(*) FROM core_workflow_steps WHERE step = '@pruned'") == "1");
    const auto rest = prune(std::chrono::hours{24});
    BOOST_TEST(rest.complete);
    BOOST_TEST(rest.runs == 2);
    BOOST_TEST(rest.steps == 7'002);
    BOOST_TEST(steps_of(run) == "@pruned");
    BOOST_TEST(steps_of(small) == "@pruned");
    // As many as there were when it began.
    BOOST_TEST(process_.value("SELECT json_extract(output_json, '$.steps') FROM core_workflow_steps WHERE run_id = '" + run.run_id + "'") == "12001");
    BOOST_TEST(sound());
}

BOOST_AUTO_TEST_CASE(definitions_that_nobody_has_go_with_the_runs_that_kept_them) {
    const auto run = ended_run();
    change("INSERT INTO core_workflow_definitions VALUES ('demo.child', 1, 'x', 'c1', 'x', NULL, NULL), ('demo.kept', 1, 'x', 'k1', 'x', NULL, NULL)");
    change("UPDATE core_workflow_runs SET children_json = '{\"demo.child\":\"c1\"}' WHERE run_id = '" + run.run_id + "'");
    const auto open = opened(process_);
    change("UPDATE core_workflow_runs SET children_json = '{\"demo.kept\":\"k1\"}' WHERE run_id = '" + open.run_id + "'");
    pass(std::chrono::hours{48});
    BOOST_TEST(prune(std::chrono::hours{24}).definitions == 1);
    BOOST_TEST(process_.value("SELECT group_concat(name) FROM core_workflow_definitions WHERE name <> 'demo.refresh'") == "demo.kept");
}

BOOST_AUTO_TEST_SUITE_END()
