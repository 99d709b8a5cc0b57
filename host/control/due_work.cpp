#include "control/due_work.hpp"

#include "control/watched_run.hpp"
#include "error.hpp"
#include "process/guests.hpp"
#include "run/due.hpp"
#include "run/plan.hpp"
#include "run/rehearsed_state.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace spine::control {

namespace json = boost::json;

namespace {

/// Rounds of asking what is due and doing it; each one did something.
constexpr int rounds_max = 20;

using Values = std::map<std::string, std::string>;

/// What the record of an execution says about how it was made.
struct MadeBy {
    std::string pipeline;
    json::object params;
    json::array inputs;
    std::string calc_version; ///< empty: not recorded
};

json::value nested(const json::object& row, std::string_view name) {
    const auto* cell = row.if_contains(name);
    if (cell == nullptr)
        return nullptr;
    return cell->is_string() ? workflow::json_from(cell->get_string()) : *cell;
}

std::string text_of(const json::object& row, std::string_view name) {
    const auto* cell = row.if_contains(name);
    return cell != nullptr && cell->is_string() ? std::string{cell->get_string()} : std::string{};
}

MadeBy made_by(Records& records, const std::string& execution_id) {
    MadeBy made;
    try {
        const auto row = records.execution(execution_id);
        made.pipeline = text_of(row, "pipeline");
        made.calc_version = text_of(row, "calc_version");
        if (const auto params = nested(row, "params_json"); params.is_object())
            made.params = params.get_object();
        if (const auto inputs = nested(row, "inputs_json"); inputs.is_array())
            made.inputs = inputs.get_array();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw; // one whose record is gone is due or not by its digest alone
    }
    return made;
}

/// Every partition of the domain that exists: it has a capture, or has reached something.
std::set<unit::Partition> partitions_of(const workflow::Domain& domain, unit::State& state) {
    std::set<unit::Partition> all;
    for (auto& partition : state.captured(domain.name, {}))
        all.insert(std::move(partition));
    for (const auto& stage : domain.stages)
        for (auto& row : state.manifest_rows(domain.name, {}, stage.name))
            all.insert(std::move(row.partition));
    return all;
}

/// The values of a partition that a pipeline takes as parameters; none when it wants more than a partition can tell.
std::optional<Values> asked_of(const workflow::Pipeline& pipeline, const Values& partition) {
    Values asked;
    for (const auto& parameter : pipeline.parameters)
        if (const auto found = partition.find(parameter.name); found != partition.end())
            asked.insert(*found);
        else if (parameter.required)
            return std::nullopt;
    return asked.empty() ? std::nullopt : std::optional{asked};
}

Values part_of(const Values& values, const std::set<std::string>& names) {
    Values part;
    for (const auto& value : values)
        if (names.contains(value.first))
            part.insert(value);
    return part;
}

/// One wish for each partition; one that says less than another of them would only ask for the same again.
std::set<Values> wishes_of(const workflow::Pipeline& pipeline, const std::set<unit::Partition>& partitions) {
    std::map<std::set<std::string>, std::set<Values>> by_names;
    for (const auto& partition : partitions)
        if (auto asked = asked_of(pipeline, unit::partition_values(partition.key))) {
            std::set<std::string> names;
            for (const auto& value : *asked)
                names.insert(value.first);
            by_names[names].insert(std::move(*asked));
        }
    std::set<Values> wishes;
    for (const auto& [names, values] : by_names) {
        auto own = values;
        for (const auto& [others, fuller] : by_names)
            if (others.size() > names.size() && std::includes(others.begin(), others.end(), names.begin(), names.end()))
                for (const auto& value : fuller)
                    own.erase(part_of(value, names));
        wishes.merge(own);
    }
    return wishes;
}

std::string named(const unit::Partition& partition) {
    std::string text;
    for (const auto& [name, value] : unit::partition_values(partition.key))
        text += (text.empty() ? "" : " ") + name + "=" + value;
    return text;
}

/// Finds what is due in one domain.
class Domain {
public:
    Domain(const workflow::Domain& domain, const DueRequest& request, const workflow::Catalogue& catalogue, run::Invoker& invoker,
           run::RehearsedState& state, Records& records, std::string now)
        : domain_{domain}, request_{request}, catalogue_{catalogue}, invoker_{invoker}, state_{state}, records_{records}, now_{std::move(now)} {}

