/// What a migration may rename, as the loader sees it.
#include "error.hpp"
#include "plugin/declared.hpp"
#include "spine/abi.h"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

using namespace spine;

namespace {

spine_str text(const char* words) { return {words, std::strlen(words)}; }
template <typename T> spine_table table(std::vector<T>& items) { return {items.data(), static_cast<std::uint32_t>(items.size()), sizeof(T)}; }

struct Declared {
    std::vector<spine_column> columns{{sizeof(spine_column), 0, text("n"), SPINE_INT, 0, {}},
                                      {sizeof(spine_column), SPINE_COLUMN_NULLABLE, text("price"), SPINE_REAL, 0, {}}};
    spine_dataset numbers{sizeof(spine_dataset), SPINE_BY_CAPTURE, text("a_numbers"), {}, text("day"), table(columns), text("n"), {}};
    spine_dataset others{sizeof(spine_dataset), SPINE_BY_CAPTURE, text("a_others"), {}, text("day"), table(columns), text("n"), {}};
    std::vector<spine_migration_step> steps{step(SPINE_STEP_CREATE_DATASET, "", &numbers), step(SPINE_STEP_CREATE_DATASET, "", &others)};

    static spine_migration_step step(std::uint32_t kind, const char* name, const spine_dataset* dataset = nullptr) {
        return {sizeof(spine_migration_step), kind, text(name), dataset, nullptr, {}, {}};
    }
    static spine_migration_step rename_dataset(const char* from, const char* to) {
        auto made = step(SPINE_STEP_RENAME_DATASET, from);
        made.renamed = text(to);
        return made;
    }
    static spine_migration_step rename_column(const char* dataset, const char* from, const char* to) {
        auto made = rename_dataset(dataset, to);
        made.kind = SPINE_STEP_RENAME_COLUMN;
        made.sql = text(from);
        return made;
    }
    std::vector<workflow::Migration> read() {
        workflow::Domain domain;
        domain.name = "a.domain";
        domain.table_prefix = "a_";
        std::vector<spine_migration> migrations{{sizeof(spine_migration), 4, text("names"), table(steps)}};
        return plugin::migrations_of(table(migrations), "a", {domain});
    }
    /// Why this step is refused as the third one.
    std::string fault(const spine_migration_step& third) {
        Declared fresh;
        fresh.steps.push_back(third);
        try {
            fresh.read();
        } catch (const Error& error) {
            BOOST_TEST((error.code() == ErrorCode::invalid));
            return error.what();
        }
        return "none";
    }
    void tells(const spine_migration_step& third, const std::string& part) {
        const auto said = fault(third);
        BOOST_TEST(said.find(part) != std::string::npos, "'" << part << "' is not in: " << said);
        BOOST_TEST(said.find("migration 4, step 3") != std::string::npos, said);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(renames, Declared)

BOOST_AUTO_TEST_CASE(datasets_and_columns_fold_under_their_new_names) {
    steps.push_back(rename_dataset("a_numbers", "a_prices"));
    steps.push_back(rename_column("a_prices", "n", "line"));
    steps.push_back(step(SPINE_STEP_RENAMED_PLUGIN, "old.a"));
    steps.push_back(rename_dataset("a_others", "a_numbers")); // its name is free again
    const auto read = this->read();
    const auto datasets = workflow::fold(read);
    BOOST_TEST_REQUIRE(datasets.size() == 2u);
    BOOST_TEST(datasets[0].name == "a_prices");
    BOOST_TEST(datasets[0].columns[0].name == "line");
    BOOST_TEST(datasets[0].key.front() == "line");
    BOOST_TEST(datasets[1].name == "a_numbers");
    workflow::Plugin plugin;
    plugin.migrations = read;
    BOOST_TEST(workflow::former_ids(plugin) == std::vector<std::string>{"old.a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_refused_with_its_migration_and_step) {
    tells(rename_dataset("a_nothing", "a_prices"), "'a_nothing'");
    tells(rename_dataset("a_numbers", "a_others"), "'a_others'");
    tells(rename_dataset("a_numbers", "a_others_latest"), "'a_others_latest'");
    tells(rename_column("a_nothing", "n", "m"), "'a_nothing'");
    tells(rename_column("a_numbers", "m", "k"), "which it has not");
    tells(rename_column("a_numbers", "n", "price"), "which is taken");
    tells(rename_column("a_numbers", "n", "capture_seq"), "which is taken");
    tells(rename_column("a_numbers", "n", "day"), "which is taken");
    tells(rename_column("a_numbers", "day", "date"), "which is a partition key");
    tells(step(SPINE_STEP_RENAMED_PLUGIN, "a"), "not its own");
    tells(step(SPINE_STEP_RENAMED_PLUGIN, "core"), "not its own");
    BOOST_TEST(fault(rename_dataset("a_numbers", "b_numbers")).find("not its own") != std::string::npos);
    BOOST_TEST(fault(rename_dataset("b_numbers", "a_prices")).find("not its own") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_step_of_an_older_build_has_no_new_name) {
    auto third = rename_dataset("a_numbers", "a_prices");
    third.struct_size = offsetof(spine_migration_step, renamed);
    BOOST_TEST(fault(third) != "none");
}

BOOST_AUTO_TEST_CASE(each_new_name_counts_in_the_checksum) {
    const auto sum = [](const spine_migration_step& third) {
        Declared fresh;
        fresh.steps.push_back(third);
        return fresh.read().front().sha256;
    };
    BOOST_TEST(sum(rename_dataset("a_numbers", "a_x")) != sum(rename_dataset("a_numbers", "a_y")));
    BOOST_TEST(sum(rename_column("a_numbers", "n", "x")) != sum(rename_column("a_numbers", "n", "y")));
    BOOST_TEST(sum(rename_column("a_numbers", "n", "x")) != sum(rename_column("a_numbers", "price", "x")));
    BOOST_TEST(sum(step(SPINE_STEP_RENAMED_PLUGIN, "x")) != sum(step(SPINE_STEP_RENAMED_PLUGIN, "y")));
}

BOOST_AUTO_TEST_SUITE_END()
