#include "store_fixture.hpp"

#include "error.hpp"
#include "store/writer.hpp"

#include <boost/test/unit_test.hpp>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace spine;
using namespace spine::test;

namespace {

/// A database with one small table, and a writer on it.
struct WriterFixture {
    TemporaryFolder folder;
    env::SystemClock clock;
    std::string file = folder.path() + "/small.db";
    store::FairLock lock{clock, file + ".lock", true, {}};
    store::Connection connection{file, store::Connection::Mode::create};
    store::Writer writer{connection, lock, {}};

    WriterFixture() {
        connection.exec("PRAGMA journal_mode=WAL");
        connection.exec("CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT");
        connection.exec("CREATE TABLE t (k INTEGER PRIMARY KEY, who INTEGER NOT NULL, parent INTEGER REFERENCES parent (id) "
                        "DEFERRABLE INITIALLY DEFERRED) STRICT");
    }
    void add(std::int64_t key, std::int64_t who = 0) {
        auto& insert = connection.prepared("INSERT INTO t (k, who) VALUES (?, ?)");
        insert.bind(1, key);
        insert.bind(2, who);
        insert.exec();
    }
    std::int64_t count(const std::string& condition = "1") {
        store::Connection reading{file, store::Connection::Mode::read};
        return reading.db().execAndGet("SELECT count(*) FROM t WHERE " + condition).getInt64();
    }

