#include "store/migrations.hpp"

#include "run/due.hpp"
#include "store/core_schema.hpp"
#include "store/dataset_ddl.hpp"

#include <algorithm>
#include <map>

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

void apply_step(Connection& connection,
                const workflow::MigrationStep& step,
                const std::vector<workflow::Dataset>& after) {
    using Kind = workflow::MigrationStep::Kind;
    const auto run = [&](const std::string& sql) { connection.db().exec(sql); };
    switch (step.kind) {
    case Kind::create_dataset:
        for (const auto& sql : create_dataset_sql(step.dataset))
            run(sql);
        break;
    case Kind::add_column: {
        run(add_column_sql(step.name, step.column));
        const auto dataset = std::find_if(
            after.begin(), after.end(), [&](const auto& d) { return d.name == step.name; });
        if (dataset != after.end())
            for (const auto& sql : create_views_sql(*dataset))
                run(sql);
        break;
    }
    case Kind::create_view: run("CREATE VIEW \"" + step.name + "\" AS " + step.sql); break;
    case Kind::drop_view: run("DROP VIEW \"" + step.name + "\""); break;
    }
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
    const auto core = checked_core_version(connection);
    for (const auto& migration : core_migrations())
        if (migration.version > core)
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
        for (const auto& plugin : catalogue.plugins) {
            std::vector<workflow::Migration> so_far;
            for (const auto& migration : plugin.migrations) {
                so_far.push_back(migration);
                if (!is_pending(plugin.id, migration.number))
                    continue;
                for (const auto& step : migration.steps)
                    apply_step(connection, step, workflow::fold(so_far));
                record(connection,
                       plugin.id,
                       migration.number,
                       migration.name,
                       migration.sha256,
                       clock);
            }
        }
    });
    return pending;
}

} // namespace spine::store
