#include "book_fixture.hpp"
#include "store/connection.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace spine;
using namespace spine::test;
using run::Declined;
using run::RunStatus;
using run::StepStatus;
using run::Written;

BOOST_FIXTURE_TEST_SUITE(run_desk, BookFixture)

BOOST_AUTO_TEST_CASE(after_a_cancel_has_returned_no_commit_of_the_run_happens) {
    const auto run = owned();
    auto wish = here.planned("read", "w1");
    wish.run_id = run.run_id;
    wish.step = "read";
    wish.follow = [&](const run::Ended&) { return std::optional{after_read(run)}; };
    auto start = here.bench->executions().start(wish);
    auto& unit = *std::get<run::Started>(start).unit;
    auto other = another();
    const auto asked = other->desk().cancel(run.run_id, "ann", "wrong week");
    BOOST_TEST_REQUIRE(answered(asked));
    BOOST_TEST(std::get<run::Answered>(asked).status == "cancelled");
    sound();
    const auto commit = Process::read_into(unit, {{"A", 1}});
    BOOST_TEST_REQUIRE(commit.has_value());
    BOOST_TEST(std::holds_alternative<unit::Fenced>(*commit));
    BOOST_TEST((here.book().write(after_read(run)) == Written::lost));
    BOOST_TEST(std::holds_alternative<run::RunLost>(here.bench->executions().start(wish)));
    BOOST_TEST(here.value("SELECT (SELECT count(*) FROM demo_raw) + (SELECT count(*) FROM core_captures)") == "0");
    BOOST_TEST(here.value("SELECT status || reason FROM core_executions") == "cancelledcancelled by ann: wrong week");
    BOOST_TEST(here.value("SELECT state || fence FROM core_work_items") == "CANCELLED2");
    BOOST_TEST(here.value("SELECT group_concat(step || status || ended_no) FROM core_workflow_steps") == "readcancelled1");
    const auto row = *here.book().look(run.run_id);
    BOOST_TEST((row.status == RunStatus::cancelled));
    BOOST_TEST(row.reason == "cancelled by ann: wrong week");
    BOOST_TEST(row.fence == run.fence + 1);
    // The same work is free for others.
    BOOST_TEST(std::holds_alternative<run::Started>(here.journal().start(here.planned("read", "w1"))));
    sound();
}

BOOST_AUTO_TEST_CASE(a_cancel_reaches_composites_and_everything_below_and_calls_the_parent) {
    const auto parent = owned();
    const auto wish = with_child(parent);
    const auto child = *here.book().look(wish.run_id);
    const auto grandchild = with_child(child);
    auto composite = here.request("all", "w1");
    composite.run_id = child.run_id;
    composite.step = "read";
    auto above = here.bench->executions().start(composite);
    auto part = here.planned("read", "w1");
    part.parent_execution_id = std::get<run::Started>(above).execution_id;
    auto below = here.bench->executions().start(part);
    BOOST_TEST(answered(here.desk().cancel(child.run_id, "ann", "")));
    BOOST_TEST(here.value("SELECT group_concat(DISTINCT status) FROM core_executions") == "cancelled");
    BOOST_TEST(std::holds_alternative<unit::Fenced>(*Process::read_into(*std::get<run::Started>(below).unit, {{"A", 1}})));
    auto another_part = here.planned("read", "w2");
    another_part.parent_execution_id = part.parent_execution_id;
    BOOST_TEST(std::holds_alternative<run::RunLost>(here.bench->executions().start(another_part)));
    BOOST_TEST(of_run(grandchild.run_id, "status") == "cancelled");
    BOOST_TEST((here.book().look(parent.run_id)->status == RunStatus::waiting));
    const auto outside = here.book().outside(parent.run_id);
    BOOST_TEST(outside.calls == 1);
    BOOST_TEST((outside.children.at("part").status == RunStatus::cancelled));
    sound();
}

