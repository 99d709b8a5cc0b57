/// Part of the C++ layer: what a plugin declares of its parameters, tables and domains, as plain constants. Include
/// `spine/plugin.hpp`.
#pragma once

#include "spine/values.hpp"

namespace spine {
inline namespace sdk_1 {

inline constexpr spine_type boolean = SPINE_BOOL, integer = SPINE_INT, real = SPINE_REAL, text = SPINE_TEXT,
                            date = SPINE_DATE, timestamp = SPINE_TIMESTAMP, json = SPINE_JSON;

enum class Presence : std::uint32_t { optional = 0, required = SPINE_PARAM_REQUIRED };
inline constexpr Presence required = Presence::required, optional = Presence::optional;

/// `Param{"tier", text, required, "the tier"}.one_of("OTC | NMS_TIER_1 = tier1")`
struct Param : spine_param {
    constexpr Param(std::string_view name_, spine_type type_, Presence presence, std::string_view description_)
        : spine_param{sizeof(spine_param), static_cast<std::uint32_t>(presence), str(name_), type_, 0, {}, {},
                      str(description_)} {}
    /// The value when none is given, as one would write it on a command line.
    constexpr Param otherwise(std::string_view value) const {
        Param copy{*this};
        copy.default_value = str(value);
        return copy;
    }
    /// See `spine_param::allowed`.
    constexpr Param one_of(std::string_view values) const {
        Param copy{*this};
        copy.allowed = str(values);
        return copy;
    }
    /// Another value gives other rows.
    constexpr Param in_digest() const {
        Param copy{*this};
        copy.flags |= SPINE_PARAM_IN_DIGEST;
        return copy;
    }
};

struct Column : spine_column {
    constexpr Column(std::string_view name_, spine_type type_, std::string_view description_ = {})
        : spine_column{sizeof(spine_column), 0, str(name_), type_, 0, str(description_)} {}
    constexpr Column nullable() const { return with(SPINE_COLUMN_NULLABLE); }
    constexpr Column repeated() const { return with(SPINE_COLUMN_REPEATED); }

private:
    constexpr Column with(std::uint32_t flag) const {
        Column copy{*this};
        copy.flags |= flag;
        return copy;
    }
};

enum class KeyedBy : std::uint32_t { capture = SPINE_BY_CAPTURE, inputs = SPINE_BY_INPUTS };

struct Dataset : spine_dataset {
    constexpr Dataset(std::string_view name_, KeyedBy by, std::string_view partition_keys_, List<Column> columns_,
                      std::string_view key_, std::string_view description_ = {})
        : spine_dataset{sizeof(spine_dataset), static_cast<std::uint32_t>(by), str(name_), {}, str(partition_keys_),
                        columns_.table, str(key_), str(description_)} {}
    /// Another domain than the plugin's first one.
    constexpr Dataset in(std::string_view domain_) const {
        Dataset copy{*this};
        copy.domain = str(domain_);
        return copy;
    }
};

struct MigrationStep : spine_migration_step {
    constexpr MigrationStep(std::uint32_t kind_, std::string_view name_, const spine_dataset* dataset_,
                            const spine_column* column_, std::string_view sql_, std::string_view renamed_ = {})
        : spine_migration_step{sizeof(spine_migration_step), kind_, str(name_), dataset_, column_, str(sql_), str(renamed_)} {}
};
constexpr MigrationStep create(const Dataset& dataset) {
    return {SPINE_STEP_CREATE_DATASET, view(dataset.name), &dataset, nullptr, {}};
}
constexpr MigrationStep add_column(std::string_view dataset, const Column& column) {
    return {SPINE_STEP_ADD_COLUMN, dataset, nullptr, &column, {}};
}
constexpr MigrationStep create_view(std::string_view name, std::string_view select) {
    return {SPINE_STEP_CREATE_VIEW, name, nullptr, nullptr, select};
}
constexpr MigrationStep drop_view(std::string_view name) {
    return {SPINE_STEP_DROP_VIEW, name, nullptr, nullptr, {}};
}
/// The rows stay where they are; NAME_latest and NAME_head move with it. Views that read the old name are dropped before it and made again after it.
constexpr MigrationStep rename_dataset(std::string_view from, std::string_view to) {
    return {SPINE_STEP_RENAME_DATASET, from, nullptr, nullptr, {}, to};
}
/// Not of a partition key, which is a part of every partition's name.
constexpr MigrationStep rename_column(std::string_view dataset, std::string_view from, std::string_view to) {
    return {SPINE_STEP_RENAME_COLUMN, dataset, nullptr, nullptr, from, to};
}
/// The first step of the first migration under the plugin's new id: what the store has of the old one is this plugin's from then on.
constexpr MigrationStep renamed_from(std::string_view old_plugin_id) {
    return {SPINE_STEP_RENAMED_PLUGIN, old_plugin_id, nullptr, nullptr, {}};
}

struct Migration : spine_migration {
    constexpr Migration(std::uint32_t number_, std::string_view name_, List<MigrationStep> steps_)
        : spine_migration{sizeof(spine_migration), number_, str(name_), steps_.table} {}
};

/// Of a stage: a capture that reaches it with no check failed is what readers see from then on. At most one stage of a domain.
struct Publishes {};
inline constexpr Publishes publishes{};

/// `{"AGGREGATED", 3, spine::publishes}`
struct Stage : spine_stage {
    constexpr Stage(std::string_view name_, std::uint32_t rank_, std::string_view aliases_ = {})
        : spine_stage{sizeof(spine_stage), rank_, str(name_), str(aliases_), 0, 0} {}
    constexpr Stage(std::string_view name_, std::uint32_t rank_, Publishes, std::string_view aliases_ = {})
        : spine_stage{sizeof(spine_stage), rank_, str(name_), str(aliases_), SPINE_STAGE_PUBLISHES, 0} {}
};

struct Domain : spine_domain_desc {
    constexpr Domain(std::string_view name_, std::string_view alias_, std::string_view table_prefix_,
                     List<Stage> stages_ = {}, List<Param> config_ = {})
        : spine_domain_desc{sizeof(spine_domain_desc), 0, str(name_), str(alias_), str(table_prefix_), stages_.table,
                            config_.table} {}
};

} // namespace sdk_1
} // namespace spine
