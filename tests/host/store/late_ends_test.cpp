// Every place that writes an end, times every way to be late with it. Who was taken over or cancelled writes nothing at all; whose input or partition
// has moved is done again, if it wanted to commit what it made from them, and may still say that it failed or that there was nothing to do.
#include "book_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;

namespace {

enum class End { completed, failed, not_needed, cancelled };
const char* text(End end) {
    switch (end) {
    case End::completed: return "completed";
    case End::failed: return "failed";
    case End::not_needed: return "not needed";
    case End::cancelled: return "cancelled";
    }
    return "";
}

enum class Late { taken_over, given_up, run_taken_over, run_cancelled, capture_moved, digest_moved, generation_moved };
const char* text(Late late) {
    switch (late) {
    case Late::taken_over: return "taken over";
    case Late::given_up: return "cancelled";
    case Late::run_taken_over: return "run taken over";
    case Late::run_cancelled: return "run cancelled";
    case Late::capture_moved: return "capture of an input moved";
    case Late::digest_moved: return "digest of an input moved";
    case Late::generation_moved: return "generation moved";
    }
    return "";
}

struct Cell {
    End end;
    Late late;
    bool writes_nothing() const { return late <= Late::given_up; }
    bool lost_run() const { return late == Late::run_taken_over || late == Late::run_cancelled; }
};
std::ostream& operator<<(std::ostream& out, const Cell& cell) { return out << text(cell.end) << ", " << text(cell.late); }

std::vector<Cell> cells() {
    std::vector<Cell> all;
    for (const auto end : {End::completed, End::failed, End::not_needed, End::cancelled})
        for (const auto late : {Late::taken_over, Late::given_up, Late::run_taken_over, Late::run_cancelled, Late::capture_moved, Late::digest_moved,
                                Late::generation_moved})
            all.push_back({end, late});
    return all;
}

unit::Outcome outcome_of(End end) {
    unit::Failure failure;
    failure.category = end == End::cancelled ? unit::Category::cancelled : unit::Category::data_quality;
    failure.message = "told so";
    if (end == End::completed)
        return unit::Done{{{"sum", 7}}};
    if (end == End::not_needed)
        return unit::Unneeded{"nothing new", {}};
    return failure;
}

struct LateEnds : BookFixture {
    void sql(const std::string& text) { store::Connection{file, store::Connection::Mode::write}.exec(text); }
    std::string rows_of(const std::string& table) {
        std::string all;
        here.store->query("SELECT * FROM " + table, {[](const auto&) {}, [&](const std::vector<boost::json::value>& row) {
                                                         for (const auto& cell : row)
                                                             all += boost::json::serialize(cell) + "|";
                                                         all += "\n";
                                                         return true;
                                                     }});
        return all;
    }
    /// Whatever an end may write.
    std::string everything() {
        std::string all;
        for (const char* table : {"core_work_items", "core_executions", "core_manifest", "core_captures", "core_partitions", "core_derivations",
                                  "core_rejects", "core_quality", "core_anomalies", "core_lineage", "core_workflow_runs", "core_workflow_steps",
                                  "core_step_logs", "core_reached", "core_publications", "demo_raw"})
            all += std::string{table} + "\n" + rows_of(table);
        return all;
    }
    std::string status_of(const std::string& id) {
        return here.value("SELECT e.status || ' ' || i.state FROM core_executions e JOIN core_work_items i ON i.current_execution_id = "
                          "e.execution_id WHERE e.execution_id = '" + id + "'");
    }
    void give_digest(const std::string& digest) {
        for (const char* table : {"core_manifest", "core_reached"})
            sql(std::string{"UPDATE "} + table + " SET inputs_sha256 = '" + digest + "' WHERE stage = 'RAW'");
    }
    void move_capture_alone() {
        const auto digest = here.value("SELECT inputs_sha256 FROM core_manifest WHERE stage = 'RAW'");
        const auto generation = here.value("SELECT generation FROM core_partitions");
        here.read_week("w1", {{"A", 2}});
        sql("UPDATE core_partitions SET generation = " + generation);
        give_digest(digest);
    }
    void be_late(Late late, const std::string& execution_id, const run::RunRow& run) {
        switch (late) {
        case Late::taken_over: sql("UPDATE core_work_items SET fence = fence + 1 WHERE current_execution_id = '" + execution_id + "'"); break;
        case Late::given_up: here.journal().give_up(execution_id); break;
        case Late::run_taken_over: lose(run); break;
        // The run alone: cancelling it through the desk would take its executions along, which is `given_up`.
        case Late::run_cancelled: sql("UPDATE core_workflow_runs SET status = 'cancelled' WHERE run_id = '" + run.run_id + "'"); break;
        case Late::capture_moved: move_capture_alone(); break;
        case Late::digest_moved: give_digest("another"); break;
        case Late::generation_moved: sql("UPDATE core_partitions SET generation = generation + 1"); break;
        }
    }
    /// `total` of w1 at work, as a step of a run, with one finding of each kind.
    run::Started working(const run::RunRow& run) {
        auto wish = here.planned("total", "w1");
        wish.run_id = run.run_id;
        wish.step = "read";
        wish.follow = [this, run](const run::Ended& ended) {
            auto along = after_read(run);
            along.steps[0].execution_id = ended.execution_id;
            return std::optional{along};
        };
        auto start = here.started(wish);
        start.unit->reject({0, 3, "ODD", "", "raw", ""});
        start.unit->check({0, "balance", "INTEGRITY", "FAIL", "1", "2", ""});
        start.unit->anomaly({0u, "WARN", "ODD", "seen", ""});
        start.unit->log({env::to_text(clock.now()), "INFO", "at work"});
        return start;
    }
    unit::Commit ended(run::Started& start, End end) {
        if (end == End::completed)
            start.unit->reached({0, start.unit->rowset_of(0), 1, {}});
        return start.unit->commit(outcome_of(end));
    }
    std::string findings() {
        return here.value("SELECT (SELECT count(*) FROM core_rejects) || ' ' || (SELECT count(*) FROM core_quality) || ' ' || (SELECT count(*) "
                          "FROM core_anomalies)");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(late_ends, LateEnds)

BOOST_DATA_TEST_CASE_F(LateEnds, an_execution_that_is_late_writes_what_it_may_and_no_more, boost::unit_test::data::make(cells()), cell) {
    here.read_week("w1", {{"A", 1}});
    const auto run = owned();
    auto start = working(run);
    be_late(cell.late, start.execution_id, run);
    const auto before = everything();
    const auto commit = ended(start, cell.end);
    if (cell.writes_nothing()) {
        BOOST_TEST(std::holds_alternative<unit::Fenced>(commit));
        BOOST_TEST(everything() == before);
        return;
    }
    if (cell.lost_run()) {
        BOOST_TEST(std::holds_alternative<unit::Fenced>(commit));
        BOOST_TEST(status_of(start.execution_id) == "cancelled CANCELLED");
        BOOST_TEST(findings() == "0 0 0");
    } else if (cell.end == End::completed) {
        BOOST_TEST(std::holds_alternative<unit::Superseded>(commit));
        BOOST_TEST(status_of(start.execution_id) == "superseded CANCELLED");
        BOOST_TEST(findings() == "0 0 0");
    } else {
        BOOST_TEST(committed(commit));
        BOOST_TEST(status_of(start.execution_id) == (cell.end == End::failed       ? "failed FAILED"
                                                     : cell.end == End::not_needed ? "skipped COMPLETE"
                                                                                   : "cancelled CANCELLED"));
        BOOST_TEST(findings() == (cell.end == End::not_needed ? "0 0 0" : "1 1 1"));
    }
    const bool rode = !cell.lost_run() && cell.end != End::completed;
    BOOST_TEST(here.value("SELECT count(*) FROM core_workflow_steps WHERE step = 'total'") == (rode ? "1" : "0"));
    BOOST_TEST(here.value("SELECT count(*) FROM core_manifest WHERE stage = 'TOTALLED'") == "0");
    BOOST_TEST(here.value("SELECT count(*) FROM core_lineage") == "0");
}

BOOST_AUTO_TEST_CASE(an_execution_that_is_in_time_writes_all_of_it) {
    here.read_week("w1", {{"A", 1}});
    auto start = working(owned());
    BOOST_TEST(committed(ended(start, End::completed)));
    BOOST_TEST(status_of(start.execution_id) == "completed COMPLETE");
    BOOST_TEST(findings() == "1 1 1");
    BOOST_TEST(here.value("SELECT input_domain || input_partition || input_stage || input_capture FROM core_lineage WHERE execution_id = '" +
                          start.execution_id + "'") == R"(demo.weeks{"week":"w1"}RAWdemo.weeks:w1:20260103)");
    BOOST_TEST(here.value("SELECT count(*) FROM core_workflow_steps WHERE step = 'total'") == "1");
    sound();
}

BOOST_AUTO_TEST_CASE(a_run_that_was_taken_over_or_has_ended_hears_nothing_more_of_any_kind) {
    const auto kinds = [&](const run::RunRow& run) {
        std::vector<run::Along> all{after_read(run), after_read(run, StepStatus::failed), after_read(run, StepStatus::skipped),
                                    after_read(run, StepStatus::cancelled)};
        for (const auto status : {RunStatus::completed, RunStatus::failed, RunStatus::cancelled})
            all.push_back(finished(run, status));
        for (auto& along : all) {
            along.stages = {{"COMPLETED", 9, 0, {}}};
            along.anomaly = unit::Anomaly{{}, "ERROR", "WORKFLOW_FAILURE", "failed", ""};
        }
        auto steps_alone = after_read(run);
        steps_alone.run_stays = true;
        all.push_back(steps_alone);
        return all;
    };
    const auto refused = [&](const run::RunRow& run) {
        for (const auto& along : kinds(run)) {
            const auto before = everything();
            BOOST_TEST((here.book().write(along) == run::Written::lost));
            BOOST_TEST(!here.store->run_journal().append(along));
            BOOST_TEST(everything() == before);
        }
    };
    const auto taken = owned();
    lose(taken);
    refused(taken);
    for (const auto status : {RunStatus::completed, RunStatus::failed, RunStatus::cancelled}) {
        const auto over = owned();
        BOOST_TEST((here.book().write(finished(over, status)) == run::Written::yes));
        refused(over);
    }
    const auto cancelled = owned();
    here.desk().cancel(cancelled.run_id, "ann", "wrong week");
    refused(cancelled);
}

BOOST_AUTO_TEST_CASE(what_was_superseded_is_not_ended_by_who_lost_it) {
    here.read_week("w1", {{"A", 1}});
    const auto run = owned();
    auto start = working(run);
    be_late(Late::digest_moved, start.execution_id, run);
    be_late(Late::taken_over, start.execution_id, run);
    const auto before = everything();
    BOOST_TEST(std::holds_alternative<unit::Fenced>(ended(start, End::completed)));
    BOOST_TEST(everything() == before);
}

BOOST_AUTO_TEST_CASE(a_run_that_completes_after_all_has_mended_what_its_failure_told_of) {
    const auto run = owned();
    auto failed = along_of(run);
    failed.anomaly = unit::Anomaly{{}, "ERROR", "WORKFLOW_FAILURE", "no file", ""};
    BOOST_TEST((here.book().write(failed) == run::Written::yes));
    BOOST_TEST(here.value("SELECT count(*) FROM core_anomalies WHERE resolved_at IS NULL") == "1");
    clock.advance(std::chrono::hours{1});
    BOOST_TEST((here.book().write(finished(run)) == run::Written::yes));
    BOOST_TEST(here.value("SELECT resolved_at || ' ' || resolution_note FROM core_anomalies") ==
               env::to_text(clock.now()) + " run " + run.run_id + " has completed");
    sound();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(kept_and_replaced, StoreFixture)

BOOST_AUTO_TEST_CASE(what_another_wanted_with_this_key_is_not_adopted) {
    auto dead = mortal();
    auto other = dead->planned("read", "w1");
    other.params["extra"] = 1; // the key is the partition's, whatever the other parameters
    const auto id = dead->started(other).execution_id;
    dead.reset();
    auto heir = process();
    auto next = heir.started(heir.planned("read", "w1"));
    BOOST_TEST(!next.adopted);
    BOOST_TEST(next.execution_id != id);
    BOOST_TEST(heir.value("SELECT status FROM core_executions WHERE execution_id = '" + id + "'") == "failed");
    BOOST_TEST(committed(Process::read_into(*next.unit, {{"A", 1}})));
}

BOOST_AUTO_TEST_CASE(a_failed_attempt_keeps_rejects_checks_and_anomalies_with_its_execution) {
    auto here = process();
    auto start = here.started(here.planned("read", "w1"));
    start.unit->reject({0, 1, "PARSE_ERROR", "", "raw", ""});
    start.unit->check({0, "balance", "INTEGRITY", "FAIL", "1", "2", ""});
    start.unit->anomaly({0u, "ERROR", "SOURCE_ERROR", "bad", ""});
    unit::Failure failure;
    failure.category = unit::Category::data_quality;
    BOOST_TEST(committed(start.unit->commit(failure)));
    for (const char* table : {"core_rejects", "core_quality", "core_anomalies"})
        BOOST_TEST(here.value(std::string{"SELECT execution_id FROM "} + table) == start.execution_id, table);
    BOOST_TEST(here.value("SELECT check_name || status || coalesce(capture_id, '-') FROM core_quality") == "balanceFAIL-");
}

BOOST_AUTO_TEST_CASE(findings_of_a_stage_that_is_forced_again_replace_those_before) {
    auto here = process();
    for (int i = 0; i < 3; ++i) {
        auto wish = here.planned("read", "w1");
        wish.force = true;
        auto start = here.started(wish);
        start.unit->reject({0, 1, "PARSE_ERROR", "", "raw", ""});
        start.unit->check({0, "balance", "INTEGRITY", "PASS", "1", "1", ""});
        BOOST_TEST(committed(Process::read_into(*start.unit, {{"A", 1}})));
    }
    BOOST_TEST(here.value("SELECT count(*) FROM core_rejects") == "1");
    BOOST_TEST(here.value("SELECT count(*) FROM core_quality") == "1");
    BOOST_TEST(here.value("SELECT capture_id FROM core_quality") == "demo.weeks:w1:20260103");
}

BOOST_AUTO_TEST_CASE(the_newest_at_a_time_is_the_last_that_was_made_whatever_the_clock_said) {
    auto here = process();
    here.read_week("w1", {{"A", 1}});
    here.read_week("w1", {{"A", 2}}); // within the same millisecond
    const auto noon = env::to_text(clock.now());
    auto& state = here.journal().state();
    BOOST_TEST(state.capture_until(Process::partition("w1"), noon).value().id == "demo.weeks:w1:20260103.2");
    clock.advance(-std::chrono::hours{1}); // somebody set the clock right
    here.read_week("w1", {{"A", 3}});
    BOOST_TEST(state.capture_until(Process::partition("w1"), noon).value().id == "demo.weeks:w1:20260103.3");
    BOOST_TEST(state.head(Process::partition("w1")).value().id == "demo.weeks:w1:20260103.3");
}

BOOST_AUTO_TEST_CASE(work_that_fails_in_its_plan_is_found_under_the_partition_that_was_asked_for) {
    auto here = process();
    auto wish = here.request("total", "w1");
    wish.partition = Process::partition("w1");
    auto start = here.started(wish);
    unit::Failure failure;
    failure.category = unit::Category::dependency;
    failure.message = "RAW has not been reached";
    BOOST_TEST(committed(start.unit->commit(failure)));
    BOOST_TEST(here.value("SELECT partition_key FROM core_executions WHERE status = 'failed'") == R"({"week":"w1"})");
}

BOOST_AUTO_TEST_SUITE_END()
