#include "run_fixture.hpp"

#include "error.hpp"

#include <algorithm>
#include <sys/wait.h>
#include <unistd.h>

using namespace spine;
using namespace spine::test;
using run::RunStatus;
using run::StepStatus;

BOOST_FIXTURE_TEST_SUITE(run_journal, RunFixture)

BOOST_AUTO_TEST_CASE(a_new_run_is_there_with_definition_first_step_and_manifest) {
    auto process = this->process();
    const auto wish = wanted("2026-w1");
    const auto answer = process.store->run_journal().open(wish);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(answer));
    const auto& run = std::get<run::Owned>(answer).run;
    BOOST_TEST(run.run_id == wish.run_id);
    BOOST_TEST(run.run_key == "2026-w1");
    BOOST_TEST(run.workflow == "demo.refresh");
    BOOST_TEST(run.domain == "demo.weeks");
    BOOST_TEST(run.definition_text == wish.definition_text);
    BOOST_TEST(run.definition_sha256 == wish.definition_sha256);
    BOOST_TEST(boost::json::serialize(run.params) == R"({"week":"w1"})");
    BOOST_TEST(run.plugins.at("demo.weeks.read") == "demo");
    BOOST_TEST(run.fence == 1);
    BOOST_TEST((run.status == RunStatus::running));
    BOOST_TEST(run.current_step == "read");
    BOOST_TEST_REQUIRE(run.steps.size() == 1u);
    BOOST_TEST((run.steps[0] == begun("read")));
    BOOST_TEST(process.value("SELECT domain || stage || partition_key || execution_id FROM core_manifest") ==
               R"(workflow.demo.refreshSTARTED{"run_id":")" + run.run_id + "\"}" + run.run_id);
    BOOST_TEST(process.value("SELECT inputs_sha256 FROM core_manifest") == wish.definition_sha256);
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back_by_another_process) {
    auto process = this->process();
    const auto run = opened(process);
    clock.advance(std::chrono::milliseconds{1500});
    auto along = after_read(run, StepStatus::failed);
    auto& record = along.steps[0];
    record.reason = "half of it";
    record.output = {{"row_count", 5}, {"share", 0.1}};
    record.updates = {{"tier", "OTC"}};
    record.quality = {{"record_count", 5}, {"passed", false}};
    record.events = {boost::json::object{{"type", "note"}}};
    record.execution_id = "e1";
    unit::Failure failure;
    failure.category = unit::Category::quality_gate;
    failure.message = "too few rows";
    failure.hint = "look at the file";
    failure.exit_code = 6;
    failure.retry = unit::Retry::backoff;
    failure.backoff = std::chrono::seconds{2};
    failure.elsewhere = true;
    failure.details = {{"reasons", boost::json::array{"a", "b"}}};
    record.failure = failure;
    along.run.status = RunStatus::paused;
    along.run.reason = "interrupted";
    along.run.error_step = "read";
    along.run.failure = failure;
    along.run.partition = Process::partition("w1");
    BOOST_TEST(process.store->run_journal().append(along));

    auto other = this->process();
    const auto seen = other.store->run_journal().look(run.run_id);
    BOOST_TEST_REQUIRE(seen.has_value());
    BOOST_TEST((seen->steps == along.steps));
    BOOST_TEST((seen->status == RunStatus::paused));
    BOOST_TEST(seen->reason == "interrupted");
    BOOST_TEST(seen->error_step == "read");
    BOOST_TEST((seen->failure == failure));
    BOOST_TEST((seen->partition == Process::partition("w1")));
    BOOST_TEST(other.value("SELECT started_at || ' ' || finished_at FROM core_workflow_steps WHERE step = 'read'") ==
               "2026-01-03T04:15:01.000Z 2026-01-03T04:15:02.500Z");
    BOOST_TEST(!other.store->run_journal().look("somebody").has_value());
}

