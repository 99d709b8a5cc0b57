/// What happened and what is known, read from a SQLite store for people and programs.
#pragma once

#include "control/store.hpp"
#include "store/connection.hpp"

namespace spine::store {

/// Lives: not longer than the connection.
class SqliteRecords {
public:
    explicit SqliteRecords(Connection& connection) : connection_{connection} {}
    control::Table executions(const control::Filter& filter);
    boost::json::object execution(const std::string& id);
    control::Table children(const std::string& execution_id);
    control::Table manifest(const control::Filter& filter);
    control::Table captures(const control::Filter& filter);
    control::Table rejects(const control::Filter& filter);
    control::Table quality(const control::Filter& filter);
    control::Table anomalies(const control::Filter& filter);

private:
    control::Table listed(const std::string& table,
                          const std::string& columns,
                          const char* status_column,
                          const char* name_column,
                          const std::string& order,
                          const control::Filter& filter);
    Connection& connection_;
};

/// The cell of a result as JSON: null, integer, double or text.
boost::json::value cell_of(const SQLite::Column& column);

} // namespace spine::store
