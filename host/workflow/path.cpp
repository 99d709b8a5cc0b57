#include "workflow/catalogue.hpp"
#include "workflow/expression.hpp"
#include "workflow/weight.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <optional>

namespace spine::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 64;
constexpr std::size_t weight_max = 4 * 1024 * 1024;

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

const json::object* root_of(const Steps& steps, const Scope& scope) {
    const auto* const root = steps.empty() ? nullptr : std::get_if<std::string>(&steps.front());
    if (root == nullptr)
        return nullptr;
    return *root == "params" ? &scope.params : *root == "outputs" ? &scope.outputs : nullptr;
}

Found follow(const Steps& steps, const Scope& scope) {
    const auto* const root = root_of(steps, scope);
    const auto* const first = steps.size() < 2 ? nullptr : std::get_if<std::string>(&steps[1]);
    if (root == nullptr || first == nullptr)
        return {nullptr, 1};
    const auto* value = root->if_contains(*first);
    std::size_t taken = 1;
    for (; value != nullptr && ++taken < steps.size();)
        value = member(*value, steps[taken]);
    return {value, taken};
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
    const auto* names = root_of(path.steps, scope);
    if (found.steps > 1) {
        const Steps there(path.steps.begin(), path.steps.begin() + static_cast<std::ptrdiff_t>(found.steps));
        names = follow(there, scope).value->if_object();
    }
    constexpr std::size_t names_max = 1000;
    std::vector<std::string> candidates;
    if (names != nullptr && names->size() <= names_max)
        for (const auto& [name, value] : *names)
            candidates.emplace_back(name);
    if (auto meant = nearest(*wrong, candidates); !meant.empty()) {
        auto better = path;
        better.steps[found.steps] = std::move(meant);
        fault.hint = "did you mean " + better.text() + "?";
    }
    return fault;
}

class Substitution {
public:
    explicit Substitution(const Scope& scope) : scope_{scope} {}

    json::value of(const json::value& value, std::size_t depth) {
        if (fault || depth > depth_max) {
            refuse({"the value is more than 64 levels deep", {}, 1});
            return nullptr;
        }
        if (const auto* const text = value.if_string())
            return of_text(value, *text);
        if (const auto* const list = value.if_array()) {
            json::array out;
            out.reserve(list->size());
            for (const auto& item : *list)
                out.push_back(of(item, depth + 1));
            return out;
        }
        if (const auto* const object = value.if_object()) {
            json::object out;
            for (const auto& [name, item] : *object)
                out.emplace(name, of(item, depth + 1));
            return out;
        }
        return value;
    }

    std::optional<ExpressionFault> fault;

private:
    json::value of_text(const json::value& value, std::string_view text) {
        if (!text.starts_with('$'))
            return value;
        const auto parsed = parse_path(text);
        const auto* const path = std::get_if<Path>(&parsed);
        if (path == nullptr)
            return value;
        const auto* const there = find(*path, scope_);
        if (there == nullptr) {
            refuse(nothing_there(*path, scope_));
            return nullptr;
        }
        const auto size = weight(*there, left_);
        if (size > left_) {
            refuse({path->text() + ": the values that paths name here hold more than 4 MiB", "name less of it", 1});
            return nullptr;
        }
        left_ -= size;
        return *there;
    }
    void refuse(ExpressionFault found) {
        if (!fault)
            fault = std::move(found);
    }

    const Scope& scope_;
    std::size_t left_ = weight_max;
};

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
    const auto shorter = without_metrics(path.steps);
    if (!shorter)
        return nullptr;
    // What `metrics` itself has is never mixed with the step's own output.
    const Steps metric(path.steps.begin(), path.steps.begin() + 5);
    return follow(metric, scope).value != nullptr ? nullptr : follow(*shorter, scope).value;
}

std::variant<json::value, ExpressionFault> substituted(const json::value& value, const Scope& scope) {
    Substitution substitution{scope};
    auto out = substitution.of(value, 0);
    if (substitution.fault)
        return *std::move(substitution.fault);
    return out;
}

} // namespace spine::workflow
