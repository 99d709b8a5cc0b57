#include "store/migrations.hpp"

#include "run/due.hpp"
#include "store/core_schema.hpp"
#include "store/core_sums.hpp"
#include "store/dataset_ddl.hpp"
#include "store/rowsets.hpp"
#include "store/sql_gate.hpp"
#include "workflow/sql_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sqlite3.h>

namespace spine::store {

namespace {

struct Applied {
    std::string name;
    std::string sha256;
};
using AppliedByVersion = std::map<std::uint32_t, Applied>;

AppliedByVersion applied_of(Connection& connection, const std::string& owner) {
    return connection.guarded([&] {
        AppliedByVersion applied;
        if (!connection.db().tableExists("core_migrations"))
            return applied;
        auto& rows = connection.prepared(
            "SELECT version, name, sha256 FROM core_migrations WHERE owner = ? ORDER BY version");
        rows.bind(1, owner);
        while (rows.executeStep())
            applied[rows.getColumn(0).getUInt()] = {rows.getColumn(1).getString(),
                                                    rows.getColumn(2).getString()};
        rows.reset();
        return applied;
    });
}

std::string described(const std::string& owner, std::uint32_t version, const std::string& name) {
    return (owner == "core" ? "core migration " : "migration of plugin '" + owner + "' ") +
           std::to_string(version) + " (" + name + ")";
}

void refuse_if_changed(const std::string& owner,
                       std::uint32_t version,
                       const std::string& name,
                       const std::string& sha256,
                       const Applied& applied) {
    if (applied.sha256 != sha256)
        throw Error{ErrorCode::invalid,
                    described(owner, version, name) +
                        " was changed after it was applied: the store has sha256 " +
                        applied.sha256.substr(0, 12) + "…, the program brings " +
                        sha256.substr(0, 12) + "…",
                    "restore the migration as it was, and put the change into a new one with a "
                    "higher number"};
}

void record(Connection& connection,
            const std::string& owner,
            std::uint32_t version,
            const std::string& name,
            const std::string& sha256,
            env::Clock& clock) {
    auto& insert = connection.prepared("INSERT INTO core_migrations (owner, version, name, sha256, "
                                       "applied_at) VALUES (?, ?, ?, ?, ?)");
    insert.bind(1, owner);
    insert.bind(2, version);
    insert.bind(3, name);
    insert.bind(4, sha256);
    insert.bind(5, env::to_text(clock.now()));
    insert.exec();
}

void note_table(Connection& connection, const std::string& owner, const std::string& name, const char* kind) {
    auto& row = connection.prepared("INSERT INTO core_plugin_tables (name, owner, kind) VALUES (?, ?, ?)");
    row.bind(1, name);
    row.bind(2, owner);
    row.bind(3, kind);
    row.exec();
    row.reset();
}

/// What was made before the store kept a list of it; of plugins that are not there any more nothing is known.
void note_older_tables(Connection& connection, const workflow::Catalogue& catalogue) {
    for (const auto& plugin : catalogue.plugins) {
        const auto applied = applied_of(connection, plugin.id);
        std::vector<workflow::Migration> done;
        for (const auto& migration : plugin.migrations)
            if (applied.contains(migration.number))
                done.push_back(migration);
        for (const auto& dataset : workflow::fold(done))
            note_table(connection, plugin.id, dataset.name, "dataset");
        for (const auto& view : workflow::views(done))
            note_table(connection, plugin.id, view.name, "view");
    }
}

/// Applies the migrations of one plugin within the caller's transaction.
class PluginTables {
public:
    PluginTables(Connection& connection, const workflow::Plugin& plugin, const workflow::Catalogue& catalogue)
        : connection_{connection}, plugin_{plugin}, catalogue_{catalogue},
          gate_{[&connection](const std::string& name) { return columns_of(connection, name); }} {
        for (const auto& readable : readable_by_views_of(plugin, catalogue))
            gate_.let_read(readable.name, readable.sql);
    }

