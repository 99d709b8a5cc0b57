/// What the workflow runner asks of the store: runs, their steps, who has them.
#pragma once

#include "run/along.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spine::run {

/// A run that is asked for, with everything that is recorded at its start.
struct NewRun {
    std::string run_id;
    std::string run_key; ///< empty: none
    std::string workflow;
    std::int64_t version = 1;
    std::string domain;
    std::string definition_text;
    std::string definition_sha256;
    boost::json::object params; ///< canonical
    boost::json::object given;  ///< those that the caller gave: what a key's next caller must give as well
    std::string folder;         ///< the working directory, from which relative paths are meant
    std::map<std::string, std::string> plugins; ///< operation -> id of the plugin that brings it, for `blocked` messages
    std::string trigger = "cli";
    Along begin; ///< the first start records; its run_id and fence are filled by the store
};

/// What is known of a run.
struct RunRow {
    std::string run_id;
    std::string run_key;
    std::string workflow;
    std::int64_t version = 1;
    std::string domain;
    std::string definition_text;
    std::string definition_sha256;
    boost::json::object params;
    std::string folder; ///< see NewRun
    std::map<std::string, std::string> plugins;
    RunStatus status = RunStatus::running;
    std::string reason;
    std::string current_step;
    std::string error_step;
    std::optional<unit::Failure> failure; ///< category, message, exit code
    std::optional<unit::Partition> partition;
    std::int64_t fence = 0;
    std::string started_at;
    std::string finished_at;
    std::int64_t duration_ms = 0; ///< of a finished run
    std::vector<StepRecord> steps; ///< every attempt, in the order of their starts
};

/// The run is this process's: it alone writes to it until it ends or the process does.
struct Owned {
    RunRow run;
};
/// Somebody alive has it.
struct Held {
    std::string run_id;
    std::string holder; ///< who and since when, for people
};
/// It has ended; `run` tells how.
struct Over {
    RunRow run;
};
/// The key is that of a run of another definition's name or with other parameters.
struct KeyTaken {
    std::string run_id;
    std::string reason;
};
struct NoSuchRun {};
using Opened = std::variant<Owned, Held, Over, KeyTaken>;
using Claimed = std::variant<Owned, Held, Over, NoSuchRun>;

/// Threads: one at a time. Fails: throws Error{unavailable, commit_failed}.
class RunJournal {
public:
    virtual ~RunJournal() = default;
    /// A new run (definition, run, first records in one synced commit), or the one that has this workflow's key already: taken over when its
    /// owner died or it waits, else told about. What was given is compared; defaults and the rest of the definition are not: a run keeps the one it began with.
    virtual Opened open(const NewRun& run) = 0;
    /// Takes over a run that is not finished and that nobody alive has; the fence grows.
    virtual Claimed claim(const std::string& run_id) = 0;
    /// The run that has a workflow's key; empty: none.
    virtual std::string with_key(const std::string& workflow, const std::string& key) = 0;
    /// As it is now, without taking it.
    virtual std::optional<RunRow> look(const std::string& run_id) = 0;
    /// Runs that are not finished and have no living owner, oldest first; at most 10,000.
    virtual std::vector<std::string> unowned() = 0;
    /// Writes it in a commit of its own; false when the fence no longer holds and nothing was written.
    virtual bool append(const Along& along) = 0;
};

} // namespace spine::run
