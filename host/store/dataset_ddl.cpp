#include "store/dataset_ddl.hpp"

namespace spine::store {

namespace {

std::string sql_type(const workflow::Column& column) {
    if (column.repeated)
        return "INTEGER";
    switch (column.type) {
    case workflow::Type::boolean:
    case workflow::Type::integer: return "INTEGER";
    case workflow::Type::real: return "REAL";
    case workflow::Type::text:
    case workflow::Type::date:
    case workflow::Type::timestamp:
    case workflow::Type::json: return "TEXT";
    }
    return "TEXT";
}

bool by_capture(const workflow::Dataset& dataset) {
    return dataset.keyed_by == workflow::KeyedBy::capture;
}

/// The readable columns; `text_of` makes the text of a repeated one from its id.
template <typename TextOf>
std::string select_list(const workflow::Dataset& dataset, const TextOf& text_of) {
    std::string list;
    for (const auto& key : dataset.partition_keys)
        list += "v." + quoted(key) + " AS " + quoted(key) + ", ";
    for (const auto& column : dataset.columns)
        list += (column.repeated ? text_of("r." + quoted(column.name)) : "r." + quoted(column.name)) +
                " AS " + quoted(column.name) + ", ";
    for (const auto& column : version_columns(dataset))
        list += (column == rowset_column(dataset) ? "r." : ", v.") + column + " AS " + column;
    return list;
}

} // namespace

std::string quoted(const std::string& name) { return '"' + name + '"'; }

std::string rows_table(const std::string& dataset) { return dataset + "__rows"; }

std::string versions_table(const std::string& dataset) { return dataset + "__versions"; }

std::string latest_view(const std::string& dataset) { return dataset + "_latest"; }

std::vector<std::string> views_of(const std::string& dataset) { return {dataset, latest_view(dataset), dataset + "_head"}; }

std::vector<std::string> version_columns(const workflow::Dataset& dataset) {
    if (by_capture(dataset))
        return {"capture_seq", "capture_id", "captured_at"};
    return {"derivation_seq", "inputs_sha256", "derived_at"};
}

std::string core_versions_table(const workflow::Dataset& dataset) {
    return by_capture(dataset) ? "core_captures" : "core_derivations";
}

std::string rowset_column(const workflow::Dataset& dataset) {
    return by_capture(dataset) ? "capture_seq" : "derivation_seq";
}

namespace {
std::string rows_with_versions(const workflow::Dataset& dataset) {
    const auto rowset = rowset_column(dataset);
    return " FROM " + rows_table(dataset.name) + " r JOIN " +
           versions_table(dataset.name) + " v ON v." + rowset + " = r." + rowset;
}
} // namespace

std::string fast_view_sql(const workflow::Dataset& dataset) {
    const auto from_memory = [](const std::string& id) { return "spine_text(" + id + ")"; };
    return "CREATE TEMP VIEW " + dataset.name + " AS SELECT " + select_list(dataset, from_memory) +
           rows_with_versions(dataset);
}

std::vector<std::string> create_views_sql(const workflow::Dataset& dataset, bool publishes) {
    const auto stored = [](const std::string& id) {
        return "(SELECT text FROM core_texts WHERE text_id = " + id + ")";
    };
    const auto view = "CREATE VIEW " + dataset.name + " AS SELECT " + select_list(dataset, stored) +
                      rows_with_versions(dataset);
    std::vector<std::string> statements{"DROP VIEW IF EXISTS " + dataset.name, view};
    if (!publishes) {
        statements.push_back("DROP VIEW IF EXISTS " + dataset.name + "_latest");
        statements.push_back("CREATE VIEW " + dataset.name + "_latest AS SELECT * FROM " + dataset.name + " WHERE " +
                             (by_capture(dataset)
                                  ? "capture_seq IN (SELECT head_capture FROM core_partitions)"
                                  : "derivation_seq IN (SELECT m.derivation_seq FROM core_manifest m WHERE NOT EXISTS "
                                    "(SELECT 1 FROM core_derivation_inputs i JOIN core_captures c ON c.capture_seq = "
                                    "i.capture_seq JOIN core_partitions p ON p.domain = c.domain AND p.partition_key = "
                                    "c.partition_key WHERE i.derivation_seq = m.derivation_seq AND p.head_capture <> "
                                    "c.capture_seq))"));
        return statements;
    }
    for (auto& sql : create_reader_views_sql(dataset.name, by_capture(dataset)))
        statements.push_back(std::move(sql));
    return statements;
}

std::vector<std::string> create_reader_views_sql(const std::string& name, bool by_capture) {
    // Never row by row: a symbol that a restatement dropped is gone. What is chosen from are small tables alone.
    const auto versions = versions_table(name);
    const auto* rowset = by_capture ? "capture_seq" : "derivation_seq";
    // Readable is what was published once, is not withdrawn, and is not newer than what is published now: who went back to an older capture does
    // not want the newer one.
    const std::string readable =
        "c.capture_seq <= p.published_capture AND c.withdrawn_at IS NULL AND EXISTS (SELECT 1 FROM core_publications u WHERE u.capture_seq = "
        "c.capture_seq)";
    const std::string of_inputs =
        "FROM core_derivation_inputs i JOIN core_captures c ON c.capture_seq = i.capture_seq JOIN core_partitions p ON p.domain = c.domain "
        "AND p.partition_key = c.partition_key ";
    const auto set = "FROM core_reached k JOIN " + versions + " v ON v.derivation_seq = k.derivation_seq WHERE k.domain = m.domain AND "
                     "k.partition_key = m.partition_key AND k.stage = m.stage AND ";
    const auto readable_set = "NOT EXISTS (SELECT 1 " + of_inputs + "WHERE i.derivation_seq = k.derivation_seq AND (" + readable + ") IS NOT 1)";
    const auto chosen =
        by_capture
            ? "SELECT (SELECT c.capture_seq FROM core_captures c JOIN " + versions + " v ON v.capture_seq = c.capture_seq WHERE c.domain = "
              "p.domain AND c.partition_key = p.partition_key AND " + readable + " ORDER BY c.capture_seq DESC LIMIT 1) FROM core_partitions p "
              "WHERE p.published_capture IS NOT NULL"
            // Of the sets that are readable, the manifest's before any other: a narrower one may be the younger.
            : "SELECT coalesce((SELECT k.derivation_seq " + set + "k.derivation_seq = m.derivation_seq AND " + readable_set +
                  "), (SELECT max(k.derivation_seq) " + set + readable_set + ")) FROM core_manifest m WHERE m.derivation_seq IS NOT NULL";
    const auto is_current =
        by_capture ? std::string{"x.capture_seq IN (SELECT published_capture FROM core_partitions)"}
                   : "x.derivation_seq NOT IN (SELECT i.derivation_seq " + of_inputs + "WHERE c.capture_seq IS NOT p.published_capture)";
    const std::string newest =
        by_capture ? "SELECT head_capture FROM core_partitions" : "SELECT derivation_seq FROM core_manifest";
    return {"DROP VIEW IF EXISTS " + name + "_latest",
            "DROP VIEW IF EXISTS " + name + "_head",
            "CREATE VIEW " + name + "_latest AS SELECT x.*, " + is_current + " AS is_current FROM " + name + " x WHERE x." + rowset +
                " IN (" + chosen + ")",
            "CREATE VIEW " + name + "_head AS SELECT * FROM " + name + " WHERE " + rowset + " IN (" + newest + ")"};
}

std::vector<std::string> create_dataset_sql(const workflow::Dataset& dataset, bool publishes) {
    auto table = "CREATE TABLE " + rows_table(dataset.name) + " (" + rowset_column(dataset) +
                 " INTEGER NOT NULL";
    for (const auto& column : dataset.columns)
        table += ", " + quoted(column.name) + " " + sql_type(column) + (column.nullable ? "" : " NOT NULL");
    table += ", PRIMARY KEY (" + rowset_column(dataset);
    for (const auto& key : dataset.key)
        table += ", " + quoted(key);
    // Keyed by the version first: a version is written, read and replaced as one run of pages.
    table += ")) STRICT, WITHOUT ROWID";
    auto versions = "CREATE TABLE " + versions_table(dataset.name) + " (" + rowset_column(dataset) +
                    " INTEGER PRIMARY KEY REFERENCES " + core_versions_table(dataset);
    for (const auto& key : dataset.partition_keys)
        versions += ", " + quoted(key) + " TEXT NOT NULL";
    for (const auto& column : version_columns(dataset))
        if (column != rowset_column(dataset))
            versions += ", " + column + " TEXT NOT NULL";
    std::vector<std::string> statements{table, versions + ") STRICT"};
    for (auto& view : create_views_sql(dataset, publishes))
        statements.push_back(std::move(view));
    return statements;
}

std::string add_column_sql(const std::string& dataset, const workflow::Column& column) {
    return "ALTER TABLE " + rows_table(dataset) + " ADD COLUMN " + quoted(column.name) + " " +
           sql_type(column);
}

std::vector<std::string> readable_columns(const workflow::Dataset& dataset) {
    auto columns = dataset.partition_keys;
    for (const auto& column : dataset.columns)
        columns.push_back(column.name);
    return columns;
}

} // namespace spine::store