    void add_to(std::vector<DueWork>& all) {
        const auto partitions = partitions_of(domain_, state_);
        for (const auto* pipeline : pipelines())
            for (const auto& wish : wishes_of(*pipeline, partitions))
                if (auto work = due(*pipeline, wish)) {
                    for (const auto& partition : work->partitions) {
                        listed_.insert({partition, pipeline->stage});
                        state_.add(partition, pipeline->stage);
                    }
                    all.push_back(std::move(*work));
                }
    }

private:
    /// Those that reach a stage, by its rank.
    std::vector<const workflow::Pipeline*> pipelines() const {
        std::vector<const workflow::Pipeline*> found;
        if (const auto* plugin = catalogue_.find_plugin(domain_.plugin))
            for (const auto& pipeline : plugin->pipelines)
                if (pipeline.domain == domain_.name && !pipeline.stage.empty() && !pipeline.composite)
                    found.push_back(&pipeline);
        std::stable_sort(found.begin(), found.end(), [&](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
        return found;
    }
    std::uint32_t rank(const workflow::Pipeline& pipeline) const { return catalogue_.stage_rank(domain_.name, pipeline.stage); }

    std::optional<run::Plan> plan(const workflow::Pipeline& pipeline, const json::object& params) const {
        run::Call call{&pipeline, params, "due", "due", now_, 1, false, true, {}};
        auto planned = run::plan_of(call, invoker_, catalogue_, state_);
        auto* made = std::get_if<run::Plan>(&planned);
        if (made == nullptr || made->unneeded || made->historic || made->inputs.empty() || made->outputs.empty())
            return std::nullopt;
        return std::move(*made);
    }

    /// The partition alone, and what of the way in which the stage was made before changes its rows.
    std::optional<json::object> bound(const workflow::Pipeline& pipeline, const Values& wish, const json::object& before) const {
        json::object given;
        for (const auto& [name, value] : wish)
            given[name] = value;
        for (const auto& parameter : pipeline.parameters)
            if (const auto* value = before.if_contains(parameter.name); parameter.in_digest && value != nullptr)
                given[parameter.name] = *value;
        auto bound = workflow::bind(pipeline.parameters, given);
        if (auto* params = std::get_if<json::object>(&bound))
            return std::move(*params);
        return std::nullopt;
    }

    std::vector<std::optional<unit::ManifestRow>> recorded(const workflow::Pipeline& pipeline, const run::Plan& plan) const {
        std::vector<std::optional<unit::ManifestRow>> rows;
        for (std::size_t i = 0; i < plan.outputs.size(); ++i)
            rows.push_back(run::recorded_row(state_, plan.outputs[i], pipeline.stage, plan.digests[i]));
        return rows;
    }

    /// Whether another pipeline is there that has made the row, or will.
    bool is_anothers(const workflow::Pipeline& pipeline, const unit::Partition& output, const MadeBy& made) const {
        if (listed_.contains({output, pipeline.stage}))
            return true;
        const auto* maker = catalogue_.find_pipeline(made.pipeline);
        return maker != nullptr && maker != &pipeline && maker->domain == pipeline.domain && maker->stage == pipeline.stage;
    }

    std::optional<DueWork> due(const workflow::Pipeline& pipeline, const Values& wish) const {
        auto params = bound(pipeline, wish, {});
        auto planned = params ? plan(pipeline, *params) : std::nullopt;
        if (!planned)
            return std::nullopt;
        auto rows = recorded(pipeline, *planned);
        MadeBy made;
        const auto first = std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.has_value(); });
        if (first != rows.end()) {
            made = made_by(records_, (*first)->execution_id);
            if (auto as_before = bound(pipeline, wish, made.params); as_before && *as_before != *params) {
                params = std::move(as_before);
                planned = plan(pipeline, *params);
                if (!planned)
                    return std::nullopt;
                rows = recorded(pipeline, *planned);
            }
        }
        if (is_anothers(pipeline, planned->outputs.front(), made))
            return std::nullopt;
        const auto verdict = run::decide_due(pipeline, *planned, rows, false);
        if (!verdict.any)
            return std::nullopt;

        DueWork work{&pipeline, std::move(*params), {}, {}, DueWhy::never_made, {}, false};
        bool explained = false;
        for (std::size_t i = 0; i < planned->outputs.size(); ++i) {
            if (!verdict.outputs[i])
                continue;
            work.partitions.push_back(planned->outputs[i]);
            const auto lost = rows[i] ? std::nullopt : state_.last_made(planned->outputs[i], pipeline.stage);
            work.made_before = work.made_before || rows[i].has_value() || lost.has_value();
            if (lost && !explained) {
                explain_loss(work, *lost);
                explained = true;
            } else if (!explained) {
                explain(work, *planned, static_cast<std::uint32_t>(i), rows[i], made);
                explained = rows[i].has_value();
            }
        }
        if (!work.made_before && !request_.all && !is_for_publishing(pipeline))
            return std::nullopt;
        for (const auto& input : planned->inputs)
            work.made_from.insert({input.row.partition, input.row.stage});
        return work;
    }

