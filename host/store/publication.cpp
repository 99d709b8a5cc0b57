#include "store/publication.hpp"

#include "store/apply.hpp"

#include <algorithm>

namespace spine::store {

namespace {

std::int64_t published_of(Connection& connection, const unit::Partition& partition) {
    auto& row = connection.prepared("SELECT published_capture FROM core_partitions WHERE domain = ? AND partition_key = ?");
    row.bind(1, partition.domain);
    row.bind(2, partition.key);
    const auto seq = row.executeStep() ? row.getColumn(0).getInt64() : 0;
    row.reset();
    return seq;
}

std::string capture_id_of(Connection& connection, std::int64_t capture_seq) {
    auto& row = connection.prepared("SELECT capture_id FROM core_captures WHERE capture_seq = ?");
    row.bind(1, capture_seq);
    const auto id = row.executeStep() ? row.getColumn(0).getString() : std::string{};
    row.reset();
    return id;
}

/// "volume_swing is -97.1 (expected at least -50)"
std::string described(const unit::Check& check) {
    return check.name + (check.actual.empty() ? " failed" : " is " + check.actual) +
           (check.expected.empty() ? "" : " (expected " + check.expected + ")");
}

/// The capture whose rows an output reached its stage with.
struct Candidate {
    std::string id;
    std::int64_t seq = 0; ///< 0: the commit makes it
};
std::optional<Candidate> candidate_of(Connection& connection, const Attempt& attempt, const unit::Reached& reached) {
    if (reached.rowset == 0)
        return std::nullopt;
    const auto& place = attempt.rowsets[static_cast<std::size_t>(reached.rowset - 1)];
    if (const auto* existing = std::get_if<ExistingCapture>(&place))
        return Candidate{existing->id, existing->seq};
    if (const auto* fresh = std::get_if<NewCapture>(&place))
        return Candidate{capture_id_for(connection, attempt.outputs[fresh->output], attempt.created_at), 0};
    return std::nullopt;
}

unit::Failure gate(const workflow::Pipeline& pipeline,
                   const unit::Partition& partition,
                   const Candidate& candidate,
                   const std::vector<const unit::Check*>& failed,
                   const std::string& published,
                   bool refused) {
    unit::Failure failure;
    failure.category = unit::Category::quality_gate;
    failure.exit_code = unit::exit_code(failure.category);
    std::string which;
    boost::json::array names;
    for (const auto* check : failed) {
        which += (which.empty() ? "" : ", ") + described(*check);
        names.emplace_back(check->name);
    }
    const auto stage = pipeline.stage + " of " + partition.key;
    failure.message = refused ? stage + " was not made anew: " + which + "; its readers go on seeing the rows that capture " + candidate.id + " had"
                              : stage + " is done but not published: " + which + "; its readers " +
                                    (published.empty() ? "see no capture of it yet" : "go on seeing capture " + published);
    failure.hint = refused ? "'spine quality list' has the checks; mend what they found, then run it again"
                           : "'spine quality list' has the checks; give the right file, or publish it all the same: spine captures publish " +
                                 candidate.id + " --reason …, or withdraw it: spine captures withdraw " + candidate.id + " --reason …";
    failure.details = {{"capture_id", candidate.id},
                       {"published_capture_id", published.empty() ? boost::json::value(nullptr) : boost::json::value(published)},
                       {"failed_checks", std::move(names)}};
    return failure;
}

} // namespace

bool has_publications(Connection& connection) { return connection.has_table("core_publications"); }

std::string_view to_text(PublishedBy cause) {
    switch (cause) {
    case PublishedBy::making: return "making";
    case PublishedBy::checks: return "checks";
    case PublishedBy::person: return "person";
    case PublishedBy::withdrawal: return "withdrawal";
    case PublishedBy::upgrade: return "upgrade";
    }
    return "checks";
}

void point_readers_to(Connection& connection,
                      const unit::Partition& partition,
                      std::int64_t capture_seq,
                      const Publication& publication,
                      const std::string& now) {
    auto& point = connection.prepared("UPDATE core_partitions SET published_capture = ? WHERE domain = ? AND partition_key = ?");
    if (capture_seq != 0)
        point.bind(1, capture_seq);
    point.bind(2, partition.domain);
    point.bind(3, partition.key);
    point.exec();
    auto& insert = connection.prepared("INSERT INTO core_publications (domain, partition_key, capture_seq, cause, stage, execution_id, "
                                       "published_by, reason, published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, partition.domain);
    insert.bind(2, partition.key);
    if (capture_seq != 0)
        insert.bind(3, capture_seq);
    insert.bind(4, std::string{to_text(publication.cause)});
    bind_or_null(insert, 5, publication.stage);
    bind_or_null(insert, 6, publication.execution_id);
    bind_or_null(insert, 7, publication.by);
    bind_or_null(insert, 8, publication.reason);
    insert.bind(9, now);
    insert.exec();
}

bool was_published(Connection& connection, std::int64_t capture_seq) {
    auto& row = connection.prepared("SELECT 1 FROM core_publications WHERE capture_seq = ? LIMIT 1");
    row.bind(1, capture_seq);
    const bool was = row.executeStep();
    row.reset();
    return was;
}

Judgement judged(Connection& connection, const workflow::Catalogue& catalogue, const Attempt& attempt) {
    Judgement judgement;
    const auto& pipeline = *attempt.pipeline;
    const auto* publishing = catalogue.publishing_stage(pipeline.domain);
    if (attempt.historic || publishing == nullptr || publishing->name != pipeline.stage)
        return judgement;
    using Verdict = Judgement::Verdict;
    for (const auto& reached : attempt.reached) {
        const auto candidate = candidate_of(connection, attempt, reached);
        if (!candidate)
            continue;
        std::vector<const unit::Check*> failed;
        for (const auto& check : attempt.checks)
            if (check.output == reached.output && check.status == "FAIL")
                failed.push_back(&check);
        if (failed.empty()) {
            if (judgement.verdict == Verdict::as_work)
                judgement.verdict = Verdict::publishes;
            continue;
        }
        const auto& partition = attempt.outputs[reached.output];
        const auto published = published_of(connection, partition);
        // Going back to what a person has left is not this work's to decide, but neither may it change rows that were read.
        const bool refused = candidate->seq != 0 && was_published(connection, candidate->seq);
        if (judgement.failure && !refused)
            continue; // the first is told; one that may not be written tells more
        judgement.verdict = refused ? Verdict::refused : Verdict::withheld;
        judgement.failure =
            gate(pipeline, partition, *candidate, failed, published == 0 ? std::string{} : capture_id_of(connection, published), refused);
        if (refused)
            return judgement;
    }
    return judgement;
}

void publish_reached(Connection& connection,
                     const unit::Partition& partition,
                     std::int64_t capture_seq,
                     const Attempt& attempt,
                     const std::string& now) {
    const auto failed = std::any_of(attempt.reached.begin(), attempt.reached.end(), [&](const auto& reached) {
        return attempt.outputs[reached.output] == partition &&
               std::any_of(attempt.checks.begin(), attempt.checks.end(), [&](const auto& check) {
                   return check.output == reached.output && check.status == "FAIL";
               });
    });
    if (failed || capture_seq <= published_of(connection, partition) || was_published(connection, capture_seq))
        return;
    point_readers_to(
        connection, partition, capture_seq, {PublishedBy::checks, attempt.pipeline->stage, attempt.execution_id, {}, {}}, now);
}

void record_publication(Connection& connection, const std::string& execution_id, bool withheld) {
    auto& update = connection.prepared("UPDATE core_executions SET publication = ? WHERE execution_id = ?");
    update.bind(1, withheld ? std::string{"withheld"} : std::string{"published"});
    update.bind(2, execution_id);
    update.exec();
}

} // namespace spine::store
