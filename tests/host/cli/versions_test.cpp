#include "config/account.hpp"
#include "support/fake_world.hpp"
#include "support/temporary_folder.hpp"
#include "workflow/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

using namespace spine;

namespace {

struct Fixture : test::FakeWorld {
    test::TemporaryFolder folder;
    std::string file;

    Fixture() {
        variables["SPINE_WORKFLOWS"] = folder.path();
        variables["SPINE_USER"] = "zoe";
        file = write("count");
    }
    std::string write(const std::string& what) const {
        const auto path = folder.path() + "/a.yaml";
        std::ofstream{path} << "name: demo.refresh\nversion: 7\nsteps:\n  - {name: count, type: pipeline, pipeline: demo.numbers." << what << "}\n";
        return path;
    }
    boost::json::value document() const { return workflow::json_from(out.text); }
    bool says(const std::string& text) const { return err.text.find(text) != std::string::npos; }
    bool shows(const std::string& text) const { return out.text.find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(version_commands, Fixture)

BOOST_AUTO_TEST_CASE(without_a_name_it_is_the_account_that_publishes) {
    variables.erase("SPINE_USER");
    const auto account = config::account_name();
    BOOST_TEST(spine({"workflow", "publish", file}) == (account.empty() ? 2 : 0));
    if (account.empty())
        BOOST_TEST(says("hint: add --by NAME"), err.text);
    else
        BOOST_TEST(shows("by         " + account), out.text);
}

BOOST_AUTO_TEST_CASE(publishing_tells_the_number_and_who_and_why) {
    variables["USER"] = "root";
    variables["SPINE_USER"] = "ann";
    BOOST_TEST(spine({"workflow", "publish", file, "--changelog", "first"}) == 0);
    BOOST_TEST(shows("published  demo.refresh, version 1\nby         ann\nwhy        first\n"), out.text);
    BOOST_TEST(spine({"workflow", "publish", file}) == 0);
    BOOST_TEST(out.text.empty());
    BOOST_TEST(says("note: version 1 of 'demo.refresh' is current and has this text already; nothing was published"), err.text);
    write("idle");
    BOOST_TEST(spine({"workflow", "publish", "demo.refresh", "--by", "bob", "-o", "json"}) == 0);
    BOOST_TEST(document().at("version").as_int64() == 2);
    BOOST_TEST(document().at("published").as_bool());
    BOOST_TEST(document().at("published_by").as_string() == "bob");
    BOOST_TEST(spine({"workflow", "versions", "demo.refresh", "-o", "json"}) == 0);
    BOOST_TEST(document().at(0).at("current").as_bool());
    BOOST_TEST(!document().at(1).at("current").as_bool());
    BOOST_TEST(spine({"workflow", "versions", "demo.none"}) == 4);
}

BOOST_AUTO_TEST_CASE(going_back_is_shown_as_a_version_of_its_own) {
    spine({"workflow", "publish", file});
    write("idle");
    spine({"workflow", "publish", file});
    BOOST_TEST(spine({"workflow", "rollback", "demo.refresh", "--to", "1", "--changelog", "slow"}) == 0);
    BOOST_TEST(shows("published   demo.refresh, version 3\ninstead of  version 2\n"), out.text);
    BOOST_TEST(spine({"workflow", "versions", "demo.refresh"}) == 0);
    BOOST_TEST(shows("3 (current)"), out.text);
    BOOST_TEST(shows("rolled back from 2: slow"), out.text);
    BOOST_TEST(spine({"workflow", "rollback", "demo.refresh"}) == 2);
    BOOST_TEST(spine({"workflow", "rollback", "demo.refresh", "--to", "0"}) == 2);
    BOOST_TEST(spine({"workflow", "rollback", "demo.refresh", "--to", "8"}) == 4);
    BOOST_TEST(says("hint: it has 1 to 3"), err.text);
}

BOOST_AUTO_TEST_CASE(a_run_by_name_is_one_of_the_published_version) {
    libraries.library.scripted.work["demo.numbers.count"] = [](const run::Call&, auto&, auto&) { return unit::Outcome{unit::Done{}}; };
    spine({"workflow", "publish", file});
    write("idle");
    BOOST_TEST(spine({"workflow", "run", "demo.refresh", "-p", "tier=OTC", "-o", "json"}) == 0);
    BOOST_TEST(document().at("version").as_int64() == 1);
    BOOST_TEST(says("note: 'demo.refresh' is its published version 1, from which '" + file + "' differs"), err.text);
    BOOST_TEST(spine({"workflow", "show", "demo.refresh@1"}) == 0);
    BOOST_TEST(shows("demo.numbers.count"), out.text);
    BOOST_TEST(spine({"workflow", "show", "demo.refresh@2"}) == 4);
}

BOOST_AUTO_TEST_CASE(the_list_tells_how_runs_went) {
    spine({"workflow", "publish", file});
    control::RunTotals totals;
    totals.workflow = "demo.refresh";
    totals.runs = 4;
    totals.completed = 2;
    totals.failed = 1;
    totals.average_seconds = 1.25;
    totals.last_run_at = totals.last_failure_at = "2026-01-02T00:00:00.000Z";
    script.history.all_totals = {totals};
    BOOST_TEST(spine({"workflow", "list"}) == 0);
    BOOST_TEST(shows("demo.refresh        1      1     4  67 %     1.250 s  2026-01-02T00:00:00.000Z"), out.text);
    BOOST_TEST(spine({"workflow", "list", "-o", "json"}) == 0);
    const auto one = document().at(0);
    BOOST_TEST(one.at("published_version").as_int64() == 1);
    BOOST_TEST(one.at("total_runs").as_int64() == 4);
    BOOST_TEST(one.at("avg_duration_seconds").as_double() == 1.25);
    BOOST_TEST(one.at("last_success_at").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