    /// `after`: the datasets as this migration leaves them.
    void apply(const workflow::Migration& migration, const std::vector<workflow::Dataset>& after) {
        migration_ = &migration;
        for (const auto& step : migration.steps)
            apply_step(step, after);
        check_views();
    }

private:
    void run(const std::string& sql) { connection_.db().exec(sql); }

    void apply_step(const workflow::MigrationStep& step, const std::vector<workflow::Dataset>& after) {
        using Kind = workflow::MigrationStep::Kind;
        switch (step.kind) {
        case Kind::create_dataset:
            for (const auto& sql : create_dataset_sql(step.dataset, connection_.has_table("core_publications")))
                run(sql);
            note_table(connection_, plugin_.id, step.name, "dataset");
            break;
        case Kind::add_column: {
            run(add_column_sql(step.name, step.column));
            const auto dataset = std::find_if(
                after.begin(), after.end(), [&](const auto& d) { return d.name == step.name; });
            if (dataset != after.end())
                for (const auto& sql : create_views_sql(*dataset, connection_.has_table("core_publications")))
                    run(sql);
            for (const auto& name : views_of(step.name))
                gate_.forget(name);
            break;
        }
        case Kind::create_view: create_view(step); break;
        case Kind::drop_view:
            run("DROP VIEW " + quoted(step.name));
            forget_table(step.name);
            gate_.forget(step.name);
            break;
        }
    }
    void create_view(const workflow::MigrationStep& step) {
        // Names that later steps make are readable too once they are there, so that this one is told like any other.
        gate_.let_read(step.name, step.sql);
        if (const auto fault = gate_.fault(step.sql, SqlGate::Parameters::none))
            refuse(step.name, *fault);
        try {
            run("CREATE VIEW " + quoted(step.name) + " AS " + step.sql);
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() != SQLITE_ERROR)
                throw;
            refuse(step.name, error.what());
        }
        resolve(step.name);
        note_table(connection_, plugin_.id, step.name, "view");
    }
    void forget_table(const std::string& name) {
        auto& row = connection_.prepared("DELETE FROM core_plugin_tables WHERE name = ?");
        row.bind(1, name);
        row.exec();
        row.reset();
    }
    /// SQLite looks at a view's names when it is read, not when it is made.
    void resolve(const std::string& view) {
        if (columns_of(connection_, view).empty())
            refuse(view, sqlite3_errmsg(connection_.raw()));
    }
    /// What a migration takes away or renames may have been read by a view that was made before, of any plugin.
    void check_views() {
        for (const auto& plugin : catalogue_.plugins)
            for (const auto& view : workflow::views(plugin.migrations))
                if (is_there(view.name))
                    resolve(view.name);
    }
    bool is_there(const std::string& view) {
        auto& row = connection_.prepared("SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = ?");
        row.bind(1, view);
        const bool there = row.executeStep();
        row.reset();
        return there;
    }
    [[noreturn]] void refuse(const std::string& view, const std::string& why) const {
        throw Error{ErrorCode::invalid,
                    described(plugin_.id, migration_->number, migration_->name) + ": view '" + view + "': " + why,
                    "a view is one SELECT over the plugin's own datasets and views, views of others (of their datasets: "
                    "NAME_latest) and the core's captures, partitions and manifest; nothing of the migration was applied"};
    }

