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

} // namespace spine::store
