/// What the store tells whoever debugs: claims, what was due and why, commits. After the transaction, never inside it.
#pragma once

#include "control/store.hpp"
#include "env/log.hpp"
#include "run/along.hpp"
#include "run/journal.hpp"
#include "store/attempt.hpp"
#include "unit/unit.hpp"

#include <string_view>
#include <vector>

namespace spine::store {

void tell_migrations(env::Log* log, const std::vector<control::AppliedMigration>& applied);
/// How work that was asked for was answered: claimed, not due, done by somebody else. `why` an attempt was due.
void tell_start(env::Log* log, const run::Request& asked, const run::Start& start, std::string_view why);
/// What an attempt came to.
void tell_commit(env::Log* log, const Attempt& attempt, const unit::Outcome& outcome, const unit::Commit& commit);
/// Whether this process got a run.
void tell_claim(env::Log* log, std::string_view run_id, bool got, std::string_view holder);
/// Steps of a run that were written by themselves.
void tell_written(env::Log* log, const run::Along& along, bool written);

} // namespace spine::store
