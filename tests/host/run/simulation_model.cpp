/// The plain reference model: what a run that has ended must have given. It goes through the definition once, step by step, with the results of the
/// script; it knows nothing of crashes, fences, records in flight or timers. From the journal it takes only what the script does not say: what people answered,
/// how child runs ended, which attempts were cut off by their time limit, and in which generation a path was done last.
#include "simulation_world.hpp"

#include "workflow/course.hpp"
#include "workflow/expression.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <cmath>

namespace spine::test::sim {

namespace json = boost::json;
using namespace workflow;
using run::StepRecord;
using run::StepStatus;
using unit::Category;

namespace {

struct Result {
    StepStatus status = StepStatus::pending;
    json::object output;
    json::object updates;
    json::array requests;
    Category category = Category::step_error;
    bool done = false;        ///< its work is there
    bool jumped = false;      ///< jumped over
    bool left_out = false;    ///< because of a failure
    bool kept = false;        ///< of an earlier generation
    bool loose = false;       ///< its output is not said exactly
    std::string branch;       ///< of a choice
};

/// What a step sees.
struct View {
    json::object params, outputs;                  ///< of the run
    json::object item_params, item_outputs;        ///< of an item
    bool item = false;
};

class Model {
public:
    Model(const Script& script, const Store& store, const Kept& kept) : script_{script}, store_{store}, kept_{kept} {
        workflow_ = kept.row.workflow == script.main->workflow.name ? script.main->workflow : script.children.at(kept.row.workflow)->workflow;
        view_.params = kept.row.params;
        settings_ = kept.row.settings;
        standing_ = standing();
        for (const auto& event : kept.events) // parameters of a retry that was asked for stay with the step
            for (const auto& request : event.record.requests)
                if (const auto* name = request.get_object().if_contains("retry"); name != nullptr && event.record.generation < kept.row.generation)
                    again_[std::string{name->as_string()}] = request.get_object().at("params").as_object();
    }

    void check() {
        const bool cut = kept_.row.status == run::RunStatus::cancelled ||
                         std::ranges::any_of(kept_.events, [](const Event& event) { return event.record.step == "@timeout"; });
        partial_ = cut;
        parallel_ = workflow_.execution == Execution::parallel;
        // Maps that were stopped half-way beside the step that is done again begin a second time with what they had: only the checks of each
        // commit say something of those.
        // A step that was done once more has two results of which a retry keeps one; what its others saw is not said any more.
        if (kept_.row.generation > 1 && asked_again())
            return;
        if (parallel_ && asked_again() && (cut || std::ranges::any_of(workflow_.steps, [](const Step& step) { return std::holds_alternative<MapStep>(step.kind); })))
            return;
        parallel_ ? walk_graph() : walk_order();
        if (cut)
            return compare();
        const auto status = kept_.row.status;
        if (broken_off_) { // something was at work when another failure stopped the run
            expect(status == run::RunStatus::failed, "a result is missing");
            partial_ = true;
            return compare();
        }
        const bool failed = std::ranges::any_of(results_, [&](const auto& one) { return fails_run(one.first, one.second); });
        expect(status == (failed ? run::RunStatus::failed : run::RunStatus::completed), "the run ended " + std::string{run::to_text(status)});
        if (failed) {
            const auto found = results_.find(kept_.row.error_step);
            expect(found != results_.end() && fails_run(found->first, found->second), "'" + kept_.row.error_step + "' is told as what failed it");
            expect(kept_.row.failure && kept_.row.failure->category == found->second.category, "it failed with another category than its step");
        }
        if (failed && workflow_.failure_handler) {
            const auto* record = kept_.newest(workflow_.failure_handler->name);
            expect(record != nullptr && is_handled(*record) && record->generation == kept_.row.generation, "what handles its failure was not done");
        }
        compare();
        if (!parallel_ && !partial_)
            compare_params();
        if (continued_ && !broken_off_)
            check_successor();
    }

private:
    void expect(bool holds, const std::string& what) const {
        hold_true(holds, "run " + kept_.row.run_id + " (" + kept_.row.workflow + "): " + what + ", the model says otherwise");
    }
    bool asked_again() const {
        return std::ranges::any_of(kept_.events, [](const Event& event) {
            return std::ranges::any_of(event.record.requests, [](const auto& request) { return request.get_object().contains("retry"); });
        });
    }
    bool fails_run(const std::string& path, const Result& result) const {
        if (result.status != StepStatus::failed || path.find('/') != std::string::npos || is_handler(path))
            return false;
        const auto* step = workflow_.find(path);
        return step != nullptr && step->on_error != OnError::go_on;
    }
    bool is_handler(const std::string& path) const { return workflow_.failure_handler && workflow_.failure_handler->name == path; }
    Scope scope(const View& view) const {
        return {view.params, view.outputs, view.item ? &view.item_params : nullptr, view.item ? &view.item_outputs : nullptr, &settings_};
    }