BOOST_AUTO_TEST_CASE(a_finished_run_is_not_cancelled_and_a_cancelled_one_stays_as_it_is) {
    const auto run = owned(), other = owned();
    here.book().write(finished(run));
    BOOST_TEST(declined(here.desk().cancel(run.run_id, "", ""), Declined::Why::wrong_state));
    BOOST_TEST(declined(here.desk().cancel("nobody", "", ""), Declined::Why::no_such_run));
    BOOST_TEST(answered(here.desk().cancel(other.run_id, "", "")));
    BOOST_TEST(answered(here.desk().cancel(other.run_id, "", "again")));
    BOOST_TEST(of_run(other.run_id, "reason || fence") == "cancelled2");
}

BOOST_AUTO_TEST_CASE(a_pause_is_asked_of_who_drives_the_run_and_happens_at_once_when_nobody_does) {
    const auto run = owned();
    auto other = another();
    auto asked = other->desk().pause(run.run_id, "ann");
    BOOST_TEST_REQUIRE(answered(asked));
    BOOST_TEST(std::get<run::Answered>(asked).status == "running");
    BOOST_TEST(here.book().called() == std::vector<std::string>{run.run_id}, boost::test_tools::per_element());
    BOOST_TEST(here.book().outside(run.run_id).pause_asked);
    auto along = along_of(run, {ended("read", StepStatus::completed)});
    along.run.status = RunStatus::paused;
    along.calls_seen = 1;
    BOOST_TEST((here.book().write(along) == Written::yes));
    BOOST_TEST(!here.book().look(run.run_id)->pause_asked);
    sound();

    const auto waits = asking();
    here.book().release(waits.run_id, waits.fence);
    asked = other->desk().pause(waits.run_id, "ann");
    BOOST_TEST(std::get<run::Answered>(asked).status == "paused");
    BOOST_TEST(of_run(waits.run_id, "status || reason") == "pausedpaused by ann");
    BOOST_TEST(here.book().due(10).empty());
    const auto left = here.book().unowned();
    BOOST_TEST((std::find(left.begin(), left.end(), waits.run_id) == left.end()));
    BOOST_TEST(answered(other->desk().answer(waits.run_id, "ok", true, "ann", ""))); // is seen when it goes on
    BOOST_TEST(here.book().due(10).empty());
    BOOST_TEST(std::holds_alternative<run::Owned>(here.book().claim(waits.run_id)));
    sound();
    here.book().write(finished(owned()));
    BOOST_TEST(declined(other->desk().pause("nobody", ""), Declined::Why::no_such_run));
}

namespace {
/// What the process that drives a run writes when it has heard of a pause.
run::Along resting(const run::RunRow& run) {
    auto along = BookFixture::along_of(run);
    along.run.status = RunStatus::paused;
    along.run.reason = "paused";
    along.calls_seen = 1;
    return along;
}
} // namespace

BOOST_AUTO_TEST_CASE(a_pause_reaches_everything_below_and_who_resumes_the_run_lets_all_of_it_go_on) {
    const auto parent = owned();
    const auto child = *here.book().look(with_child(parent).run_id);
    const auto grandchild = *here.book().look(with_child(child).run_id);
    auto other = another();
    BOOST_TEST(answered(other->desk().pause(parent.run_id, "ann")));
    BOOST_TEST(here.book().called().size() == 3u);
    BOOST_TEST(of_run(parent.run_id, "reason") == "asked to pause by ann");
    BOOST_TEST(of_run(grandchild.run_id, "status || pause_asked || reason") == "running1asked to pause with its parent run");
    // What ends meanwhile is recorded, and the wish is not forgotten over it.
    BOOST_TEST((here.book().write(along_of(grandchild, {ended("read", StepStatus::completed)})) == Written::yes));
    for (const auto& run : {grandchild, child, parent})
        BOOST_TEST((here.book().write(resting(run)) == Written::yes));
    BOOST_TEST(of_run(parent.run_id, "status || pause_asked || reason") == "paused0paused by ann");
    BOOST_TEST(of_run(child.run_id, "status || reason") == "pausedpaused with its parent run");
    BOOST_TEST(of_run(grandchild.run_id, "status || reason") == "pausedpaused with its parent run");
    BOOST_TEST(other->book().unowned().empty());
    sound();

    BOOST_TEST(std::holds_alternative<run::Owned>(other->book().claim(parent.run_id)));
    BOOST_TEST((other->book().due(10) == std::vector<std::string>{child.run_id, grandchild.run_id}));
    BOOST_TEST(std::holds_alternative<run::Owned>(other->book().claim(child.run_id)));
    sound();
}

