/// How runs went as a whole, read from a SQLite store row by row.
#pragma once

#include "control/run_history.hpp"
#include "store/connection.hpp"

namespace spine::store {

/// A store that was made before there were workflows has no runs.
///
/// Lives: not longer than the connection.
class SqliteRunHistory final : public control::RunHistory {
public:
    explicit SqliteRunHistory(Connection& connection) : connection_{connection} {}
    void visit_runs(const std::string& workflow, env::TimePoint since, const control::RunVisitor& visitor) override;
    void visit_steps(const std::string& workflow, env::TimePoint since, const control::StepVisitor& visitor) override;
    std::vector<control::RunTotals> totals() override;

private:
    Connection& connection_;
};

} // namespace spine::store
