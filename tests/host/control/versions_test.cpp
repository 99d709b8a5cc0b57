#include "control/versions.hpp"
#include "control/workflow_catalogue.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

using namespace spine;

namespace {

struct Fixture {
    test::TemporaryFolder files;
    control::WorkflowFolder folder{files.path()};
    test::StoreScript script;
    test::FakeStores stores{script};
    test::FakeLibraries libraries;

    Fixture() { libraries.library.plugins = test::demo_catalogue(); }
    std::string write(const std::string& name, const std::string& what) const {
        const auto path = files.path() + "/" + name;
        std::ofstream{path} << "name: demo.refresh\nversion: 7\nsteps:\n  - {name: count, type: pipeline, pipeline: demo.numbers." << what << "}\n";
        return path;
    }
    control::Press press() { return {folder, stores, libraries, "2026-01-03T04:15:01.000Z"}; }
    control::PublishReport published(const std::string& file) {
        auto answer = control::publish_workflow(file, {"ann", "why"}, press());
        BOOST_TEST_REQUIRE(std::holds_alternative<control::PublishReport>(answer));
        return std::get<control::PublishReport>(std::move(answer));
    }
    control::FoundDefinition found(const std::string& word) {
        auto answer = control::find_definition(word, folder, stores);
        BOOST_TEST_REQUIRE(std::holds_alternative<control::FoundDefinition>(answer), word);
        return std::get<control::FoundDefinition>(std::move(answer));
    }
    control::BadRequest refused(const std::string& word) {
        auto answer = control::find_definition(word, folder, stores);
        BOOST_TEST_REQUIRE(std::holds_alternative<control::BadRequest>(answer), word);
        return std::get<control::BadRequest>(std::move(answer));
    }
    static std::string does(const control::FoundDefinition& found) {
        return std::get<workflow::PipelineStep>(found.definition.workflow.steps.at(0).kind).pipeline;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(versions, Fixture)

BOOST_AUTO_TEST_CASE(a_name_means_its_published_version_and_says_when_a_file_differs) {
    const auto file = write("a.yaml", "count");
    BOOST_TEST(found("demo.refresh").published == 0); // nothing was published
    published(file);
    BOOST_TEST(found("demo.refresh").note.empty());
    write("a.yaml", "idle");
    const auto meant = found("demo.refresh");
    BOOST_TEST(meant.published == 1);
    BOOST_TEST(meant.definition.workflow.version == 1); // the published number, whatever the text says
    BOOST_TEST(meant.definition.file == "demo.refresh@1");
    BOOST_TEST(does(meant) == "demo.numbers.count");
    BOOST_TEST(meant.note == "'demo.refresh' is its published version 1, from which '" + file + "' differs; 'spine workflow diff demo.refresh " +
                                 file + "' shows how");
    BOOST_TEST(does(found(file)) == "demo.numbers.idle"); // a file is the file
    BOOST_TEST(found(file).definition.workflow.version == 7);
    published(file);
    BOOST_TEST(does(found("demo.refresh")) == "demo.numbers.idle");
    BOOST_TEST(does(found("demo.refresh@1")) == "demo.numbers.count");
    BOOST_TEST(found("demo.refresh@1").published == 1);
}

BOOST_AUTO_TEST_CASE(versions_that_are_not_there_are_refused_with_what_there_is) {
    BOOST_TEST(refused("demo.refresh@1").exit_code == 4);
    published(write("a.yaml", "count"));
    BOOST_TEST(refused("demo.refresh@2").exit_code == 4);
    BOOST_TEST(refused("demo.refresh@2").faults[0].hint == "it has 1 to 1");
    for (const auto* word : {"demo.refresh@", "demo.refresh@0", "demo.refresh@-1", "demo.refresh@x", "demo.refresh@1x", "demo.refresh@99999999999999999999"})
        BOOST_TEST(refused(word).exit_code == 4, word);
}

BOOST_AUTO_TEST_CASE(without_a_store_the_folder_is_all_there_is) {
    write("a.yaml", "count");
    script.exists = false;
    BOOST_TEST(found("demo.refresh").published == 0);
    BOOST_TEST(refused("demo.refresh@1").exit_code == 4);
    BOOST_TEST(refused("demo.other").exit_code == 4);
    const auto catalogue = control::workflow_catalogue(folder, stores);
    BOOST_TEST_REQUIRE(catalogue.size() == 1u);
    BOOST_TEST(catalogue[0].published == 0);
}

BOOST_AUTO_TEST_CASE(only_what_is_sound_is_published) {
    const auto answer = control::publish_workflow(write("a.yaml", "nothing"), {}, press());
    BOOST_TEST_REQUIRE(std::holds_alternative<control::BadRequest>(answer));
    BOOST_TEST(std::get<control::BadRequest>(answer).exit_code == 3);
    BOOST_TEST(script.version_book.all.empty());
    const auto long_why = control::publish_workflow(write("b.yaml", "count"), {std::string(201, 'a'), std::string(10'001, 'b')}, press());
    BOOST_TEST(std::get<control::BadRequest>(long_why).faults.size() == 2u);
    BOOST_TEST(script.version_book.all.empty());
}

BOOST_AUTO_TEST_CASE(a_circle_through_published_workflows_and_a_time_that_has_passed_are_not_published) {
    const auto file = [&](const std::string& name, const std::string& step) {
        const auto path = files.path() + "/" + name + ".yaml";
        std::ofstream{path} << "name: demo." << name << "\nsteps:\n  - {name: count, type: pipeline, pipeline: demo.numbers.count}\n  - " << step << "\n";
        return path;
    };
    const auto fault = [&](const std::string& path) {
        const auto answer = control::publish_workflow(path, {}, press());
        const auto* bad = std::get_if<control::BadRequest>(&answer);
        return bad == nullptr ? std::string{"published"} : bad->faults.front().message;
    };
    BOOST_TEST(fault(file("a", "{name: w, type: wait, seconds: 1}")) == "published");
    BOOST_TEST(fault(file("b", "{name: call, type: workflow, workflow: demo.a}")) == "published");
    BOOST_TEST(fault(file("a", "{name: call, type: workflow, workflow: demo.b}")).find("'demo.a' -> 'demo.b' -> 'demo.a'") != std::string::npos);
    BOOST_TEST(fault(file("c", "{name: call, type: workflow, workflow: demo.nobody}")).find("demo.nobody") != std::string::npos);
    BOOST_TEST(fault(file("d", "{name: w, type: wait, until: '2026-01-01'}")) != "published");
}

BOOST_AUTO_TEST_CASE(the_same_text_again_publishes_nothing_and_going_back_publishes_the_old_one) {
    const auto file = write("a.yaml", "count");
    BOOST_TEST(published(file).publication.published);
    BOOST_TEST(!published(file).publication.published);
    write("a.yaml", "idle");
    published(file);
    const auto back = control::roll_back_workflow("demo.refresh", 1, {"bob", "slow"}, press());
    BOOST_TEST_REQUIRE(std::holds_alternative<control::PublishReport>(back));
    const auto& current = std::get<control::PublishReport>(back).publication.current;
    BOOST_TEST(current.version == 3);
    BOOST_TEST(current.rolled_back_from.value_or(0) == 2);
    BOOST_TEST(does(found("demo.refresh")) == "demo.numbers.count");
    BOOST_TEST(std::get<control::BadRequest>(control::roll_back_workflow("demo.refresh", 9, {}, press())).exit_code == 4);
    BOOST_TEST(std::get<control::BadRequest>(control::roll_back_workflow("demo.none", 1, {}, press())).exit_code == 4);
    BOOST_TEST(std::get<std::vector<control::PublishedVersion>>(control::versions_of("demo.refresh", stores)).size() == 3u);
    BOOST_TEST(std::get<control::BadRequest>(control::versions_of("demo.none", stores)).exit_code == 4);
}

BOOST_AUTO_TEST_CASE(versions_are_compared_by_their_names) {
    published(write("a.yaml", "count"));
    published(write("a.yaml", "idle"));
    const auto sides = [&](const std::vector<std::string>& words) { return control::sides_of(words, folder, stores); };
    const auto both = std::get<control::Sides>(sides({"demo.refresh@1", "demo.refresh@2"}));
    BOOST_TEST(both.before.published == 1);
    BOOST_TEST(both.after.published == 2);
    const auto now = std::get<control::Sides>(sides({"demo.refresh@1"}));
    BOOST_TEST(now.before.published == 1);
    BOOST_TEST(now.after.published == 2);
    BOOST_TEST(std::get<control::BadRequest>(sides({"demo.refresh@1", "demo.refresh@7"})).exit_code == 4);
    BOOST_TEST(std::get<control::BadRequest>(sides({"demo.refresh@x", "demo.refresh@1"})).exit_code == 4);
}

BOOST_AUTO_TEST_CASE(going_back_is_not_refused_because_a_plugin_is_gone) {
    published(write("a.yaml", "count"));
    published(write("a.yaml", "idle"));
    libraries.library.plugins = {};
    const auto back = control::roll_back_workflow("demo.refresh", 1, {}, press());
    BOOST_TEST_REQUIRE(std::holds_alternative<control::PublishReport>(back));
    BOOST_TEST(!std::get<control::PublishReport>(back).warnings.empty());
}

BOOST_AUTO_TEST_CASE(words_of_a_comparison_name_its_sides) {
    const auto file = write("a.yaml", "count");
    published(file);
    write("a.yaml", "idle");
    published(file);
    const auto other = write("b.yaml", "count");
    const auto sides = [&](const std::vector<std::string>& words) -> std::string {
        const auto answer = control::sides_of(words, folder, stores);
        if (const auto* bad = std::get_if<control::BadRequest>(&answer))
            return std::to_string(bad->exit_code);
        const auto& found = std::get<control::Sides>(answer);
        return found.before.definition.file + " " + found.after.definition.file;
    };
    BOOST_TEST(sides({"demo.refresh"}) == "demo.refresh@1 demo.refresh@2");
    BOOST_TEST(sides({"demo.refresh", "1"}) == "demo.refresh@1 demo.refresh@2");
    BOOST_TEST(sides({"demo.refresh", "2", "1"}) == "demo.refresh@2 demo.refresh@1");
    BOOST_TEST(sides({"demo.refresh", other}) == "demo.refresh@2 " + other);
    BOOST_TEST(sides({other, "demo.refresh"}) == other + " demo.refresh@2");
    BOOST_TEST(sides({other}) == "demo.refresh@2 " + other);
    BOOST_TEST(sides({file, other}) == file + " " + other);
    BOOST_TEST(sides({"demo.refresh", "x"}) == "2");
    BOOST_TEST(sides({file, other, "1"}) == "2");
    BOOST_TEST(sides({"demo.refresh", "1", "5"}) == "4");
    BOOST_TEST(sides({"demo.none"}) == "4");
}

BOOST_AUTO_TEST_CASE(the_catalogue_joins_files_versions_and_runs) {
    const auto file = write("a.yaml", "count");
    published(file);
    write("a.yaml", "idle");
    script.version_book.publish({"demo.stored", 1, "name: demo.stored\ntags: [daily]\nsteps: []\n", "s", "", "", false});
    control::RunTotals totals;
    totals.workflow = "demo.refresh";
    totals.runs = 5;
    totals.completed = 3;
    totals.failed = 1;
    script.history.all_totals = {totals};
    const auto all = control::workflow_catalogue(folder, stores);
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].entry.name == "demo.refresh");
    BOOST_TEST(all[0].published == 1);
    BOOST_TEST(all[0].file_differs);
    BOOST_TEST(all[0].entry.file == file);
    BOOST_TEST(all[0].success_rate().value_or(0) == 0.75);
    BOOST_TEST(all[1].entry.name == "demo.stored");
    BOOST_TEST(all[1].entry.file.empty());
    BOOST_TEST(!all[1].success_rate());
}

BOOST_AUTO_TEST_SUITE_END()
