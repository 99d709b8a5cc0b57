#include "control/control.hpp"
#include "support/fake_library.hpp"
#include "support/fake_store.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>

using namespace spine;

namespace {
struct Setup {
    test::TemporaryFolder folder;
    test::StoreScript script;
    test::FakeStores stores{script};
    test::FakeLibraries libraries{folder.path()};

    control::DoctorFinding finding(const std::string& subject) {
        const auto all = control::doctor(stores, libraries);
        const auto found = std::ranges::find(all, subject, &control::DoctorFinding::subject);
        BOOST_TEST_REQUIRE((found != all.end()), subject);
        return *found;
    }
};
} // namespace

BOOST_FIXTURE_TEST_SUITE(doctor, Setup)

BOOST_AUTO_TEST_CASE(a_sound_installation_has_nothing_but_ok) {
    libraries.library.plugins = test::demo_catalogue();
    libraries.library.plugins.refused.clear();
    for (const auto& finding : control::doctor(stores, libraries))
        BOOST_TEST(finding.status == "ok", finding.subject << ": " << finding.detail);
    BOOST_TEST(finding("plugin demo").detail == "1.0.0, 3 pipelines, 0 lambdas, /plugins/demo.so");
}

BOOST_AUTO_TEST_CASE(a_refused_plugin_is_an_error_with_its_reason) {
    libraries.library.plugins = test::demo_catalogue();
    const auto found = finding("plugin broken.so");
    BOOST_TEST(found.status == "error");
    BOOST_TEST(found.exit_code == 3);
    BOOST_TEST(found.detail.find("lacks the entry") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_store_yet_is_a_warning_that_says_how_to_make_one) {
    script.exists = false;
    const auto found = finding("store");
    BOOST_TEST(found.status == "warning");
    BOOST_TEST(found.hint == "run 'spine db init' first");
}

BOOST_AUTO_TEST_CASE(a_migration_that_waits_is_a_warning) {
    script.info.pending = {{"demo", 25, "liquidity"}};
    BOOST_TEST(finding("migration demo 25").status == "warning");
}

BOOST_AUTO_TEST_CASE(work_that_a_dead_process_left_is_a_warning_that_says_how_to_go_on) {
    script.executions = {{"execution_id"}, {{boost::json::value("x")}}, false};
    const auto found = finding("interrupted work");
    BOOST_TEST(found.status == "warning");
    BOOST_TEST(found.detail == "1 execution was left by a process that died");
    BOOST_TEST(found.hint.find("spine runs list --state interrupted") != std::string::npos);
    for (const auto& filter : script.filters)
        BOOST_TEST(filter.status == "interrupted");
}

BOOST_AUTO_TEST_CASE(a_folder_that_everybody_may_write_to_is_an_error) {
    std::filesystem::permissions(folder.path(), std::filesystem::perms::others_write, std::filesystem::perm_options::add);
    const auto found = finding("plugin folder");
    BOOST_TEST(found.status == "error");
    BOOST_TEST(found.exit_code == 8);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_a_warning) {
    test::FakeLibraries nowhere{folder.path() + "/none"};
    BOOST_TEST(control::doctor(stores, nowhere).front().status == "warning");
}

BOOST_AUTO_TEST_SUITE_END()