BOOST_AUTO_TEST_CASE(a_step_that_never_began_is_one_record) {
    auto process = this->process();
    const auto run = opened(process);
    auto along = finished(run);
    along.steps.push_back(ended("total", StepStatus::skipped));
    along.steps.back().reason = "jumped over";
    clock.advance(std::chrono::seconds{1});
    BOOST_TEST(process.store->run_journal().append(along));
    BOOST_TEST(process.value("SELECT status || (started_at = finished_at) FROM core_workflow_steps WHERE step = 'total'") ==
               "skipped1");
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(who_lost_the_fence_writes_nothing) {
    auto process = this->process();
    const auto run = opened(process);
    lose(run);
    BOOST_TEST(!process.store->run_journal().append(after_read(run)));
    BOOST_TEST(process.value("SELECT group_concat(step || status) FROM core_workflow_steps") == "readrunning");
}

BOOST_AUTO_TEST_CASE(a_finished_run_takes_nothing_more_and_has_no_owner) {
    auto process = this->process();
    const auto run = opened(process);
    clock.advance(std::chrono::seconds{3});
    BOOST_TEST(process.store->run_journal().append(finished(run)));
    BOOST_TEST(!process.store->run_journal().append(after_read(run)));
    const auto seen = process.store->run_journal().look(run.run_id);
    BOOST_TEST((seen->status == RunStatus::completed));
    BOOST_TEST(seen->finished_at == "2026-01-03T04:15:04.000Z");
    BOOST_TEST(seen->duration_ms == 3000);
    BOOST_TEST(process.value("SELECT locked_by IS NULL FROM core_workflow_runs") == "1");
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_result_is_recorded_once_and_a_second_one_undoes_its_commit) {
    auto process = this->process();
    const auto run = opened(process);
    BOOST_TEST(process.store->run_journal().append(after_read(run)));
    auto again = finished(run);
    again.stages = {{"COMPLETED", 9, 0, {}}};
    BOOST_CHECK_EXCEPTION(process.store->run_journal().append(again), Error, [](const Error& error) {
        return error.code() == ErrorCode::internal && std::string{error.what()}.find("'read'") != std::string::npos;
    });
    BOOST_TEST((process.store->run_journal().look(run.run_id)->status == RunStatus::running));
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest WHERE stage = 'COMPLETED'") == "0");
}

BOOST_AUTO_TEST_CASE(the_next_attempt_of_a_step_is_another_record) {
    auto process = this->process();
    const auto run = opened(process);
    run::Along along;
    along.run_id = run.run_id;
    along.fence = run.fence;
    along.steps = {ended("read", StepStatus::failed), begun("read", 2)};
    along.run.current_step = "read";
    BOOST_TEST(process.store->run_journal().append(along));
    BOOST_TEST(process.value("SELECT group_concat(attempt || status) FROM core_workflow_steps") == "1failed,2running");
}

BOOST_AUTO_TEST_CASE(a_thousand_steps_come_back_in_the_order_of_their_starts) {
    std::vector<std::string> names;
    auto one = mortal();
    const auto run = opened(*one);
    run::Along along;
    along.run_id = run.run_id;
    along.fence = run.fence;
    std::string last = "read";
    for (int i = 1; i <= 1000; ++i) {
        const auto name = "s" + std::to_string((i * 617) % 1000); // in no order that a sort would make
        along.steps.push_back(ended(last, StepStatus::completed));
        along.steps.push_back(begun(name));
        names.push_back(std::exchange(last, name));
        if (i % 10 != 0)
            continue;
        BOOST_TEST(one->store->run_journal().append(along));
        along.steps.clear();
    }
    names.push_back(last);
    one.reset();
    auto heir = process();
    const auto claimed = heir.store->run_journal().claim(run.run_id);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(claimed));
    std::vector<std::string> seen;
    for (const auto& step : std::get<run::Owned>(claimed).run.steps)
        seen.push_back(step.step);
    BOOST_TEST(seen == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_starts_a_run_once) {
    auto one = process(), other = process();
    const auto run = opened(one, "k");
    auto answer = other.store->run_journal().open(wanted("k"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Held>(answer));
    BOOST_TEST(std::get<run::Held>(answer).run_id == run.run_id);
    BOOST_TEST(std::get<run::Held>(answer).holder.find("process ") != std::string::npos);
    BOOST_TEST(one.store->run_journal().append(finished(run)));
    answer = other.store->run_journal().open(wanted("k"));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Over>(answer));
    BOOST_TEST((std::get<run::Over>(answer).run.status == RunStatus::completed));
    BOOST_TEST(one.value("SELECT count(*) FROM core_workflow_runs") == "1");
}

BOOST_AUTO_TEST_CASE(a_key_asked_for_at_once_by_many_processes_is_one_run_and_as_many_answers) {
    process(); // the store is there
    constexpr int many = 6;
    int answers[2], ends[2];
    BOOST_TEST_REQUIRE((::pipe(answers) == 0 && ::pipe(ends) == 0));
    std::vector<::pid_t> children;
    for (int i = 0; i < many; ++i) {
        children.push_back(::fork());
        if (children.back() != 0)
            continue;
        ::close(ends[1]);
        for (int n = 0; n <= 100 * i; ++n)
            random.next(); // ids of its own
        char answer = '?';
        try {
            auto process = this->process();
            const auto opened = process.store->run_journal().open(wanted("k"));
            answer = std::holds_alternative<run::Owned>(opened) ? 'o' : std::holds_alternative<run::Held>(opened) ? 'h' : '!';
            static_cast<void>(::write(answers[1], &answer, 1));
            static_cast<void>(::read(ends[0], &answer, 1)); // lives until all have asked
        } catch (const std::exception&) {
            static_cast<void>(::write(answers[1], "e", 1));
        }
        ::_exit(0);
    }
    ::close(ends[0]);
    std::string all;
    for (char answer = 0; all.size() < many && ::read(answers[0], &answer, 1) == 1;)
        all += answer;
    ::close(ends[1]);
    for (const auto child : children)
        ::waitpid(child, nullptr, 0);
    ::close(answers[0]);
    ::close(answers[1]);
    std::sort(all.begin(), all.end());
    BOOST_TEST(all == "hhhhho");
    BOOST_TEST(process().value("SELECT count(*) || max(fence) FROM core_workflow_runs") == "11");
}

BOOST_AUTO_TEST_CASE(a_default_that_changed_meanwhile_is_no_other_parameter) {
    auto here = process();
    const auto first = opened(here, "k");
    auto again = wanted("k");
    again.params["limit"] = 7; // a new default of the definition; the caller gave the same
    const auto answer = here.store->run_journal().open(again);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(answer));
    BOOST_TEST(std::get<run::Owned>(answer).run.run_id == first.run_id);
    BOOST_TEST(here.store->run_journal().with_key("demo.refresh", "k") == first.run_id);
    BOOST_TEST(here.store->run_journal().with_key("demo.refresh", "other") == "");
}