    // ---- in order

    void walk_order() {
        std::size_t at = 0;
        bool handled_failure = false;
        for (int steps = 0; steps < 200; ++steps) {
            if (continued_)
                return;
            if (at >= workflow_.steps.size())
                return;
            const auto step = workflow_.steps[at]; // a copy: requests change the list
            if (const auto known = results_.find(step.name); known != results_.end() && known->second.status == StepStatus::skipped && asked_skips_.contains(step.name)) {
                ++at;
                continue;
            }
            auto result = visit(step, step.name, view_);
            if (result.status == StepStatus::pending)
                return break_off(step.name);
            if (const auto* choice = std::get_if<ChoiceStep>(&step.kind); choice != nullptr && result.done)
                jump(at, result.branch);
            take(step.name, result, view_);
            if (result.status == StepStatus::failed && step.on_error != OnError::go_on) {
                if (!handle_failure(step.name, result) || handled_failure)
                    return;
                handled_failure = true;
                at = place(step.name);
                if (cut_off_before(step.name)) {
                    results_[step.name] = result;
                    return;
                }
                continue;
            }
            const auto detours = change_course(step.name, result);
            const auto next = following(place(step.name), result);
            for (auto i = place(step.name) + 1; i < next; ++i)
                jump_over(i);
            at = next;
            if (continued_)
                return;
            if (!make_detours(detours, handled_failure))
                return;
        }
        expect(false, "too many steps");
    }
    /// Nobody knows what it would have given, because the run was cut off before.
    void break_off(const std::string& path) {
        results_[path] = {};
        broken_off_ = true;
    }
    std::size_t place(const std::string& name) const {
        const auto found = std::ranges::find(workflow_.steps, name, &Step::name);
        return static_cast<std::size_t>(found - workflow_.steps.begin());
    }
    std::size_t following(std::size_t at, const Result& result) const {
        const auto& step = workflow_.steps[at];
        if (!result.branch.empty())
            return place(result.branch);
        if (result.done || result.status == StepStatus::failed) {
            if (step.end)
                return workflow_.steps.size();
            if (!step.next.empty())
                return place(step.next);
        }
        return at + 1;
    }
    void jump(std::size_t at, const std::string& branch) {
        if (branch.empty())
            return;
        for (auto i = at + 1; i < place(branch); ++i)
            jump_over(i);
    }
    void jump_over(std::size_t at) {
        const auto& name = workflow_.steps[at].name;
        if (results_.contains(name))
            return;
        auto over = skipped();
        over.jumped = true;
        take(name, over, view_);
    }
    /// False: the run ends as failed.
    bool handle_failure(const std::string& failed, const Result& result) {
        if (!workflow_.failure_handler)
            return false;
        const auto& handler = *workflow_.failure_handler;
        view_.outputs["failure"] = json::object{{"step", failed}, {"error", ""}, {"category", unit::to_text(result.category)}};
        error_step_ = failed;
        const auto said = visit(handler, handler.name, view_);
        take(handler.name, said, view_);
        change_course(handler.name, said);
        for (const auto& request : said.requests)
            if (request.get_object().contains("retry")) {
                again_[failed] = request.get_object().at("params").as_object();
                view_.outputs.erase("failure");
                results_.erase(failed);
                return true;
            }
        return false;
    }
    /// Steps that are to be done once more.
    std::vector<std::string> change_course(const std::string& asking, const Result& result) {
        std::vector<std::string> again;
        if (result.requests.empty() || result.status == StepStatus::failed)
            return again;
        const auto read = read_course(result.requests);
        expect(std::holds_alternative<std::vector<CourseRequest>>(read), "a request cannot be read");
        for (const auto& request : std::get<std::vector<CourseRequest>>(read)) {
            if (const auto* retry = std::get_if<RetryStep>(&request)) {
                if (asking != error_step_ && !is_handler(asking) && !result.kept) {
                    again.push_back(retry->name);
                    again_[retry->name] = retry->params;
                }
            } else if (const auto* skip = std::get_if<SkipSteps>(&request)) {
                for (const auto& name : skip->steps)
                    if (!results_.contains(name)) {
                        take(name, skipped(), view_);
                        asked_skips_.insert(name);
                    }
            } else if (std::holds_alternative<ContinueAsNew>(request)) {
                continued_ = true;
                new_params_ = std::get<ContinueAsNew>(request).params;
            } else if (!std::holds_alternative<SpawnRun>(request)) {
                workflow::apply(request, workflow_);
            }
        }
        return again;
    }
    /// The run was cut off before the step was done once more: its earlier result stands.
    bool cut_off_before(const std::string& path) {
        const bool cut = partial_ && handled(kept_, path, generation_of(path)) <= counted_[path];
        broken_off_ = broken_off_ || cut;
        return cut;
    }
    bool make_detours(const std::vector<std::string>& names, bool& handled_failure) {
        for (const auto& name : names) {
            const auto step = workflow_.steps[place(name)];
            for (;;) {
                if (cut_off_before(name)) {
                    results_.try_emplace(name);
                    return false;
                }
                const auto kept = kept_result(name);
                const auto result = kept ? *kept : work(step, name, view_);
                if (partial_ && !kept && handled(kept_, name, generation_of(name)) < counted_[name]) {
                    break_off(name);
                    return false;
                }
                take(name, result, view_);
                if (result.status != StepStatus::failed || step.on_error == OnError::go_on) {
                    change_course(name, result);
                    break;
                }
                if (!handle_failure(name, result) || handled_failure)
                    return false;
                handled_failure = true;
            }
        }
        return true;
    }

