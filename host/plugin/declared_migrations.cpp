#include "plugin/declared.hpp"
#include "plugin/digest.hpp"
#include "workflow/sql_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace spine::plugin {

namespace {

constexpr std::array<std::string_view, 9> host_columns{"capture_seq",
                                                       "capture_id",
                                                       "captured_at",
                                                       "derivation_seq",
                                                       "inputs_sha256",
                                                       "derived_at",
                                                       "rowid",
                                                       "oid",
                                                       "_rowid_"};

std::optional<workflow::Type> column_type(spine_type type) {
    using workflow::Type;
    switch (type) {
    case SPINE_BOOL:
        return Type::boolean;
    case SPINE_INT:
        return Type::integer;
    case SPINE_REAL:
        return Type::real;
    case SPINE_TEXT:
        return Type::text;
    case SPINE_DATE:
        return Type::date;
    default:
        return std::nullopt;
    }
}

workflow::Column column_of(const spine_column& raw, const std::string& owner) {
    workflow::Column column;
    column.name = name_of(raw.name, "a column of " + owner, &is_name, name_form);
    const auto what = "column " + quoted(column.name) + " of " + owner;
    if (std::find(host_columns.begin(), host_columns.end(), column.name) != host_columns.end())
        refuse({"dataset", what, "a name that the host does not use itself", "rename it"});
    const auto type = column_type(raw.type);
    if (!type)
        refuse({"dataset",
                what + " with type " + std::to_string(raw.type),
                "SPINE_INT, SPINE_REAL, SPINE_TEXT, SPINE_DATE or SPINE_BOOL",
                "mend the table"});
    column.type = *type;
    column.nullable = (raw.flags & SPINE_COLUMN_NULLABLE) != 0;
    column.repeated = (raw.flags & SPINE_COLUMN_REPEATED) != 0;
    if (column.repeated && column.type != workflow::Type::text &&
        column.type != workflow::Type::date)
        refuse({"dataset",
                what + " that is repeated but neither text nor date",
                "repeated text and date columns only",
                "take the flag out"});
    column.description = prose_of(raw.description, "the description of " + what, line_bytes_max);
    return column;
}

void check_columns(const workflow::Dataset& dataset, const std::string& what) {
    std::set<std::string> seen{dataset.partition_keys.begin(), dataset.partition_keys.end()};
    if (dataset.columns.empty())
        refuse({"dataset", what + " without columns", "at least one", "declare its columns"});
    for (const auto& column : dataset.columns)
        if (!seen.insert(column.name).second)
            refuse({"dataset",
                    what + " with column " + quoted(column.name) + " twice",
                    "each column once, partition keys included",
                    "take one out"});
    if (dataset.key.empty())
        refuse({"dataset",
                what + " without a key",
                "columns that are unique within a capture",
                "name them"});
    for (const auto& key : dataset.key) {
        const auto* column = dataset.find(key);
        if (column == nullptr)
            refuse({"dataset",
                    what + " whose key has " + quoted(key),
                    "one of its columns",
                    "mend the key"});
        if (column->nullable)
            refuse({"dataset",
                    what + " whose key has the nullable column " + quoted(key),
                    "key columns that are never null",
                    "take the flag out"});
    }
}

/// Reads one plugin's steps in order and knows what those before have made.
class Steps {
public:
    Steps(const std::string& plugin, const std::vector<workflow::Domain>& domains) : plugin_{plugin}, domains_{domains} {}

