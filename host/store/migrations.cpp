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

/// What the store has of a plugin, be it under an id that the plugin had before.
struct Standing {
    AppliedByVersion applied;
    std::string former; ///< empty: its own id
};

/// Where in the plugin's migrations it says that it had another id: "migration 3 (name) of plugin 'b', step 1".
std::string place_of_id(const workflow::Plugin& plugin, const std::string& former) {
    for (const auto& migration : plugin.migrations)
        for (std::size_t i = 0; i < migration.steps.size(); ++i)
            if (migration.steps[i].kind == workflow::MigrationStep::Kind::renamed_plugin && migration.steps[i].name == former)
                return described(plugin.id, migration.number, migration.name) + ", step " + std::to_string(i + 1);
    return "plugin '" + plugin.id + "'";
}

/// A build from before the plugin got its new id would make its tables a second time.
void refuse_former(Connection& connection, const workflow::Plugin& plugin) {
    if (!connection.has_table("core_plugin_names"))
        return;
    auto& row = connection.prepared("SELECT plugin, renamed_at FROM core_plugin_names WHERE former = ?");
    row.bind(1, plugin.id);
    const bool renamed = row.executeStep();
    const auto now = renamed ? row.getColumn(0).getString() : std::string{}, since = renamed ? row.getColumn(1).getString() : std::string{};
    row.reset();
    if (renamed)
        throw Error{ErrorCode::invalid,
                    "plugin '" + plugin.id + "' (" + plugin.file + ") is called '" + now + "' in this store since " + since,
                    "install the file of '" + now + "' again in its place"};
}

Standing standing_of(Connection& connection, const workflow::Plugin& plugin) {
    Standing standing{applied_of(connection, plugin.id), {}};
    auto holder = standing.applied.empty() ? std::string{} : plugin.id;
    for (const auto& former : workflow::former_ids(plugin)) {
        auto applied = applied_of(connection, former);
        if (applied.empty())
            continue;
        if (!holder.empty())
            throw Error{ErrorCode::invalid,
                        place_of_id(plugin, former) + ": it says that it was '" + former + "', and the store has migrations of '" + former + "' and of '" +
                            holder + "'",
                        "two plugins cannot become one; take back the file of the one that this store was made with"};
        for (const auto& [number, row] : applied)
            if (std::none_of(plugin.migrations.begin(), plugin.migrations.end(), [&, wanted = number, &sha = row.sha256](const auto& m) {
                    return m.number == wanted && m.sha256 == sha;
                }))
                throw Error{ErrorCode::invalid,
                            place_of_id(plugin, former) + ": it says that it was '" + former + "', but it does not bring " +
                                described(former, number, row.name) + " as the store has it, so those tables are not its own",
                            "a renamed plugin keeps all migrations that were applied under its old id, as they were"};
        standing = {std::move(applied), former};
        holder = former;
    }
    return standing;
}

