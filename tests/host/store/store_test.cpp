#include "store_fixture.hpp"

#include "error.hpp"
#include "store/connection.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace spine;
using namespace spine::test;
namespace fs = std::filesystem;

namespace {
auto with(ErrorCode code, const std::string& words) {
    return [=](const Error& error) {
        BOOST_TEST_MESSAGE(error.what());
        return error.code() == code && std::string{error.what()}.find(words) != std::string::npos;
    };
}
std::string digest_total(Process& process) {
    return std::string{process.store->digest(process.catalogue).rows.back().back().get_string()};
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(store, StoreFixture)

BOOST_AUTO_TEST_CASE(creating_twice_changes_nothing) {
    process();
    spine::store::SqliteStores stores{clock, random, url, {}};
    bool created = true;
    const auto again = stores.create(created);
    BOOST_TEST(!created);
    BOOST_TEST(again->migrate(catalogue).applied.empty());
    BOOST_TEST(again->check().empty());
    struct stat info {};
    BOOST_TEST_REQUIRE(::stat(file.c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_creation_that_was_cut_short_is_finished) {
    std::ofstream{file}.flush();
    spine::store::SqliteStores stores{clock, random, url, {}};
    BOOST_CHECK_EXCEPTION(stores.open(control::Access::read), Error, with(ErrorCode::not_found, "cut short"));
    bool created = false;
    stores.create(created);
    BOOST_TEST(created);
}

BOOST_AUTO_TEST_CASE(a_creation_that_died_in_its_commit_is_taken_back_and_finished) {
    // A process that ends in the middle of the first commit leaves the file half written and its journal beside it.
    const auto child = ::fork();
    if (child == 0) {
        spine::store::Connection connection{file, spine::store::Connection::Mode::create};
        connection.exec("PRAGMA cache_size=1");
        connection.exec("BEGIN EXCLUSIVE");
        connection.exec("CREATE TABLE half (a)");
        connection.exec("INSERT INTO half WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                        "SELECT randomblob(50) FROM n");
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST_REQUIRE(fs::exists(file + "-journal"));
    BOOST_TEST_REQUIRE(fs::file_size(file) > 0u);
    spine::store::SqliteStores stores{clock, random, url, {}};
    BOOST_CHECK_EXCEPTION(stores.open(control::Access::write), Error, with(ErrorCode::not_found, "cut short"));
    bool created = false;
    const auto store = stores.create(created);
    BOOST_TEST(created);
    BOOST_TEST(store->check().empty());
}

BOOST_AUTO_TEST_CASE(folders_are_made_when_that_is_asked_for) {
    const auto deep = folder.path() + "/a/b/c.db";
    spine::store::SqliteStores stores{clock, random, "sqlite:" + deep, {}};
    bool created = false;
    BOOST_CHECK_EXCEPTION(stores.create(created), Error, with(ErrorCode::not_found, "folder"));
    BOOST_TEST(!fs::exists(folder.path() + "/a"));
    stores.create(created, control::Parents::made);
    BOOST_TEST(created);
    BOOST_TEST(fs::exists(deep));
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_is_refused_and_left_alone) {
    std::ofstream{file} << "Dear diary, this is longer than the header of a database. " << std::string(200, 'x');
    spine::store::SqliteStores stores{clock, random, url, {}};
    bool created = false;
    BOOST_CHECK_EXCEPTION(stores.create(created), Error, with(ErrorCode::invalid, "no database"));
    BOOST_TEST(!fs::exists(file + ".lock"));
    BOOST_TEST(fs::file_size(file) > 200u);

    fs::remove(file);
    {
        spine::store::Connection other{file, spine::store::Connection::Mode::create};
        other.exec("CREATE TABLE mine (a)");
    }
    BOOST_CHECK_EXCEPTION(stores.open(control::Access::write), Error, with(ErrorCode::invalid, "no store of spine"));
}

BOOST_AUTO_TEST_CASE(links_folders_and_pipes_are_no_stores) {
    process();
    const auto refused = [&](const std::string& path, const std::string& words) {
        spine::store::SqliteStores stores{clock, random, "sqlite:" + path, {}};
        BOOST_CHECK_EXCEPTION(stores.open(control::Access::read), Error, with(ErrorCode::invalid, words));
    };
    fs::create_symlink(file, folder.path() + "/link.db");
    refused(folder.path() + "/link.db", "symbolic link");
    fs::create_directory(folder.path() + "/dir.db");
    refused(folder.path() + "/dir.db", "folder");
    ::mkfifo((folder.path() + "/pipe.db").c_str(), 0600);
    refused(folder.path() + "/pipe.db", "no regular file");
    fs::create_hard_link(file, folder.path() + "/hard.db");
    refused(file, "hard links");
}

BOOST_AUTO_TEST_CASE(a_truncated_store_is_refused) {
    {
        auto process = this->process();
        process.read_week("w1", {{"A", 1}});
        process.store->close();
    }
    fs::remove(file + "-wal");
    fs::resize_file(file, fs::file_size(file) / 2);
    spine::store::SqliteStores stores{clock, random, url, {}};
    BOOST_CHECK_EXCEPTION(stores.open(control::Access::write), Error, with(ErrorCode::unavailable, "damaged"));
}

BOOST_AUTO_TEST_CASE(a_newer_store_is_refused) {
    process();
    {
        spine::store::Connection connection{file, spine::store::Connection::Mode::write};
        connection.exec("INSERT INTO core_migrations VALUES ('core', 99, 'later', 'x', 'y')");
    }
    spine::store::SqliteStores stores{clock, random, url, {}};
    BOOST_CHECK_EXCEPTION(stores.open(control::Access::read), Error, with(ErrorCode::invalid, "newer version"));
}

BOOST_AUTO_TEST_CASE(the_lock_file_of_another_store_is_refused) {
    process();
    TemporaryFolder other;
    CountingRandom others;
    for (int i = 0; i < 10; ++i)
        others.next();
    bool created = false;
    spine::store::SqliteStores{clock, others, "sqlite:" + other.path() + "/o.db", {}}.create(created);
    fs::copy_file(other.path() + "/o.db.lock", file + ".lock", fs::copy_options::overwrite_existing);
    spine::store::SqliteStores stores{clock, random, url, {}};
    BOOST_CHECK_EXCEPTION(stores.open(control::Access::write), Error, with(ErrorCode::invalid, "another store"));
}

BOOST_AUTO_TEST_CASE(an_applied_migration_that_was_changed_is_refused) {
    process();
    auto changed = catalogue;
    changed.plugins[0].migrations[0].sha256 = std::string(64, '1');
    spine::store::SqliteStores stores{clock, random, url, {}};
    auto store = stores.open(control::Access::write);
    BOOST_CHECK_EXCEPTION(store->migrate(changed), Error, with(ErrorCode::invalid, "was changed after it was applied"));
}

BOOST_AUTO_TEST_CASE(a_plugin_older_than_its_tables_is_refused) {
    process();
    auto older = catalogue;
    older.plugins[0].migrations.clear();
    spine::store::SqliteStores stores{clock, random, url, {}};
    auto store = stores.open(control::Access::write);
    BOOST_CHECK_EXCEPTION(store->migrate(older), Error, with(ErrorCode::invalid, "older than its tables"));
}

BOOST_AUTO_TEST_CASE(a_new_migration_upgrades_a_filled_store_without_loss) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    const auto before = process.value("SELECT group_concat(symbol || shares || issuer) FROM demo_raw");
    workflow::MigrationStep add;
    add.kind = workflow::MigrationStep::Kind::add_column;
    add.name = "demo_raw";
    add.column = column("venue", workflow::Type::text, false, true);
    auto liquidity = weeks_raw();
    liquidity.name = "demo_liquidity";
    workflow::MigrationStep view;
    view.kind = workflow::MigrationStep::Kind::create_view;
    view.name = "demo_by_symbol";
    view.sql = "SELECT symbol, sum(shares) AS shares FROM demo_raw_latest GROUP BY symbol";
    auto newer = catalogue;
    newer.plugins[0].migrations.push_back(migration(25, {add, create(liquidity), view}));
    const auto report = process.store->migrate(newer);
    BOOST_TEST_REQUIRE(report.applied.size() == 1u);
    BOOST_TEST(report.applied[0].version == 25u);
    BOOST_TEST(process.value("SELECT group_concat(symbol || shares || issuer) FROM demo_raw") == before);
    BOOST_TEST(process.value("SELECT count(*) FROM demo_raw_latest WHERE venue IS NULL") == "1");
    BOOST_TEST(process.value("SELECT count(*) FROM demo_liquidity") == "0");
    BOOST_TEST(process.value("SELECT shares FROM demo_by_symbol") == "1");
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(digests_are_equal_for_equal_data_whatever_the_history) {
    const auto total = digest_total;
    auto one = process();
    one.read_week("w1", {{"A", 1}});
    one.read_week("w2", {{"B", 1}});

    TemporaryFolder other;
    clock.advance(std::chrono::minutes{5});
    Process two{clock, random, "sqlite:" + other.path() + "/o.db", catalogue};
    two.read_week("w2", {{"B", 1}}); // another order, with a failed try in between
    unit::Failure failure;
    two.started(two.planned("read", "w1")).unit->commit(failure);
    BOOST_TEST(total(one) != total(two));
    two.read_week("w1", {{"A", 1}});
    BOOST_TEST(total(one) == total(two));
    two.read_week("w1", {{"A", 2}});
    BOOST_TEST(total(one) != total(two));
}

BOOST_AUTO_TEST_CASE(queries_only_read) {
    auto process = this->process();
    for (const char* sql : {"DELETE FROM core_captures", "ATTACH 'x.db' AS x", "PRAGMA journal_mode=DELETE",
                            "SELECT 1; SELECT 2", "CREATE TABLE t (a)", "not sql", "", "VACUUM INTO 'y'"})
        BOOST_CHECK_EXCEPTION(process.value(sql), Error, [](const Error& e) { return e.code() == ErrorCode::usage; });
    BOOST_TEST(process.value("SELECT 1; -- done") != "");
}

BOOST_AUTO_TEST_CASE(a_backup_is_a_whole_store_and_never_overwrites) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    const auto copy = folder.path() + "/copy.db";
    std::ofstream{copy + ".part"} << "somebody's own file";
    BOOST_CHECK_EXCEPTION(process.store->backup(folder.path() + "/none/copy.db"), Error, with(ErrorCode::not_found, "No such"));
    BOOST_CHECK_EXCEPTION(process.store->backup(""), Error, with(ErrorCode::usage, "no name"));
    process.store->backup(copy);
    BOOST_CHECK_EXCEPTION(process.store->backup(copy), Error, with(ErrorCode::conflict, "exists already"));
    BOOST_TEST(fs::file_size(copy + ".part") == 19u);
    Process restored{clock, random, "sqlite:" + copy, catalogue};
    BOOST_TEST(restored.store->check().empty());
    BOOST_TEST(digest_total(restored) ==
               digest_total(process));
}

BOOST_AUTO_TEST_CASE(an_execution_is_found_by_an_unambiguous_beginning_of_its_id) {
    auto process = this->process();
    const auto id = process.started(process.planned("read", "w1")).execution_id;
    BOOST_TEST(process.store->execution(id.substr(0, 35)).at("execution_id").as_string() == id);
    BOOST_CHECK_EXCEPTION(process.store->execution("ffffffff"), Error, with(ErrorCode::not_found, "no execution"));
    BOOST_CHECK_EXCEPTION(process.store->execution(id.substr(0, 3)), Error, with(ErrorCode::not_found, "no execution"));
}

BOOST_AUTO_TEST_SUITE_END()
