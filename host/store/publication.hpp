/// Which capture of a partition its readers see. It moves in the commit that reaches the domain's publishing stage, or by a person; every move is
/// a row of core_publications, so that "what was published at this time" has an answer.
#pragma once

#include "store/attempt.hpp"
#include "store/connection.hpp"
#include "unit/outcome.hpp"
#include "unit/partition.hpp"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spine::store {

/// Stores of before core migration 4 publish nothing: their readers see the head.
bool has_publications(Connection& connection);

/// Why a capture became the published one.
enum class PublishedBy {
    making,     ///< its domain has no publishing stage
    checks,     ///< it reached the publishing stage and no check failed
    person,
    withdrawal, ///< the one published after it was withdrawn
    upgrade     ///< readers saw the heads before stores knew of publishing
};
std::string_view to_text(PublishedBy cause);

/// One row of core_publications.
struct Publication {
    PublishedBy cause = PublishedBy::checks;
    std::string stage{};        ///< checks: the one reached
    std::string execution_id{}; ///< making, checks
    std::string by{};           ///< person, withdrawal
    std::string reason{};
};

/// What readers of a partition see from this commit on; 0: nothing any more.
void point_readers_to(Connection& connection,
                      const unit::Partition& partition,
                      std::int64_t capture_seq,
                      const Publication& publication,
                      const std::string& now);

/// Whether a capture ever was the published one of its partition.
bool was_published(Connection& connection, std::int64_t capture_seq);

/// What an attempt's commit does to readers, decided before it writes anything.
struct Judgement {
    enum class Verdict {
        as_work,   ///< it does not reach the publishing stage, or is about history
        publishes,
        withheld,  ///< a check failed: its rows are written and its readers see what they saw
        refused    ///< a check failed, and readers see this very capture: its rows stay as they are
    } verdict = Verdict::as_work;
    std::optional<unit::Failure> failure; ///< withheld, refused
};
Judgement judged(Connection& connection, const workflow::Catalogue& catalogue, const Attempt& attempt);

/// Publishes a capture that has reached the publishing stage, unless a newer one is published or a person has gone back from this one: what a
/// person chose stands until a newer capture qualifies.
void publish_reached(Connection& connection,
                     const unit::Partition& partition,
                     std::int64_t capture_seq,
                     const Attempt& attempt,
                     const std::string& now);

/// In the row of the execution that reached the publishing stage.
void record_publication(Connection& connection, const std::string& execution_id, bool withheld);

} // namespace spine::store