    workflow::MigrationStep read(const spine_migration_step& raw, const std::string& where, std::size_t number) {
        using Kind = workflow::MigrationStep::Kind;
        workflow::MigrationStep step;
        switch (raw.kind) {
        case SPINE_STEP_CREATE_DATASET:
            step.kind = Kind::create_dataset;
            step.dataset = dataset_of(raw, where);
            step.name = step.dataset.name;
            take(step.name, where);
            take(step.name + "_latest", where);
            take(step.name + "_head", where);
            datasets_.push_back(step.dataset);
            return step;
        case SPINE_STEP_ADD_COLUMN:
            step.kind = Kind::add_column;
            step.name = own_name(raw.name, where);
            step.column = added_column(raw, step.name, where);
            return step;
        case SPINE_STEP_CREATE_VIEW:
            step.kind = Kind::create_view;
            step.name = own_name(raw.name, where);
            step.sql = select_of(raw.sql, "the SQL of view " + quoted(step.name) + " in " + where);
            take(step.name, where);
            views_.insert(step.name);
            return step;
        case SPINE_STEP_DROP_VIEW:
            step.kind = Kind::drop_view;
            step.name = own_name(raw.name, where);
            if (views_.erase(step.name) == 0)
                refuse({"migration",
                        where + " that drops " + quoted(step.name),
                        "a view that was created before",
                        "mend the step"});
            names_.erase(step.name);
            return step;
        case SPINE_STEP_RENAME_DATASET: return renamed_dataset(raw, where + ", step " + std::to_string(number) + ",");
        case SPINE_STEP_RENAME_COLUMN: return renamed_column(raw, where + ", step " + std::to_string(number) + ",");
        case SPINE_STEP_RENAMED_PLUGIN: return renamed_plugin(raw, where + ", step " + std::to_string(number) + ",");
        default:
            refuse({"migration",
                    where + " with a step of kind " + std::to_string(raw.kind),
                    "kinds 1 to 7",
                    "upgrade spine or mend the step"});
        }
    }

private:
    workflow::MigrationStep renamed_dataset(const spine_migration_step& raw, const std::string& where) {
        workflow::MigrationStep step;
        step.kind = workflow::MigrationStep::Kind::rename_dataset;
        step.name = own_name(raw.name, where);
        step.renamed = own_name(raw.renamed, where);
        auto& dataset = own_dataset(step.name, where, "that renames");
        const auto domain = std::find_if(domains_.begin(), domains_.end(), [&](const auto& d) { return d.name == dataset.domain; });
        if (domain != domains_.end() && !belongs(step.renamed, *domain))
            not_own(step.renamed, {*domain});
        for (const auto* end : {"", "_latest", "_head"})
            names_.erase(step.name + end);
        for (const auto* end : {"", "_latest", "_head"})
            if (!names_.insert(step.renamed + end).second)
                refuse({"migration",
                        where + " that renames " + quoted(step.name) + " to " + quoted(step.renamed) + " while there is " + quoted(step.renamed + end),
                        "a name that nothing has (NAME_latest and NAME_head are made by the host)",
                        "choose another one, or drop or rename what has it in a step before"});
        dataset.name = step.renamed;
        return step;
    }
    workflow::MigrationStep renamed_column(const spine_migration_step& raw, const std::string& where) {
        workflow::MigrationStep step;
        step.kind = workflow::MigrationStep::Kind::rename_column;
        step.name = own_name(raw.name, where);
        step.from = name_of(raw.sql, "the column in " + where, &is_name, name_form);
        step.renamed = name_of(raw.renamed, "the new name of a column in " + where, &is_name, name_form);
        auto& dataset = own_dataset(step.name, where, "that renames a column of");
        const auto what = where + " that renames column " + quoted(step.from) + " of " + quoted(step.name);
        if (std::find(dataset.partition_keys.begin(), dataset.partition_keys.end(), step.from) != dataset.partition_keys.end())
            refuse({"migration", what + ", which is a partition key", "a column of its own", "a partition key is a part of the name of every partition in the store: make a new dataset"});
        const auto column = std::find_if(dataset.columns.begin(), dataset.columns.end(), [&](const auto& one) { return one.name == step.from; });
        if (column == dataset.columns.end())
            refuse({"migration", what + ", which it has not", "one of its columns", "mend the step"});
        const bool hosts = std::find(host_columns.begin(), host_columns.end(), step.renamed) != host_columns.end();
        const bool partitions = std::find(dataset.partition_keys.begin(), dataset.partition_keys.end(), step.renamed) != dataset.partition_keys.end();
        if (hosts || partitions || dataset.find(step.renamed) != nullptr)
            refuse({"migration", what + " to " + quoted(step.renamed) + ", which is taken", "a name that no column has and that the host does not use itself", "choose another one"});
        column->name = step.renamed;
        std::replace(dataset.key.begin(), dataset.key.end(), step.from, step.renamed);
        return step;
    }
    workflow::MigrationStep renamed_plugin(const spine_migration_step& raw, const std::string& where) {
        workflow::MigrationStep step;
        step.kind = workflow::MigrationStep::Kind::renamed_plugin;
        step.name = name_of(raw.name, "the plugin's old id in " + where, &is_plugin_id, "[a-z][a-z0-9_.-]{0,62}");
        if (step.name == plugin_ || step.name == "core" || !former_.insert(step.name).second)
            refuse({"migration",
                    where + " that says that the plugin was called " + quoted(step.name),
                    "an id that it had before, once, and not its own or the core's",
                    "mend the step"});
        return step;
    }
    workflow::Dataset& own_dataset(const std::string& name, const std::string& where, const std::string& doing) {
        const auto found = std::find_if(datasets_.begin(), datasets_.end(), [&](const auto& one) { return one.name == name; });
        if (found == datasets_.end())
            refuse({"migration", where + " " + doing + " " + quoted(name), "a dataset that this plugin has created before", "mend the step"});
        return *found;
    }
    std::string own_name(spine_str text, const std::string& where) const {
        auto name = name_of(text, "a table or view in " + where, &is_name, name_form);
        if (name.ends_with("__rows") || name.ends_with("__versions") || name.starts_with("pragma_") || name == "json_each" || name == "json_tree")
            refuse({"tables", quoted(name) + " in " + where, "a name that neither the host nor SQLite gives to something else", "rename it"});
        const bool own =
            std::any_of(domains_.begin(), domains_.end(), [&](const workflow::Domain& domain) {
                return belongs(name, domain);
            });
        if (!own)
            not_own(name, domains_);
        return name;
    }
    static bool belongs(const std::string& name, const workflow::Domain& domain) {
        return !domain.table_prefix.empty() && name.size() > domain.table_prefix.size() &&
               name.starts_with(domain.table_prefix);
    }
    [[noreturn]] static void not_own(const std::string& name,
                                     const std::vector<workflow::Domain>& domains) {
        std::string prefixes;
        for (const auto& domain : domains)
            if (!domain.table_prefix.empty())
                prefixes += (prefixes.empty() ? "" : " or ") + quoted(domain.table_prefix);
        refuse({"tables",
                quoted(name) + ", so it declares a table that is not its own",
                prefixes.empty() ? "no tables, since its domains have no table_prefix"
                                 : "names that begin with " + prefixes,
                "rename the table"});
    }
    void take(const std::string& name, const std::string& where) {
        if (!names_.insert(name).second)
            refuse({"migration",
                    where + " that creates " + quoted(name) + " a second time",
                    "each table and view once (NAME_latest and NAME_head are made by the host)",
                    "rename it"});
    }
    static std::string select_of(spine_str text, const std::string& what) {
        auto sql = prose_of(text, what, sql_bytes_max);
        if (const auto fault = workflow::sql_form_fault(sql))
            refuse({"migration", what + ": " + *fault, "exactly one SELECT, WITH … SELECT or VALUES", "mend the step"});
        return sql;
    }
    workflow::Dataset dataset_of(const spine_migration_step& raw, const std::string& where) const {
        if (raw.dataset == nullptr ||
            !is_plausible_size(size_of(raw.dataset), first_size<spine_dataset>))
            refuse({"migration",
                    where + " with no sound dataset to create",
                    "a spine_dataset",
                    "mend the step"});
        const auto from = copy_sized<spine_dataset>(raw.dataset, size_of(raw.dataset));
        workflow::Dataset dataset;
        dataset.name = own_name(from.name, where);
        const auto what = "dataset " + quoted(dataset.name);
        dataset.domain = line_of(from.domain, "the domain of " + what, name_bytes_max);
        if (dataset.domain.empty())
            dataset.domain = domains_.front().name;
        const auto domain = std::find_if(domains_.begin(), domains_.end(), [&](const auto& d) {
            return d.name == dataset.domain;
        });
        if (domain == domains_.end())
            refuse({"dataset",
                    what + " in domain " + quoted(dataset.domain),
                    "a domain of this plugin",
                    "mend the table"});
        if (!belongs(dataset.name, *domain))
            not_own(dataset.name, {*domain});
        if (from.keyed_by > SPINE_BY_INPUTS)
            refuse({"dataset",
                    what + " with keyed_by " + std::to_string(from.keyed_by),
                    "SPINE_BY_CAPTURE or SPINE_BY_INPUTS",
                    "mend the table"});
        dataset.keyed_by = from.keyed_by == SPINE_BY_INPUTS ? workflow::KeyedBy::inputs
                                                            : workflow::KeyedBy::capture;
        dataset.partition_keys =
            names_of(from.partition_keys, "the partition keys of " + what, &is_name, name_form);
        if (dataset.partition_keys.empty())
            refuse({"dataset", what + " without partition keys", "at least one", "name them"});
        for (const auto& key : dataset.partition_keys)
            if (std::find(host_columns.begin(), host_columns.end(), key) != host_columns.end())
                refuse({"dataset",
                        what + " with partition key " + quoted(key),
                        "a name that the host does not use itself",
                        "rename it"});
        for (const auto& item : items_of<spine_column>(from.columns, "columns of " + what))
            dataset.columns.push_back(column_of(item.value, what));
        dataset.key = names_of(from.key, "the key of " + what, &is_name, name_form);
        dataset.description =
            prose_of(from.description, "the description of " + what, line_bytes_max);
        check_columns(dataset, what);
        return dataset;
    }
    workflow::Column added_column(const spine_migration_step& raw,
                                  const std::string& name,
                                  const std::string& where) {
        const auto found = std::find_if(
            datasets_.begin(), datasets_.end(), [&](const auto& d) { return d.name == name; });
        if (found == datasets_.end())
            refuse({"migration",
                    where + " that adds a column to " + quoted(name),
                    "a dataset that was created before",
                    "mend the step"});
        if (raw.column == nullptr ||
            !is_plausible_size(size_of(raw.column), first_size<spine_column>))
            refuse({"migration",
                    where + " with no sound column to add",
                    "a spine_column",
                    "mend the step"});
        auto column = column_of(copy_sized<spine_column>(raw.column, size_of(raw.column)),
                                "dataset " + quoted(name));
        if (!column.nullable)
            refuse({"migration",
                    where + " that adds column " + quoted(column.name) + " which may not be null",
                    "a nullable column, since rows are there already",
                    "make it nullable"});
        found->columns.push_back(column);
        check_columns(*found, "dataset " + quoted(name));
        return column;
    }