BOOST_AUTO_TEST_CASE(a_key_with_other_parameters_is_refused_and_says_what_differs) {
    auto process = this->process();
    auto first = wanted("k", {{"week", "w1"}, {"tier", "OTC"}, {"limit", 5}});
    const auto id = first.run_id;
    process.store->run_journal().open(first);
    // The same in another order is the same.
    BOOST_TEST(std::holds_alternative<run::Owned>(
        process.store->run_journal().open(wanted("k", {{"limit", 5}, {"tier", "OTC"}, {"week", "w1"}}))));
    const auto answer = process.store->run_journal().open(wanted("k", {{"week", "w2"}, {"limit", 5}}));
    BOOST_TEST_REQUIRE(std::holds_alternative<run::KeyTaken>(answer));
    BOOST_TEST(std::get<run::KeyTaken>(answer).run_id == id);
    BOOST_TEST(std::get<run::KeyTaken>(answer).reason ==
               R"(which began with other parameters: tier was "OTC" and is now not given, week was "w1" and is now "w2")");
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_its_workflow_and_runs_without_one_are_as_many_as_asked_for) {
    auto process = this->process();
    opened(process, "k");
    auto other = wanted("k");
    other.workflow = "demo.other";
    BOOST_TEST(std::holds_alternative<run::Owned>(process.store->run_journal().open(other)));
    opened(process);
    opened(process);
    BOOST_TEST(process.value("SELECT count(*) FROM core_workflow_runs") == "4");
    BOOST_TEST(process.value("SELECT count(*) FROM core_workflow_definitions") == "2");
}

BOOST_AUTO_TEST_CASE(the_run_of_a_dead_process_is_taken_over_with_its_own_definition) {
    auto dead = mortal();
    const auto run = opened(*dead, "k");
    dead.reset();
    auto heir = process();
    BOOST_TEST(heir.store->run_journal().unowned() == std::vector<std::string>{run.run_id}, boost::test_tools::per_element());
    auto changed = wanted("k");
    changed.definition_text = "name: demo.refresh # changed";
    changed.definition_sha256 = run::sha256_hex(changed.definition_text);
    const auto answer = heir.store->run_journal().open(changed);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(answer));
    const auto& taken = std::get<run::Owned>(answer).run;
    BOOST_TEST(taken.run_id == run.run_id);
    BOOST_TEST(taken.fence == 2);
    BOOST_TEST(taken.definition_text == run.definition_text);
    BOOST_TEST(heir.store->run_journal().unowned().empty());
    BOOST_TEST(!heir.store->run_journal().append(after_read(run))); // what the dead one would have written
    BOOST_TEST(heir.store->run_journal().append(after_read(taken)));
}

