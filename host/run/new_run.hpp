/// Runs that are about to begin: what one takes over from a definition, from another run, and what the store will give back of it.
#pragma once

#include "env/clock.hpp"
#include "run/along.hpp"
#include "run/run_journal.hpp"
#include "workflow/definition.hpp"

namespace spine::run {

/// A run of the same definition, with the same parameters and surroundings as another one; without an id.
NewRun another(const RunRow& row);
/// The limits that the definition sets to runs of its own at one time.
void limit(NewRun& run, const workflow::Workflow& workflow, env::TimePoint now);
/// As a journal gives it right after its insertion at that time, without its records.
RunRow row_of(const NewRun& run, env::TimePoint now);
/// The same with what began with it, as it is on disk once it was inserted.
RunRow begun_row(const NewRun& run, env::TimePoint now);

} // namespace spine::run
