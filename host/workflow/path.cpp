#include "workflow/catalogue.hpp"
#include "workflow/expression.hpp"
#include "workflow/weight.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace spine::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 64;
constexpr std::size_t weight_max = std::size_t{4} << 20;

bool is_plain(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    });
}

std::string quoted(std::string_view name) {
    std::string out = "'";
    for (const char c : name) {
        if (c == '\n' || c == '\t') {
            out += c == '\n' ? "\\n" : "\\t";
            continue;
        }
        if (c == '\'' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "'";
}

using Step = std::variant<std::string, std::size_t>;
using Steps = std::vector<Step>;

const json::value* member(const json::value& value, const Step& step) {
    if (const auto* const name = std::get_if<std::string>(&step)) {
        const auto* const object = value.if_object();
        return object == nullptr ? nullptr : object->if_contains(*name);
    }
    const auto* const list = value.if_array();
    return list == nullptr ? nullptr : list->if_contains(std::get<std::size_t>(step));
}

/// Where a path leads, and how many of its steps there are.
struct Found {
    const json::value* value = nullptr;
    std::size_t steps = 0;
};

const json::object* object_in(const json::object* settings, std::string_view name) {
    const auto* const there = settings == nullptr ? nullptr : settings->if_contains(name);
    return there == nullptr ? nullptr : there->if_object();
}

/// Where the first name behind a root is looked for, in this order; null: nowhere.
struct Roots {
    const json::object* first = nullptr;
    const json::object* second = nullptr;
};
Roots roots_of(const Steps& steps, const Scope& scope) {
    const auto* const root = steps.empty() ? nullptr : std::get_if<std::string>(&steps.front());
    if (root == nullptr)
        return {};
    if (*root == "params")
        return {scope.item_params, &scope.params};
    if (*root == "outputs")
        return {scope.item_outputs, &scope.outputs};
    if (*root == "flags" || *root == "config")
        return {nullptr, object_in(scope.settings, *root)};
    return {};
}

/// Names of the configuration hold dots: the longest one that is there counts. With how many steps make it up.
Found configured(const Steps& steps, const json::object& config) {
    constexpr std::size_t parts_max = 16;
    std::string name;
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i < steps.size() && i <= parts_max && std::holds_alternative<std::string>(steps[i]); ++i) {
        name += (i == 1 ? "" : ".") + std::get<std::string>(steps[i]);
        ends.push_back(name.size());
    }
    for (auto parts = ends.size(); parts > 0; --parts)
        if (const auto* const there = config.if_contains(std::string_view{name}.substr(0, ends[parts - 1])))
            return {there, parts};
    return {nullptr, 1};
}

Found follow(const Steps& steps, const Scope& scope) {
    if (steps.size() == 1 && steps.front() == Step{"env"})
        return {scope.settings == nullptr ? nullptr : scope.settings->if_contains("env"), 1};
    const auto roots = roots_of(steps, scope);
    const auto* const first = steps.size() < 2 ? nullptr : std::get_if<std::string>(&steps[1]);
    if (first == nullptr)
        return {nullptr, 1};
    Found found{nullptr, 1};
    if (steps.front() == Step{"config"} && roots.second != nullptr)
        found = configured(steps, *roots.second);
    for (const auto* root : {roots.first, roots.second})
        if (found.value == nullptr && root != nullptr)
            found.value = root->if_contains(*first);
    while (found.value != nullptr && ++found.steps < steps.size())
        found.value = member(*found.value, steps[found.steps]);
    return found;
}

bool is_name(const Step& step, std::string_view name) {
    const auto* const text = std::get_if<std::string>(&step);
    return text != nullptr && *text == name;
}

/// The seeds' way of writing a pipeline's numbers: the same path without `pipeline_result.metrics`.
std::optional<Steps> without_metrics(const Steps& steps) {
    constexpr std::size_t field = 4;
    if (steps.size() <= field || !is_name(steps[0], "outputs") || !is_name(steps[2], "pipeline_result") ||
        !is_name(steps[3], "metrics"))
        return std::nullopt;
    Steps out{steps[0], steps[1]};
    out.insert(out.end(), steps.begin() + field, steps.end());
    if (is_name(out[2], "rows"))
        out[2] = "row_count";
    return out;
}

/// Names the nearest of what stands where the path ends.
ExpressionFault nothing_there(const Path& path, const Scope& scope) {
    ExpressionFault fault{path.text() + " names nothing", {}, path.column};
    const auto found = follow(path.steps, scope);
    const auto* const wrong = found.steps < path.steps.size() ? std::get_if<std::string>(&path.steps[found.steps]) : nullptr;
    if (wrong == nullptr)
        return fault;
    constexpr std::size_t names_max = 1000;
    std::vector<std::string> candidates;
    const auto add = [&](const json::object* names) {
        if (names != nullptr && names->size() <= names_max)
            for (const auto& [name, value] : *names)
                candidates.emplace_back(name);
    };
    if (found.steps > 1) {
        const Steps there(path.steps.begin(), path.steps.begin() + static_cast<std::ptrdiff_t>(found.steps));
        add(follow(there, scope).value->if_object());
    } else {
        const auto roots = roots_of(path.steps, scope);
        add(roots.first);
        add(roots.second);
    }
    if (auto meant = nearest(*wrong, candidates); !meant.empty()) {
        auto better = path;
        better.steps[found.steps] = std::move(meant);
        fault.hint = "did you mean " + better.text() + "?";
    }
    return fault;
}

/// Pushes what `value` holds, so that the first is on top; loops of our own, because recursion takes kilobytes a level under sanitizers.
template <class Value> void open_children(Value& value, std::size_t depth, std::vector<std::pair<Value*, std::size_t>>& open) {
    const auto first = static_cast<std::ptrdiff_t>(open.size());
    if (auto* const list = value.if_array())
        for (auto& item : *list)
            open.emplace_back(&item, depth + 1);
    if (auto* const object = value.if_object())
        for (auto& member : *object)
            open.emplace_back(&member.value(), depth + 1);
    std::reverse(open.begin() + first, open.end());
}

bool too_deep(const json::value& value) {
    std::vector<std::pair<const json::value*, std::size_t>> open{{&value, 0}};
    while (!open.empty()) {
        const auto [next, depth] = open.back();
        open.pop_back();
        if (depth > depth_max)
            return true;
        open_children(*next, depth, open);
    }
    return false;
}

/// Puts in place of `text`, if it is a path, what it names; `left` is the weight that may still be copied.
std::optional<ExpressionFault> put_in(json::value& text, const Scope& scope, std::size_t& left) {
    if (!text.get_string().starts_with('$'))
        return std::nullopt;
    const auto parsed = parse_path(text.get_string());
    const auto* const path = std::get_if<Path>(&parsed);
    if (path == nullptr)
        return std::nullopt;
    const auto* const there = find(*path, scope);
    if (there == nullptr)
        return nothing_there(*path, scope);
    const auto size = weight(*there, left);
    if (size > left)
        return ExpressionFault{path->text() + ": the values that paths name here hold more than 4 MiB", "name less of it", 1};
    left -= size;
    text = *there;
    return std::nullopt;
}

} // namespace