    const std::string& plugin_;
    const std::vector<workflow::Domain>& domains_;
    std::set<std::string> former_;
    std::vector<workflow::Dataset> datasets_;
    std::set<std::string> views_;
    std::set<std::string> names_;
};

/// Each text with its length in front, so that no two different contents have one rendering.
class Rendering {
public:
    Rendering& add(std::string_view text) {
        text_ += std::to_string(text.size()) + ":";
        text_ += text;
        text_ += ',';
        return *this;
    }
    Rendering& add(const std::vector<std::string>& texts) {
        add(std::to_string(texts.size()));
        for (const auto& text : texts)
            add(text);
        return *this;
    }
    Rendering& add(const workflow::Column& column) {
        return add(column.name)
            .add(workflow::to_text(column.type))
            .add(column.nullable ? "nullable" : "")
            .add(column.repeated ? "repeated" : "");
    }
    Rendering& add(const workflow::Dataset& dataset) {
        add(dataset.name).add(dataset.domain);
        add(dataset.keyed_by == workflow::KeyedBy::capture ? "capture" : "inputs");
        add(dataset.partition_keys).add(std::to_string(dataset.columns.size()));
        for (const auto& column : dataset.columns)
            add(column);
        return add(dataset.key);
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

} // namespace

std::string checksum(const workflow::Migration& migration) {
    using Kind = workflow::MigrationStep::Kind;
    Rendering rendering;
    rendering.add("migration/1").add(std::to_string(migration.number));
    for (const auto& step : migration.steps) {
        switch (step.kind) {
        case Kind::create_dataset:
            rendering.add("create_dataset").add(step.dataset);
            break;
        case Kind::add_column:
            rendering.add("add_column").add(step.name).add(step.column);
            break;
        case Kind::create_view:
            rendering.add("create_view").add(step.name).add(step.sql);
            break;
        case Kind::drop_view:
            rendering.add("drop_view").add(step.name);
            break;
        case Kind::rename_dataset:
            rendering.add("rename_dataset").add(step.name).add(step.renamed);
            break;
        case Kind::rename_column:
            rendering.add("rename_column").add(step.name).add(step.from).add(step.renamed);
            break;
        case Kind::renamed_plugin:
            rendering.add("renamed_plugin").add(step.name);
            break;
        }
    }
    return sha256(rendering.text());
}

std::vector<workflow::Migration> migrations_of(const spine_table& table,
                                               const std::string& plugin,
                                               const std::vector<workflow::Domain>& domains) {
    std::vector<workflow::Migration> migrations;
    Steps steps{plugin, domains};
    for (const auto& item : items_of<spine_migration>(table, "migrations")) {
        workflow::Migration migration;
        migration.owner = plugin;
        migration.number = item.value.number;
        if (migration.number == 0 ||
            (!migrations.empty() && migration.number <= migrations.back().number))
            refuse({"migration",
                    "number " + std::to_string(migration.number) +
                        (migrations.empty() ? ""
                                            : " after " + std::to_string(migrations.back().number)),
                    "numbers from 1 that ascend",
                    "renumber it"});
        const auto where = "migration " + std::to_string(migration.number);
        migration.name = line_of(item.value.name, "the name of " + where, name_bytes_max);
        if (migration.name.empty())
            refuse({"migration", where + " without a name", "a name", "name it"});
        for (const auto& step :
             items_of<spine_migration_step>(item.value.steps, "steps of " + where))
            migration.steps.push_back(steps.read(step.value, where, migration.steps.size() + 1));
        migration.sha256 = checksum(migration);
        migrations.push_back(std::move(migration));
    }
    return migrations;
}

} // namespace spine::plugin