    Connection& connection_;
    const workflow::Plugin& plugin_;
    const workflow::Catalogue& catalogue_;
    SqlGate gate_;
    const workflow::Migration* migration_ = nullptr;
};

/// A plugin after those whose datasets and views its own views name; else by id.
std::vector<const workflow::Plugin*> in_order_of_views(const std::vector<workflow::Plugin>& plugins) {
    std::map<std::string, std::set<std::string>> makes, names;
    for (const auto& plugin : plugins) {
        for (const auto& dataset : workflow::fold(plugin.migrations))
            for (auto& name : views_of(dataset.name))
                makes[plugin.id].insert(std::move(name));
        for (const auto& view : workflow::views(plugin.migrations)) {
            makes[plugin.id].insert(view.name);
            for (const auto& token : workflow::sql_tokens(view.sql))
                names[plugin.id].insert(token.text);
        }
    }
    const auto waits_for = [&](const workflow::Plugin& one, const workflow::Plugin& other) {
        return one.id != other.id && std::any_of(makes[other.id].begin(), makes[other.id].end(), [&](const auto& name) {
                   return names[one.id].contains(name);
               });
    };
    std::vector<const workflow::Plugin*> rest, ordered;
    for (const auto& plugin : plugins)
        rest.push_back(&plugin);
    while (!rest.empty()) {
        auto next = std::find_if(rest.begin(), rest.end(), [&](const auto* one) {
            return std::none_of(rest.begin(), rest.end(), [&](const auto* other) { return waits_for(*one, *other); });
        });
        if (next == rest.end()) // a circle: the first one says which name it misses
            next = rest.begin();
        ordered.push_back(*next);
        rest.erase(next);
    }
    return ordered;
}

/// Views of datasets that are there already, whichever plugin they are of, as this program makes them.
void renew_reader_views(Connection& connection) {
    std::vector<std::pair<std::string, bool>> datasets;
    {
        SQLite::Statement tables{connection.db(),
                                 "SELECT substr(m.name, 1, length(m.name) - 10), c.name = 'capture_seq' FROM sqlite_schema m JOIN "
                                 "pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name GLOB '*__versions' AND c.cid = 0"};
        while (tables.executeStep())
            datasets.emplace_back(tables.getColumn(0).getString(), tables.getColumn(1).getInt() != 0);
    }
    for (const auto& [name, by_capture] : datasets)
        for (const auto& sql : create_reader_views_sql(name, by_capture))
            connection.db().exec(sql);
}

} // namespace

std::uint32_t checked_core_version(Connection& connection) {
    const auto applied = applied_of(connection, "core");
    std::uint32_t version = 0;
    for (const auto& [number, row] : applied) {
        version = number;
        const auto& known = core_migrations();
        const auto found = std::find_if(
            known.begin(), known.end(), [&](const auto& m) { return m.version == number; });
        if (found == known.end())
            throw Error{ErrorCode::invalid,
                        "store '" + connection.path() + "' is of a newer version: it has core "
                        "tables " + std::to_string(number) + ", this program knows " +
                            std::to_string(known.back().version),
                        "upgrade spine"};
        refuse_if_changed("core", number, row.name, run::sha256_hex(found->sql), row);
    }
    return version;
}

std::vector<control::AppliedMigration> pending_migrations(Connection& connection,
                                                          const workflow::Catalogue& catalogue) {
    std::vector<control::AppliedMigration> pending;
    checked_core_version(connection);
    const auto core = applied_of(connection, "core");
    for (const auto& migration : core_migrations())
        if (!core.contains(migration.version))
            pending.push_back({"core", migration.version, migration.name});
    for (const auto& plugin : catalogue.plugins) {
        const auto applied = applied_of(connection, plugin.id);
        for (const auto& migration : plugin.migrations) {
            const auto found = applied.find(migration.number);
            if (found != applied.end())
                refuse_if_changed(
                    plugin.id, migration.number, migration.name, migration.sha256, found->second);
            else
                pending.push_back({plugin.id, migration.number, migration.name});
        }
        for (const auto& [number, row] : applied)
            if (std::none_of(plugin.migrations.begin(),
                             plugin.migrations.end(),
                             [&, wanted = number](const auto& m) { return m.number == wanted; }))
                throw Error{ErrorCode::invalid,
                            "plugin '" + plugin.id + "' " + plugin.version +
                                " is older than its tables: the store has " +
                                described(plugin.id, number, row.name) +
                                ", which this build does not bring",
                            "install the newer plugin again"};
    }
    return pending;
}

