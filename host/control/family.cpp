#include "control/family.hpp"

#include "control/versions.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spine::control {

namespace {

/// `Source`: the stores, or the book of an open one.
template <typename Source> FindsWorkflow finds_in(const WorkflowFolder& folder, Source& source) {
    return [&folder, &source](const std::string& name) -> std::optional<workflow::Definition> {
        if (names_file(name) || name.find('@') != std::string::npos)
            return std::nullopt; // a step names a workflow, no file and no version of one
        auto found = find_definition(name, folder, source);
        if (auto* definition = std::get_if<FoundDefinition>(&found))
            return std::move(definition->definition);
        return std::nullopt;
    };
}

} // namespace

FindsWorkflow in_folder_or_published(const WorkflowFolder& folder, Stores& stores) { return finds_in(folder, stores); }
FindsWorkflow in_folder_or_published(const WorkflowFolder& folder, VersionBook& book) { return finds_in(folder, book); }

run::Children family(std::vector<std::string> names, const FindsWorkflow& finds) {
    constexpr std::size_t members_max = 1000;
    run::Children children;
    while (!names.empty() && children.size() < members_max) {
        const auto name = std::move(names.back());
        names.pop_back();
        if (children.contains(name))
            continue;
        if (auto found = finds(name)) {
            auto below = workflow::children_of(found->workflow);
            names.insert(names.end(), below.begin(), below.end());
            children.emplace(name, std::make_shared<const workflow::Definition>(std::move(*found))); // shared: as run::Children has it
        }
    }
    return children;
}

namespace {

void add_once(workflow::Diagnostics& known, workflow::Diagnostics more) {
    for (auto& fault : more)
        if (std::ranges::find(known, fault.message, &workflow::Diagnostic::message) == known.end())
            known.push_back(std::move(fault));
}

} // namespace

Judged judged(const workflow::Definition& definition, const workflow::Catalogue& catalogue, const FindsWorkflow& finds,
              const WorkflowFolder& folder, const std::string& now) {
    const auto& own_name = definition.workflow.name;
    Judged judged;
    const auto wanted = workflow::children_of(definition.workflow);
    judged.children = family(wanted, [&](const std::string& name) {
        return name == own_name ? std::optional{definition} : finds(name);
    });
    workflow::Around around;
    around.now = now;
    around.lookup = [&](std::string_view name) -> const workflow::Definition* {
        if (name == own_name)
            return &definition;
        const auto found = judged.children.find(name);
        return found == judged.children.end() ? nullptr : found->second.get();
    };
    // Names to suggest are looked for only when one is missing: that reads every file of the folder.
    if (std::ranges::any_of(wanted, [&](const auto& name) { return !judged.children.contains(name); }))
        for (const auto& listed : list_workflows(folder))
            around.names.push_back(listed.name);
    judged.validation = workflow::validate(definition, catalogue, around);
    for (const auto& [name, child] : judged.children) // a run must not come to a step and find that it cannot be done
        if (name != own_name)
            add_once(judged.validation.errors, workflow::validate(*child, catalogue, around).errors);
    return judged;
}

} // namespace spine::control
