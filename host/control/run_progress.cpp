#include "control/run_progress.hpp"

#include "run/state.hpp"

namespace spine::control {

std::map<std::string, MapProgress> maps_in_progress(Store& store, const std::string& run_id) {
    std::map<std::string, MapProgress> maps;
    auto row = store.run_journal().look(run_id);
    if (!row)
        return maps;
    const auto state = run::folded(std::move(*row));
    for (const auto& [at, map] : state.root->maps)
        maps[(*state.root->steps)[at].name] = {static_cast<std::int64_t>(map->items.size()),
                                               static_cast<std::int64_t>(map->completed),
                                               static_cast<std::int64_t>(map->failed),
                                               static_cast<std::int64_t>(map->active)};
    return maps;
}

} // namespace spine::control
