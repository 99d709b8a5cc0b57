/// A world of one thread: processes that drive runs with the real engine, people, time, and all that can go wrong between them, drawn from a seed.
#pragma once

#include "simulation_script.hpp"
#include "simulation_store.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spine::test::sim {

/// An attempt that a process works on.
struct Attempt {
    run::StepStart start;
    env::TimePoint began;
};
struct Driven {
    run::State state;
    std::vector<Attempt> attempts;
    bool taken_up = true; ///< its first decision has been written
    bool stopped = false;
    std::optional<run::Outside> seen; ///< when it last looked
};
struct Process {
    std::string name;
    bool alive = true;   ///< others think so; one that is not may still be at work
    bool holding = false;
    std::map<std::string, Driven> runs;
};

class World {
public:
    World(std::uint64_t seed, bool telling);
    /// Everything until every run has ended, checked at every commit and against the reference model at the end. Throws Difference.
    void go();

    const std::vector<std::string>& history() const { return history_; }
    std::uint64_t fingerprint() const { return fingerprint_; }
    std::string definitions() const;
    const Store& store() const { return store_; }
    std::size_t events() const { return events_; }

private:
    enum class Fate { written, fails, unknown_written, unknown_lost, crash_before, crash_after };

    void tell(const std::string& what);
    void begin(const std::string& owner);
    bool disturbed();
    bool settled_down();
    bool act(Process& process, const std::string& run_id);
    bool end_attempt(Process& process, Driven& driven, std::size_t at);
    run::StepEnd result_of(const Driven& driven, const Attempt& attempt);
    bool look(Process& process, Driven& driven);
    bool wants_look(const Driven& driven) const;
    void commit(Process& process, Driven& driven, const run::Decided& decided, const std::string& why);
    void written(Process& process, Driven& driven, const run::Decided& decided);
    void fold_anew(Process& process, const std::string& run_id);
    void adopt(Process& process, const std::string& run_id);
    void let_go(Process& process, const std::string& run_id);
    bool claim_one();
    void take(Process& process, const std::string& run_id);
    bool claimable(const Kept& kept) const;
    void crash(Process& process);
    void person();
    bool answer_one(bool all);
    bool resume_one();
    bool retry_one();
    bool pass_time(bool far);
    std::optional<env::TimePoint> next_time() const;
    bool all_over() const;
    Process* alive();
    void compare(const run::State& state, const Kept& kept);

    // Checks of one commit.
    void audit(const run::Along& along, const Kept& before, const Kept& after);
    void audit_start(const run::StepRecord& record, const Kept& before);
    void audit_end(const run::StepRecord& record, const Kept& before);
    void audit_order(const run::Along& along, const Kept& after);
    void audit_stop(const Kept& after);

    std::uint64_t seed_;
    bool telling_;
    Script script_;
    Chance chance_;
    Store store_;
    env::TimePoint now_ = env::time_from("2026-01-03T04:15:01.000Z");
    std::deque<Process> processes_; ///< one that is added moves no other
    std::vector<std::string> roots_;
    std::map<std::string, int> retried_;
    std::vector<std::string> history_;
    std::uint64_t fingerprint_ = 0;
    std::size_t events_ = 0;
    std::size_t process_no_ = 0;
    std::uint64_t trouble_ = 0; ///< how often a commit goes wrong, in percent
    std::uint64_t executions_ = 0;
    bool quiet_ = false;        ///< nothing goes wrong any more
};

/// How many results of a path were handled in a generation: interrupts, and crashes after which it was tried again, are none.
int handled(const Kept& kept, const std::string& path, int generation);
bool is_handled(const run::StepRecord& record);
/// Whether the attempt ended with its process.
bool is_death(const run::StepRecord& record);
/// Whether it is the last word on its step, until somebody asks for it again.
bool is_settling(const run::StepRecord& record);

/// Compares an ended run with what the plain reference model says it must have given. Throws Difference.
void check_run(const Script& script, const Store& store, const Kept& kept);

} // namespace spine::test::sim