    // ---- side by side

    void walk_graph() {
        const bool goes_on = workflow_.on_failure == OnFailure::go_on;
        for (const auto& step : workflow_.steps) {
            auto result = results_.contains(step.name) ? results_.at(step.name) : hang(step); // a choice may have settled it
            if (result.status == StepStatus::pending && !hangs_in_the_air(step))
                result = visit(step, step.name, view_);
            while (result.status == StepStatus::failed && was_done_again(step.name)) // what handles failures has asked for it
                result = visit(step, step.name, view_);
            if (result.status == StepStatus::pending) {
                break_off(step.name);
                continue;
            }
            if (const auto* choice = std::get_if<ChoiceStep>(&step.kind); choice != nullptr && result.done) {
                const auto& other = result.branch == choice->then_step ? choice->else_step.value_or("") : choice->then_step;
                if (!other.empty()) {
                    auto over = skipped();
                    over.jumped = true;
                    take(other, over, view_);
                }
            }
            take(step.name, result, view_);
            partial_ = partial_ || (fails_run(step.name, result) && !goes_on);
            static_cast<void>(change_course(step.name, result));
        }
        handler_is_free_ = true; // which failure it saw depends on the time
    }
    bool was_done_again(const std::string& path) {
        const auto generation = generation_of(path);
        bool asked = false;
        for (const auto& event : kept_.events)
            for (const auto& request : event.record.requests)
                if (const auto* name = request.get_object().if_contains("retry"); name != nullptr && event.record.generation == generation) {
                    asked = true;
                    if (name->as_string() == path)
                        again_[path] = request.get_object().at("params").as_object();
                }
        return asked && handled(kept_, path, generation) > counted_[path];
    }
    bool hangs_in_the_air(const Step& step) const {
        return std::ranges::any_of(results_, [&](const auto& one) {
            if (one.second.status != StepStatus::pending)
                return false;
            const auto* other = workflow_.find(one.first);
            const auto* choice = other == nullptr ? nullptr : std::get_if<ChoiceStep>(&other->kind);
            return std::ranges::find(step.depends_on, one.first) != step.depends_on.end() ||
                   (choice != nullptr && (choice->then_step == step.name || choice->else_step == step.name));
        });
    }
    /// Whether what it depends on settles it.
    Result hang(const Step& step) const {
        Result result;
        bool is_target = false, taken = false;
        auto needs = step.depends_on;
        for (const auto& other : workflow_.steps)
            if (const auto* choice = std::get_if<ChoiceStep>(&other.kind);
                choice != nullptr && (choice->then_step == step.name || choice->else_step == step.name)) {
                is_target = true;
                taken = taken || results_.at(other.name).done;
                needs.push_back(other.name);
            }
        for (const auto& name : needs) {
            const auto& on = results_.at(name);
            const bool failed = on.status == StepStatus::failed && workflow_.find(name)->on_error != OnError::go_on;
            if (failed || on.left_out) {
                result = skipped();
                result.left_out = true;
                return result;
            }
        }
        const bool all_jumped = !step.depends_on.empty() && std::ranges::all_of(step.depends_on, [&](const auto& name) {
            const auto& on = results_.at(name);
            return on.jumped || (on.status == StepStatus::skipped && std::holds_alternative<ChoiceStep>(workflow_.find(name)->kind));
        });
        if (all_jumped || (is_target && !taken)) {
            result = skipped();
            result.jumped = true;
        }
        return result;
    }

    // ---- one step