BOOST_AUTO_TEST_CASE(a_child_that_was_paused_on_its_own_stays_paused_and_so_does_what_is_below_it) {
    const auto parent = owned();
    const auto child = *here.book().look(with_child(parent).run_id);
    const auto grandchild = *here.book().look(with_child(child).run_id);
    for (const auto& run : {parent, child, grandchild})
        here.book().release(run.run_id, run.fence);
    BOOST_TEST(answered(here.desk().pause(child.run_id, "bob")));
    BOOST_TEST(answered(here.desk().pause(parent.run_id, "ann")));
    BOOST_TEST(of_run(child.run_id, "reason") == "paused by bob");
    here.book().claim(parent.run_id);
    BOOST_TEST(of_run(child.run_id, "status || reason") == "pausedpaused by bob");
    BOOST_TEST(of_run(grandchild.run_id, "status || reason") == "pausedpaused with its parent run");
    here.book().claim(child.run_id);
    BOOST_TEST(of_run(grandchild.run_id, "status || wake_at") == "running" + later({}));
    sound();
}

BOOST_AUTO_TEST_CASE(a_child_paused_with_its_parent_may_be_paused_on_its_own_afterwards) {
    const auto parent = owned();
    const auto child = *here.book().look(with_child(parent).run_id);
    here.book().release(parent.run_id, parent.fence);
    here.book().release(child.run_id, child.fence);
    BOOST_TEST(answered(here.desk().pause(parent.run_id, "ann")));
    BOOST_TEST(answered(here.desk().pause(child.run_id, "bob")));
    here.book().claim(parent.run_id);
    BOOST_TEST(of_run(child.run_id, "status || reason") == "pausedpaused by bob");
}

BOOST_AUTO_TEST_CASE(an_interrupted_run_that_somebody_pauses_is_left_alone_from_then_on) {
    const auto run = owned();
    auto along = resting(run);
    along.run.reason = "interrupted";
    here.book().write(along);
    BOOST_TEST(here.book().unowned().size() == 1u);
    BOOST_TEST(answered(here.desk().pause(run.run_id, "ann")));
    BOOST_TEST(of_run(run.run_id, "status || reason") == "pausedpaused by ann");
    BOOST_TEST(here.book().unowned().empty());
}

BOOST_AUTO_TEST_CASE(a_run_below_that_was_interrupted_with_its_parent_goes_on_with_it) {
    const auto parent = owned();
    const auto child = *here.book().look(with_child(parent).run_id);
    for (const auto& run : {child, parent}) {
        auto along = resting(run);
        along.run.reason = "interrupted";
        here.book().write(along);
    }
    here.book().claim(parent.run_id);
    BOOST_TEST((here.book().due(10) == std::vector<std::string>{child.run_id}));
}

BOOST_AUTO_TEST_CASE(a_run_begun_by_one_that_is_asked_to_pause_is_asked_as_well) {
    const auto parent = owned();
    auto other = another();
    BOOST_TEST(answered(other->desk().pause(parent.run_id, "ann")));
    const auto child = with_child(parent); // decided before the wish was heard
    BOOST_TEST(of_run(child.run_id, "pause_asked || calls || reason") == "11asked to pause with its parent run");
    auto along = along_of(parent);
    along.run.status = RunStatus::completed;
    along.new_runs = {wanted()};
    along.new_runs[0].chain_no = 2;
    BOOST_TEST((here.book().write(along) == Written::yes));
    BOOST_TEST(of_run(along.new_runs[0].run_id, "pause_asked || reason") == "1asked to pause by ann");
}

