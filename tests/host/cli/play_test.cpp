#include "support/fake_world.hpp"
#include "support/temporary_folder.hpp"
#include "workflow/json.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

using namespace spine;

namespace {

struct Fixture : test::FakeWorld {
    test::TemporaryFolder folder;
    std::string file = folder.path() + "/a.yaml";

    Fixture() {
        libraries.library.plugins.plugins[0].handlers = {test::demo_handler()};
        std::ofstream{file} << "name: demo.refresh\ndefaults: {weeks_back: 3, least: null}\nsteps:\n"
                               "  - {name: check, type: lambda, handler: demo.numbers.check}\n"
                               "  - {name: tell, type: lambda, handler: demo.numbers.check}\n";
        libraries.library.lambdas_scripted.answers["demo.numbers.check"] = [](const run::LambdaCall& call) {
            run::LambdaResult fine;
            fine.ok = true;
            fine.outputs = {{"least", call.params.contains("least") ? call.params.at("least") : boost::json::value(0)}};
            return fine;
        };
    }
    int play(const std::string& lines, std::vector<std::string> more = {}) {
        typed.clear();
        typed.str(lines);
        std::vector<std::string> words{"workflow", "play", file};
        words.insert(words.end(), more.begin(), more.end());
        return spine(words);
    }
    bool says(const std::string& text) const { return err.text.find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(play_command, Fixture)

BOOST_AUTO_TEST_CASE(a_script_of_commands_is_played_line_by_line) {
    BOOST_TEST(play("step\n  peek  \nback\nset least=4\n\nstep\noutputs check\nrun") == 0);
    BOOST_TEST(out.text == "check (lambda) completed: least=0\nnext: tell (lambda)\nnext: check (lambda)\nleast = 4\n"
                           "check (lambda) completed: least=4\nleast  4\ntell (lambda) completed: least=4\n"
                           "status      completed\nsteps done  2 of 2\nremaining   none\n");
    BOOST_TEST(script.run_journal.runs.empty());
}

BOOST_AUTO_TEST_CASE(programs_get_one_document_a_line) {
    BOOST_TEST(play("step\nsummary\nquit\nstep\n", {"-o", "json"}) == 0);
    const auto end = out.text.find('\n');
    BOOST_TEST(workflow::json_from(out.text.substr(0, end)).at("step").as_string() == "check");
    BOOST_TEST(workflow::json_from(out.text.substr(end + 1)).at("remaining").at(0).as_string() == "tell");
}

BOOST_AUTO_TEST_CASE(what_is_no_command_is_told_and_the_play_goes_on) {
    BOOST_TEST(play("jump\nset least\nback\noutputs none\nstep\n") == 2);
    BOOST_TEST(says("'jump' is no command"), err.text);
    BOOST_TEST(says("'set' needs K=V"));
    BOOST_TEST(says("nothing was done yet"));
    BOOST_TEST(says("step 'none' gave nothing yet"));
    BOOST_TEST(out.text == "check (lambda) completed: least=0\n");
    BOOST_TEST(play("help\n") == 0);
    BOOST_TEST(play("", {"-p", "nobody=1"}) == 3);
}

BOOST_AUTO_TEST_CASE(a_step_that_asks_is_answered_by_somebody_with_a_reason) {
    std::ofstream{file} << "name: demo.refresh\nsteps:\n  - {name: ask, type: approval, approvers: [ann, bob], message: fine}\n"
                           "  - {name: check, type: lambda, handler: demo.numbers.check}\n";
    BOOST_TEST(play("run\nreject ask bob  not this week \nback\napprove ask\nrun\n") == 0, err.text);
    BOOST_TEST(out.text == "waiting: 'ask' waits for an answer; 'approve' and 'reject' give it\n"
                           "status      waiting\nreason      'ask' waits for an approval\nsteps done  0 of 2\nremaining   ask, check\n"
                           "ask (approval) failed: STEP_ERROR: refused by bob: not this week\n"
                           "'ask' waits for an answer; 'approve' and 'reject' give it\n"
                           "ask (approval) completed: approved by ann\ncheck (lambda) completed: least=0\n"
                           "status      completed\nsteps done  2 of 2\nremaining   none\n");
    BOOST_TEST(play("approve\napprove ask eve\n") == 2);
    BOOST_TEST(says("'approve' needs STEP\nhint: approve review ann"), err.text);
    BOOST_TEST(says("'eve' may not answer step 'ask'\nhint: it asks: ann, bob"), err.text);
}

BOOST_AUTO_TEST_CASE(what_is_set_is_declared_and_typed_as_at_the_start) {
    BOOST_TEST(play("set lest=4\nset weeks_back=x\nset weeks_back=4\nset least=[4]\n") == 2);
    BOOST_TEST(says("parameter 'lest' is unknown\nhint: did you mean 'least'?"), err.text);
    BOOST_TEST(says("parameter 'weeks_back' 'x' is no integer"), err.text);
    BOOST_TEST(out.text == "weeks_back = 4\nleast = [4]\n");
}

BOOST_AUTO_TEST_CASE(steps_of_children_are_played_and_told_under_the_step_that_waits) {
    std::ofstream{folder.path() + "/child.yaml"} << "name: demo.child\nsteps: [{name: inner, type: lambda, handler: demo.numbers.check}]\n";
    std::ofstream{file} << "name: demo.refresh\nsteps:\n  - {name: below, type: workflow, workflow: demo.child}\n"
                           "  - {name: aside, type: workflow, workflow: demo.child, wait: false}\n";
    BOOST_TEST(play("peek\nrun\nshow\n", {"--workflows", folder.path()}) == 0, err.text);
    BOOST_TEST(out.text.find("next: below/inner (lambda)\nbelow/inner (lambda) completed: least=0\nbelow (workflow) completed") == 0u, out.text);
    BOOST_TEST(out.text.find("steps done  2 of 2\nremaining   none\nnot played  demo.child\n") != std::string::npos, out.text);
    BOOST_TEST(out.text.find("\nbelow/inner  lambda    completed") != std::string::npos, out.text);
}

BOOST_AUTO_TEST_CASE(a_past_run_is_played_and_stays_as_it_is) {
    BOOST_TEST(spine({"workflow", "run", file}) == 0);
    std::int64_t events = 0;
    for (auto& record : script.run_journal.runs.at(0).steps) { // one after the other
        record.begun_no = ++events;
        record.ended_no = ++events;
    }
    const auto run = script.run_journal.runs.at(0);
    typed.str("back\nset least=9\nstep\nsummary\n");
    BOOST_TEST(spine({"workflow", "play", run.run_id}) == 0);
    BOOST_TEST(out.text.find("tell (lambda) completed: least=9") != std::string::npos, out.text);
    BOOST_TEST(script.run_journal.runs.size() == 1u);
    BOOST_TEST((script.run_journal.runs.at(0).steps == run.steps));
}

BOOST_AUTO_TEST_SUITE_END()