    /// Lets bodies pile up: holds the lead in a transaction until so many threads are about to hand theirs in.
    void together(const std::vector<std::function<void()>>& callers) {
        std::mutex mutex;
        std::condition_variable changed;
        std::size_t ready = 0;
        bool led = false;
        std::thread leader{[&] {
            writer.transact([&] {
                std::unique_lock guard{mutex};
                led = true;
                changed.notify_all();
                changed.wait(guard, [&] { return ready == callers.size(); });
                return 0;
            });
        }};
        std::vector<std::thread> threads;
        {
            std::unique_lock guard{mutex};
            changed.wait(guard, [&] { return led; });
        }
        for (const auto& caller : callers)
            threads.emplace_back([&] {
                {
                    const std::lock_guard guard{mutex};
                    ++ready;
                    changed.notify_all();
                }
                caller();
            });
        leader.join();
        for (auto& thread : threads)
            thread.join();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(writer, WriterFixture)

BOOST_AUTO_TEST_CASE(a_body_alone_is_one_commit_and_gives_its_value) {
    BOOST_TEST(writer.transact([&] {
        add(1);
        return 7;
    }) == 7);
    BOOST_TEST(writer.commits() == 1u);
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(a_body_that_throws_leaves_nothing_and_the_next_one_goes_on) {
    BOOST_CHECK_THROW(writer.transact([&]() -> int {
        add(1);
        throw std::runtime_error{"mine"};
    }),
                      std::runtime_error);
    BOOST_CHECK_EXCEPTION(writer.transact([&] {
        add(2);
        add(2);
        return 0;
    }),
                          Error, [](const Error& error) { return error.code() == ErrorCode::bad_data; });
    writer.transact([&] {
        add(3);
        return 0;
    });
    BOOST_TEST(count() == 1);
    BOOST_TEST(writer.commits() == 1u);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_handed_in_alone_is_done_in_place) {
    bool told = false;
    BOOST_TEST(writer.transact_later([&] { add(1); }, [&](std::exception_ptr) { told = true; }));
    BOOST_TEST(!told);
    BOOST_TEST(count() == 1);
    BOOST_CHECK_THROW(writer.transact_later([&] { add(1); }, [&](std::exception_ptr) { told = true; }), Error);
    BOOST_TEST(!told);
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(of_bodies_that_nobody_waits_for_each_is_done_once_and_told_once) {
    constexpr int threads_many = 4, each = 2000;
    std::atomic<int> done{0}, failed{0}, in_place{0};
    std::vector<std::thread> threads;
    for (int who = 0; who < threads_many; ++who)
        threads.emplace_back([&, who] {
            for (int i = 0; i < each; ++i) {
                const bool bad = i % 10 == 9; // its key is there already
                const auto key = who * each + (bad ? i - 1 : i);
                try {
                    if (writer.transact_later([&, key] { add(key); }, [&](std::exception_ptr error) { ++(error ? failed : done); }))
                        ++in_place;
                } catch (const Error&) {
                    ++failed;
                }
                if (i % 100 == 0) // among those that are waited for
                    writer.transact([&] {
                        add(threads_many * each + key);
                        return 0;
                    });
            }
        });
    for (auto& thread : threads)
        thread.join();
    writer.transact([] { return 0; }); // what was handed in before is done
    BOOST_TEST(done + in_place == threads_many * each * 9 / 10);
    BOOST_TEST(failed == threads_many * each / 10);
    BOOST_TEST(count() == threads_many * (each * 9 / 10 + each / 100));
}

BOOST_AUTO_TEST_CASE(of_eight_threads_every_transaction_is_there_once) {
    constexpr int threads_many = 8, each = 500;
    std::vector<std::thread> threads;
    for (int who = 0; who < threads_many; ++who)
        threads.emplace_back([&, who] {
            for (int i = 0; i < each; ++i) {
                const auto told = writer.transact([&] {
                    add(who * each + i, who);
                    return who * each + i;
                });
                if (told != who * each + i)
                    throw std::runtime_error{"somebody else's answer"}; // ends the test
            }
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(count() == threads_many * each);
    for (int who = 0; who < threads_many; ++who)
        BOOST_TEST(count("who = " + std::to_string(who)) == each);
    BOOST_TEST(writer.commits() <= static_cast<std::uint64_t>(threads_many * each)); // how many share one is the scheduler's
}

BOOST_AUTO_TEST_CASE(a_body_that_throws_undoes_itself_and_not_its_neighbours) {
    constexpr int many = 40;
    std::vector<int> told(many, -1);
    std::vector<std::function<void()>> callers;
    for (int i = 0; i < many; ++i)
        callers.emplace_back([&, i] {
            try {
                told[static_cast<std::size_t>(i)] = writer.transact([&] {
                    add(i);
                    if (i % 4 == 1)
                        throw std::runtime_error{"no"};
                    if (i % 4 == 2)
                        add(i); // twice: the table refuses it
                    return i;
                });
            } catch (const std::runtime_error& error) {
                told[static_cast<std::size_t>(i)] = std::string{error.what()} == "no" ? -2 : -3;
            }
        });
    together(callers);
    for (int i = 0; i < many; ++i)
        BOOST_TEST(told[static_cast<std::size_t>(i)] == (i % 4 == 1 ? -2 : i % 4 == 2 ? -3 : i));
    BOOST_TEST(count() == many / 2);
    BOOST_TEST(writer.commits() < static_cast<std::uint64_t>(many / 2));
}

BOOST_AUTO_TEST_CASE(a_body_that_takes_the_whole_transaction_down_is_the_only_one_that_fails) {
    std::atomic<int> failed = 0, done = 0;
    std::vector<std::function<void()>> callers;
    for (int i = 0; i < 12; ++i)
        callers.emplace_back([&, i] {
            try {
                writer.transact([&] {
                    add(i);
                    if (i == 5) {
                        connection.exec("ROLLBACK"); // as SQLite does by itself when the disk is full
                        throw Error{ErrorCode::unavailable, "full"};
                    }
                    return 0;
                });
                ++done;
            } catch (const Error& error) {
                failed += error.code() == ErrorCode::unavailable ? 1 : 100;
            }
        });
    together(callers);
    BOOST_TEST(failed == 1);
    BOOST_TEST(done == 11);
    BOOST_TEST(count() == 11);
}

BOOST_AUTO_TEST_CASE(a_member_that_the_commit_refuses_fails_alone) {
    std::atomic<int> failed = 0, done = 0;
    std::vector<std::function<void()>> callers;
    for (int i = 0; i < 12; ++i)
        callers.emplace_back([&, i] {
            try {
                writer.transact([&] {
                    add(i);
                    if (i == 7)
                        connection.exec("UPDATE t SET parent = 99 WHERE k = 7"); // seen at COMMIT only
                    return 0;
                });
                ++done;
            } catch (const Error& error) {
                failed += error.code() == ErrorCode::bad_data ? 1 : 100;
            }
        });
    together(callers);
    BOOST_TEST(failed == 1);
    BOOST_TEST(done == 11);
    BOOST_TEST(count() == 11);
}

BOOST_AUTO_TEST_CASE(a_body_of_many_rows_commits_alone) {
    std::vector<std::function<void()>> callers;
    for (int i = 0; i < 10; ++i)
        callers.emplace_back([&, i] {
            writer.transact(
                [&] {
                    add(i);
                    return 0;
                },
                store::Writer::rows_together_max + 1);
        });
    together(callers);
    BOOST_TEST(count() == 10);
    BOOST_TEST(writer.commits() == 11u);
}

BOOST_AUTO_TEST_CASE(a_select_that_a_throwing_body_left_open_holds_no_snapshot) {
    writer.transact([&] {
        add(1);
        add(2);
        return 0;
    });
    BOOST_CHECK_THROW(writer.transact([&]() -> int {
        auto& row = connection.prepared("SELECT k FROM t");
        row.executeStep();
        throw std::runtime_error{"in the middle"};
    }),
                      std::runtime_error);
    { // another process writes meanwhile
        store::Connection other{file, store::Connection::Mode::write};
        other.exec("INSERT INTO t (k, who) VALUES (3, 0)");
    }
    writer.transact([&] {
        add(4);
        return 0;
    });
    BOOST_TEST(count() == 4);
}

BOOST_AUTO_TEST_CASE(the_log_is_moved_into_the_database_before_it_grows_large) {
    const std::string kilobytes(100'000, 'x');
    connection.exec("CREATE TABLE large (t TEXT) STRICT");
    for (int i = 0; i < 100; ++i)
        writer.transact([&] {
            auto& insert = connection.prepared("INSERT INTO large VALUES (?)");
            insert.bind(1, kilobytes);
            return insert.exec();
        });
    BOOST_TEST(std::filesystem::file_size(file + "-wal") < std::uintmax_t{5} << 20);
    writer.checkpoint();
    BOOST_TEST(std::filesystem::file_size(file + "-wal") == 0u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_stays_delays_nobody) {
    store::Connection reading{file, store::Connection::Mode::read};
    const store::ReadTransaction snapshot{reading};
    reading.db().execAndGet("SELECT count(*) FROM t");
    const std::string kilobytes(1'000'000, 'x');
    connection.exec("CREATE TABLE large (t TEXT) STRICT");
    const auto before = clock.monotonic();
    for (int i = 0; i < 10; ++i)
        writer.transact([&] {
            auto& insert = connection.prepared("INSERT INTO large VALUES (?)");
            insert.bind(1, kilobytes);
            return insert.exec();
        });
    BOOST_TEST((clock.monotonic() - before < std::chrono::seconds{5})); // what one wait for the reader would take
    BOOST_TEST(writer.commits() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