BOOST_AUTO_TEST_CASE(a_pause_that_is_taken_back_before_it_happened_leaves_the_run_due) {
    const auto parent = owned();
    const auto child = *here.book().look(with_child(parent).run_id);
    here.book().release(parent.run_id, parent.fence);
    auto other = another();
    BOOST_TEST(answered(other->desk().pause(parent.run_id, "ann"))); // at once; who has the child is asked
    BOOST_TEST(std::holds_alternative<run::Owned>(other->book().claim(parent.run_id)));
    BOOST_TEST(of_run(child.run_id, "pause_asked") == "0");
    BOOST_TEST((here.book().write(resting(child)) == Written::yes)); // it had heard the wish alone
    here.book().release(child.run_id, child.fence);
    BOOST_TEST(of_run(child.run_id, "status || coalesce(reason, '')") == "running");
    BOOST_TEST((other->book().due(10) == std::vector<std::string>{child.run_id}));
    sound();
}

BOOST_AUTO_TEST_CASE(a_step_whose_run_was_paused_with_it_has_all_of_its_time_again) {
    const auto parent = owned();
    with_child(parent); // ten minutes
    here.book().release(parent.run_id, parent.fence);
    BOOST_TEST(answered(here.desk().pause(parent.run_id, "ann")));
    clock.advance(std::chrono::hours{5});
    const auto again = std::get<run::Owned>(here.book().claim(parent.run_id)).run;
    BOOST_TEST(again.steps.back().step == "part");
    BOOST_TEST(again.steps.back().wake_at == later(std::chrono::minutes{10}));
}

BOOST_AUTO_TEST_CASE(a_queued_run_below_a_paused_one_is_in_the_queue_again_afterwards) {
    const auto other = owned();
    const auto parent = owned();
    auto wish = child_of(parent, other.workflow);
    wish.concurrent_max = 1;
    wish.queue_until = later(std::chrono::hours{1});
    auto wait = waiting("part", "workflow");
    wait.child_run_id = wish.run_id;
    auto along = along_of(parent, {ended("read", StepStatus::completed), wait});
    along.run.status = RunStatus::waiting;
    along.new_runs = {wish};
    here.book().write(along);
    here.book().release(parent.run_id, parent.fence);
    BOOST_TEST_REQUIRE(of_run(wish.run_id, "status") == "pending");
    BOOST_TEST(answered(here.desk().pause(parent.run_id, "")));
    BOOST_TEST(of_run(wish.run_id, "status") == "paused");
    here.book().claim(parent.run_id);
    BOOST_TEST(of_run(wish.run_id, "status || wake_at") == "pending" + wish.queue_until);
    sound();
}

BOOST_AUTO_TEST_CASE(the_first_answer_counts_and_the_same_one_again_is_no_conflict) {
    const auto run = asking();
    BOOST_TEST(answered(here.desk().answer(run.run_id, "ok", false, "ann", "no")));
    BOOST_TEST(answered(here.desk().answer(run.run_id, "ok", false, "ann", "no")));
    const auto late = here.desk().answer(run.run_id, "ok", true, "bob", "");
    BOOST_TEST_REQUIRE(declined(late, Declined::Why::conflict));
    BOOST_TEST(std::get<Declined>(late).message.find("was refused by ann at 2026-01-03T04:15:01.000Z") != std::string::npos);
    BOOST_TEST(here.book().outside(run.run_id).calls == 1);
    sound();
}

BOOST_AUTO_TEST_CASE(an_answer_that_a_cancel_overtook_is_not_given_again) {
    const auto run = asking();
    BOOST_TEST(answered(here.desk().answer(run.run_id, "ok", true, "ann", "fine")));
    BOOST_TEST(answered(here.desk().cancel(run.run_id, "ann", "")));
    BOOST_TEST(declined(here.desk().answer(run.run_id, "ok", true, "ann", "fine"), Declined::Why::conflict));
}

