/// Which processes of this machine work on the store, and which of them are dead.
#pragma once

#include "env/ids.hpp"
#include "queue/claim.hpp"

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

namespace spine::store {

/// The process that a worker name is of: a bench of a process adds ":tN" to the name of the process.
std::string process_of(const std::string& worker);

/// Whether any process holds a byte of the workers file. Fails: throws Error{unavailable}.
bool somebody_works(const std::string& path);

/// The file beside the database in which every working process holds an OFD lock on a byte of its own: a free byte means
/// that the process is dead, whatever clocks and process ids say. A random name beside the byte tells a later user of the same
/// slot from an earlier one.
///
/// A process has benches, one for each of its threads, with names of their own: "SLOT:NAME:pPID:tN". To other processes a bench lives as long as its
/// process does; its own process knows which ones are open.
///
/// Threads: any. Fails: throws Error{unavailable}.
class Workers final : public queue::Liveness {
public:
    Workers(env::Random& random, std::string path);
    ~Workers() override;
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// "SLOT:NAME:pPID"
    const std::string& self() const override { return self_; }
    bool alive(const std::string& worker) override;

    /// The name of a new bench; it lives until it is closed.
    std::string open_bench();
    void close_bench(const std::string& worker);

private:
    std::string path_;
    int file_ = -1;
    std::string self_;
    std::mutex mutex_; ///< of what follows
    std::set<std::string> benches_;
    std::uint64_t benches_opened_ = 0;
};

/// One bench: works under its own name, and asks its process who lives. Lives: not longer than the workers.
class BenchWorker final : public queue::Liveness {
public:
    explicit BenchWorker(Workers& workers) : workers_{workers}, self_{workers.open_bench()} {}
    ~BenchWorker() override { workers_.close_bench(self_); }
    BenchWorker(const BenchWorker&) = delete;
    BenchWorker& operator=(const BenchWorker&) = delete;

    const std::string& self() const override { return self_; }
    bool alive(const std::string& worker) override { return workers_.alive(worker); }

private:
    Workers& workers_;
    std::string self_;
};

/// The same question from a process that only reads: it has no byte of its own and makes no file.
///
/// Threads: one at a time. Fails: throws Error{unavailable}.
class WatchedWorkers final : public queue::Liveness {
public:
    explicit WatchedWorkers(std::string path) : path_{std::move(path)} {}
    ~WatchedWorkers() override;
    WatchedWorkers(const WatchedWorkers&) = delete;
    WatchedWorkers& operator=(const WatchedWorkers&) = delete;

    const std::string& self() const override { return self_; }
    /// A workers file that may not be read tells nothing: then everybody lives.
    bool alive(const std::string& worker) override;

private:
    std::string path_;
    int file_ = -1;
    std::string self_ = "reader";
};

} // namespace spine::store
