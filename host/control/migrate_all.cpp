#include "control/migrate_all.hpp"

#include <utility>

namespace spine::control {
namespace {

/// The plugins one after the other; what fails is tried again as long as others succeed, because its views may read theirs.
void migrate_each(Store& store, const workflow::Catalogue& catalogue, Migrated& done) {
    const auto add = [&](InitReport report) { done.applied.insert(done.applied.end(), report.applied.begin(), report.applied.end()); };
    add(store.migrate({})); // what is wrong with the core is wrong for all
    auto rest = catalogue.plugins;
    for (bool more = true; more && !rest.empty();) {
        more = false;
        done.refused.clear();
        for (auto& plugin : std::exchange(rest, {})) {
            auto with = done.sound;
            with.plugins.push_back(plugin);
            try {
                add(store.migrate(with));
                done.sound = std::move(with);
                more = true;
            } catch (const Error& error) {
                if (error.code() != ErrorCode::invalid)
                    throw;
                done.refused.push_back({plugin.id, error});
                rest.push_back(std::move(plugin));
            }
        }
    }
}

} // namespace

Migrated migrate_all(Store& store, const workflow::Catalogue& catalogue) {
    Migrated done;
    try {
        done.applied = store.migrate(catalogue).applied;
        done.sound = catalogue;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid)
            throw;
        migrate_each(store, catalogue, done);
    }
    return done;
}

} // namespace spine::control
