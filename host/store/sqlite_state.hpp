/// What is known about the data, read from a SQLite store.
#pragma once

#include "store/connection.hpp"
#include "unit/state.hpp"

namespace spine::store {

/// Lives: not longer than the connection. Sees what the connection sees: inside a write transaction the current state.
class SqliteState final : public unit::State {
public:
    explicit SqliteState(Connection& connection) : connection_{connection} {}

    std::optional<unit::ManifestRow> manifest(const unit::Partition& partition,
                                              const std::string& stage) override;
    std::vector<unit::ManifestRow> manifest_rows(const std::string& domain,
                                                 const std::map<std::string, std::string>& values,
                                                 const std::string& stage) override;
    std::optional<unit::Capture> head(const unit::Partition& partition) override;
    std::optional<unit::Capture> capture_until(const unit::Partition& partition,
                                               const std::string& time) override;
    std::optional<unit::Capture> capture(const std::string& capture_id) override;
    std::vector<unit::Partition> captured(const std::string& domain,
                                          const std::map<std::string, std::string>& values) override;
    std::int64_t generation(const unit::Partition& partition);

private:
    Connection& connection_;
};

/// Appends " AND partition_key ->> '$.name' = ?" for each value; bind them with `bind_partition`.
std::string partition_condition(const std::map<std::string, std::string>& values);
int bind_partition(SQLite::Statement& statement,
                   int from,
                   const std::map<std::string, std::string>& values);

} // namespace spine::store
