#include "simulation_script.hpp"

#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"

#include <boost/json/array.hpp>
#include <algorithm>
#include <stdexcept>
#include <utility>

namespace spine::test::sim {

namespace json = boost::json;
using namespace workflow;

namespace {

std::string numbered(const std::string& name, std::size_t number) { return name + std::to_string(number); }

/// Makes one workflow.
class Author {
public:
    Author(Chance& chance, bool calm, std::vector<std::string> children) : chance_{chance}, calm_{calm}, children_{std::move(children)} {}

    Workflow write(const std::string& name, std::size_t steps_max) {
        Workflow made;
        made.name = name;
        made.domain = "sim";
        parallel_ = chance_.percent(45);
        if (parallel_) {
            made.execution = Execution::parallel;
            if (chance_.percent(50))
                made.max_concurrency = chance_.between(1, 3);
            if (chance_.percent(40))
                made.on_failure = chance_.percent(70) ? OnFailure::go_on : OnFailure::stop;
        }
        if (!calm_ && chance_.percent(5))
            made.timeout_seconds = static_cast<double>(chance_.between(20, 4000));
        made.defaults = {{"p1", chance_.between(0, 9)}, {"p2", chance_.between(0, 9)}, {"list", list()}};
        const auto count = static_cast<std::size_t>(chance_.between(1, static_cast<std::int64_t>(steps_max)));
        made.steps = steps("s", count, 0, parallel_);
        if (chance_.percent(30)) {
            Step handler;
            handler.name = "handler";
            handler.kind = LambdaStep{"sim.steps.handle"};
            handler.config = {{"category", "$.outputs.failure.category"}};
            made.failure_handler = std::move(handler);
        }
        return made;
    }

private:
    json::array list() {
        json::array items;
        for (auto left = chance_.below(5); left > 0; --left)
            items.emplace_back(chance_.between(0, 99));
        return items;
    }

    std::vector<Step> steps(const std::string& prefix, std::size_t count, int depth, bool parallel) {
        std::vector<Step> made;
        for (std::size_t i = 0; i < count; ++i)
            made.push_back(step(numbered(prefix, i), depth));
        std::vector<std::vector<std::string>> before(count); // names that a step may look at
        std::vector<bool> reached(count + 1, false);
        reached[0] = true;
        for (std::size_t i = 0; i < count; ++i) {
            auto& one = made[i];
            if (std::holds_alternative<ChoiceStep>(one.kind) && i + 1 >= count)
                one.kind = LambdaStep{"sim.steps.work"};
            parallel ? hang(made, i, before) : jump(made, i);
            if (!parallel)
                for (std::size_t k = 0; k < i; ++k)
                    before[i].push_back(made[k].name);
            look(one, before[i], depth);
            if (!parallel)
                go_on(made, i, reached);
        }
        return made;
    }