    /// What has to be there before readers see a capture is due whether or not somebody has asked for it before.
    bool is_for_publishing(const workflow::Pipeline& pipeline) const {
        const auto* publishing = catalogue_.publishing_stage(domain_.name);
        return publishing != nullptr && rank(pipeline) <= publishing->rank;
    }

    std::string head_of(const unit::Partition& partition) const {
        const auto head = state_.head(partition);
        return head ? head->id : std::string{};
    }

    /// It was made once, and of what it was made from a part was withdrawn: nothing is left of it.
    void explain_loss(DueWork& work, const unit::ManifestRow& lost) const {
        work.why = DueWhy::withdrawn;
        work.reason = "what it was made from was withdrawn";
        std::string gone = is_withdrawn(lost.capture_id) ? lost.capture_id : std::string{};
        for (const auto& pin : made_by(records_, lost.execution_id).inputs)
            if (const auto* object = pin.if_object(); gone.empty() && object != nullptr && is_withdrawn(text_of(*object, "capture_id")))
                gone = text_of(*object, "capture_id");
        if (!gone.empty())
            work.reason = "made from capture " + gone + ", which was withdrawn";
    }

    void explain(DueWork& work, const run::Plan& plan, std::uint32_t output, const std::optional<unit::ManifestRow>& row, const MadeBy& made) const {
        const auto& pipeline = *work.pipeline;
        if (!row) {
            work.reason = "never made";
            return;
        }
        const auto say = [&](DueWhy why, std::string reason) {
            work.why = why;
            work.reason = std::move(reason);
        };
        if (row->withheld && row->inputs_sha256 == plan.digests[output])
            return say(DueWhy::withheld, "not published, since a check failed: it is judged again");
        if (const auto head = head_of(row->partition); !row->capture_id.empty() && head != row->capture_id)
            return say(why_not(row->capture_id), "made from capture " + row->capture_id + withdrawn_text(row->capture_id) + ", head is " + head);
        if (!made.calc_version.empty() && made.calc_version != pipeline.calc_version)
            return say(DueWhy::calculation, "calculation " + made.calc_version + " -> " + pipeline.calc_version);
        for (const auto& input : plan.inputs)
            if (!input.output || *input.output == output)
                if (auto change = change_of(input.row, made); !change.empty())
                    return say(is_withdrawn(capture_before(input.row, made)) ? DueWhy::withdrawn : DueWhy::inputs, std::move(change));
        for (const auto& before : made.inputs)
            if (const auto* pin = before.if_object(); pin != nullptr && is_gone(*pin, plan))
                return say(DueWhy::inputs, text_of(*pin, "stage") + " of " + named({text_of(*pin, "domain"), text_of(*pin, "partition")}) +
                                               " is no longer part of it");
        if (made.calc_version.empty())
            return say(DueWhy::calculation, "calculation -> " + pipeline.calc_version);
        say(DueWhy::asked, "what it is made from has changed");
    }