    static Result skipped() {
        Result result;
        result.status = StepStatus::skipped;
        result.output = {{"skipped", true}};
        result.loose = true;
        return result;
    }
    static Result failed(Category category) {
        Result result;
        result.status = StepStatus::failed;
        result.category = category;
        return result;
    }
    void take(const std::string& path, const Result& result, View& view) {
        results_[path] = result;
        const auto name = path.substr(path.rfind('/') + 1);
        (view.item ? view.item_outputs : view.outputs)[name] = seen(path, result);
        auto& params = view.item ? view.item_params : view.params;
        for (const auto& update : result.updates)
            params[update.key()] = update.value();
    }
    /// What later steps see of it: times, ids and words are not the model's to say.
    const json::object& seen(const std::string& path, const Result& result) const {
        const auto found = standing_.find(path);
        if (found == standing_.end() || found->second->status != result.status)
            return result.output;
        const auto& record = *found->second;
        const bool work = (record.type == "lambda" || record.type == "pipeline") && !result.loose;
        return work ? result.output : record.output;
    }
    int generation_of(const std::string& path) const {
        const auto found = standing_.find(path);
        return found == standing_.end() ? kept_.row.generation : found->second->generation;
    }
    /// The record of the next result of a path that was handled; it is none when the run was cut off before.
    const StepRecord* next_of(const std::string& path) {
        const auto generation = generation_of(path);
        auto left = counted_[path]++;
        for (const auto& event : kept_.events)
            if (event.record.step == path && event.record.generation == generation && is_handled(event.record) && left-- == 0)
                return &event.record;
        return nullptr;
    }

    /// What an earlier generation has given and a retry has kept: it was compared when that generation ended, with what its steps saw then.
    std::optional<Result> kept_result(const std::string& path) const {
        const auto found = standing_.find(path);
        if (found == standing_.end() || found->second->generation == kept_.row.generation)
            return std::nullopt;
        const auto& record = *found->second;
        Result result;
        result.status = record.status;
        result.output = record.output;
        result.updates = record.updates;
        result.requests = record.requests;
        result.kept = true;
        result.category = record.failure ? record.failure->category : Category::step_error;
        result.done = record.status == StepStatus::completed || (record.status == StepStatus::skipped && !record.execution_id.empty());
        result.jumped = record.output.contains("jumped_over");
        result.left_out = record.output.contains("hangs_on");
        if (const auto* branch = record.type == "choice" ? record.output.if_contains("branch") : nullptr; branch != nullptr && branch->is_string())
            result.branch = std::string{branch->get_string()};
        return result;
    }
    Result visit(const Step& step, const std::string& path, View& view) {
        if (auto kept = kept_result(path))
            return *kept;
        auto result = visit_whole(step, path, view);
        const bool cut = partial_ && handled(kept_, path, generation_of(path)) < counted_[path]; // the run was cut off before it had ended
        return cut ? Result{} : result;
    }
    Result visit_whole(const Step& step, const std::string& path, View& view) {
        if (!step.when.empty()) {
            const auto holds_now = evaluate_condition(step.when, view);
            if (!holds_now) {
                ++counted_[path];
                return failed(Category::step_error);
            }
            if (!*holds_now)
                return skipped();
        }
        if (const auto* choice = std::get_if<ChoiceStep>(&step.kind))
            return choose(*choice, path, view);
        if (const auto* map = std::get_if<MapStep>(&step.kind))
            return each(step, *map, path, view);
        if (std::holds_alternative<WorkflowStep>(step.kind))
            return child(step, path, view);
        if (const auto* wait = std::get_if<WaitStep>(&step.kind))
            return pause(*wait, path, view);
        if (const auto* approval = std::get_if<ApprovalStep>(&step.kind))
            return ask(*approval, path);
        return work(step, path, view);
    }
    std::optional<bool> evaluate_condition(const std::string& text, const View& view) const {
        const auto parsed = parse_expression(text);
        if (!std::holds_alternative<Expression>(parsed))
            return std::nullopt;
        const auto answer = holds(std::get<Expression>(parsed), scope(view));
        return std::holds_alternative<bool>(answer) ? std::optional{std::get<bool>(answer)} : std::nullopt;
    }
    std::optional<json::object> resolved(const json::object& values, const View& view) const {
        json::object result;
        for (const auto& member : values) {
            auto value = substituted(member.value(), scope(view));
            if (!std::holds_alternative<json::value>(value))
                return std::nullopt;
            result[member.key()] = std::get<json::value>(value);
        }
        return result;
    }
    static void lay_over(json::object& under, const json::object& over) {
        for (const auto& member : over)
            under[member.key()] = member.value();
    }

