#include "store/content_check.hpp"

#include "run/due.hpp"
#include "store/core_sums.hpp"
#include "store/dataset_ddl.hpp"
#include "store/rowsets.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace spine::store {

namespace {

constexpr const char* from_a_copy = "spine db restore FILE";

using Damages = std::vector<control::Damage>;

/// As a shell reads it back.
std::string shell_word(const std::string& text) {
    const bool plain = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%") == std::string::npos;
    if (plain)
        return text;
    std::string word = "'";
    for (const char c : text)
        word += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return word + "'";
}

/// The command that an execution was, once more.
std::string command_of(Connection& connection, const std::string& execution_id) {
    auto& row = connection.prepared("SELECT pipeline, params_json FROM core_executions WHERE execution_id = ?");
    row.bind(1, execution_id);
    if (!row.executeStep()) {
        row.reset();
        return from_a_copy;
    }
    auto command = "spine run " + row.getColumn(0).getString();
    const auto text = row.getColumn(1).getString();
    row.reset();
    try {
        const auto params = workflow::json_from(text);
        for (const auto& [name, value] : params.as_object())
            command += " -p " + shell_word(std::string{name} + "=" + (value.is_string() ? std::string{value.get_string()} : workflow::json_text(value)));
    } catch (const std::exception&) {
        return from_a_copy;
    }
    return command + " --force";
}

/// A version of a dataset's rows, and what is known of it.
struct Rowset {
    std::int64_t version = 0;
    std::optional<RowSum> recorded;
    std::int64_t rows = 0; ///< that are there
    bool has_version = false;
    std::string stage, execution_id;
};

struct StoredDataset {
    std::string name;
    std::string version_column;
    bool by_capture() const { return version_column == "capture_seq"; }
};

std::vector<StoredDataset> datasets_of(Connection& connection) {
    std::vector<StoredDataset> datasets;
    for (const auto& name : stored_datasets(connection)) {
        SQLite::Statement first{connection.db(), "SELECT name FROM pragma_table_info(?) WHERE cid = 0"};
        first.bind(1, rows_table(name));
        if (first.executeStep())
            datasets.push_back({name, first.getColumn(0).getString()});
    }
    return datasets;
}

std::map<std::int64_t, Rowset> rowsets_of(Connection& connection, const StoredDataset& dataset, bool recorded) {
    std::map<std::int64_t, Rowset> rowsets;
    const auto at = [&](std::int64_t version) -> Rowset& {
        auto& rowset = rowsets[version];
        rowset.version = version;
        return rowset;
    };
    if (recorded) {
        SQLite::Statement rows{connection.db(), "SELECT version, row_count, rows_sum, stage, execution_id FROM core_rowsets WHERE dataset = ?"};
        rows.bind(1, dataset.name);
        while (rows.executeStep()) {
            auto& rowset = at(rows.getColumn(0).getInt64());
            rowset.recorded = row_sum(rows.getColumn(1).getInt64(), rows.getColumn(2).getString());
            rowset.stage = rows.getColumn(3).getString();
            rowset.execution_id = rows.getColumn(4).getString();
        }
    }
    SQLite::Statement versions{connection.db(), "SELECT " + dataset.version_column + " FROM " + quoted(versions_table(dataset.name))};
    while (versions.executeStep())
        at(versions.getColumn(0).getInt64()).has_version = true;
    SQLite::Statement counts{connection.db(), "SELECT " + dataset.version_column + ", count(*) FROM " + quoted(rows_table(dataset.name)) + " GROUP BY 1"};
    while (counts.executeStep())
        at(counts.getColumn(0).getInt64()).rows = counts.getColumn(1).getInt64();
    return rowsets;
}

control::Damage damage_of(Connection& connection, const StoredDataset& dataset, const Rowset& rowset, const std::string& what) {
    control::Damage damage{what, dataset.name, {}, {}, rowset.stage, from_a_copy};
    // Made anew can be what the next command would make: history has only its copies.
    auto& row = connection.prepared(
        dataset.by_capture()
            ? "SELECT c.partition_key, c.capture_id, EXISTS (SELECT 1 FROM core_partitions p WHERE p.head_capture = c.capture_seq) FROM core_captures c WHERE "
              "c.capture_seq = ?"
            : "SELECT d.partition_key, d.inputs_sha256, EXISTS (SELECT 1 FROM core_manifest m WHERE m.derivation_seq = d.derivation_seq) FROM core_derivations "
              "d WHERE d.derivation_seq = ?");
    row.bind(1, rowset.version);
    bool is_current = false;
    if (row.executeStep()) {
        damage.partition_key = row.getColumn(0).getString();
        damage.capture_id = row.getColumn(1).getString();
        is_current = row.getColumn(2).getInt() != 0;
    }
    row.reset();
    if (is_current && !rowset.execution_id.empty())
        damage.repair = command_of(connection, rowset.execution_id);
    return damage;
}

void add_dataset_damages(Connection& connection, const StoredDataset& dataset, bool recorded, bool deep, Damages& damages) {
    const auto rowsets = rowsets_of(connection, dataset, recorded);
    const auto sums = deep && recorded ? computed_rowsets(connection, dataset.name) : std::map<std::int64_t, RowSum>{};
    for (const auto& [version, rowset] : rowsets) {
        const auto add = [&, &rowset = rowset](const std::string& what) { damages.push_back(damage_of(connection, dataset, rowset, what)); };
        if (!rowset.has_version)
            add(std::to_string(rowset.rows) + " rows belong to no known version");
        else if (recorded && !rowset.recorded)
            add("it is not recorded how many rows were written");
        else if (recorded && rowset.recorded->rows != rowset.rows)
            add("there are " + std::to_string(rowset.rows) + " rows, " + std::to_string(rowset.recorded->rows) + " were written");
        else if (deep && recorded) {
            const auto sum = sums.find(version);
            if ((sum == sums.end() ? RowSum{} : sum->second) != *rowset.recorded)
                add("the rows are not as they were written");
        }
    }
    // What a version shows of its partition and its capture is a copy.
    std::string differs = dataset.by_capture() ? "v.capture_id IS NOT c.capture_id OR v.captured_at IS NOT c.captured_at" : "v.inputs_sha256 IS NOT c.inputs_sha256";
    SQLite::Statement columns{connection.db(), "SELECT name FROM pragma_table_info(?) WHERE name NOT IN ('capture_seq', 'capture_id', 'captured_at', "
                                               "'derivation_seq', 'inputs_sha256', 'derived_at')"};
    columns.bind(1, versions_table(dataset.name));
    while (columns.executeStep()) {
        const auto key = columns.getColumn(0).getString();
        differs += " OR v." + quoted(key) + " IS NOT CAST(json_extract(CASE WHEN json_valid(c.partition_key) THEN c.partition_key END, '$.\"" + key + "\"') AS TEXT)";
    }
    SQLite::Statement wrong{connection.db(), "SELECT v." + dataset.version_column + " FROM " + quoted(versions_table(dataset.name)) + " v LEFT JOIN " +
                                                 (dataset.by_capture() ? "core_captures" : "core_derivations") + " c USING (" + dataset.version_column +
                                                 ") WHERE " + differs};
    while (wrong.executeStep()) {
        const auto found = rowsets.find(wrong.getColumn(0).getInt64());
        if (found != rowsets.end())
            damages.push_back(damage_of(connection, dataset, found->second, "a version shows another partition or capture than the one that it is of"));
    }
}

/// What a stage said that it wrote, beside what its attempt wrote.
void add_manifest_damages(Connection& connection, const std::vector<StoredDataset>& datasets, Damages& damages) {
    std::string by_capture, by_inputs;
    for (const auto& dataset : datasets)
        (dataset.by_capture() ? by_capture : by_inputs) += (dataset.by_capture() ? by_capture : by_inputs).empty() ? "'" + dataset.name + "'" : ", '" + dataset.name + "'";
    const auto rows_of_it = [](const std::string& list, const std::string& version) {
        return "SELECT r.row_count FROM core_rowsets r WHERE r.dataset IN (" + list + ") AND r.version = " + version +
               " AND r.stage = m.stage AND r.execution_id = m.execution_id";
    };
    for (const auto& [list, version] : {std::pair{by_capture, std::string{"(SELECT c.capture_seq FROM core_captures c WHERE c.capture_id = m.capture_id)"}},
                                        std::pair{by_inputs, std::string{"m.derivation_seq"}}}) {
        const auto counts = rows_of_it(list, version);
        SQLite::Statement rows{connection.db(), "SELECT m.partition_key, m.capture_id, m.stage, m.row_count, m.execution_id FROM core_manifest m WHERE EXISTS (" + counts +
                                                    ") AND m.row_count NOT IN (" + counts + ")"};
        while (rows.executeStep())
            damages.push_back({"the manifest says " + std::to_string(rows.getColumn(3).getInt64()) + " rows, and no dataset of the stage has so many",
                               "core_manifest",
                               rows.getColumn(0).getString(),
                               rows.getColumn(1).getString(),
                               rows.getColumn(2).getString(),
                               command_of(connection, rows.getColumn(4).getString())});
    }
}

void add_sum_damages(Connection& connection, Damages& damages) {
    const auto recorded = recorded_sums(connection);
    const auto computed = computed_sums(connection);
    auto all = computed;
    all.insert(recorded.begin(), recorded.end());
    for (const auto& [group, ignored] : all) {
        const auto sum_in = [&, &group = group](const Sums& sums) {
            const auto found = sums.find(group);
            return found == sums.end() ? RowSum{} : found->second;
        };
        const auto is = sum_in(computed), was = sum_in(recorded);
        if (is == was)
            continue;
        control::Damage damage{is.rows != was.rows ? "there are " + std::to_string(is.rows) + " rows, " + std::to_string(was.rows) + " were written"
                                                   : "the rows are not as they were written",
                               group.table, group.partition_key, group.capture_id, group.stage, from_a_copy};
        // What a stage replaces whenever it is done is made anew by doing it.
        if (group.table == "core_manifest" || group.table == "core_quality" || group.table == "core_rejects") {
            auto& row = connection.prepared("SELECT m.execution_id FROM core_manifest m LEFT JOIN core_derivations d ON d.derivation_seq = m.derivation_seq WHERE "
                                            "m.domain = ?1 AND m.partition_key = ?2 AND m.stage = ?3 AND ?4 IN ('', 'none', m.capture_id, d.inputs_sha256)");
            row.bind(1, group.domain);
            row.bind(2, group.partition_key);
            row.bind(3, group.stage);
            row.bind(4, group.capture_id);
            const auto execution_id = row.executeStep() ? row.getColumn(0).getString() : std::string{};
            row.reset();
            damage.repair = command_of(connection, execution_id);
        }
        damages.push_back(std::move(damage));
    }
}

void add_json_damages(Connection& connection, Damages& damages) {
    std::vector<std::pair<std::string, std::string>> columns;
    {
        SQLite::Statement rows{connection.db(), "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name GLOB "
                                                "'core_*' AND (c.name GLOB '*_json' OR c.name = 'partition_key')"};
        while (rows.executeStep())
            columns.emplace_back(rows.getColumn(0).getString(), rows.getColumn(1).getString());
    }
    for (const auto& [table, column] : columns) {
        // In the sums an empty text stands for null.
        SQLite::Statement count{connection.db(), "SELECT count(*) FROM " + table + " WHERE " + column + " IS NOT NULL AND NOT json_valid(" + column + ")" +
                                                     (table == "core_sums" ? " AND " + column + " <> ''" : "")};
        count.executeStep();
        if (const auto rows = count.getColumn(0).getInt64(); rows != 0)
            damages.push_back({column + " is no JSON in " + std::to_string(rows) + " rows", table, {}, {}, {}, from_a_copy});
    }
}

void add_definition_damages(Connection& connection, Damages& damages) {
    if (!connection.has_table("core_workflow_definitions"))
        return;
    SQLite::Statement rows{connection.db(), "SELECT name, version, definition_yaml, sha256 FROM core_workflow_definitions"};
    while (rows.executeStep())
        if (run::sha256_hex(rows.getColumn(2).getString()) != rows.getColumn(3).getString())
            damages.push_back({"the text of workflow '" + rows.getColumn(0).getString() + "', version " + rows.getColumn(1).getString() + ", is not the one of its digest",
                               "core_workflow_definitions", {}, {}, {}, from_a_copy});
}

} // namespace

std::vector<control::Damage> content_damages(Connection& connection, bool deep) {
    Damages damages;
    const auto datasets = datasets_of(connection);
    const bool recorded = connection.has_table("core_rowsets");
    for (const auto& dataset : datasets)
        add_dataset_damages(connection, dataset, recorded, deep, damages);
    if (recorded) {
        SQLite::Statement rows{connection.db(), "SELECT dataset, version FROM core_rowsets WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = dataset || '__rows')"};
        while (rows.executeStep())
            damages.push_back({"rows were written into a dataset that is gone", rows.getColumn(0).getString(), {}, {}, {}, from_a_copy});
        add_manifest_damages(connection, datasets, damages);
        add_sum_damages(connection, damages);
    }
    add_json_damages(connection, damages);
    add_definition_damages(connection, damages);
    return damages;
}

} // namespace spine::store