    bool is_withdrawn(const std::string& capture_id) const {
        const auto capture = capture_id.empty() ? std::nullopt : state_.capture(capture_id);
        return capture && capture->withdrawn;
    }
    /// Why what was made from this capture is made anew.
    DueWhy why_not(const std::string& capture_id) const { return is_withdrawn(capture_id) ? DueWhy::withdrawn : DueWhy::new_capture; }
    std::string withdrawn_text(const std::string& capture_id) const { return is_withdrawn(capture_id) ? ", which was withdrawn" : ""; }

    /// The pin of this input when the stage was made; null: it was none.
    static const json::object* pin_of(const unit::ManifestRow& now, const MadeBy& made) {
        for (const auto& pin : made.inputs)
            if (const auto* object = pin.if_object(); object != nullptr && text_of(*object, "domain") == now.partition.domain &&
                                                      text_of(*object, "partition") == now.partition.key && text_of(*object, "stage") == now.stage)
                return object;
        return nullptr;
    }
    static std::string capture_before(const unit::ManifestRow& now, const MadeBy& made) {
        const auto* pin = pin_of(now, made);
        return pin == nullptr ? std::string{} : text_of(*pin, "capture_id");
    }

    /// What has become of an input since the stage was made; empty: nothing.
    std::string change_of(const unit::ManifestRow& now, const MadeBy& made) const {
        const auto what = now.stage + " of " + named(now.partition);
        const auto* before = pin_of(now, made);
        if (before == nullptr)
            return what + " has come";
        const auto from = text_of(*before, "capture_id");
        const bool will_be = now.inputs_sha256 == run::RehearsedState::to_be_made;
        const auto to = will_be ? head_of(now.partition) : now.capture_id;
        if (!from.empty() && !to.empty() && from != to)
            return what + (will_be ? " will be made from capture " : " is now of capture ") + to + ", not " + from + withdrawn_text(from);
        if (will_be)
            return what + " will be made anew";
        return text_of(*before, "inputs_sha256") == now.inputs_sha256 ? std::string{} : what + " was made anew";
    }

    static bool is_gone(const json::object& pin, const run::Plan& plan) {
        return std::none_of(plan.inputs.begin(), plan.inputs.end(), [&](const unit::Input& input) {
            return input.row.partition.domain == text_of(pin, "domain") && input.row.partition.key == text_of(pin, "partition") &&
                   input.row.stage == text_of(pin, "stage");
        });
    }

    const workflow::Domain& domain_;
    const DueRequest& request_;
    const workflow::Catalogue& catalogue_;
    run::Invoker& invoker_;
    run::RehearsedState& state_;
    Records& records_;
    std::string now_;
    std::set<std::pair<unit::Partition, std::string>> listed_; ///< partition and stage
};

Error unknown_domain(const workflow::Catalogue& catalogue, const std::string& name) {
    std::vector<std::string> known;
    for (const auto& plugin : catalogue.plugins)
        for (const auto& domain : plugin.domains)
            known.push_back(domain.name);
    const auto near = workflow::nearest(name, known);
    return {ErrorCode::not_found,
            "domain '" + name + "' is unknown",
            near.empty() ? "'spine plugin list' shows the domains" : "did you mean '" + near + "'?"};
}

/// The core's tables, and those of the plugins whose work it is: another one's must not keep it from being done.
void migrate_for(Store& store, const workflow::Catalogue& catalogue, const std::vector<DueWork>& all) {
    workflow::Catalogue wanted;
    for (const auto& plugin : catalogue.plugins)
        if (std::any_of(all.begin(), all.end(), [&](const auto& work) { return work.pipeline->plugin == plugin.id; }))
            wanted.plugins.push_back(plugin);
    if (!store.info(wanted).pending.empty())
        store.migrate(wanted);
}

bool is_failure(const run::Result& result) {
    return result.status == run::Result::Status::failed || result.status == run::Result::Status::withheld ||
           result.status == run::Result::Status::cancelled;
}

} // namespace

