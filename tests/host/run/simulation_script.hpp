/// What a seed says before anything happens: definitions of workflows, and what each step says when it is done. Results are a pure function of the
/// seed, the run's salt, the path, the generation and how many results of it were handled before, so that they do not depend on crashes or order.
#pragma once

#include "run/decide.hpp"
#include "simulation_chance.hpp"
#include "workflow/definition.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace spine::test::sim {

/// A result to be, by what it depends on.
struct Question {
    std::uint64_t salt = 0; ///< of the run
    std::string path;
    int generation = 1;
    int handled = 0; ///< results of this path in this generation before this one
    int chain_no = 1;
    const workflow::Step* step = nullptr;
    const workflow::Workflow* workflow = nullptr; ///< as it stands
    bool handler = false;
    std::string error_step;         ///< of the handler: what failed the run
    std::vector<std::string> ended; ///< steps of the root that are done
    std::vector<std::string> gone;  ///< those that are not to come any more
};

/// Everything that a lambda or pipeline was handed that its result may depend on.
boost::json::object handed(const workflow::Step& step, const boost::json::object& params, const boost::json::object& config, bool in_item);

struct Script {
    std::uint64_t seed = 0;
    bool calm = false; ///< nothing fails by itself: to see the harness at rest
    std::vector<workflow::Workflow> workflows; ///< the first one is what people begin; each may begin later ones
    std::vector<std::string> texts;            ///< as YAML
    run::Children children;                    ///< parsed, all but the first
    std::shared_ptr<const workflow::Definition> main;

    explicit Script(std::uint64_t seed);
    run::StepEnd result(const Question& question, const boost::json::object& handed) const;
};

/// A name that is no step's but one that a request has inserted.
bool is_inserted(std::string_view name);

} // namespace spine::test::sim