    Result work(const Step& step, const std::string& path, View& view) {
        auto own = resolved(step.params, view);
        const auto config = resolved(step.config, view);
        if (!own || !config) {
            ++counted_[path];
            return failed(Category::step_error);
        }
        if (const auto again = again_.find(path); again != again_.end())
            lay_over(*own, again->second);
        auto params = view.params;
        lay_over(params, view.item_params);
        lay_over(params, *own);
        const auto generation = generation_of(path);
        for (int failures = 0;;) {
            Question question;
            question.salt = kept_.salt;
            question.path = path;
            question.generation = generation;
            question.handled = counted_[path];
            question.chain_no = kept_.row.chain_no;
            question.step = &step;
            question.workflow = &workflow_;
            question.handler = is_handler(path);
            question.error_step = error_step_;
            for (const auto& one : workflow_.steps)
                if (const auto known = results_.find(one.name); known != results_.end()) {
                    question.gone.push_back(one.name);
                    if (known->second.done)
                        question.ended.push_back(one.name);
                }
            auto end = script_.result(question, handed(step, params, *config, view.item));
            const auto* record = next_of(path);
            if (record != nullptr && record->failure && record->failure->message == "it took too long") // by the time limit
                end = late();
            if (record != nullptr && is_death(*record)) // its process died once too often
                return failed(Category::crash);
            if (end.status != StepStatus::failed) {
                Result result;
                result.status = end.status;
                result.output = std::move(end.output);
                result.updates = std::move(end.updates);
                result.requests = std::move(end.requests);
                result.done = true;
                return result;
            }
            if (!tried_again(step, *end.failure, ++failures) || was_stopped(path, record))
                return failed(end.failure->category);
        }
    }
    /// Whether the run was on its way to its end already when this was recorded: then nothing is tried again.
    bool was_stopped(const std::string& path, const StepRecord* last) const {
        for (const auto& event : kept_.events) {
            const auto& record = event.record;
            if (&record == last)
                return false;
            if (record.generation != kept_.row.generation)
                continue;
            if (record.step == "@timeout")
                return true;
            if (record.step == path || record.step.find('/') != std::string::npos || record.status != StepStatus::failed || !record.wake_at.empty())
                continue;
            const auto* step = workflow_.find(record.step);
            if (step != nullptr && step->on_error != OnError::go_on && workflow_.on_failure != OnFailure::go_on)
                return last != nullptr && !tried_after(path, last);
        }
        return false;
    }
    bool tried_after(const std::string& path, const StepRecord* last) const {
        bool after = false;
        for (const auto& event : kept_.events) {
            if (after && event.record.step == path && is_handled(event.record))
                return true;
            after = after || &event.record == last;
        }
        return false;
    }
    static run::StepEnd late() {
        run::StepEnd end;
        end.failure.emplace();
        end.failure->category = Category::timeout;
        return end;
    }
    /// Retry: the plugin's own word first, then the categories, at most so many attempts.
    static bool tried_again(const Step& step, const unit::Failure& failure, int failures) {
        const bool ruled = step.retry || step.on_error == OnError::retry;
        const bool pipeline = std::holds_alternative<PipelineStep>(step.kind);
        const auto rule = step.retry.value_or(RetryRule{});
        const auto attempts = ruled ? rule.max_attempts.value_or(3) : pipeline ? 3 : 1;
        if (failures >= attempts)
            return false;
        switch (failure.retry) {
        case unit::Retry::never:
        case unit::Retry::after_input_change: return false;
        case unit::Retry::now:
        case unit::Retry::backoff: return true;
        case unit::Retry::by_category: break;
        }
        if (!ruled)
            return failure.category == Category::transient || failure.category == Category::timeout;
        if (rule.retryable_categories.empty())
            return unit::retries_by_default(failure.category);
        return std::ranges::find(rule.retryable_categories, unit::to_text(failure.category)) != rule.retryable_categories.end();
    }