std::string Path::text() const {
    std::string out = "$";
    for (const auto& step : steps) {
        const auto* const name = std::get_if<std::string>(&step);
        if (name == nullptr)
            out += "[" + std::to_string(std::get<std::size_t>(step)) + "]";
        else if (is_plain(*name))
            out += "." + *name;
        else
            out += "[" + quoted(*name) + "]";
    }
    return out;
}

bool is_path(std::string_view text) {
    return text.starts_with('$') && std::holds_alternative<Path>(parse_path(text));
}

const json::value* find(const Path& path, const Scope& scope) {
    if (const auto found = follow(path.steps, scope); found.value != nullptr)
        return found.value;
    if (path.bare && is_name(path.steps.back(), "env"))
        return follow({Step{"env"}}, scope).value;
    static const json::value off;
    if (path.steps.size() == 2 && is_name(path.steps[0], "flags"))
        return &off;
    const auto shorter = without_metrics(path.steps);
    if (!shorter)
        return nullptr;
    // What `metrics` itself has is never mixed with the step's own output.
    const Steps metric(path.steps.begin(), path.steps.begin() + 5);
    return follow(metric, scope).value != nullptr ? nullptr : follow(*shorter, scope).value;
}

std::variant<json::value, ExpressionFault> substituted(const json::value& value, const Scope& scope) {
    if (too_deep(value))
        return ExpressionFault{"the value is more than 64 levels deep", {}, 1};
    auto out = value;
    std::size_t left = weight_max;
    std::vector<std::pair<json::value*, std::size_t>> open{{&out, 0}};
    while (!open.empty()) {
        const auto [next, depth] = open.back();
        open.pop_back();
        if (!next->is_string())
            open_children(*next, depth, open);
        else if (auto fault = put_in(*next, scope, left))
            return *std::move(fault);
    }
    return out;
}

} // namespace spine::workflow
