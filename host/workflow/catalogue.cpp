#include "workflow/catalogue.hpp"

#include <algorithm>

namespace spine::workflow {
namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// The part after the domain: "ingest_week", "steps.validate_ingest".
template <class Operation>
std::string_view bare_name(const Operation& operation) {
    const std::string_view name = operation.name;
    if (name.size() > operation.domain.size() && name.starts_with(operation.domain) &&
        name[operation.domain.size()] == '.')
        return name.substr(operation.domain.size() + 1);
    return name;
}

/// By full name, else with the domain's alias, else by the bare part when it names only one.
template <class Operation>
const Operation* find_operation(const Catalogue& catalogue, std::vector<Operation> Plugin::*list, std::string_view name) {
    const Operation* bare = nullptr;
    const Operation* aliased = nullptr;
    bool ambiguous = false;
    for (const auto& plugin : catalogue.plugins) {
        for (const auto& operation : plugin.*list) {
            if (operation.name == name)
                return &operation;
            const auto short_name = bare_name(operation);
            if (short_name == name) {
                ambiguous = ambiguous || bare != nullptr;
                bare = &operation;
            }
            const Domain* domain = catalogue.find_domain(operation.domain);
            if (domain != nullptr && !domain->alias.empty() && name == domain->alias + "." + std::string{short_name})
                aliased = &operation;
        }
    }
    if (aliased != nullptr)
        return aliased;
    return ambiguous ? nullptr : bare;
}

const Stage* find_stage(const Catalogue& catalogue, std::string_view domain_name, std::string_view name) {
    const Domain* domain = catalogue.find_domain(domain_name);
    if (domain == nullptr)
        return nullptr;
    for (const auto& stage : domain->stages)
        if (same_ignoring_case(stage.name, name))
            return &stage;
    for (const auto& stage : domain->stages)
        for (const auto& alias : stage.aliases)
            if (same_ignoring_case(alias, name))
                return &stage;
    return nullptr;
}

} // namespace

std::string_view to_text(Type type) {
    switch (type) {
    case Type::boolean: return "boolean";
    case Type::integer: return "integer";
    case Type::real: return "real";
    case Type::text: return "text";
    case Type::date: return "date";
    case Type::timestamp: return "timestamp";
    case Type::json: return "json";
    }
    return "text";
}

const Column* Dataset::find(std::string_view column) const {
    const auto found = std::ranges::find(columns, column, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

const Pipeline* Catalogue::find_pipeline(std::string_view name) const {
    return find_operation(*this, &Plugin::pipelines, name);
}

const Handler* Catalogue::find_handler(std::string_view name) const {
    return find_operation(*this, &Plugin::handlers, name);
}

const Domain* Catalogue::find_domain(std::string_view name_or_alias) const {
    for (const auto& plugin : plugins)
        for (const auto& domain : plugin.domains)
            if (domain.name == name_or_alias)
                return &domain;
    for (const auto& plugin : plugins)
        for (const auto& domain : plugin.domains)
            if (!domain.alias.empty() && domain.alias == name_or_alias)
                return &domain;
    return nullptr;
}

const Plugin* Catalogue::find_plugin(std::string_view id) const {
    const auto found = std::ranges::find(plugins, id, &Plugin::id);
    return found == plugins.end() ? nullptr : &*found;
}

std::vector<Dataset> Catalogue::datasets() const {
    std::vector<Dataset> all;
    for (const auto& plugin : plugins) {
        auto own = fold(plugin.migrations);
        std::ranges::move(own, std::back_inserter(all));
    }
    return all;
}

std::string Catalogue::nearest_pipeline(std::string_view name) const {
    // Each spelling that would have been found, beside the name that it stands for.
    std::vector<std::string> spellings, names;
    for (const auto& plugin : plugins) {
        for (const auto& pipeline : plugin.pipelines) {
            const auto add = [&](std::string spelling) {
                spellings.push_back(std::move(spelling));
                names.push_back(pipeline.name);
            };
            const std::string bare{bare_name(pipeline)};
            add(pipeline.name);
            if (const Domain* domain = find_domain(pipeline.domain); domain != nullptr && !domain->alias.empty())
                add(domain->alias + "." + bare);
            add(bare);
        }
    }
    const auto best = nearest(name, spellings);
    const auto found = std::ranges::find(spellings, best);
    return best.empty() || found == spellings.end() ? std::string{}
                                                    : names[static_cast<std::size_t>(found - spellings.begin())];
}

std::uint32_t Catalogue::stage_rank(std::string_view domain, std::string_view stage) const {
    const Stage* found = find_stage(*this, domain, stage);
    return found == nullptr ? 0 : found->rank;
}

const Stage* Catalogue::publishing_stage(std::string_view domain) const {
    for (const auto& plugin : plugins)
        for (const auto& known : plugin.domains)
            if (known.name == domain) {
                const auto found = std::ranges::find(known.stages, true, &Stage::publishes);
                return found == known.stages.end() ? nullptr : &*found;
            }
    return nullptr;
}

bool Catalogue::before_publishing(std::string_view domain, std::string_view stage) const {
    const Stage* publishing = publishing_stage(domain);
    const Stage* asked = find_stage(*this, domain, stage);
    return publishing != nullptr && asked != nullptr && asked->rank < publishing->rank;
}

std::string Catalogue::stage_name(std::string_view domain, std::string_view stage) const {
    const Stage* found = find_stage(*this, domain, stage);
    return found == nullptr ? std::string{stage} : found->name;
}

void fold_step(std::vector<Dataset>& datasets, const MigrationStep& step) {
    using Kind = MigrationStep::Kind;
    if (step.kind == Kind::create_dataset) {
        if (std::ranges::find(datasets, step.dataset.name, &Dataset::name) == datasets.end())
            datasets.push_back(step.dataset);
        return;
    }
    const auto found = std::ranges::find(datasets, step.name, &Dataset::name);
    if (found == datasets.end())
        return;
    if (step.kind == Kind::add_column && found->find(step.column.name) == nullptr)
        found->columns.push_back(step.column);
    if (step.kind == Kind::rename_dataset)
        found->name = step.renamed;
    if (step.kind == Kind::rename_column) {
        for (auto& column : found->columns)
            if (column.name == step.from)
                column.name = step.renamed;
        std::ranges::replace(found->key, step.from, step.renamed);
    }
}

std::vector<Dataset> fold(const std::vector<Migration>& migrations) {
    std::vector<Dataset> datasets;
    for (const auto& migration : migrations)
        for (const auto& step : migration.steps)
            fold_step(datasets, step);
    return datasets;
}

std::vector<std::string> former_ids(const Plugin& plugin) {
    std::vector<std::string> ids;
    for (const auto& migration : plugin.migrations)
        for (const auto& step : migration.steps)
            if (step.kind == MigrationStep::Kind::renamed_plugin)
                ids.push_back(step.name);
    return ids;
}

std::vector<View> views(const std::vector<Migration>& migrations) {
    std::vector<View> made;
    for (const auto& migration : migrations)
        for (const auto& step : migration.steps) {
            if (step.kind == MigrationStep::Kind::create_view)
                made.push_back({step.name, step.sql});
            else if (step.kind == MigrationStep::Kind::drop_view)
                std::erase_if(made, [&](const View& view) { return view.name == step.name; });
        }
    return made;
}

} // namespace spine::workflow