    Result choose(const ChoiceStep& choice, const std::string& path, View& view) {
        ++counted_[path];
        const auto answer = evaluate_condition(choice.condition, view);
        if (!answer)
            return failed(Category::step_error);
        Result result;
        result.status = StepStatus::completed;
        result.done = true;
        result.branch = *answer ? choice.then_step : choice.else_step.value_or("");
        result.output = {{"condition", *answer}};
        result.loose = true;
        return result;
    }
    Result pause(const WaitStep& wait, const std::string& path, View& view) {
        const auto value = substituted(wait.seconds ? *wait.seconds : *wait.until, scope(view));
        ++counted_[path];
        if (!std::holds_alternative<json::value>(value))
            return failed(Category::step_error);
        if (wait.seconds && !std::get<json::value>(value).is_number())
            return failed(Category::configuration);
        Result result;
        result.status = StepStatus::completed;
        result.done = true;
        result.output = {{"waited_until", ""}};
        result.loose = true;
        return result;
    }
    Result ask(const ApprovalStep& approval, const std::string& path) {
        const auto* record = next_of(path);
        Result result;
        if (record == nullptr)
            return result;
        const auto* automatic = record->output.if_contains("automatic");
        const bool here = std::ranges::find(approval.auto_approve_envs, std::string_view{settings_.at("env").as_string()}) != approval.auto_approve_envs.end();
        expect(here == (automatic != nullptr), "'" + path + "' is " + (here ? "not " : "") + "approved by itself");
        const auto& approved = record->output.at("approved").as_bool();
        if (record->output.contains("timed_out"))
            expect(approval.timeout_hours && approved == (approval.on_timeout == "approve"), "nobody answered '" + path + "', which came out the other way");
        result.output = record->output;
        result.status = approved ? StepStatus::completed : StepStatus::failed;
        result.done = approved;
        result.category = record->output.contains("timed_out") ? Category::timeout : Category::step_error;
        return result;
    }
    Result child(const Step& step, const std::string& path, View& view) {
        const auto& kind = std::get<WorkflowStep>(step.kind);
        const auto own = resolved(step.params, view);
        if (!own) {
            ++counted_[path];
            return failed(Category::step_error);
        }
        for (int failures = 0;;) {
            const auto* record = next_of(path);
            Result result;
            if (record == nullptr)
                return result;
            expect(!record->child_run_id.empty(), "'" + path + "' was " + std::string{run::to_text(record->status)} + " without a child");
            const auto& first = store_.at(record->child_run_id);
            expect(first.row.workflow == kind.workflow, "'" + path + "' began another workflow");
            auto params = script_.children.at(kind.workflow)->workflow.defaults;
            if (kind.inherit_context) {
                lay_over(params, view.params);
                lay_over(params, view.item_params);
            }
            lay_over(params, *own);
            for (const auto* name : {"p1", "p2", "list", "own", "item", "week", "item_index"})
                expect(params.contains(name) == first.row.params.contains(name) && (!params.contains(name) || params.at(name) == first.row.params.at(name)),
                       "the child of '" + path + "' was given another " + name);
            result.status = record->status;
            result.output = record->output;
            if (!kind.wait) {
                expect(record->status == StepStatus::completed, "'" + path + "' waits for nobody and has not completed");
                result.done = true;
                return result;
            }
            const auto& last = store_.chain_end(record->child_run_id);
            const bool good = last.row.status == run::RunStatus::completed;
            const bool late = record->failure && record->failure->message.starts_with("run " + record->child_run_id + " has not ended in time");
            expect(late || good == (record->status == StepStatus::completed), "'" + path + "' and its child " + last.row.run_id + " ended in different ways");
            result.done = good && !late;
            if (result.done) {
                expect(record->output.at("outputs") == last.row.result.at("outputs"), "'" + path + "' has other outputs than its child");
                return result;
            }
            auto failure = run::final_failure("", "", late ? Category::timeout : Category::cancelled);
            if (late)
                failure.retry = unit::Retry::by_category;
            else if (last.row.failure)
                failure = *last.row.failure;
            result.category = failure.category;
            if (failure.category == Category::cancelled || !tried_again(step, failure, ++failures) || was_stopped(path, record))
                return result;
        }
    }

