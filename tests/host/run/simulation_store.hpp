/// A store of runs in memory, of the simulation's own: one transaction a call, refused by its fence, with every record kept in the order in which it was
/// written. It says what it was promised: whatever a write breaks is a `Difference`.
#pragma once

#include "run/decide.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace spine::test::sim {

/// The engine did what it must not, or not what the reference model says.
struct Difference : std::runtime_error {
    using std::runtime_error::runtime_error;
};
inline void hold_true(bool holds, const std::string& what) {
    if (!holds)
        throw Difference{what};
}

/// A record as it was written, with its time.
struct Event {
    run::StepRecord record;
    env::TimePoint at;
    std::int64_t fence = 0;
};

struct Kept {
    run::RunRow row;           ///< `steps`: a row for an attempt, as the store keeps them
    std::vector<Event> events; ///< each record as it came
    std::string owner;         ///< the process that has it; empty: nobody
    bool cancelled_by_person = false;
    env::TimePoint started;
    std::map<std::string, boost::json::object> answers; ///< path -> the answer of the attempt that waits
    std::vector<std::pair<std::string, boost::json::object>> answered; ///< every one that was taken
    std::string successor;
    std::string spawned_by;    ///< who inserted it
    std::uint64_t salt = 0;
    int deaths = 0;            ///< processes that died with it
    std::set<std::string> open_children() const;

    bool is_over() const { return run::is_final(row.status); }
    const run::StepRecord* newest(const std::string& path) const;
};

class Store {
public:
    std::map<std::string, Kept> runs;
    std::set<std::tuple<std::string, std::string, int, int, int>> child_keys; ///< parent, path, generation, attempt, chain_no
    std::int64_t commits = 0;

    void insert(const run::NewRun& run, const std::string& owner, env::TimePoint now, std::uint64_t salt, const std::string& by);
    run::Written write(const run::Along& along, env::TimePoint now);
    /// The fence grows; nothing when it is over.
    bool claim(const std::string& run_id, const std::string& owner);
    run::Outside outside(const std::string& run_id) const;
    bool due(const Kept& kept, env::TimePoint now) const;

    // What people do.
    bool answer(const std::string& run_id, const std::string& path, bool approved, const std::string& by, env::TimePoint now);
    void cancel(const std::string& run_id, env::TimePoint now);
    void pause(const std::string& run_id);
    void retry(const std::string& run_id, const std::vector<std::string>& forget, const std::string& from, env::TimePoint now);

    Kept& at(const std::string& run_id);
    const Kept& at(const std::string& run_id) const;
    /// The last one of the chain that a child begins.
    const Kept& chain_end(const std::string& run_id) const;

private:
    void record(Kept& kept, const run::StepRecord& record, env::TimePoint now, std::int64_t fence);
    void call_parent(const Kept& kept);
    void end_below(const std::string& run_id, env::TimePoint now);
};

/// Everything that two states of one run must share; empty: they do, else the first difference.
std::string differs(const run::State& left, const run::State& right);

} // namespace spine::test::sim
