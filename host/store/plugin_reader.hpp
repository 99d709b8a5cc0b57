/// The connection that plugins' SELECTs run on: read-only, and only over what they may see.
#pragma once

#include "env/clock.hpp"
#include "store/connection.hpp"
#include "store/sql_gate.hpp"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spine::store {

/// Texts of repeated columns by id. Ids are never given twice and texts never change, so what was read once is true.
class TextCache {
public:
    explicit TextCache(Connection& connection) : connection_{connection} {}
    const std::string* find(std::int64_t id);

private:
    Connection& connection_;
    std::vector<std::unique_ptr<std::string>> known_; ///< by id
};

/// Readable: the datasets and views of all plugins, the read models of the core (captures, partitions, manifest,
/// derivations), through one SELECT. Everything else is refused by the gate before it is prepared here.
///
/// Threads: one at a time. Lives: longer than its cursors. Fails: throws Error{invalid} for SQL that is refused.
class PluginReader {
public:
    PluginReader(env::Clock& clock, const std::string& path, const workflow::Catalogue& catalogue);
    ~PluginReader();
    PluginReader(const PluginReader&) = delete;
    PluginReader& operator=(const PluginReader&) = delete;

    std::unique_ptr<unit::Cursor>
    query(std::string_view sql, std::span<const unit::Value> values, std::size_t columns);

private:
    env::Clock& clock_;
    Connection connection_;
    Connection texts_connection_; ///< another one, so that a text can be looked up while a SELECT runs
    TextCache texts_;
    SqlGate gate_;
};

} // namespace spine::store
