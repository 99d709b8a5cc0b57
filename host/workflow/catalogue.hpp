/// What the loaded plugins offer: the operations that a person or a workflow may name, and the data that they own.
/// Plain values, filled by `plugin`; nothing here calls a plugin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::workflow {

enum class Type { boolean, integer, real, text, date, timestamp, json };
std::string_view to_text(Type type);

struct Parameter {
    std::string name;
    Type type = Type::text;
    bool required = false;
    bool in_digest = false;                 ///< another value gives other rows
    std::optional<std::string> otherwise;   ///< as written on a command line
    std::vector<std::vector<std::string>> allowed; ///< each value with its other spellings, the first one counts
    std::string description;

    bool operator==(const Parameter&) const = default;
};

struct Pipeline {
    std::string name;   ///< with the domain: "finra.otc_transparency.ingest_week"
    std::string domain;
    std::string plugin;
    std::string title;
    std::vector<Parameter> parameters;
    std::vector<std::string> partition_keys;
    std::vector<std::string> needs;
    std::string stage; ///< empty: none
    std::vector<std::string> exports;
    std::string calc_version;
    bool composite = false;
    bool plans = false;             ///< the plugin says itself what is read and written
    bool external_effects = false;
    std::uint32_t seconds_max = 0;  ///< 0: no limit

    bool operator==(const Pipeline&) const = default;
};

struct Handler {
    std::string name;
    std::string domain;
    std::string plugin;
    std::string title;
    std::vector<Parameter> config;

    bool operator==(const Handler&) const = default;
};

struct Stage {
    std::string name;
    std::uint32_t rank = 0;
    std::vector<std::string> aliases;
    bool publishes = false; ///< a capture that reaches it without a failed check is what readers see; at most one of a domain

    bool operator==(const Stage&) const = default;
};

struct Domain {
    std::string name;
    std::string alias;
    std::string plugin;
    std::string table_prefix;
    std::vector<Stage> stages;
    std::vector<Parameter> config;

    bool operator==(const Domain&) const = default;
};

struct Column {
    std::string name;
    Type type = Type::text;
    bool nullable = false;
    bool repeated = false;
    std::string description;

    bool operator==(const Column&) const = default;
};

enum class KeyedBy { capture, inputs };

struct Dataset {
    std::string name;
    std::string domain;
    KeyedBy keyed_by = KeyedBy::capture;
    std::vector<std::string> partition_keys; ///< in the order that readers see
    std::vector<Column> columns;
    std::vector<std::string> key;
    std::string description;

    const Column* find(std::string_view column) const;
    bool operator==(const Dataset&) const = default;
};

struct MigrationStep {
    enum class Kind { create_dataset, add_column, create_view, drop_view, rename_dataset, rename_column, renamed_plugin };
    Kind kind = Kind::create_dataset;
    std::string name;
    Dataset dataset; ///< create_dataset
    Column column;   ///< add_column
    std::string sql; ///< create_view
    std::string from{};    ///< rename_column: the column
    std::string renamed{}; ///< rename_dataset, rename_column: the new name

    bool operator==(const MigrationStep&) const = default;
};

struct Migration {
    std::string owner; ///< plugin id
    std::uint32_t number = 0;
    std::string name;
    std::string sha256; ///< over everything that the steps say
    std::vector<MigrationStep> steps;

    bool operator==(const Migration&) const = default;
};

struct Plugin {
    std::string id;
    std::string version;
    std::string title, vendor, license, url, sdk_version, built_with;
    std::uint32_t abi_major = 0, abi_minor = 0, min_host_minor = 0;
    bool parallel = false;
    std::string file;   ///< path, or "built in"
    std::string sha256; ///< of the file; of the program for a built-in one
    std::vector<Domain> domains;
    std::vector<Pipeline> pipelines;
    std::vector<Handler> handlers;
    std::vector<Migration> migrations;

    bool operator==(const Plugin&) const = default;
};

/// A plugin file that was not loaded: one sentence with the failing check, what was found, what was wanted, what to do.
struct Refused {
    std::string file;
    std::string reason;
    bool told = false; ///< by a warning when it was found, as what it would bring is loaded from another file

    bool operator==(const Refused&) const = default;
};

/// Everything that was found. Plugins are sorted by id.
struct Catalogue {
    std::vector<Plugin> plugins;
    std::vector<Refused> refused;

    /// By full name, or with the domain's alias in place of its name ("otc.ingest_week"), or by the bare last part
    /// when only one pipeline has it.
    const Pipeline* find_pipeline(std::string_view name) const;
    const Handler* find_handler(std::string_view name) const;
    const Domain* find_domain(std::string_view name_or_alias) const;
    const Plugin* find_plugin(std::string_view id) const;
    /// The datasets as all migrations leave them.
    std::vector<Dataset> datasets() const;
    /// The nearest pipeline name or empty.
    std::string nearest_pipeline(std::string_view name) const;
    /// The rank of a stage in a domain; 0 when it is not declared.
    std::uint32_t stage_rank(std::string_view domain, std::string_view stage) const;
    /// The domain's stage that publishes; null: its captures are published as they are made.
    const Stage* publishing_stage(std::string_view domain) const;
    /// Whether a stage stands before the one that publishes, so that it is work in progress and not for readers.
    bool before_publishing(std::string_view domain, std::string_view stage) const;
    /// The stage's own name for one of its aliases; the text itself when it is none.
    std::string stage_name(std::string_view domain, std::string_view stage) const;
};

/// The datasets after applying the migrations in order; a step that does not fit is ignored (the loader refused it).
std::vector<Dataset> fold(const std::vector<Migration>& migrations);
/// The same for one step more.
void fold_step(std::vector<Dataset>& datasets, const MigrationStep& step);
/// The ids that the plugin had before, by its migrations.
std::vector<std::string> former_ids(const Plugin& plugin);

struct View {
    std::string name;
    std::string sql;
};
/// The declared views after applying the migrations in order, in the order of their making.
std::vector<View> views(const std::vector<Migration>& migrations);

/// How many characters must be put in, taken out, replaced or swapped with their neighbour to make `b` of `a`; for names.
std::size_t distance(std::string_view a, std::string_view b);
/// The candidate with the smallest edit distance to `name`, if it is near enough to be meant; else empty.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

} // namespace spine::workflow