BOOST_AUTO_TEST_CASE(only_who_was_asked_may_answer_and_only_a_step_that_asks) {
    const auto run = asking({"ann", "bob"});
    const auto denied = here.desk().answer(run.run_id, "ok", true, "eve", "");
    BOOST_TEST_REQUIRE(declined(denied, Declined::Why::not_allowed));
    BOOST_TEST(std::get<Declined>(denied).hint == "it asks: ann, bob");
    BOOST_TEST(declined(here.desk().answer(run.run_id, "ok", true, "", ""), Declined::Why::not_allowed));
    BOOST_TEST(declined(here.desk().answer(run.run_id, "read", true, "ann", ""), Declined::Why::wrong_state));
    BOOST_TEST(declined(here.desk().answer(run.run_id, "later", true, "ann", ""), Declined::Why::no_such_step));
    BOOST_TEST(declined(here.desk().answer("nobody", "ok", true, "ann", ""), Declined::Why::no_such_run));
    BOOST_TEST(here.book().outside(run.run_id).answers.empty());
    BOOST_TEST(answered(here.desk().answer(run.run_id, "ok", true, "bob", "")));
}

BOOST_AUTO_TEST_CASE(after_its_time_nobody_answers_although_nobody_has_looked) {
    const auto run = asking();
    const auto until = env::to_text(clock.now() + std::chrono::seconds{3});
    store::Connection{file, store::Connection::Mode::write}.exec("UPDATE core_workflow_steps SET wake_at = '" + until + "' WHERE step = 'ok'");
    clock.advance(std::chrono::seconds{3});
    const auto late = here.desk().answer(run.run_id, "ok", true, "ann", "");
    BOOST_TEST_REQUIRE(declined(late, Declined::Why::conflict));
    BOOST_TEST(std::get<Declined>(late).message.find("its time was over at " + until) != std::string::npos);
    BOOST_TEST(here.book().outside(run.run_id).answers.empty());
    clock.advance(std::chrono::seconds{-1}); // in time it counts
    BOOST_TEST(answered(here.desk().answer(run.run_id, "ok", true, "ann", "")));
}

BOOST_AUTO_TEST_CASE(who_answers_after_a_timeout_or_a_cancel_is_told_so) {
    const auto timed_out = asking(), cancelled = asking();
    auto end = done(waiting("ok", "approval"), StepStatus::failed);
    BOOST_TEST((here.book().write(along_of(timed_out, {end, begun("total")})) == Written::yes));
    BOOST_TEST(declined(here.desk().answer(timed_out.run_id, "ok", true, "ann", ""), Declined::Why::conflict));
    here.desk().cancel(cancelled.run_id, "", "");
    BOOST_TEST(declined(here.desk().answer(cancelled.run_id, "ok", true, "ann", ""), Declined::Why::conflict));
}