    Result each(const Step& step, const MapStep& map, const std::string& path, View& view) {
        auto items = substituted(map.items, scope(view));
        ++counted_[path];
        if (!std::holds_alternative<json::value>(items) || !std::get<json::value>(items).is_array())
            return failed(Category::configuration);
        const auto& list = std::get<json::value>(items).get_array();
        json::array results;
        std::size_t bad = 0;
        Result result;
        bool open = false;
        const bool was_broken_off = broken_off_;
        for (std::size_t i = 0; i < list.size(); ++i) {
            View inner{view.params, view.outputs, view.item_params, view.item_outputs, true};
            inner.item_params[map.item_name] = list[i];
            inner.item_params["item_index"] = static_cast<std::int64_t>(i);
            auto one = item(map.steps, path + "[" + std::to_string(i) + "]/", inner);
            open = open || !one;
            if (one && is_failed_item(*one))
                ++bad;
            results.push_back(one ? json::value(std::move(*one)) : json::value(nullptr));
        }
        if (open && (bad == 0 || step.on_error == OnError::go_on))
            return {};
        const bool stopped = bad > 0 && step.on_error != OnError::go_on;
        result.status = bad > 0 ? StepStatus::failed : StepStatus::completed;
        result.done = bad == 0;
        result.output = {{"count", list.size()}, {"completed", list.size() - bad}, {"failed", bad}, {"skipped", 0}, {"results", results}};
        if (stopped) { // no new items: which ones were begun is not said
            may_be_missing_.push_back(path + "[");
            broken_off_ = was_broken_off;
        }
        if (bad > 0)
            free_category(path, result);
        return result;
    }
    /// A map inside of the item counts its own failures under the same name.
    static bool is_failed_item(const json::object& result) {
        const auto* failed = result.if_contains("failed");
        return failed != nullptr && failed->is_bool();
    }
    /// Of several items that failed the category is the first one's, of those that were begun.
    void free_category(const std::string& path, Result& result) const {
        const auto found = standing_.find(path);
        const auto* record = found == standing_.end() ? nullptr : found->second;
        if (record == nullptr || !record->failure)
            return;
        bool one_of_them = false;
        for (const auto& item : result.output.at("results").as_array())
            if (item.is_object() && is_failed_item(item.get_object()))
                one_of_them = one_of_them || std::string_view{item.get_object().at("category").as_string()} == unit::to_text(record->failure->category);
        expect(one_of_them, "map '" + path + "' failed with a category that no item has");
        result.category = record->failure->category;
    }
    /// What an item gives.
    std::optional<json::object> item(const std::vector<Step>& steps, const std::string& prefix, View& view) {
        std::string last;
        std::size_t at = 0;
        const auto place_in = [&](const std::string& name) {
            return static_cast<std::size_t>(std::ranges::find(steps, name, &Step::name) - steps.begin());
        };
        while (at < steps.size()) {
            const auto& step = steps[at];
            const auto path = prefix + step.name;
            const auto result = visit(step, path, view);
            if (result.status == StepStatus::pending) {
                break_off(path);
                return std::nullopt;
            }
            take(path, result, view);
            if (result.done)
                last = step.name;
            if (result.status == StepStatus::failed && step.on_error != OnError::go_on)
                return json::object{{"failed", true}, {"step", step.name}, {"category", unit::to_text(result.category)}};
            auto next = at + 1;
            if (!result.branch.empty())
                next = place_in(result.branch);
            else if ((result.done || result.status == StepStatus::failed) && step.end)
                next = steps.size();
            else if ((result.done || result.status == StepStatus::failed) && !step.next.empty())
                next = place_in(step.next);
            for (auto i = at + 1; i < next; ++i)
                take(prefix + steps[i].name, skipped(), view);
            at = next;
        }
        return last.empty() ? json::object{} : view.item_outputs.at(last).as_object();
    }

    // ---- what happened beside what must have

