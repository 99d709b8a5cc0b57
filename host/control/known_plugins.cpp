#include "control/known_plugins.hpp"

#include "error.hpp"

#include <algorithm>

namespace spine::control {
namespace {

using Row = std::vector<boost::json::value>;

void each_row(Store& store, const std::string& sql, const std::function<void(const Row&)>& row) {
    store.query(sql, {[](const auto&) {}, [&](const Row& cells) {
                          row(cells);
                          return true;
                      }});
}

std::string text_of(const boost::json::value& cell) { return cell.is_string() ? std::string{cell.get_string()} : std::string{}; }
std::int64_t number_of(const boost::json::value& cell) { return cell.is_int64() ? cell.get_int64() : 0; }

} // namespace

std::vector<KnownPlugin> known_plugins(Store& store) {
    std::vector<KnownPlugin> known;
    each_row(store, "SELECT owner, version, sha256 FROM core_migrations WHERE owner <> 'core' ORDER BY owner, version", [&](const Row& row) {
        if (known.empty() || known.back().id != text_of(row[0])) {
            known.emplace_back();
            known.back().id = text_of(row[0]);
        }
        known.back().migrations[static_cast<std::uint32_t>(number_of(row[1]))] = text_of(row[2]);
    });
    const auto of = [&](const std::string& id) {
        return std::find_if(known.begin(), known.end(), [&](const auto& plugin) { return plugin.id == id; });
    };
    bool counted = false; // a store that no newer program has opened for writing has no list of tables yet
    each_row(store, "SELECT 1 FROM sqlite_schema WHERE name = 'core_plugin_tables'", [&](const Row&) { counted = true; });
    if (counted)
        each_row(store, "SELECT owner, count(*) FROM core_plugin_tables WHERE kind = 'dataset' GROUP BY owner", [&](const Row& row) {
            if (const auto plugin = of(text_of(row[0])); plugin != known.end())
                plugin->datasets = static_cast<std::size_t>(number_of(row[1]));
        });
    each_row(store,
             "SELECT m.owner, e.plugin_version, e.plugin_sha256 FROM (SELECT DISTINCT owner FROM core_migrations) m JOIN core_executions e ON "
             "e.execution_id = (SELECT l.execution_id FROM core_executions l WHERE l.plugin = m.owner ORDER BY l.execution_id DESC LIMIT 1)",
             [&](const Row& row) {
                 if (const auto plugin = of(text_of(row[0])); plugin != known.end()) {
                     plugin->version = text_of(row[1]);
                     plugin->sha256 = text_of(row[2]);
                 }
             });
    return known;
}

std::vector<KnownPlugin> missing_plugins(Stores& stores, const workflow::Catalogue& catalogue) {
    try {
        auto known = known_plugins(*stores.open(Access::read));
        std::erase_if(known, [&](const auto& plugin) {
            return std::any_of(catalogue.plugins.begin(), catalogue.plugins.end(), [&](const auto& loaded) {
                const auto former = workflow::former_ids(loaded); // it has its tables still under its old id
                return loaded.id == plugin.id || std::find(former.begin(), former.end(), plugin.id) != former.end();
            });
        });
        return known;
    } catch (const Error& problem) {
        if (problem.code() != ErrorCode::not_found)
            throw;
        return {};
    }
}

} // namespace spine::control