std::string_view to_text(DueWhy why) {
    switch (why) {
    case DueWhy::never_made: return "never_made";
    case DueWhy::new_capture: return "new_capture";
    case DueWhy::withdrawn: return "withdrawn";
    case DueWhy::calculation: return "calculation";
    case DueWhy::inputs: return "inputs";
    case DueWhy::withheld: return "withheld";
    case DueWhy::asked: return "asked";
    }
    return "asked";
}

std::vector<DueWork> due_work(const DueRequest& request, const workflow::Catalogue& catalogue, run::Invoker& invoker, unit::State& state,
                              Records& records, const std::string& now) {
    const auto* only = request.domain.empty() ? nullptr : catalogue.find_domain(request.domain);
    if (!request.domain.empty() && only == nullptr)
        throw unknown_domain(catalogue, request.domain);
    run::RehearsedState rehearsed{state};
    std::vector<DueWork> all;
    for (const auto& plugin : catalogue.plugins)
        for (const auto& domain : plugin.domains)
            if (only == nullptr || only == &domain)
                Domain{domain, request, catalogue, invoker, rehearsed, records, now}.add_to(all);
    return all;
}

Stale stale_of(const std::vector<DueWork>& due) {
    Stale stale;
    for (const auto& work : due)
        if (work.made_before)
            for (const auto& partition : work.partitions)
                stale.insert({{partition, work.pipeline->stage}, work.reason});
    return stale;
}

std::vector<DueWork> due_work(const DueRequest& request, env::Clock& clock, Stores& stores, Libraries& libraries) {
    auto& library = libraries.get();
    const auto store = stores.open(Access::read);
    return due_work(request, library.catalogue(), library.invoker(), store->journal(library.catalogue()).state(), *store, env::to_text(clock.now()));
}

std::vector<DueDone> do_due_work(const DueRequest& request, env::Clock& clock, env::Random& random, Stores& stores, Libraries& libraries,
                                 const run::CancelToken& cancel, const run::ProgressSink& progress, const std::function<void(const DueDone&)>& done) {
    auto& library = libraries.get();
    const auto& catalogue = library.catalogue();
    const auto store = stores.open(Access::write);
    migrate_for(*store, catalogue, {});
    auto& journal = store->journal(catalogue);
    std::vector<DueDone> all;
    std::set<std::pair<std::string, std::string>> tried; // pipeline and parameters
    std::set<std::pair<unit::Partition, std::string>> failed;
    for (int round = 0; round < rounds_max && !cancel.cancelled(); ++round) {
        auto due = due_work(request, catalogue, library.invoker(), journal.state(), *store, env::to_text(clock.now()));
        std::erase_if(due, [&](const DueWork& work) { return !tried.insert({work.pipeline->name, workflow::canonical_json(work.params)}).second; });
        if (due.empty())
            break;
        migrate_for(*store, catalogue, due);
        for (auto& work : due) {
            if (cancel.cancelled())
                break;
            auto& one = all.emplace_back();
            one.work = std::move(work);
            const auto missing = std::find_if(one.work.made_from.begin(), one.work.made_from.end(), [&](const auto& input) { return failed.contains(input); });
            if (missing != one.work.made_from.end())
                one.failed_before = missing->second + " of " + named(missing->first);
            else
                one.result = execute_watched(
                    [&](const run::CancelToken& token, const std::function<void(const std::string&)>& begun) {
                        run::Runner runner{clock, random, journal, library.invoker(), catalogue, run::RetryPolicy{}, token, progress};
                        run::Wish wish{one.work.pipeline, one.work.params};
                        wish.begun = begun;
                        return runner.execute(wish);
                    },
                    journal, cancel, clock, process::grace);
            if (!one.failed_before.empty() || is_failure(one.result))
                for (const auto& partition : one.work.partitions)
                    failed.insert({partition, one.work.pipeline->stage});
            done(one);
        }
    }
    store->close();
    return all;
}

} // namespace spine::control