    /// The last result of each path that was not forgotten.
    std::map<std::string, const StepRecord*> standing() const {
        std::map<std::string, const StepRecord*> actual;
        for (const auto& event : kept_.events) {
            const auto& record = event.record;
            if (record.step == "@retry" && workflow_.failure_handler)
                actual.erase(workflow_.failure_handler->name);
            if (record.step == "@retry")
                for (const auto& path : record.output.at("steps").as_array()) {
                    const std::string name{path.as_string()};
                    const bool partly = std::ranges::any_of(record.output.at("steps").as_array(), [&](const auto& other) {
                        return std::string_view{other.as_string()}.starts_with(name + "["); // what its good items gave stays
                    });
                    std::erase_if(actual, [&](const auto& one) { return one.first == name || (!partly && one.first.starts_with(name + "[")); });
                }
            if (is_settling(record))
                actual[record.step] = &record;
        }
        return actual;
    }
    void compare() const {
        const auto actual = standing();
        for (const auto& [path, record] : actual) {
            if (record->generation < kept_.row.generation || (is_handler(path) && (handler_is_free_ || partial_)))
                continue;
            const auto found = results_.find(path);
            if (found == results_.end() && broken_off_ && path.find('[') != std::string::npos)
                continue; // of an item, or of a map inside of one, of which something is not known
            expect(found != results_.end(), "'" + path + "' was " + std::string{run::to_text(record->status)});
            compare_one(path, *record, found->second);
        }
        if (partial_)
            return;
        for (const auto& [path, result] : results_) {
            const bool loose = std::ranges::any_of(may_be_missing_, [&](const auto& prefix) { return path.starts_with(prefix); });
            const bool over = result.loose && kept_.row.generation > 1; // a jump that is not made again tells nothing once more
            expect(loose || over || actual.contains(path), "'" + path + "' was not done");
        }
    }
    void compare_one(const std::string& path, const StepRecord& record, const Result& result) const {
        const auto told = [&] { return "'" + path + "' was " + std::string{run::to_text(record.status)} + " with " + json_text(record.output); };
        if (result.status == StepStatus::pending)
            return;
        expect(record.status == result.status, told() + ", not " + std::string{run::to_text(result.status)});
        if (record.status == StepStatus::failed)
            expect(record.failure && record.failure->category == result.category, told() + ", of another category");
        if (record.type == "map" && record.status != StepStatus::skipped)
            return compare_map(path, record, result);
        if (result.loose) {
            for (const auto& member : result.output)
                expect(record.output.contains(member.key()), told() + " without " + std::string{member.key()});
            if (const auto* condition = result.output.if_contains("condition"))
                expect(record.output.at("condition") == *condition, told());
        } else if (record.status != StepStatus::failed) {
            expect(record.output == result.output, told() + ", not " + json_text(result.output));
            expect(record.updates == result.updates, told() + " and other updates");
        }
    }
    void compare_map(const std::string& path, const StepRecord& record, const Result& result) const {
        const auto told = "map '" + path + "' gave " + json_text(record.output);
        if (record.output.empty() || result.output.empty()) {
            expect(record.output.empty() == result.output.empty(), told);
            return;
        }
        expect(record.output.at("count") == result.output.at("count"), told);
        const bool stopped = std::ranges::find(may_be_missing_, path + "[") != may_be_missing_.end();
        const auto& expected = result.output.at("results").as_array();
        const auto& results = record.output.at("results").as_array();
        expect(results.size() == expected.size(), told);
        std::int64_t completed = 0;
        std::int64_t failures = 0;
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (stopped && (results[i].is_null() || expected[i].is_null()))
                continue;
            expect(results[i].is_object(), told + ", of item " + std::to_string(i));
            is_failed_item(results[i].get_object()) ? ++failures : ++completed;
            expect(same(results[i], expected[i], stopped), told + ", not " + json_text(expected[i]) + " of item " + std::to_string(i));
        }
        expect(record.output.at("completed").to_number<std::int64_t>() == completed && record.output.at("failed").to_number<std::int64_t>() == failures, told);
    }
    /// The result of an item, which may be that of a map inside of it; times and ids are not said by the model.
    static bool same(const json::value& left, const json::value& right, bool stopped) {
        if (!left.is_object() || !right.is_object())
            return stopped && (left.is_null() || right.is_null());
        const auto& one = left.get_object();
        const auto& other = right.get_object();
        if (is_failed_item(other) || is_failed_item(one))
            return is_failed_item(other) && is_failed_item(one) && one.at("step") == other.at("step") && one.at("category") == other.at("category");
        if (other.contains("waited_until"))
            return one.contains("waited_until");
        if (const auto* condition = other.if_contains("condition"))
            return one.contains("condition") && one.at("condition") == *condition;
        const auto* results = other.if_contains("results");
        if (results == nullptr || !one.contains("results"))
            return one == other;
        const auto& inner = one.at("results").as_array();
        if (inner.size() != results->as_array().size())
            return false;
        for (std::size_t i = 0; i < inner.size(); ++i)
            if (!same(inner[i], results->as_array()[i], stopped))
                return false;
        return true;
    }
    void compare_params() const {
        const auto state = run::folded(kept_.row);
        for (const auto& member : view_.params)
            expect(state.params.contains(member.key()) && state.params.at(member.key()) == member.value(),
                   "the parameters are " + json_text(state.params) + ", not " + json_text(view_.params));
        // What a step of an earlier generation has set stays.
        expect(kept_.row.generation > 1 || state.params.size() == view_.params.size(), "there are more parameters: " + json_text(state.params));
    }
    void check_successor() const {
        expect(!kept_.successor.empty(), "there is no new run in its place");
        const auto& next = store_.at(kept_.successor).row;
        auto params = kept_.row.params;
        lay_over(params, new_params_);
        expect(next.params == params && next.chain_no == kept_.row.chain_no + 1 && next.parent_run_id == kept_.row.parent_run_id, "the new run is another one");
    }

    const Script& script_;
    const Store& store_;
    const Kept& kept_;
    Workflow workflow_;
    View view_;
    json::object settings_;
    std::map<std::string, const StepRecord*> standing_;
    std::map<std::string, Result> results_;
    std::map<std::string, int> counted_;            ///< results of each path so far
    std::map<std::string, json::object> again_;     ///< parameters of a retry that was asked for
    std::set<std::string> asked_skips_;
    std::vector<std::string> may_be_missing_;       ///< prefixes of paths that need not have been done
    json::object new_params_;
    std::string error_step_;
    bool partial_ = false;  ///< the run was cut off: results may be missing, none may be another
    bool parallel_ = false;
    bool continued_ = false;
    bool broken_off_ = false;
    bool handler_is_free_ = false;
};

} // namespace

void check_run(const Script& script, const Store& store, const Kept& kept) { Model{script, store, kept}.check(); }

} // namespace spine::test::sim
