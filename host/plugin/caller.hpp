/// Calls the functions of loaded plugins.
#pragma once

#include "control/library.hpp"
#include "env/log.hpp"
#include "plugin/descriptor.hpp"
#include "plugin/session.hpp"
#include "plugin/shared_object.hpp"
#include "run/invoker.hpp"
#include "run/lambda.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace spine::plugin {

/// One plugin that passed every check.
struct Loaded {
    std::optional<SharedObject> library; ///< above what is obtained from it; none: linked in
    Described described;                 ///< without `plugin`, which is in the catalogue
    std::recursive_timed_mutex
        entering; ///< recursive, because a composite's children are entered from within its call
    enum class State { fresh, ready, failed } state = State::fresh;
    unit::Failure init_failure;
};

/// Threads: any; see `load`.
/// Lives:   not longer than the catalogue and the plugins.
class Caller final : public run::Invoker, public run::Lambdas {
public:
    using Plugins = std::map<std::string, std::unique_ptr<Loaded>, std::less<>>; ///< by id

    struct Surroundings {
        env::Clock* clock;
        const workflow::Catalogue* catalogue;
        const std::map<std::string, std::string>* configuration;
        env::Log* log; ///< null: nothing is logged
        std::string host_version;
        Secrets* secrets;   ///< null: there are none
        Redactor* redactor; ///< null: nothing is blanked
    };
    Caller(Surroundings surroundings, Plugins& plugins)
        : around_{std::move(surroundings)}, plugins_{plugins} {}

    run::Planned plan(const run::Call& call, unit::State& state) override;
    unit::Outcome invoke(const run::Call& call,
                         unit::Unit& unit,
                         const run::Dispatch& dispatch,
                         const run::CancelToken& cancel,
                         const run::ProgressSink& progress) override;
    run::LambdaResult call(const workflow::Handler& handler,
                           const run::LambdaCall& call,
                           unit::State& state) override;
    /// Tells every plugin that was initialised that the program ends.
    void shut_down() noexcept;

private:
    Loaded& loaded(const std::string& plugin);
    std::optional<unit::Failure> ready(const std::string& id, Loaded& plugin);
    /// Puts back what the plugin was lent of the process, and says what it had changed.
    void put_back(const std::string& plugin) const;
    void tell(const run::Call& call, const run::Planned& planned) const;
    Setting setting_of(const std::string& plugin, const std::string& domain) const;

    Surroundings around_;
    Plugins& plugins_;
};

} // namespace spine::plugin
