/// How fast durable steps are: runs of 8 pipeline steps on a real store, so many in flight in one process, every step's result on disk before the next one
/// begins; and beside them what the disk and the store alone give.
///
///     durable_bench steps RUNS IN_FLIGHT       runs of 8 steps of pipeline common.noop
///     durable_bench pure RUNS STEPS            runs of so many lambdas, one after the other
///     durable_bench memory RUNS                resident memory after each quarter of the runs
///     durable_bench sync N                     bare synced commits of one row: raw file, and SQLite
///
/// One line of JSON. Times in milliseconds.
#include "env/ids.hpp"
#include "env/memory.hpp"
#include "plugin/library.hpp"
#include "run/conductor.hpp"
#include "store/sqlite_store.hpp"
#include "support/temporary_folder.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/sha256.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

extern "C" const spine_plugin* spine_common_query(std::uint32_t major, std::uint32_t minor) noexcept;

using namespace spine;

namespace {

using Times = std::vector<double>;

double now_ms() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double percentile(Times times, double of) {
    if (times.empty())
        return 0;
    std::ranges::sort(times);
    return times[std::min(times.size() - 1, static_cast<std::size_t>(of * static_cast<double>(times.size())))];
}
long resident_kib() {
    std::ifstream status{"/proc/self/status"};
    std::string word;
    while (status >> word)
        if (word == "VmRSS:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    return 0;
}

workflow::Workflow flow_of(int steps, bool pure) {
    workflow::Workflow flow;
    flow.name = pure ? "bench.pure" : "bench.steps";
    flow.domain = "common";
    for (int i = 0; i < steps; ++i) {
        workflow::Step step;
        step.name = "s" + std::to_string(i);
        if (pure)
            step.kind = workflow::LambdaStep{"common.steps.send_completion_notification"};
        else
            step.kind = workflow::PipelineStep{"common.noop"};
        flow.steps.push_back(step);
    }
    return flow;
}

/// A store with a conductor over it, as the program has them.
class House {
public:
    House(int steps, bool pure, std::size_t threads)
        : flow_{flow_of(steps, pure)}, text_{workflow::write_workflow(flow_, workflow::Spelling::flat)},
          sha256_{workflow::sha256_hex(text_)}, last_{flow_.steps.back().name} {
        plugin::Origin origin;
        origin.built_ins = {{"common", &spine_common_query}};
        origin.host_version = "0.0.0";
        library_ = plugin::load(clock_, std::move(origin));
        store::SqliteStores stores{clock_, random_, "sqlite:" + folder_.path() + "/bench.db", [](const std::string&) {}};
        bool created = false;
        store_ = stores.create(created);
        store_->migrate(library_->catalogue());
        benches_ = &store_->benches(library_->catalogue());
        run::ConductorSettings settings;
        settings.threads = threads;
        run::Band band{clock_, chance_, *benches_, library_->invoker(), library_->lambdas(), library_->catalogue(), cancel_};
        band.news = [this](const run::StepNews& news) { hear(news); };
        conductor_ = std::make_unique<run::Conductor>(std::move(band), settings);
        stage_ = std::thread{[this] { conductor_->serve([this] { return !over_.load(); }); }};
    }
    ~House() {
        over_ = true;
        stage_.join();
        conductor_.reset();
        store_->close();
    }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    /// Begins a run and waits until its last step is on disk.
    void one_run(run::Bench& bench, env::Random& random) {
        auto wish = wanted(random);
        const auto id = wish.run_id;
        auto owned = std::get<run::Owned>(bench.runs().open(wish)).run;
        std::binary_semaphore ended{0};
        {
            const std::lock_guard lock{mutex_};
            waiting_[id] = &ended;
        }
        conductor_->take(std::move(owned));
        ended.acquire();
    }
    run::Benches& benches() { return *benches_; }
    Times step_times() {
        const std::lock_guard lock{mutex_};
        return steps_;
    }

private:
    run::NewRun wanted(env::Random& random) {
        run::NewRun wish;
        wish.run_id = env::new_id(clock_, random);
        wish.workflow = flow_.name;
        wish.domain = flow_.domain;
        wish.definition_text = text_;
        wish.definition_sha256 = sha256_;
        run::RunRow row;
        row.run_id = wish.run_id;
        row.workflow = wish.workflow;
        row.definition_text = text_;
        row.fence = 1;
        auto state = run::fresh(std::move(row), flow_, {});
        wish.begin = run::begin_run(state, clock_.now()).along;
        return wish;
    }
    void hear(const run::StepNews& news) {
        const std::lock_guard lock{mutex_};
        if (!news.ended) {
            begun_[news.run_id] = now_ms();
            return;
        }
        steps_.push_back(now_ms() - begun_[news.run_id]);
        if (news.step != last_)
            return;
        begun_.erase(news.run_id);
        if (const auto waits = waiting_.extract(news.run_id))
            waits.mapped()->release();
    }

    test::TemporaryFolder folder_;
    env::SystemClock clock_;
    env::SystemRandom random_, chance_;
    run::CancelToken cancel_;
    workflow::Workflow flow_;
    std::string text_, sha256_, last_;
    std::unique_ptr<control::Library> library_;
    std::unique_ptr<control::Store> store_;
    run::Benches* benches_ = nullptr;
    std::mutex mutex_;
    std::map<std::string, std::binary_semaphore*> waiting_;
    std::map<std::string, double> begun_;
    Times steps_;
    std::atomic<bool> over_{false};
    std::unique_ptr<run::Conductor> conductor_;
    std::thread stage_;
};

/// So many runs, so many at once; returns the time of each.
Times runs(House& house, int count, int in_flight) {
    std::atomic<int> next{0};
    std::mutex mutex;
    Times times;
    std::vector<std::thread> threads;
    for (int i = 0; i < in_flight; ++i)
        threads.emplace_back([&] {
            const auto bench = house.benches().open();
            env::SystemRandom random;
            while (next++ < count) {
                const auto begin = now_ms();
                house.one_run(*bench, random);
                const std::lock_guard lock{mutex};
                times.push_back(now_ms() - begin);
            }
        });
    for (auto& thread : threads)
        thread.join();
    return times;
}

void steps_mode(int count, int in_flight, int threads) {
    House house{8, false, static_cast<std::size_t>(std::clamp(threads, 1, 256))};
    runs(house, std::min(count, 50), in_flight); // warm
    const auto begin = now_ms();
    const auto times = runs(house, count, in_flight);
    const auto seconds = (now_ms() - begin) / 1000.0;
    const auto steps = house.step_times();
    std::printf("{\"bench\":\"steps\",\"runs\":%d,\"in_flight\":%d,\"s\":%.3f,\"steps_per_s\":%.0f,\"step_p50_ms\":%.3f,\"step_p99_ms\":%.3f,"
                "\"run_p50_ms\":%.3f,\"rss_kib\":%ld}\n",
                count, in_flight, seconds, 8.0 * count / seconds, percentile(steps, 0.5), percentile(steps, 0.99), percentile(times, 0.5),
                resident_kib());
}

void pure_mode(int count, int steps) {
    House house{steps, true, 2};
    runs(house, 5, 1);
    const auto times = runs(house, count, 1);
    std::printf("{\"bench\":\"pure\",\"runs\":%d,\"steps\":%d,\"run_p50_ms\":%.3f,\"run_p99_ms\":%.3f}\n", count, steps, percentile(times, 0.5),
                percentile(times, 0.99));
}

void memory_mode(int count) {
    House house{8, false, 8};
    std::printf("{\"bench\":\"memory\",\"runs\":%d,\"rss_kib\":[", count);
    for (int quarter = 0; quarter < 4; ++quarter) {
        runs(house, count / 4, 8);
        std::printf("%s%ld", quarter == 0 ? "" : ",", resident_kib());
    }
    std::printf("]}\n");
}

void sync_mode(int count) {
    test::TemporaryFolder folder;
    Times raw, commits;
    const int file = ::open((folder.path() + "/raw").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    const std::vector<char> page(4096, 'x');
    SQLite::Database database{folder.path() + "/bare.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)");
    SQLite::Statement insert{database, "INSERT INTO bare (text) VALUES (?)"};
    for (int i = 0; i < count; ++i) {
        auto begin = now_ms();
        if (::write(file, page.data(), page.size()) != 4096 || ::fdatasync(file) != 0)
            std::abort();
        raw.push_back(now_ms() - begin);
        begin = now_ms();
        insert.bind(1, "the result of a step, about as long as one is: {\"row_count\":0,\"skipped\":false}");
        insert.exec();
        insert.reset();
        commits.push_back(now_ms() - begin);
    }
    ::close(file);
    std::printf("{\"bench\":\"sync\",\"n\":%d,\"raw_p50_ms\":%.4f,\"raw_per_s\":%.0f,\"commit_p50_ms\":%.4f,\"commit_per_s\":%.0f}\n", count,
                percentile(raw, 0.5), 1000.0 / percentile(raw, 0.5), percentile(commits, 0.5), 1000.0 / percentile(commits, 0.5));
}

} // namespace

int main(int argc, char** argv) {
    env::keep_freed_memory(); // as the program does
    const std::string mode = argc > 1 ? argv[1] : "";
    const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
    if (mode == "steps")
        steps_mode(number(2, 1000), number(3, 32), number(4, 4));
    else if (mode == "pure")
        pure_mode(number(2, 100), number(3, 100));
    else if (mode == "memory")
        memory_mode(number(2, 4000));
    else if (mode == "sync")
        sync_mode(number(2, 2000));
    else
        return 2;
}
