#include "control/workflows.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sys/stat.h>

using namespace spine;

namespace {
struct Folder {
    test::TemporaryFolder files;
    control::WorkflowFolder folder{files.path()};

    std::string write(const std::string& name, const std::string& text) const {
        const auto path = files.path() + "/" + name;
        std::ofstream{path} << text;
        return path;
    }
    std::string workflow(const std::string& file, const std::string& name) const {
        return write(file, "name: " + name + "\ndomain: demo.numbers\ndescription: Counts\nversion: 3\ntags: [weekly]\nsteps:\n"
                           "  - {name: count, type: pipeline, pipeline: demo.numbers.count}\n");
    }
    control::BadRequest bad(const std::string& name_or_file) const {
        auto found = control::find_workflow(name_or_file, folder);
        BOOST_TEST_REQUIRE(std::holds_alternative<control::BadRequest>(found));
        auto refused = std::get<control::BadRequest>(std::move(found));
        BOOST_TEST_REQUIRE(!refused.faults.empty());
        return refused;
    }
    std::string name_of(const std::string& name_or_file) const {
        auto found = control::find_workflow(name_or_file, folder);
        BOOST_TEST_REQUIRE(std::holds_alternative<workflow::Definition>(found));
        return std::get<workflow::Definition>(found).workflow.name;
    }
};
} // namespace

BOOST_FIXTURE_TEST_SUITE(workflows, Folder)

BOOST_AUTO_TEST_CASE(the_folder_is_listed_by_name_and_what_cannot_be_read_says_why) {
    workflow("z.yaml", "demo.alpha");
    workflow("a.yml", "demo.beta");
    write("broken.yaml", "name: [\n");
    write("notes.txt", "name: demo.no\n");
    write(".demo.yaml.swp.yaml", "name: [\n");
    const auto all = control::list_workflows(folder);
    BOOST_TEST_REQUIRE(all.size() == 3u);
    BOOST_TEST(all[0].name == "");
    BOOST_TEST(!all[0].faults.empty());
    BOOST_TEST(all[1].name == "demo.alpha");
    BOOST_TEST(all[1].domain == "demo.numbers");
    BOOST_TEST(all[1].version == 3);
    BOOST_TEST(all[1].steps == 1u);
    BOOST_TEST(all[1].tags.at(0) == "weekly");
    BOOST_TEST(all[2].name == "demo.beta");
    BOOST_TEST(control::list_workflows({files.path() + "/none"}).empty());
    BOOST_TEST(control::list_workflows({""}).empty());
}

BOOST_AUTO_TEST_CASE(a_workflow_is_found_by_its_name_or_by_its_file) {
    const auto path = workflow("z.yaml", "demo.alpha");
    BOOST_TEST(name_of("demo.alpha") == "demo.alpha");
    BOOST_TEST(name_of(path) == "demo.alpha");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_there_is_told_with_the_nearest) {
    workflow("z.yaml", "demo.alpha");
    const auto refused = bad("demo.alhpa");
    BOOST_TEST(refused.exit_code == 4);
    BOOST_TEST(refused.faults[0].hint == "did you mean 'demo.alpha'?");
    write("broken.yaml", "name: [\n");
    BOOST_TEST(bad("quite.another.thing").faults[0].hint == "1 file(s) there cannot be read; 'spine workflow list' says why");
}

BOOST_AUTO_TEST_CASE(one_name_in_two_files_is_refused_with_both) {
    workflow("a.yaml", "demo.alpha");
    workflow("b.yaml", "demo.alpha");
    const auto refused = bad("demo.alpha");
    BOOST_TEST(refused.exit_code == 3);
    BOOST_TEST(refused.faults[0].message.find("a.yaml and ") != std::string::npos, refused.faults[0].message);
    BOOST_TEST(refused.faults[0].message.find("b.yaml") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_a_regular_file_of_a_sane_size_is_read) {
    const auto path = files.path() + "/x.yaml";
    BOOST_TEST(bad(path).exit_code == 4);
    BOOST_TEST(bad("nowhere.yaml").exit_code == 4);
    BOOST_TEST(bad("nowhere.json").exit_code == 4);
    BOOST_TEST(bad(files.path() + "/").exit_code == 3);
    BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    BOOST_TEST(bad(path).exit_code == 3);
    const auto large = write("large.yaml", std::string((1u << 20) + 1, '#'));
    BOOST_TEST(bad(large).exit_code == 3);
    BOOST_TEST(bad(large).faults[0].message.find("larger than 1048576 bytes") != std::string::npos);
    BOOST_TEST(bad("/dev/zero").exit_code == 3);
}

BOOST_AUTO_TEST_CASE(every_fault_of_form_comes_along_with_its_line) {
    const auto path = write("x.yaml", "name: demo.alpha\nstepps: []\nsteps:\n  - {name: a, type: pipline, pipeline: x}\n");
    const auto found = control::find_workflow(path, folder);
    const auto& faults = std::get<workflow::Definition>(found).faults;
    BOOST_TEST(faults.size() == 2u);
    for (const auto& fault : faults) {
        BOOST_TEST(fault.where == path);
        BOOST_TEST(fault.line > 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
