/// The connection that plugins' SELECTs run on: read-only, and only over what they may see.
#pragma once

#include "env/clock.hpp"
#include "store/connection.hpp"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <memory>
#include <set>
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
/// derivations). Everything else, and everything but SELECT, is refused by SQLite's authorizer when it is prepared.
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

    bool may_read(const std::string& name) const { return readable_.contains(name); }

private:
    env::Clock& clock_;
    Connection connection_;
    Connection texts_connection_; ///< another one, so that a text can be looked up while a SELECT runs
    TextCache texts_;
    std::set<std::string, std::less<>> readable_;
};

} // namespace spine::store