BOOST_AUTO_TEST_CASE(runs_that_lost_a_process_are_suspects_and_those_that_lost_fewest_come_first) {
    auto dead = mortal();
    const auto often = opened(*dead, "often");
    const auto once = opened(*dead, "once");
    auto waits = opened(*dead, "waits");
    auto waiting = after_read(waits);
    waiting.run.status = RunStatus::waiting;
    BOOST_TEST(dead->store->run_journal().append(waiting));
    dead.reset();

    auto second = mortal(); // takes the first one up, as a process does that the run then kills
    auto claimed = std::get<run::Owned>(second->store->run_journal().claim(often.run_id)).run;
    run::Along died;
    died.run_id = claimed.run_id;
    died.fence = claimed.fence;
    auto crash = ended("read", run::StepStatus::failed);
    unit::Failure failure;
    failure.category = unit::Category::crash;
    failure.message = "its process ended without a result";
    crash.failure = failure;
    died.steps = {crash, begun("read", 2)};
    died.run.current_step = "read";
    BOOST_TEST(second->store->run_journal().append(died));
    BOOST_TEST(second->store->run_journal().suspects() == std::vector<std::string>{once.run_id}, boost::test_tools::per_element()); // the other is its own
    second.reset();

    auto heir = process();
    BOOST_TEST(heir.store->run_journal().unowned().size() == 3u);
    BOOST_TEST(heir.store->run_journal().suspects() == (std::vector<std::string>{once.run_id, often.run_id}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_that_this_process_lost_to_an_error_is_taken_up_again) {
    auto process = this->process();
    const auto run = opened(process);
    const auto claimed = process.store->run_journal().claim(run.run_id);
    BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(claimed));
    BOOST_TEST(std::get<run::Owned>(claimed).run.fence == 2);
}

BOOST_AUTO_TEST_CASE(a_run_that_waits_belongs_to_nobody_though_its_process_lives) {
    for (const auto status : {RunStatus::paused, RunStatus::waiting}) { // waiting for its plugin; other waits stay with who drives the run
        auto one = process(), other = process();
        const auto run = opened(one);
        BOOST_TEST(std::holds_alternative<run::Held>(other.store->run_journal().claim(run.run_id)));
        auto along = after_read(run);
        along.run.status = status;
        along.run.reason = status == RunStatus::waiting ? "blocked: plugin demo not loaded" : "";
        BOOST_TEST(one.store->run_journal().append(along));
        BOOST_TEST(other.store->run_journal().unowned().back() == run.run_id);
        const auto claimed = other.store->run_journal().claim(run.run_id);
        BOOST_TEST_REQUIRE(std::holds_alternative<run::Owned>(claimed));
        BOOST_TEST((std::get<run::Owned>(claimed).run.status == status));
        BOOST_TEST(std::holds_alternative<run::Held>(one.store->run_journal().claim(run.run_id)));
        BOOST_TEST(one.store->check().empty());
    }
}

BOOST_AUTO_TEST_CASE(claiming_what_is_over_or_unknown_says_so) {
    auto process = this->process();
    const auto run = opened(process);
    process.store->run_journal().append(finished(run, RunStatus::failed));
    BOOST_TEST(std::holds_alternative<run::Over>(process.store->run_journal().claim(run.run_id)));
    BOOST_TEST(std::holds_alternative<run::NoSuchRun>(process.store->run_journal().claim("nobody")));
    BOOST_TEST(process.store->run_journal().unowned().empty());
}

BOOST_AUTO_TEST_CASE(the_first_partition_takes_the_manifest_along_and_keeps_the_whole_story) {
    auto process = this->process();
    const auto run = opened(process);
    const auto keys = [&] {
        return process.value("SELECT group_concat(stage || replace(partition_key, '" + run.run_id +
                             "', 'ID')) FROM (SELECT * FROM core_manifest ORDER BY stage_rank)");
    };
    auto along = after_read(run);
    along.stages = {{"RAW", 1, 5, {{"row_count", 5}}}};
    auto& journal = process.store->run_journal();
    BOOST_TEST(keys() == R"(STARTED{"run_id":"ID"})");
    along.run.partition = Process::partition("w1");
    BOOST_TEST(journal.append(along));
    BOOST_TEST(keys() == R"(STARTED{"week":"w1"},RAW{"week":"w1"})");
    along.steps = {ended("total", StepStatus::completed)};
    along.stages = {{"TOTALLED", 2, 1, {}}};
    along.run.partition = Process::partition("w2");
    BOOST_TEST(journal.append(along));
    along.steps = {};
    along.stages = {{"COMPLETED", 3, 0, {{"step_count", 2}}}};
    along.run.partition.reset(); // a run never loses its partition
    along.run.status = RunStatus::completed;
    clock.advance(std::chrono::milliseconds{2250});
    BOOST_TEST(journal.append(along));
    BOOST_TEST(keys() == R"(STARTED{"week":"w1"},RAW{"week":"w1"},TOTALLED{"week":"w1"},COMPLETED{"week":"w1"})");
    BOOST_TEST(process.value("SELECT metrics_json FROM core_manifest WHERE stage = 'COMPLETED'") ==
               R"({"duration_seconds":2.25,"step_count":2})");
    BOOST_TEST(process.value("SELECT partition_domain || partition_key FROM core_workflow_runs") == R"(demo.weeks{"week":"w2"})");
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(a_second_run_on_a_partition_takes_over_the_rows_of_the_first) {
    auto process = this->process();
    std::string last;
    for (int i = 0; i < 2; ++i) {
        const auto run = opened(process);
        auto along = finished(run);
        along.stages = {{"COMPLETED", 2, 0, {}}};
        along.run.partition = Process::partition("w1");
        BOOST_TEST(process.store->run_journal().append(along));
        last = run.run_id;
    }
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest WHERE execution_id = batch_id AND execution_id = '" +
                             last + "'") == "2");
    BOOST_TEST(process.value("SELECT count(*) FROM core_manifest") == "2");
}

