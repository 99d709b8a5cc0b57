/// What is stale or not yet made, in the order in which it must be done, and why; and doing it.
#pragma once

#include "control/control.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::control {

/// Why a stage of a partition is to be done; the weightiest reason where there are several.
enum class DueWhy {
    never_made,
    new_capture, ///< made from another capture than the partition's head
    withdrawn,   ///< a capture that it is made from was withdrawn by a person
    calculation, ///< another version of the calculation
    inputs,      ///< something else that it is made from has changed, or will have
    withheld,    ///< of the stage that publishes: a check failed, so that readers do not see it
    asked        ///< the journal wants it done although it is made from the same
};
std::string_view to_text(DueWhy why);

/// One execution that is due.
struct DueWork {
    const workflow::Pipeline* pipeline = nullptr; ///< of the library's catalogue
    boost::json::object params;                   ///< canonical
    std::vector<unit::Partition> partitions;      ///< those that are due
    std::set<std::pair<unit::Partition, std::string>> made_from; ///< partition and stage
    DueWhy why = DueWhy::never_made;
    std::string reason; ///< a sentence
    bool made_before = false;
};

struct DueRequest {
    std::string domain; ///< name or alias; empty: every domain
    /// Also what has never been made in its partition and stands behind the stage that publishes.
    bool all = false;
};

/// Computed from what is recorded and declared: for each partition that exists, each pipeline of its domain that reaches a stage is asked what it
/// would read (by its own plan), and `run::decide_due` whether that is what it was made from, where everything that is due before counts as done
/// anew. In digests go the parameters that a stage was made with. Whatever has no inputs, such as reading a source, is never due.
std::vector<DueWork> due_work(const DueRequest& request, const workflow::Catalogue& catalogue, run::Invoker& invoker, unit::State& state,
                              Records& records, const std::string& now);

/// Why the stages of the list that were made before are stale, by partition and stage.
using Stale = std::map<std::pair<unit::Partition, std::string>, std::string>;
Stale stale_of(const std::vector<DueWork>& due);

/// The same of the configured store, opened for reading. Throws Error{not_found} for an unknown domain.
std::vector<DueWork> due_work(const DueRequest& request, env::Clock& clock, Stores& stores, Libraries& libraries);

/// How one piece of due work went. Not tried: `failed_before` says which stage it is made from and that could not be made.
struct DueDone {
    DueWork work;
    run::Result result;
    std::string failed_before;
};
/// Does all of it in this process, each as an execution of its own; what depends on a failure is left, the rest goes on. What only then shows to be
/// due is done too. An interruption ends it.
std::vector<DueDone> do_due_work(const DueRequest& request, env::Clock& clock, env::Random& random, Stores& stores, Libraries& libraries,
                                 const run::CancelToken& cancel, const run::ProgressSink& progress, const std::function<void(const DueDone&)>& done);

} // namespace spine::control
