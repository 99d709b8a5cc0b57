/// What a person or a program may ask for, whatever the way of asking.
#pragma once

#include "control/library.hpp"
#include "control/store.hpp"
#include "run/runner.hpp"
#include "workflow/diagnostic.hpp"
#include "workflow/parameters.hpp"

#include <string>
#include <variant>
#include <vector>

namespace spine::control {

struct RunRequest {
    std::string pipeline; ///< full name, with the alias, or bare
    workflow::Written params;
    bool force = false;
    bool dry = false;
};
/// The result, or everything that is wrong with the request and its exit code (3; 4 for an unknown pipeline).
struct BadRequest {
    int exit_code = 3;
    workflow::Diagnostics faults;
};
struct RunReport {
    const workflow::Pipeline* pipeline = nullptr;
    boost::json::object params;
    run::Result result;
    std::vector<AppliedMigration> migrated; ///< plugin migrations that were applied first; in a dry run: would be
};
using RunAnswer = std::variant<RunReport, BadRequest>;

/// Checks the request, migrates a newly dropped-in plugin's tables if needed, and does the execution in this process. A dry
/// run opens the store for reading only.
/// Fails: throws Error of the store: {not_found, invalid, unavailable, commit_failed}.
RunAnswer run_pipeline(const RunRequest& request, env::Clock& clock, env::Random& random, Stores& stores,
                       Libraries& libraries, const run::CancelToken& cancel, const run::ProgressSink& progress);

/// What to tell somebody whose pipeline is not there, or whose short name means several.
workflow::Diagnostic unknown_pipeline(const workflow::Catalogue& catalogue, const std::string& name);

/// The exit code of a result.
int exit_code(const run::Result& result);

struct DoctorFinding {
    std::string subject;
    std::string status; ///< ok, warning, error
    std::string detail;
    std::string hint;
    int exit_code = 0; ///< of an error
};
/// The installation: the plugin folder, every plugin found there, the store. Throws nothing: what fails is a finding.
std::vector<DoctorFinding> doctor(Stores& stores, Libraries& libraries);

} // namespace spine::control
