/// The core tables, as numbered migrations of the owner `core`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spine::store {

struct CoreMigration {
    std::uint32_t version;
    std::string name;
    std::string sql;
};

/// "SPNE" as SQLite's application id.
inline constexpr std::int32_t application_id = 0x53504e45;

/// In order of their versions; the last one is the version that this program writes.
const std::vector<CoreMigration>& core_migrations();

} // namespace spine::store
