/// How a run goes, read from a SQLite store row by row.
#pragma once

#include "control/run_trace.hpp"
#include "queue/claim.hpp"
#include "store/connection.hpp"

namespace spine::store {

/// A store that was made before there were workflows has no runs.
///
/// Lives: not longer than the connection and the liveness.
class SqliteRunTrace final : public control::RunTrace {
public:
    SqliteRunTrace(Connection& connection, queue::Liveness& liveness) : connection_{connection}, liveness_{liveness} {}
    std::int64_t version() override;
    std::optional<control::RunNow> now(const std::string& run_id) override;
    std::optional<run::Standing> standing(const std::string& run_id) override;
    void visit_steps(const std::string& run_id, std::int64_t after_no, const control::StepSeenVisitor& visitor) override;
    std::string definition(const std::string& run_id) override;
    std::vector<control::ChildRun> children(const std::string& run_id, std::size_t most) override;
    void visit_logs(const control::LogFilter& filter, const control::LogVisitor& visitor) override;

private:
    Connection& connection_;
    queue::Liveness& liveness_;
};

} // namespace spine::store
