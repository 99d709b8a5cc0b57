#include "workflow/course.hpp"

#include "workflow/json.hpp"
#include "workflow/read_workflow_steps.hpp"
#include "workflow/weight.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace spine::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 64;
constexpr std::size_t step_weight_max = std::size_t{256} << 10;
constexpr std::size_t params_weight_max = std::size_t{1} << 20;

bool too_deep(const json::value& value) {
    std::vector<std::pair<const json::value*, std::size_t>> open{{&value, 0}};
    while (!open.empty()) {
        const auto [next, depth] = open.back();
        open.pop_back();
        if (depth > depth_max)
            return true;
        if (const auto* const list = next->if_array())
            for (const auto& item : *list)
                open.emplace_back(&item, depth + 1);
        if (const auto* const object = next->if_object())
            for (const auto& member : *object)
                open.emplace_back(&member.value(), depth + 1);
    }
    return false;
}

/// The value as the nodes that the reader of YAML knows; no deeper than `depth_max`.
const YamlNode* node_of(YamlDocument& document, const json::value& value) {
    auto& node = document.add();
    switch (value.kind()) {
    case json::kind::null: break;
    case json::kind::string:
        node.kind = YamlNode::Kind::quoted;
        node.text = std::string_view{value.get_string()};
        break;
    case json::kind::array:
        node.kind = YamlNode::Kind::list;
        for (const auto& item : value.get_array())
            node.items.push_back(node_of(document, item));
        break;
    case json::kind::object:
        node.kind = YamlNode::Kind::mapping;
        for (const auto& member : value.get_object())
            node.members.push_back({std::string{member.key()}, {}, node_of(document, member.value())});
        break;
    default:
        node.kind = YamlNode::Kind::plain;
        node.text = json_text(value);
    }
    return &node;
}

