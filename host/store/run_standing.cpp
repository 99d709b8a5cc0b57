#include "store/run_standing.hpp"

#include "control/retention.hpp"
#include "store/along.hpp"

namespace spine::store {

namespace {

bool is_pruned(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared("SELECT 1 FROM core_workflow_steps WHERE run_id = ? AND step = ? LIMIT 1");
    row.bind(1, run_id);
    row.bind(2, std::string{control::pruned_step});
    const bool pruned = row.executeStep();
    row.reset();
    return pruned;
}

/// The run that `reason` names as the one which goes on in its place.
std::string successor_in(Connection& connection, const std::string& reason) {
    constexpr std::string_view words = "continued as run ";
    if (!reason.starts_with(words))
        return {};
    auto& row = connection.prepared("SELECT run_id FROM core_workflow_runs WHERE run_id = ? AND chain_no > 1");
    row.bind(1, reason.substr(words.size(), reason.find(';') - words.size()));
    auto successor = row.executeStep() ? row.getColumn(0).getString() : std::string{};
    row.reset();
    return successor;
}

} // namespace

std::optional<run::Standing> standing_of(Connection& connection, const std::string& run_id) {
    auto& row = connection.prepared("SELECT status, reason FROM core_workflow_runs WHERE run_id = ?");
    row.bind(1, run_id);
    std::optional<run::Standing> found;
    std::string reason;
    if (row.executeStep()) {
        found.emplace();
        found->run_id = run_id;
        found->status = run::run_status_from(row.getColumn(0).getString()).value_or(run::RunStatus::running);
        reason = row.getColumn(1).getString();
    }
    row.reset();
    if (!found || !run::is_final(found->status))
        return found;
    found->pruned = is_pruned(connection, run_id);
    if (found->status == run::RunStatus::completed && has_engine_tables(connection))
        found->successor = successor_in(connection, reason);
    return found;
}

} // namespace spine::store
