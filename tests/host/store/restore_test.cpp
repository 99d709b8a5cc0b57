/// A store that is gone or damaged is not a new one; a copy is put in its place whole, whatever lies there.
#include "store_fixture.hpp"

#include "error.hpp"
#include "store/workers.hpp"

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace spine;
using namespace spine::test;
namespace fs = std::filesystem;

namespace {

auto with(ErrorCode code, const std::string& words) {
    return [=](const Error& error) {
        BOOST_TEST_MESSAGE(error.what() << " / " << error.hint());
        return error.code() == code && (std::string{error.what()} + error.hint()).find(words) != std::string::npos;
    };
}

struct Copied : StoreFixture {
    std::string copy = folder.path() + "/copy.db";
    std::string good;
    spine::store::SqliteStores stores{clock, random, url, {}};
    bool created = false;

    Copied() {
        auto process = this->process();
        process.read_week("w1", {{"A", 1}});
        process.store->backup(copy);
        good = digest(process);
        process.read_week("w2", {{"B", 2}});
        // Without an end: its log stays.
    }
    std::string digest(Process& process) { return std::string{process.store->digest(catalogue).rows.back().back().get_string()}; }
    void put_back() {
        const auto restored = stores.restore(copy);
        auto process = this->process();
        BOOST_TEST(digest(process) == good);
        BOOST_TEST(process.store->check().empty());
        BOOST_TEST(committed(process.read_week("w2", {{"B", 2}})));
        process.store->close();
    }
    void refused(const std::string& words) {
        for (const auto access : {control::Access::read, control::Access::write})
            BOOST_CHECK_EXCEPTION(stores.open(access), Error, with(ErrorCode::unavailable, words));
        BOOST_CHECK_EXCEPTION(stores.create(created), Error, with(ErrorCode::unavailable, words));
        BOOST_CHECK_EXCEPTION(stores.create(created), Error, with(ErrorCode::unavailable, "spine db restore"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(restore, Copied)

BOOST_AUTO_TEST_CASE(a_store_that_is_gone_is_damaged_and_not_new) {
    fs::remove(file);
    const auto log = fs::file_size(file + "-wal");
    BOOST_TEST_REQUIRE(log > 0u);
    refused("is gone");
    fs::remove(file + "-wal");
    refused("knows it as store");
    std::ofstream{file}.flush();
    refused("is empty");
    fs::remove(file + ".lock");
    std::ofstream{file + "-wal"} << std::string(log, 'x');
    refused("its log");
    BOOST_TEST(fs::file_size(file + "-wal") == log);
    put_back();
}

BOOST_AUTO_TEST_CASE(a_copy_beside_the_log_of_the_store_before_it_is_told_and_mended) {
    BOOST_TEST_REQUIRE(fs::file_size(file + "-wal") > 0u);
    fs::copy_file(copy, file, fs::copy_options::overwrite_existing);
    refused("-wal");
    put_back();
    BOOST_TEST(fs::exists(copy));
}

BOOST_AUTO_TEST_CASE(what_lay_there_is_kept_under_another_name) {
    std::ofstream{file, std::ios::in | std::ios::out} << "damaged";
    const auto bytes = fs::file_size(file), log = fs::file_size(file + "-wal");
    const auto restored = stores.restore(copy);
    BOOST_TEST(restored.path == file);
    BOOST_TEST_REQUIRE(restored.set_aside.size() >= 2u);
    BOOST_TEST(fs::file_size(restored.set_aside[0]) == bytes);
    BOOST_TEST(fs::file_size(restored.set_aside[1]) == log);
    BOOST_TEST(restored.set_aside[1] == restored.set_aside[0] + "-wal");
    const auto again = stores.restore(copy); // in the same millisecond
    BOOST_TEST_REQUIRE(!again.set_aside.empty());
    BOOST_TEST(again.set_aside[0] != restored.set_aside[0]);
    put_back();
}

BOOST_AUTO_TEST_CASE(what_is_no_copy_of_a_store_changes_nothing) {
    const auto before = fs::file_size(file);
    const auto refuses = [&](const std::string& name, ErrorCode code, const std::string& words) {
        BOOST_CHECK_EXCEPTION(stores.restore(name), Error, with(code, words));
        BOOST_TEST(fs::file_size(file) == before);
        for (const auto& entry : fs::directory_iterator{folder.path()})
            BOOST_TEST(entry.path().string().find(".restoring") == std::string::npos);
    };
    refuses(folder.path() + "/none.db", ErrorCode::not_found, "there is no copy");
    refuses(file, ErrorCode::usage, "the store itself");
    const auto other = folder.path() + "/other.db";
    std::ofstream{other}.flush();
    refuses(other, ErrorCode::invalid, "empty");
    std::ofstream{other} << "Dear diary, " << std::string(2000, 'x');
    refuses(other, ErrorCode::invalid, "no database");
    fs::remove(other);
    {
        spine::store::Connection mine{other, spine::store::Connection::Mode::create};
        mine.exec("CREATE TABLE mine (a)");
    }
    refuses(other, ErrorCode::invalid, "no store of spine");
    fs::copy_file(copy, other, fs::copy_options::overwrite_existing);
    fs::resize_file(other, fs::file_size(other) / 2);
    BOOST_CHECK_THROW(stores.restore(other), Error);
    std::ofstream{copy + "-wal"} << "rest";
    refuses(copy, ErrorCode::invalid, "not whole");
    fs::remove(copy + "-wal");
    put_back();
}

BOOST_AUTO_TEST_CASE(nobody_is_restored_under_his_hands) {
    auto process = this->process();
    BOOST_CHECK_EXCEPTION(stores.restore(copy), Error, with(ErrorCode::conflict, "processes work on"));
    BOOST_TEST(process.value("SELECT count(*) FROM core_captures") == "2");
}

BOOST_AUTO_TEST_CASE(a_restore_that_was_cut_short_is_ended_by_the_same_command) {
    // As it lies there after each of its steps.
    const auto cut_after = [&](int renamed) {
        std::ofstream{file + ".restoring"} << "half";
        if (renamed > 0)
            fs::rename(file, file + ".damaged-1");
        if (renamed > 1 && fs::exists(file + "-wal"))
            fs::rename(file + "-wal", file + ".damaged-1-wal");
        if (renamed > 0)
            refused("spine db restore");
        put_back();
        BOOST_TEST(!fs::exists(file + ".restoring"));
    };
    for (int renamed = 0; renamed < 3; ++renamed)
        cut_after(renamed);
}

BOOST_AUTO_TEST_SUITE_END()
