#include "plugin/rivals.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::plugin;

namespace {

workflow::Plugin brought(const std::string& id, const std::string& version, const std::string& sha, std::uint32_t migrations = 1) {
    workflow::Plugin made;
    made.id = id;
    made.version = version;
    made.sha256 = sha;
    made.file = "/p/" + sha + ".so";
    workflow::Domain domain;
    domain.name = id + ".domain";
    made.domains = {domain};
    for (std::uint32_t number = 1; number <= migrations; ++number) {
        workflow::Migration migration;
        migration.number = number;
        migration.sha256 = "m" + std::to_string(number);
        made.migrations.push_back(migration);
    }
    return made;
}

control::KnownPlugin known(const std::string& id, std::uint32_t migrations, const std::string& version = {}, const std::string& sha = {}) {
    control::KnownPlugin made{id, {}, 1, version, sha};
    for (std::uint32_t number = 1; number <= migrations; ++number)
        made.migrations[number] = "m" + std::to_string(number);
    return made;
}

/// One letter for each: l(oaded), r(efused), s(pare).
std::string settled(const std::vector<workflow::Plugin>& plugins, std::vector<control::KnownPlugin> in_store = {}) {
    std::vector<const workflow::Plugin*> pointers;
    for (const auto& one : plugins)
        pointers.push_back(&one);
    std::string letters;
    for (const auto& setback : settle(pointers, [&] { return in_store; })) {
        letters += !setback ? 'l' : setback->spare ? 's' : 'r';
        if (setback)
            for (const auto& one : plugins)
                BOOST_TEST((setback->spare || setback->reason.find(one.file) != std::string::npos), setback->reason);
    }
    return letters;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rivals)

BOOST_AUTO_TEST_CASE(those_that_share_nothing_are_loaded_and_the_store_is_not_asked) {
    const auto a = brought("a", "1.0.0", "a"), b = brought("b", "1.0.0", "b");
    for (const auto& setback : settle({&a, &b}, [&]() -> std::vector<control::KnownPlugin> { BOOST_FAIL("asked"); return {}; }))
        BOOST_TEST(!setback.has_value());
}

BOOST_AUTO_TEST_CASE(of_two_files_of_one_plugin_neither_is_taken_that_nothing_speaks_for) {
    const auto one = brought("a", "1.0.0", "x"), two = brought("a", "2.0.0", "y");
    BOOST_TEST(settled({one, two}) == "rr");
    BOOST_TEST(settled({one, two}, {known("b", 1)}) == "rr");
    BOOST_TEST(settled({one, two}, {known("a", 1)}) == "rr"); // both fit, neither was used
}

BOOST_AUTO_TEST_CASE(the_one_whose_tables_are_in_the_store_is_taken) {
    const auto old = brought("a", "1.0.0", "x", 1), newer = brought("a", "2.0.0", "y", 2);
    BOOST_TEST(settled({old, newer}, {known("a", 2)}) == "rl"); // the old one lacks a migration
    BOOST_TEST(settled({old, newer}, {known("a", 2, "1.0.0", "x")}) == "rl");
    BOOST_TEST(settled({old, newer}, {known("a", 1, "1.0.0", "x")}) == "lr"); // both fit: what was used last
    BOOST_TEST(settled({old, newer}, {known("a", 1, "2.0.0", "other")}) == "rl");
    auto changed = newer;
    changed.migrations[0].sha256 = "another";
    BOOST_TEST(settled({old, changed}, {known("a", 1, "2.0.0", "y")}) == "lr");
}

BOOST_AUTO_TEST_CASE(one_version_of_different_bytes_is_refused_twice_and_equal_bytes_are_loaded_once) {
    const auto one = brought("a", "1.0.0", "x");
    auto two = brought("a", "1.0.0", "y");
    BOOST_TEST(settled({one, two}, {known("a", 1, "1.0.0", "x")}) == "rr");
    two.sha256 = "x";
    BOOST_TEST(settled({one, two}) == "ls");
    BOOST_TEST(settled({one, two, brought("b", "1.0.0", "z")}) == "lsl");
}

BOOST_AUTO_TEST_CASE(of_two_plugins_with_one_domain_the_one_that_the_store_knows_is_taken) {
    const auto one = brought("a", "1.0.0", "x");
    auto two = brought("b", "1.0.0", "y");
    two.domains[0].name = "other";
    two.domains[0].alias = "a.domain";
    BOOST_TEST(settled({one, two}) == "rr");
    BOOST_TEST(settled({one, two}, {known("b", 1)}) == "rl");
    BOOST_TEST(settled({one, two}, {known("a", 1), known("b", 1)}) == "rr");
}

BOOST_AUTO_TEST_CASE(what_is_built_in_goes_first) {
    auto own = brought("common", "1.0.0", "built in");
    own.file = "built in";
    BOOST_TEST(settled({own, brought("common", "9.0.0", "x")}, {known("common", 1, "9.0.0", "x")}) == "lr");
}

BOOST_AUTO_TEST_CASE(a_renamed_plugin_and_the_one_that_it_was_are_refused_both_with_both_paths) {
    const auto old = brought("a", "1.0.0", "x");
    auto renamed = brought("b", "2.0.0", "y");
    workflow::Migration migration;
    migration.number = 2;
    migration.sha256 = "m2";
    migration.steps.emplace_back().kind = workflow::MigrationStep::Kind::renamed_plugin;
    migration.steps.back().name = "a";
    renamed.migrations.push_back(migration);
    BOOST_TEST(settled({old, renamed}) == "rr");
    BOOST_TEST(settled({renamed, old}, {known("a", 1)}) == "rr");
    BOOST_TEST(settled({renamed, old}, {known("b", 2)}) == "rr");
    BOOST_TEST(settled({renamed}, {known("a", 1)}) == "l");
    auto rival = brought("c", "1.0.0", "z");
    rival.domains = renamed.domains;
    BOOST_TEST(settled({renamed, rival}, {known("a", 1)}) == "lr"); // the store knows it under its old id
}

BOOST_AUTO_TEST_SUITE_END()