/// What is there under a plugin's old id is there under its new one. What was done by it stays told as it was done: executions and builds.
void take_over(Connection& connection, const std::string& from, const std::string& to, env::Clock& clock) {
    const auto rename = [&](const char* sql) {
        auto& row = connection.prepared(sql);
        row.bind(1, from);
        row.bind(2, to);
        row.exec();
        row.reset();
    };
    auto& back = connection.prepared("DELETE FROM core_plugin_names WHERE former = ?"); // it gets an id back that it had once
    back.bind(1, to);
    back.exec();
    auto& note = connection.prepared("INSERT OR REPLACE INTO core_plugin_names (former, plugin, renamed_at) VALUES (?, ?, ?)");
    note.bind(1, from);
    note.bind(2, to);
    note.bind(3, env::to_text(clock.now()));
    note.exec();
    rename("UPDATE core_migrations SET owner = ?2 WHERE owner = ?1");
    rename("UPDATE core_plugin_tables SET owner = ?2 WHERE owner = ?1");
    // By it a run finds the plugins that it needs, also one that is opened again after its end.
    rename("UPDATE core_workflow_runs SET plugins_json = (SELECT json_group_object(key, CASE value WHEN ?1 THEN ?2 ELSE value END) FROM "
           "json_each(plugins_json)) WHERE json_valid(plugins_json) AND EXISTS (SELECT 1 FROM json_each(plugins_json) WHERE value = ?1)");
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
        auto& noted = connection.prepared("SELECT 1 FROM core_plugin_tables WHERE owner = ? LIMIT 1");
        noted.bind(1, plugin.id);
        const bool known = noted.executeStep();
        noted.reset();
        if (known)
            continue;
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

    /// `datasets`: as the migrations before this one have left them, and then as this one does.
    void apply(const workflow::Migration& migration, std::vector<workflow::Dataset>& datasets) {
        migration_ = &migration;
        step_no_ = 0;
        renamed_ = false;
        for (const auto& step : migration.steps) {
            ++step_no_;
            workflow::fold_step(datasets, step);
            apply_step(step, datasets);
        }
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
            let_read(step.name); // later steps may give it another name
            break;
        case Kind::add_column:
            run(add_column_sql(step.name, step.column));
            renew_views(step.name, after);
            break;
        case Kind::rename_dataset: rename_dataset(step, after); break;
        case Kind::rename_column: rename_column(step, after); break;
        case Kind::renamed_plugin: break; // before the first step of any migration, see take_over
        case Kind::create_view: create_view(step); break;
        case Kind::drop_view:
            run("DROP VIEW " + quoted(step.name));
            forget_table(step.name);
            gate_.forget(step.name);
            break;
        }
    }
    void let_read(const std::string& dataset) {
        for (const auto& name : views_of(dataset))
            gate_.let_read(name);
    }
    void renew_views(const std::string& name, const std::vector<workflow::Dataset>& datasets) {
        const auto dataset = std::find_if(datasets.begin(), datasets.end(), [&](const auto& d) { return d.name == name; });
        if (dataset != datasets.end())
            for (const auto& sql : create_views_sql(*dataset, connection_.has_table("core_publications")))
                run(sql);
        for (const auto& view : views_of(name))
            gate_.forget(view);
    }
    void rename_dataset(const workflow::MigrationStep& step, const std::vector<workflow::Dataset>& datasets) {
        refuse_unless_own(step.name);
        for (const auto& name : {step.renamed, latest_view(step.renamed), step.renamed + "_head", rows_table(step.renamed), versions_table(step.renamed)})
            if (connection_.has_table(name) || is_there(name))
                refuse_step("it renames dataset '" + step.name + "' to '" + step.renamed + "', and the store has '" + name + "' already",
                            "choose a name that nothing in the store has");
        renamed_ = true;
        altering([&] {
            run("ALTER TABLE " + quoted(rows_table(step.name)) + " RENAME TO " + quoted(rows_table(step.renamed)));
            run("ALTER TABLE " + quoted(versions_table(step.name)) + " RENAME TO " + quoted(versions_table(step.renamed)));
        });
        for (const auto& view : views_of(step.name)) {
            run("DROP VIEW IF EXISTS " + quoted(view));
            gate_.forget(view);
        }
        renew_views(step.renamed, datasets);
        let_read(step.renamed);
        if (connection_.has_table("core_rowsets"))
            rename("UPDATE core_rowsets SET dataset = ?2 WHERE dataset = ?1", step);
        rename("UPDATE core_plugin_tables SET name = ?2 WHERE name = ?1", step);
    }
    void rename_column(const workflow::MigrationStep& step, const std::vector<workflow::Dataset>& datasets) {
        refuse_unless_own(step.name);
        renamed_ = true;
        altering([&] {
            run("ALTER TABLE " + quoted(rows_table(step.name)) + " RENAME COLUMN " + quoted(step.from) + " TO " + quoted(step.renamed));
        });
        renew_views(step.name, datasets);
    }
    void rename(const char* sql, const workflow::MigrationStep& step) {
        auto& row = connection_.prepared(sql);
        row.bind(1, step.name);
        row.bind(2, step.renamed);
        row.exec();
        row.reset();
    }
    /// A view that cannot be read keeps SQLite from changing any table.
    template <typename Alter> void altering(Alter&& alter) {
        try {
            alter();
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() != SQLITE_ERROR)
                throw;
            refuse_step(error.what(), "drop what reads the old name in a step before, and make it again in one behind; nothing of the migration was applied");
        }
    }
    void refuse_unless_own(const std::string& dataset) {
        auto& row = connection_.prepared("SELECT owner FROM core_plugin_tables WHERE name = ? AND kind = 'dataset'");
        row.bind(1, dataset);
        const auto owner = row.executeStep() ? row.getColumn(0).getString() : std::string{};
        row.reset();
        if (owner != plugin_.id)
            refuse_step("it renames dataset '" + dataset + "', which " + (owner.empty() ? "the store does not have" : "plugin '" + owner + "' has made"),
                        "a plugin renames what it has made itself");
    }
    [[noreturn]] void refuse_step(const std::string& why, const std::string& hint) const {
        throw Error{ErrorCode::invalid,
                    described(plugin_.id, migration_->number, migration_->name) + ", step " + std::to_string(step_no_) + ": " + why,
                    hint};
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
        if (!renamed_)
            return;
        std::vector<std::string> all; // of plugins that are not loaded as well
        auto& row = connection_.prepared("SELECT name FROM core_plugin_tables WHERE kind = 'view' ORDER BY name");
        while (row.executeStep())
            all.push_back(row.getColumn(0).getString());
        row.reset();
        for (const auto& view : all)
            if (is_there(view))
                resolve(view);
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
    std::size_t step_no_ = 0;
    bool renamed_ = false;
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
        const auto applied = standing_of(connection, plugin).applied;
        if (applied.empty())
            connection.guarded([&] { refuse_former(connection, plugin); });
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
        for (const auto& plugin : catalogue.plugins)
            if (const auto former = standing_of(connection, plugin).former; !former.empty())
                take_over(connection, former, plugin.id, clock);
        note_older_tables(connection, catalogue);
        if (std::any_of(pending.begin(), pending.end(), [](const auto& m) { return m.owner == "core"; }))
            renew_reader_views(connection);
        for (const auto* plugin : in_order_of_views(catalogue.plugins)) {
            if (std::none_of(pending.begin(), pending.end(), [&](const auto& m) { return m.owner == plugin->id; }))
                continue;
            PluginTables tables{connection, *plugin, catalogue};
            std::vector<workflow::Dataset> datasets;
            for (const auto& migration : plugin->migrations) {
                if (!is_pending(plugin->id, migration.number)) {
                    for (const auto& step : migration.steps)
                        workflow::fold_step(datasets, step);
                    continue;
                }
                tables.apply(migration, datasets);
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
        const auto applied = standing_of(store, *plugin).applied;
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
        std::vector<workflow::Dataset> datasets;
        try {
            for (const auto& migration : plugin->migrations)
                if (applied.contains(migration.number))
                    empty.guarded([&] { tables.apply(migration, datasets); });
                else
                    for (const auto& step : migration.steps)
                        workflow::fold_step(datasets, step);
        } catch (const Error&) { // a view over what a plugin has that is not here
            unknown.push_back(plugin->id);
        }
    }
    store.guarded([&] {
        SQLite::Statement owners{store.db(), "SELECT DISTINCT owner FROM core_migrations WHERE owner <> 'core'"};
        while (owners.executeStep()) {
            const auto owner = owners.getColumn(0).getString();
            if (std::none_of(loaded.plugins.begin(), loaded.plugins.end(), [&](const auto& plugin) {
                    const auto former = workflow::former_ids(plugin);
                    return plugin.id == owner || std::find(former.begin(), former.end(), owner) != former.end();
                }))
                unknown.push_back(owner);
        }
    });
    return unknown;
}

} // namespace spine::store