BOOST_AUTO_TEST_CASE(a_failed_run_leaves_its_anomaly_and_what_went_wrong) {
    auto process = this->process();
    const auto run = opened(process);
    auto along = finished(run, RunStatus::failed);
    unit::Failure failure;
    failure.category = unit::Category::dependency;
    failure.message = "no file";
    along.run.error_step = "read";
    along.run.failure = failure;
    along.run.partition = Process::partition("w1");
    along.anomaly = unit::Anomaly{{}, "ERROR", "WORKFLOW_FAILURE", "read: no file", R"({"run_id":"x"})"};
    along.anomaly_stage = "workflow.read";
    BOOST_TEST(process.store->run_journal().append(along));
    BOOST_TEST(process.value("SELECT domain || '|' || stage || '|' || partition_key || '|' || severity || '|' || category || "
                             "'|' || message || '|' || metadata_json FROM core_anomalies") ==
               R"(demo.weeks|workflow.read|{"week":"w1"}|ERROR|WORKFLOW_FAILURE|read: no file|{"run_id":"x"})");
    BOOST_TEST(process.value("SELECT error_step || error_category || error_message FROM core_workflow_runs") ==
               "readDEPENDENCYno file");
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(an_anomaly_of_a_workflow_without_a_domain_stands_under_its_name) {
    auto process = this->process();
    auto wish = wanted();
    wish.domain.clear();
    const auto answer = process.store->run_journal().open(wish);
    auto along = finished(std::get<run::Owned>(answer).run, RunStatus::failed);
    along.anomaly = unit::Anomaly{{}, "ERROR", "WORKFLOW_FAILURE", "m", ""};
    along.anomaly_stage = "workflow.read";
    BOOST_TEST(process.store->run_journal().append(along));
    BOOST_TEST(process.value("SELECT domain FROM core_anomalies") == "demo.refresh");
}

BOOST_AUTO_TEST_CASE(a_run_whose_row_is_damaged_is_set_aside_by_its_claim_and_writes_nothing_more) {
    auto process = this->process();
    auto dead = mortal();
    const auto run = opened(*dead);
    dead.reset();
    {
        store::Connection connection{file, store::Connection::Mode::write};
        connection.exec("UPDATE core_workflow_runs SET params_json = '{' WHERE run_id = '" + run.run_id + "'");
    }
    BOOST_CHECK_EXCEPTION(process.store->run_journal().claim(run.run_id), Error, [](const Error& error) {
        return error.code() == ErrorCode::invalid && std::string{error.what()}.find("its records cannot be read") == 0;
    });
    BOOST_TEST(process.value("SELECT status || ' ' || substr(reason, 1, 42) || ' ' || coalesce(locked_by, 'nobody') FROM core_workflow_runs") ==
               "waiting blocked: its records cannot be read: no JS nobody");
    auto late = run;
    BOOST_TEST(!process.store->run_journal().append(after_read(late)));
    late.fence += 1;
    BOOST_TEST(!process.store->run_journal().append(after_read(late)));
}

BOOST_AUTO_TEST_SUITE_END()
