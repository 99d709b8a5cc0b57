/// Which processes of this machine work on the store, and which of them are dead.
#pragma once

#include "env/ids.hpp"
#include "queue/claim.hpp"

#include <string>

namespace spine::store {

/// The file beside the database in which every working process holds an OFD lock on a byte of its own: a free byte means
/// that the process is dead, whatever clocks and process ids say. A random name beside the byte tells a later user of the same
/// slot from an earlier one.
///
/// Threads: one at a time. Fails: throws Error{unavailable}.
class Workers final : public queue::Liveness {
public:
    Workers(env::Random& random, std::string path);
    ~Workers() override;
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// "SLOT:NAME:pPID"
    const std::string& self() const override { return self_; }
    bool alive(const std::string& worker) override;

private:
    std::string path_;
    int file_ = -1;
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