/// A text without what would spoil a message.
std::string shown(std::string_view text) {
    auto out = quoted(text);
    std::ranges::replace_if(out, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
    return out;
}

struct Verb {
    std::string_view name;
    std::string_view other; ///< members that may stand beside it
    std::string_view more;
    std::string_view form;
    std::string_view hosts{}; ///< one that the host adds
};
constexpr std::array verbs{
    Verb{"skip", "reason", "", R"(write {"skip": ["STEP"], "reason": "…"})"},
    Verb{"insert_before", "step", "", R"(write {"insert_before": "STEP", "step": {…}})"},
    Verb{"insert_after", "step", "", R"(write {"insert_after": "STEP", "step": {…}})"},
    Verb{"replace", "step", "", R"(write {"replace": "STEP", "step": {…}})"},
    Verb{"retry", "params", "", R"(write {"retry": "STEP", "params": {…}})"},
    Verb{"spawn", "workflow", "params", R"(write {"spawn": "NAME", "workflow": "WORKFLOW", "params": {…}})", "run_id"},
    Verb{"continue_as_new", "", "", R"(write {"continue_as_new": {…}})"},
};

/// Reads one request and notes what is wrong with it.
class RequestReader {
public:
    RequestReader(const json::object& request, std::string where, Diagnostics& faults)
        : request_{request}, where_{std::move(where)}, faults_{faults} {}

    std::optional<CourseRequest> read() {
        const auto before = faults_.size();
        const auto* const verb = the_verb();
        if (verb == nullptr)
            return std::nullopt;
        tell_others(*verb);
        auto made = make(*verb);
        return faults_.size() == before ? std::optional{std::move(made)} : std::nullopt;
    }

private:
    void fault(std::string message, std::string hint) { faults_.push_back({where_, std::move(message), std::move(hint), 0, 0}); }

    const Verb* the_verb() {
        const Verb* found = nullptr;
        for (const auto& verb : verbs) {
            if (!request_.contains(verb.name))
                continue;
            if (found != nullptr) {
                fault("'" + std::string{found->name} + "' and '" + std::string{verb.name} + "' stand in one request", "make two requests of it");
                return nullptr;
            }
            found = &verb;
        }
        if (found == nullptr) {
            std::vector<std::string> names;
            std::string all;
            for (const auto& verb : verbs) {
                names.emplace_back(verb.name);
                all += (all.empty() ? "" : ", ") + names.back();
            }
            const auto meant = request_.empty() || request_.size() > 10 ? std::string{} : nearest(request_.begin()->key(), names);
            fault("nothing says what is asked for", meant.empty() ? "known are " + all : "did you mean '" + meant + "'?");
        }
        return found;
    }
    void tell_others(const Verb& verb) {
        constexpr std::size_t told_max = 10;
        std::size_t told = 0;
        for (const auto& member : request_) {
            const std::string_view name = member.key();
            if (name != verb.name && name != verb.other && name != verb.more && name != verb.hosts && ++told <= told_max)
                fault("'" + std::string{verb.name} + "': unknown field " + shown(name), std::string{verb.form});
        }
    }

    CourseRequest make(const Verb& verb) {
        if (verb.name == "skip")
            return SkipSteps{skipped(verb), text(verb, "reason", false)};
        if (verb.name == "insert_before" || verb.name == "insert_after")
            return InsertStep{text(verb, verb.name, true), verb.name == "insert_before", step(verb)};
        if (verb.name == "replace")
            return ReplaceStep{text(verb, verb.name, true), step(verb)};
        if (verb.name == "retry")
            return RetryStep{text(verb, verb.name, true), params(verb, "params")};
        if (verb.name == "spawn")
            return SpawnRun{text(verb, verb.name, true), text(verb, "workflow", true), params(verb, "params"), text(verb, "run_id", false)};
        return ContinueAsNew{params(verb, verb.name)};
    }

    std::string text(const Verb& verb, std::string_view name, bool needed) {
        const auto* const value = request_.if_contains(name);
        const auto* const text = value == nullptr ? nullptr : value->if_string();
        if (text != nullptr && (!text->empty() || !needed))
            return std::string{*text};
        if (needed || (value != nullptr && !value->is_null()))
            fault("'" + std::string{name} + "' is " + (value == nullptr ? "missing" : "no text, or an empty one"), std::string{verb.form});
        return {};
    }
    std::vector<std::string> skipped(const Verb& verb) {
        const auto& value = request_.at(verb.name);
        std::vector<std::string> names;
        if (value.is_string()) // one step is a list of one
            names.emplace_back(std::string_view{value.get_string()});
        for (const auto& item : value.is_array() ? value.get_array() : json::array{}) {
            if (!item.is_string()) {
                names.clear();
                break;
            }
            names.emplace_back(std::string_view{item.get_string()});
        }
        if (names.empty())
            fault("'skip' is no list of names of steps", std::string{verb.form});
        return names;
    }
    json::object params(const Verb& verb, std::string_view name) {
        const auto* const value = request_.if_contains(name);
        if (value == nullptr || value->is_null())
            return {};
        if (!value->is_object()) {
            fault("'" + std::string{name} + "' is no object", std::string{verb.form});
            return {};
        }
        if (weight(*value, params_weight_max) > params_weight_max || too_deep(*value)) {
            fault("'" + std::string{name} + "' holds more than 1 MiB, or is more than 64 levels deep", "hand on a name of the data, not the data");
            return {};
        }
        return value->get_object();
    }
    Step step(const Verb& verb) {
        const auto* const value = request_.if_contains("step");
        if (value == nullptr) {
            fault("'step' is missing", std::string{verb.form});
            return {};
        }
        auto read = read_step(*value);
        if (auto* const step = std::get_if<Step>(&read))
            return std::move(*step);
        for (auto& one : std::get<Diagnostics>(read))
            fault(std::move(one.message), std::move(one.hint));
        return {};
    }

    const json::object& request_;
    std::string where_;
    Diagnostics& faults_;
};

} // namespace

std::variant<Step, Diagnostics> read_step(const json::value& step) {
    if (weight(step, step_weight_max) > step_weight_max)
        return Diagnostics{{"step", "the step holds more than 256 KiB", "hand on a name of the data, not the data", 0, 0}};
    if (too_deep(step))
        return Diagnostics{{"step", "the step is more than 64 levels deep", "take it apart", 0, 0}};
    YamlDocument document;
    const std::string file = "step";
    Reading reading{{}, file, {}, {}, 1};
    auto made = read_step(reading, *node_of(document, step), "step");
    if (!reading.faults.empty() || !made) {
        constexpr std::size_t shown_max = 20;
        if (reading.faults.size() > shown_max)
            reading.faults.resize(shown_max);
        return std::move(reading.faults);
    }
    return *std::move(made);
}

std::variant<std::vector<CourseRequest>, Diagnostics> read_course(const json::array& requests) {
    if (requests.size() > requests_per_result_max)
        return Diagnostics{{"requests",
                            std::to_string(requests.size()) + " requests in one result; at most " + std::to_string(requests_per_result_max) + " are taken",
                            "ask for less at once, or spawn a workflow with a map",
                            0,
                            0}};
    Diagnostics faults;
    std::vector<CourseRequest> all;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto where = "requests[" + std::to_string(i) + "]";
        const auto* const object = requests[i].if_object();
        if (object == nullptr) {
            faults.push_back({where, "a request is an object, found is " + std::string{json::to_string(requests[i].kind())}, R"(write {"skip": ["STEP"]})", 0, 0});
            continue;
        }
        if (auto request = RequestReader{*object, where, faults}.read())
            all.push_back(*std::move(request));
    }
    if (!faults.empty())
        return faults;
    return all;
}

} // namespace spine::workflow