    Step step(const std::string& name, int depth) {
        Step made;
        made.name = name;
        made.kind = LambdaStep{"sim.steps.work"};
        const auto draw = chance_.below(100);
        if (draw < 32)
            made.kind = PipelineStep{"sim.load"};
        else if (draw < 62)
            ;
        else if (draw < 71)
            made.kind = ChoiceStep{};
        else if (draw < 81 && depth < 2)
            made.kind = map(name, depth);
        else if (draw < 87)
            made.kind = wait();
        else if (draw < 92)
            made.kind = approval();
        else if (!children_.empty())
            made.kind = WorkflowStep{chance_.of(children_), chance_.percent(60), chance_.percent(85)};
        const bool attempted = std::holds_alternative<LambdaStep>(made.kind) || std::holds_alternative<PipelineStep>(made.kind);
        const bool map = std::holds_alternative<MapStep>(made.kind);
        if (chance_.percent(20))
            made.on_error = map ? OnError::go_on : chance_.percent(60) ? OnError::go_on : OnError::retry;
        if (attempted && chance_.percent(30))
            made.retry = rule();
        if (attempted && chance_.percent(12))
            made.timeout_seconds = static_cast<double>(chance_.between(1, 300));
        if (std::holds_alternative<WorkflowStep>(made.kind) && chance_.percent(40))
            made.timeout_seconds = static_cast<double>(chance_.between(100, 100'000));
        if (chance_.percent(10) && depth == 0)
            made.stage = "STAGE_" + name;
        return made;
    }

    MapStep map(const std::string& name, int depth) {
        MapStep made;
        const auto draw = chance_.below(10);
        made.items = draw < 4 ? json::value("$.params.list") : draw == 9 ? json::value("$.params.p1") : json::value(list());
        made.steps = steps(name + "_", static_cast<std::size_t>(chance_.between(1, 3)), depth + 1, false);
        if (chance_.percent(30))
            made.item_name = "week";
        if (chance_.percent(60))
            made.max_concurrency = chance_.between(1, 3);
        return made;
    }
    WaitStep wait() {
        WaitStep made;
        if (chance_.percent(20))
            made.until = json::value("2026-01-03T06:00:00.000Z");
        else
            made.seconds = chance_.percent(30) ? json::value("$.params.p1") : json::value(chance_.between(0, 200'000));
        return made;
    }
    ApprovalStep approval() {
        ApprovalStep made;
        made.approvers = {"ann", "bob"};
        made.message = "go on?";
        if (chance_.percent(40)) {
            made.timeout_hours = static_cast<double>(chance_.between(1, 72));
            made.on_timeout = chance_.percent(50) ? "approve" : "reject";
        }
        if (chance_.percent(20))
            made.auto_approve_envs = {"dev"};
        return made;
    }
    RetryRule rule() {
        RetryRule made;
        if (chance_.percent(70))
            made.max_attempts = chance_.between(1, 4);
        if (chance_.percent(60))
            made.initial_delay_seconds = static_cast<double>(chance_.between(0, 20));
        if (chance_.percent(40))
            made.backoff_multiplier = static_cast<double>(chance_.between(1, 3));
        if (chance_.percent(40))
            made.max_delay_seconds = static_cast<double>(chance_.between(1, 30));
        if (chance_.percent(30))
            made.retryable_categories = {"TRANSIENT", "STEP_ERROR"};
        return made;
    }

    /// What it hangs on, and so what it may look at.
    void hang(std::vector<Step>& made, std::size_t i, std::vector<std::vector<std::string>>& before) {
        auto& one = made[i];
        for (std::size_t k = 0; k < i; ++k)
            if (chance_.percent(i > 4 ? 20 : 35))
                one.depends_on.push_back(made[k].name);
        auto names = one.depends_on;
        for (std::size_t k = 0; k < i; ++k) { // whoever is chosen comes after who chose
            const auto* choice = std::get_if<ChoiceStep>(&made[k].kind);
            if (choice != nullptr && (choice->then_step == one.name || choice->else_step == one.name))
                names.push_back(made[k].name);
        }
        std::vector<std::string> all = names;
        for (const auto& name : names)
            for (std::size_t k = 0; k < i; ++k)
                if (made[k].name == name && !is_target(made, name)) // one that is jumped over does not wait for what it hangs on
                    all.insert(all.end(), before[k].begin(), before[k].end());
        std::ranges::sort(all);
        all.erase(std::ranges::unique(all).begin(), all.end());
        before[i] = std::move(all);
        jump(made, i);
    }
    static bool is_target(const std::vector<Step>& made, const std::string& name) {
        return std::ranges::any_of(made, [&](const Step& step) {
            const auto* choice = std::get_if<ChoiceStep>(&step.kind);
            return choice != nullptr && (choice->then_step == name || choice->else_step == name);
        });
    }
    /// Of a choice: where to.
    void jump(std::vector<Step>& made, std::size_t i) {
        auto* choice = std::get_if<ChoiceStep>(&made[i].kind);
        if (choice == nullptr)
            return;
        const auto later = [&] { return made[i + 1 + chance_.below(made.size() - i - 1)].name; };
        choice->then_step = later();
        if (chance_.percent(60))
            choice->else_step = later();
        if (choice->else_step == choice->then_step)
            choice->else_step.reset();
    }
    /// In order: what comes next, so that every step may be reached.
    void go_on(std::vector<Step>& made, std::size_t i, std::vector<bool>& reached) {
        auto& one = made[i];
        const auto mark = [&](const std::string& name) {
            for (std::size_t k = 0; k < made.size(); ++k)
                if (made[k].name == name)
                    reached[k] = true;
        };
        if (const auto* choice = std::get_if<ChoiceStep>(&one.kind)) {
            mark(choice->then_step);
            choice->else_step ? mark(*choice->else_step) : mark(made[i + 1].name);
            return;
        }
        if (chance_.percent(5) && i + 1 < made.size())
            one.next = made[i + 1 + chance_.below(made.size() - i - 1)].name;
        else if (chance_.percent(3))
            one.end = true;
    }

    /// What it is handed, and whether it is done at all.
    void look(Step& one, const std::vector<std::string>& before, int depth) {
        const bool lambda = std::holds_alternative<LambdaStep>(one.kind);
        const bool pipeline = std::holds_alternative<PipelineStep>(one.kind);
        const bool child = std::holds_alternative<WorkflowStep>(one.kind);
        const auto value = [&]() -> json::value {
            const auto draw = chance_.below(10);
            if (draw < 2)
                return chance_.between(0, 99);
            if (draw < 4)
                return json::value(chance_.percent(50) ? "$.params.p1" : "$.params.p2");
            if (draw < 5 && depth > 0)
                return json::value("$.params.item_index");
            if (!before.empty())
                return json::value("$.outputs." + chance_.of(before) + (chance_.percent(97) ? ".v" : ""));
            return "plain";
        };
        // A path to nothing fails the step, which is a good test but must not be the rule: half of them look with a condition alone.
        if (lambda && chance_.percent(50))
            one.config = {{"a", value()}};
        if ((lambda || pipeline || child) && chance_.percent(40))
            one.params = {{"own", value()}};
        if (child && chance_.percent(30))
            one.params["p1"] = value();
        const auto condition = [&](std::int64_t modulus) {
            if (before.empty() || chance_.percent(30))
                return "p" + std::to_string(chance_.between(1, 2)) + " % " + std::to_string(modulus) + " != 0";
            const auto path = "outputs." + chance_.of(before) + ".v";
            return "has(" + path + ") and " + path + " % " + std::to_string(modulus) + " != 0";
        };
        if (auto* choice = std::get_if<ChoiceStep>(&one.kind))
            choice->condition = condition(2);
        if (chance_.percent(15))
            one.when = condition(3);
    }

    Chance& chance_;
    bool calm_;
    std::vector<std::string> children_;
    bool parallel_ = false;
};

unit::Failure failure_of(Chance& chance) {
    using unit::Category;
    static const std::vector<Category> categories{Category::transient, Category::transient, Category::step_error, Category::dependency,
                                                  Category::resource,  Category::data_quality, Category::timeout};
    unit::Failure failure;
    failure.category = chance.of(categories);
    failure.message = "so the script has it";
    failure.exit_code = unit::exit_code(failure.category);
    const auto draw = chance.below(100);
    failure.retry = draw < 70 ? unit::Retry::by_category
                              : draw < 78 ? unit::Retry::never
                                          : draw < 86 ? unit::Retry::now
                                                      : draw < 95 ? unit::Retry::backoff : unit::Retry::after_input_change;
    if (failure.retry == unit::Retry::backoff)
        failure.backoff = std::chrono::milliseconds{chance.between(100, 60'000)};
    return failure;
}

json::object simple_step(const std::string& name, Chance& chance) {
    if (chance.percent(30))
        return {{"name", name}, {"type", "wait"}, {"seconds", chance.between(0, 100)}};
    return {{"name", name}, {"type", "lambda"}, {"handler", "sim.steps.work"}};
}

const Step* find_step(const Workflow& workflow, const std::string& name) {
    const auto found = std::ranges::find(workflow.steps, name, &Step::name);
    return found == workflow.steps.end() ? nullptr : &*found;
}
bool is_work(const Step* step) {
    return step != nullptr && (std::holds_alternative<LambdaStep>(step->kind) || std::holds_alternative<PipelineStep>(step->kind));
}

/// What a result asks of the run's course; nothing that would have to be refused.
json::array requests_of(const Question& question, const Script& script, Chance& chance) {
    json::array made;
    const auto& steps = question.workflow->steps;
    if (question.handler) {
        if (question.handled == 0 && is_work(find_step(*question.workflow, question.error_step)))
            made.push_back(json::object{{"retry", question.error_step}, {"params", {{"again", 7}}}});
        return made;
    }
    std::size_t at = 0;
    while (at < steps.size() && steps[at].name != question.path)
        ++at;
    const auto tag = question.path + "_" + std::to_string(question.generation) + "_" + std::to_string(question.handled);
    const bool parallel = question.workflow->execution == Execution::parallel;
    std::vector<std::string> to_come;
    for (auto i = at + 1; i < steps.size(); ++i)
        if (std::ranges::find(question.gone, steps[i].name) == question.gone.end())
            to_come.push_back(steps[i].name);
    const bool later = !to_come.empty();
    const auto draw = chance.below(100);
    if (draw < 20) {
        made.push_back(json::object{{"spawn", "spawn_" + tag}, {"workflow", script.workflows.back().name}, {"params", {{"p2", chance.between(0, 9)}}}});
    } else if (parallel || question.handled > 0) {
        return made;
    } else if (draw < 45 && later) {
        made.push_back(json::object{{"insert_after", question.path}, {"step", simple_step("x_" + tag, chance)}});
    } else if (draw < 60 && later) {
        made.push_back(json::object{{"insert_before", chance.of(to_come)}, {"step", simple_step("x_" + tag, chance)}});
    } else if (draw < 75 && later) {
        made.push_back(json::object{{"skip", json::array{json::value(chance.of(to_come))}}, {"reason", "not now"}});
    } else if (draw < 85 && later) {
        const auto& name = chance.of(to_come);
        auto step = simple_step(name, chance); // the same name, so that whoever jumps to it or looks at it still may
        made.push_back(json::object{{"replace", name}, {"step", std::move(step)}});
    } else if (draw < 93) {
        std::vector<std::string> names;
        for (const auto& name : question.ended)
            if (name != question.path && is_work(find_step(*question.workflow, name)))
                names.push_back(name);
        if (!names.empty())
            made.push_back(json::object{{"retry", chance.of(names)}, {"params", {{"again", 1}}}});
    } else if (question.chain_no < 3 && question.salt == mixed(script.seed)) {
        made.push_back(json::object{{"continue_as_new", {{"p2", question.chain_no}}}});
    }
    return made;
}

} // namespace

bool is_inserted(std::string_view name) { return name.starts_with("x_"); }

json::object handed(const Step& step, const json::object& params, const json::object& config, bool in_item) {
    json::object all{{"config", config}};
    json::object own;
    for (const auto& member : step.params)
        if (const auto* value = params.if_contains(member.key()))
            own[member.key()] = *value;
    for (const auto* name : {"p1", "again"})
        if (const auto* value = params.if_contains(name))
            own[name] = *value;
    if (in_item)
        for (const auto* name : {"item", "week", "item_index"})
            if (const auto* value = params.if_contains(name))
                own[name] = *value;
    all["params"] = std::move(own);
    return all;
}

Script::Script(std::uint64_t seed_) : seed{seed_} {
    Chance chance{mixed(seed, "script")};
    calm = chance.percent(10);
    Workflow last = Author{chance, calm, {}}.write("last", 4);
    Workflow middle = Author{chance, calm, {"last"}}.write("middle", 5);
    Workflow first = Author{chance, calm, {"middle", "last"}}.write("first", 12);
    workflows = {std::move(first), std::move(middle), std::move(last)};
    for (auto& one : workflows) {
        texts.push_back(write_workflow(one, Spelling::flat));
        auto read = read_workflow(texts.back(), one.name);
        if (const auto* faults = std::get_if<Diagnostics>(&read))
            throw std::logic_error{"the script wrote what cannot be read: " + faults->front().message + "\n" + texts.back()};
        auto definition = std::make_shared<const Definition>(std::move(std::get<Definition>(read))); // shared: as run::Children has it
        one = definition->workflow;
        if (one.name == "first")
            main = definition;
        else
            children.emplace(one.name, definition);
    }
}

run::StepEnd Script::result(const Question& question, const json::object& handed) const {
    auto key = mixed(mixed(mixed(question.salt, question.path), static_cast<std::uint64_t>(question.generation)), static_cast<std::uint64_t>(question.handled));
    Chance chance{key};
    run::StepEnd end;
    const bool pipeline = std::holds_alternative<PipelineStep>(question.step->kind);
    const auto fails = calm || question.handler || question.handled > 3 ? 0U : question.handled > 0 ? 40U : 16U;
    if (chance.percent(fails)) {
        end.status = run::StepStatus::failed;
        end.failure = failure_of(chance);
        return end;
    }
    end.status = run::StepStatus::completed;
    const auto value = static_cast<std::int64_t>(mixed(key, workflow::json_text(handed)) % 1000);
    end.output = {{"v", value}};
    const auto bare = question.path.substr(question.path.rfind('/') + 1);
    if (chance.percent(30))
        end.updates = {{"u_" + bare, value}};
    if (pipeline && chance.percent(15)) {
        end.status = run::StepStatus::skipped;
        end.reason = "done already";
    }
    if (pipeline)
        end.output = run::step_output(std::move(end.output), end.status == run::StepStatus::skipped, end.reason);
    const bool root = question.path.find('/') == std::string::npos;
    if (!pipeline && root && !is_inserted(question.path) && chance.percent(question.handler ? 40 : 14))
        end.requests = requests_of(question, *this, chance);
    return end;
}

} // namespace spine::test::sim