BOOST_AUTO_TEST_CASE(of_an_approval_a_timeout_and_a_cancel_at_once_one_counts) {
    for (int round = 0; round < 20; ++round) {
        const auto run = asking();
        auto one = another(), two = another();
        std::atomic<bool> approved = false, timed_out = false, cancelled = false;
        std::atomic<int> ready = 0;
        const auto at_once = [&](const std::function<void()>& act) {
            return std::thread{[&ready, act] {
                ++ready;
                while (ready < 3)
                    std::this_thread::yield();
                act();
            }};
        };
        auto a = at_once([&] { approved = answered(one->desk().answer(run.run_id, "ok", true, "ann", "")); });
        auto b = at_once([&] {
            timed_out = here.book().write(along_of(run, {done(waiting("ok", "approval"), StepStatus::failed), begun("total")})) ==
                        Written::yes;
        });
        auto c = at_once([&] { cancelled = answered(two->desk().cancel(run.run_id, "", "")); });
        a.join();
        b.join();
        c.join();
        BOOST_TEST(cancelled); // a run may be cancelled after either
        BOOST_TEST(!(approved && timed_out));
        sound();
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_was_continued_is_not_retried_and_its_successor_is_named) {
    const auto run = owned();
    auto along = finished(run);
    along.new_runs = {wanted()};
    along.new_runs[0].chain_no = 2;
    along.run.reason = "continued as run " + along.new_runs[0].run_id + "; failed and passed over: read";
    BOOST_TEST((here.book().write(along) == Written::yes));
    const auto asked = here.desk().retry(run.run_id, {}, "read", "ann");
    BOOST_TEST_REQUIRE(declined(asked, Declined::Why::wrong_state));
    BOOST_TEST(std::get<Declined>(asked).message.find("was continued as run '" + along.new_runs[0].run_id + "'") != std::string::npos);
    BOOST_TEST(of_run(run.run_id, "status || generation") == "completed1");
}

BOOST_AUTO_TEST_CASE(a_run_whose_steps_were_pruned_is_not_retried) {
    const auto run = owned();
    auto along = finished(run, RunStatus::failed);
    along.steps.push_back(ended("@pruned", StepStatus::completed));
    BOOST_TEST((here.book().write(along) == Written::yes));
    BOOST_TEST(declined(here.desk().retry(run.run_id, {"read"}, "", "ann"), Declined::Why::wrong_state));
}

BOOST_AUTO_TEST_CASE(an_answer_for_no_step_names_those_that_wait_and_the_run_that_nobody_drives_says_that_it_has_one) {
    const auto run = asking();
    const auto unknown = here.desk().answer(run.run_id, "okay", true, "ann", "");
    BOOST_TEST_REQUIRE(declined(unknown, Declined::Why::no_such_step));
    BOOST_TEST(std::get<Declined>(unknown).hint == "these wait for an answer: 'ok'");
    auto along = along_of(run);
    along.run.status = RunStatus::waiting;
    along.run.reason = "'ok' waits for an approval";
    here.book().write(along);
    here.book().release(run.run_id, run.fence);
    BOOST_TEST(answered(here.desk().answer(run.run_id, "ok", true, "ann", "")));
    BOOST_TEST(of_run(run.run_id, "reason") == "'ok' was approved by ann");
}

BOOST_AUTO_TEST_CASE(a_retry_opens_a_finished_run_again_as_due_with_the_next_generation) {
    const auto run = owned();
    BOOST_TEST(declined(here.desk().retry(run.run_id, {"read"}, "", "ann"), Declined::Why::wrong_state));
    auto end = finished(run, RunStatus::failed);
    unit::Failure failure;
    failure.message = "no";
    end.run.failure = failure;
    end.run.error_step = "read";
    end.steps[0].begun_no = 1;
    end.steps[0].ended_no = 2;
    here.book().write(end);
    clock.advance(std::chrono::minutes{1});
    BOOST_TEST(answered(here.desk().retry(run.run_id, {"read"}, "read", "ann")));
    control::Filter due;
    due.status = "due"; // nobody has had it, so it is not interrupted
    BOOST_TEST(here.store->runs(due).rows.size() == 1u);
    due.status = "interrupted";
    BOOST_TEST(here.store->runs(due).rows.empty());
    BOOST_TEST(here.store->run_trace().now(run.run_id)->due);
    auto row = *here.book().look(run.run_id);
    BOOST_TEST((row.status == RunStatus::running));
    BOOST_TEST(row.generation == 2);
    BOOST_TEST(row.finished_at == "");
    BOOST_TEST(row.error_step == "");
    BOOST_TEST(!row.failure.has_value());
    BOOST_TEST_REQUIRE(row.steps.size() == 2u);
    const auto& record = row.steps[1];
    BOOST_TEST(record.step == "@retry");
    BOOST_TEST(record.generation == 2);
    BOOST_TEST(record.attempt == 2);
    BOOST_TEST(record.begun_no == 3);
    BOOST_TEST((record.status == StepStatus::completed));
    BOOST_TEST(boost::json::serialize(record.output) == R"({"steps":["read"],"from":"read","by":"ann","at":"2026-01-03T04:16:01.000Z"})");
    BOOST_TEST(here.book().due(10) == std::vector<std::string>{run.run_id}, boost::test_tools::per_element());
    BOOST_TEST((here.book().write(along_of(run, {begun("late")})) == Written::lost)); // who ended it has it no more
    sound();
    const auto claimed = std::get<run::Owned>(here.book().claim(run.run_id)).run;
    auto again = begun("read");
    again.generation = 2;
    BOOST_TEST((here.book().write(along_of(claimed, {again})) == Written::yes));
    sound();
}

BOOST_AUTO_TEST_CASE(a_retried_child_is_no_second_child_of_a_retried_parent) {
    const auto parent = owned();
    const auto first = with_child(parent);
    here.book().write(finished(*here.book().look(first.run_id), RunStatus::failed));
    auto end = finished(parent, RunStatus::failed);
    end.steps = {done(waiting("part", "workflow"), StepStatus::failed)};
    here.book().write(end);
    BOOST_TEST(answered(here.desk().retry(first.run_id, {"read"}, "", "")));
    BOOST_TEST(answered(here.desk().retry(parent.run_id, {"part"}, "", "")));
    const auto claimed = std::get<run::Owned>(here.book().claim(parent.run_id)).run;
    auto second = child_of(claimed);
    second.generation = claimed.generation;
    auto wait = waiting("part", "workflow");
    wait.generation = claimed.generation;
    wait.child_run_id = second.run_id;
    auto along = along_of(claimed, {wait});
    along.run.status = RunStatus::waiting;
    along.new_runs = {second};
    BOOST_TEST((here.book().write(along) == Written::yes));
    BOOST_TEST(here.book().outside(parent.run_id).children.empty());
    sound();
}

BOOST_AUTO_TEST_CASE(a_fork_begins_with_what_was_kept_and_belongs_to_nobody) {
    const auto run = owned(wanted("k"));
    here.book().write(finished(run));
    auto fork = wanted();
    fork.forked_from = run.run_id;
    fork.generation = 2;
    auto note = ended("@forked", StepStatus::completed);
    note.type = "forked";
    note.output = {{"run_id", run.run_id}, {"at", "total"}};
    fork.begin.steps = {ended("read", StepStatus::completed), note};
    BOOST_TEST(answered(here.desk().fork(fork)));
    const auto row = *here.book().look(fork.run_id);
    BOOST_TEST((row.steps == fork.begin.steps));
    BOOST_TEST(row.forked_from == run.run_id);
    BOOST_TEST(row.generation == 2);
    BOOST_TEST(of_run(fork.run_id, "locked_by IS NULL") == "1");
    BOOST_TEST(here.book().due(10) == std::vector<std::string>{fork.run_id}, boost::test_tools::per_element());
    sound();
    BOOST_TEST(declined(here.desk().fork(fork), Declined::Why::conflict));
    auto keyed = wanted("k");
    BOOST_TEST(declined(here.desk().fork(keyed), Declined::Why::conflict));
    fork.run_id = env::new_id(clock, random);
    fork.forked_from = "nobody";
    BOOST_TEST(declined(here.desk().fork(fork), Declined::Why::no_such_run));
}

BOOST_AUTO_TEST_CASE(an_attempt_that_is_given_up_can_commit_no_more) {
    auto start = here.bench->executions().start(here.planned("read", "w1"));
    auto& attempt = std::get<run::Started>(start);
    here.bench->executions().give_up(attempt.execution_id);
    BOOST_TEST(std::holds_alternative<unit::Fenced>(*Process::read_into(*attempt.unit, {{"A", 1}})));
    here.bench->executions().give_up(attempt.execution_id); // nothing more
    BOOST_TEST(here.value("SELECT status || reason FROM core_executions") ==
               "cancelledgiven up: it did not end when it was told to");
    sound();
}

BOOST_AUTO_TEST_SUITE_END()
