/// Runs of workflows, read from a SQLite store for people and programs.
#pragma once

#include "control/store.hpp"
#include "queue/claim.hpp"
#include "store/connection.hpp"

#include <boost/json/object.hpp>
#include <string>

namespace spine::store {

/// A store that was made before there were workflows has no runs.
///
/// Lives: not longer than the connection and the liveness.
class RunRecords {
public:
    RunRecords(Connection& connection, queue::Liveness& liveness)
        : connection_{connection}, liveness_{liveness} {}
    control::Table runs(const control::Filter& filter);
    boost::json::object workflow_run(const std::string& id);
    control::Table steps(const std::string& run_id);
    control::Table executions(const std::string& run_id);
    /// Those of its executions and of their children.
    control::Table rejects(const std::string& run_id);
    control::Table quality(const std::string& run_id);
    control::Table anomalies(const std::string& run_id);

private:
    control::Table of_run(const std::string& sql, const std::string& run_id);
    bool owner_alive(const SQLite::Column& worker);
    Connection& connection_;
    queue::Liveness& liveness_;
};

} // namespace spine::store