std::vector<control::AppliedMigration> apply_migrations(Connection& connection,
                                                        const workflow::Catalogue& catalogue,
                                                        env::Clock& clock) {
    const auto pending = pending_migrations(connection, catalogue);
    const auto is_pending = [&](const std::string& owner, std::uint32_t version) {
        return std::any_of(pending.begin(), pending.end(), [&](const auto& m) {
            return m.owner == owner && m.version == version;
        });
    };
    connection.forget();
    connection.guarded([&] {
        const auto core = std::any_of(pending.begin(), pending.end(), [](const auto& m) { return m.owner == "core"; });
        const bool had_rowsets = connection.has_table("core_rowsets");
        const bool had_list = connection.has_table("core_plugin_tables");
        SumsBefore before;
        if (core)
            before = {recorded_sums(connection), computed_sums(connection)};
        connection.forget();
        for (const auto& migration : core_migrations())
            if (is_pending("core", migration.version)) {
                connection.db().exec(migration.sql);
                record(connection,
                       "core",
                       migration.version,
                       migration.name,
                       run::sha256_hex(migration.sql),
                       clock);
            }
        if (!had_list)
            note_older_tables(connection, catalogue);
        if (std::any_of(pending.begin(), pending.end(), [](const auto& m) { return m.owner == "core"; }))
            renew_reader_views(connection);
        for (const auto* plugin : in_order_of_views(catalogue.plugins)) {
            if (std::none_of(pending.begin(), pending.end(), [&](const auto& m) { return m.owner == plugin->id; }))
                continue;
            PluginTables tables{connection, *plugin, catalogue};
            std::vector<workflow::Migration> so_far;
            for (const auto& migration : plugin->migrations) {
                so_far.push_back(migration);
                if (!is_pending(plugin->id, migration.number))
                    continue;
                tables.apply(migration, workflow::fold(so_far));
                record(connection,
                       plugin->id,
                       migration.number,
                       migration.name,
                       migration.sha256,
                       clock);
            }
        }
        if (!core)
            return;
        if (!had_rowsets)
            record_all_rowsets(connection);
        record_sums(connection, before);
        connection.forget();
    });
    return pending;
}

std::vector<std::string> make_as_recorded(Connection& empty, Connection& store, const workflow::Catalogue& loaded) {
    const auto core = applied_of(store, "core");
    for (const auto& migration : core_migrations())
        if (core.contains(migration.version))
            empty.exec(migration.sql);
    std::vector<std::string> unknown;
    for (const auto* plugin : in_order_of_views(loaded.plugins)) {
        const auto applied = applied_of(store, plugin->id);
        const bool known = std::all_of(applied.begin(), applied.end(), [&](const auto& one) {
            return std::any_of(plugin->migrations.begin(), plugin->migrations.end(), [&](const auto& m) {
                return m.number == one.first && m.sha256 == one.second.sha256;
            });
        });
        if (!known) {
            unknown.push_back(plugin->id);
            continue;
        }
        PluginTables tables{empty, *plugin, loaded};
        std::vector<workflow::Migration> so_far;
        try {
            for (const auto& migration : plugin->migrations) {
                so_far.push_back(migration);
                if (applied.contains(migration.number))
                    empty.guarded([&] { tables.apply(migration, workflow::fold(so_far)); });
            }
        } catch (const Error&) { // a view over what a plugin has that is not here
            unknown.push_back(plugin->id);
        }
    }
    store.guarded([&] {
        SQLite::Statement owners{store.db(), "SELECT DISTINCT owner FROM core_migrations WHERE owner <> 'core'"};
        while (owners.executeStep()) {
            const auto owner = owners.getColumn(0).getString();
            if (std::none_of(loaded.plugins.begin(), loaded.plugins.end(), [&](const auto& plugin) { return plugin.id == owner; }))
                unknown.push_back(owner);
        }
    });
    return unknown;
}

} // namespace spine::store
