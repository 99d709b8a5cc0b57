#include "control/workflow_catalogue.hpp"

#include "error.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace spine::control {
namespace {

/// What a store knows of workflows.
struct Known {
    std::vector<PublishedText> published;
    std::map<std::string, RunTotals> runs;
};
Known known_of(Stores& stores) {
    Known known;
    try {
        const auto store = stores.open(Access::read);
        known.published = store->versions().current();
        for (auto& totals : store->run_history().totals())
            known.runs.emplace(totals.workflow, totals);
        store->close();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
    }
    return known;
}

ListedWorkflow entry_of(const PublishedText& published) {
    const auto definition = workflow::read_what_can_be(published.text, published.version.workflow);
    const auto& workflow = definition.workflow;
    ListedWorkflow entry;
    entry.name = published.version.workflow;
    entry.domain = workflow.domain;
    entry.description = workflow.description;
    entry.version = published.version.version;
    entry.steps = workflow.steps.size();
    entry.tags = workflow.tags;
    entry.sha256 = published.version.sha256;
    return entry;
}

} // namespace

std::optional<double> CataloguedWorkflow::success_rate() const {
    if (!runs || runs->completed + runs->failed == 0)
        return std::nullopt;
    return static_cast<double>(runs->completed) / static_cast<double>(runs->completed + runs->failed);
}

std::vector<CataloguedWorkflow> workflow_catalogue(const WorkflowFolder& folder, Stores& stores) {
    std::vector<CataloguedWorkflow> all;
    for (auto& listed : list_workflows(folder))
        all.push_back({std::move(listed), 0, false, std::nullopt});
    const auto known = known_of(stores);
    for (const auto& published : known.published) {
        auto entry = entry_of(published);
        const auto file = std::ranges::find(all, entry.name, [](const auto& one) { return one.entry.name; });
        if (file == all.end()) {
            all.push_back({std::move(entry), published.version.version, false, std::nullopt});
            continue;
        }
        file->file_differs = file->entry.sha256 != entry.sha256;
        entry.file = file->entry.file;
        file->entry = std::move(entry);
        file->published = published.version.version;
    }
    for (auto& one : all)
        if (const auto found = known.runs.find(one.entry.name); found != known.runs.end())
            one.runs = found->second;
    std::ranges::stable_sort(all, {}, [](const auto& one) { return one.entry.name; });
    return all;
}

} // namespace spine::control
