#include "workflow/validate_check.hpp"

#include <algorithm>
#include <tuple>

namespace spine::workflow {
namespace {

void add_paths(std::vector<Reference>& all, const boost::json::value& value, const std::string& field) {
    if (value.is_string()) {
        const std::string_view text{value.get_string().data(), value.get_string().size()};
        if (!text.starts_with('$') || !is_path(text))
            return;
        auto path = parse_path(text);
        all.push_back({std::move(std::get<Path>(path)), field});
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.get_array().size(); ++i)
            add_paths(all, value.get_array()[i], field + "/" + std::to_string(i));
    } else if (value.is_object()) {
        for (const auto& [name, inner] : value.get_object())
            add_paths(all, inner, field + "/" + std::string{name});
    }
}

void add_condition(std::vector<Reference>& all, const std::string& condition, const std::string& field) {
    if (condition.empty())
        return;
    const auto parsed = parse_expression(condition);
    if (const auto* expression = std::get_if<Expression>(&parsed))
        for (auto& path : paths_of(*expression))
            all.push_back({path, field});
}

/// In the order of the text. What else is found at the place of a fault of form is its echo, and no warning is worth telling before it is mended.
void add_faults_of_form(Validation& found, const Diagnostics& faults) {
    // What has no place counts the rest, and stands last.
    const auto place = [](const Diagnostic& one) { return std::tuple{one.line == 0, one.line, one.column}; };
    std::erase_if(found.errors, [&](const Diagnostic& error) {
        return std::ranges::any_of(faults, [&](const Diagnostic& fault) { return place(fault) == place(error); });
    });
    found.errors.insert(found.errors.end(), faults.begin(), faults.end());
    std::ranges::stable_sort(found.errors, {}, place);
    found.warnings.clear();
}

} // namespace

Diagnostic Check::diagnostic(std::string_view path, std::string message, std::string hint) const {
    Diagnostic made{definition.file, std::move(message), std::move(hint), 0, 0};
    while (!path.empty()) {
        if (const auto found_at = definition.places.find(path); found_at != definition.places.end()) {
            made.line = found_at->second.line;
            made.column = found_at->second.column;
            break;
        }
        const auto slash = path.rfind('/');
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
    }
    return made;
}

void Check::error(std::string_view path, std::string message, std::string hint) {
    if (full())
        ++errors_more_;
    else
        found.errors.push_back(diagnostic(path, std::move(message), std::move(hint)));
}

void Check::warning(std::string_view path, std::string message, std::string hint) {
    if (found.warnings.size() >= shown_max)
        ++warnings_more_;
    else
        found.warnings.push_back(diagnostic(path, std::move(message), std::move(hint)));
}

std::string Check::nearest_of(std::string_view name, const std::vector<std::string>& candidates) {
    constexpr std::size_t compared_max = 100'000; // in all, for 100 faults in a workflow of 10,000 steps
    compared_ += candidates.size();
    return full() || compared_ > compared_max ? std::string{} : nearest(name, candidates);
}

std::string Check::slip_of(std::string_view name, const std::vector<std::string>& candidates) {
    constexpr std::size_t long_name = 8;
    const std::size_t most = name.size() < long_name ? 1 : 2;
    auto meant = nearest_of(name, candidates);
    return !meant.empty() && distance(name, meant) <= most ? meant : std::string{};
}

Validation Check::finished() {
    const auto in_order = [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair{a.line, a.column} < std::pair{b.line, b.column};
    };
    const auto finish = [&](Diagnostics& list, std::size_t more, const char* word) {
        std::ranges::stable_sort(list, in_order);
        if (more > 0)
            list.push_back({definition.file, "and " + std::to_string(more) + " more " + word, "repair these first", 0, 0});
    };
    finish(found.errors, errors_more_, "faults");
    finish(found.warnings, warnings_more_, "warnings");
    return std::move(found);
}

const Pipeline* Check::pipeline(const std::string& name) {
    const auto [at, fresh] = pipelines_.try_emplace(name, nullptr);
    if (fresh)
        at->second = catalogue.find_pipeline(name);
    return at->second;
}

const Handler* Check::handler(const std::string& name) {
    const auto [at, fresh] = handlers_.try_emplace(name, nullptr);
    if (fresh)
        at->second = catalogue.find_handler(name);
    return at->second;
}

bool is_of_item(std::string_view name, const std::vector<std::string>& items) {
    return !items.empty() && (name == "item_index" || std::ranges::find(items, name) != items.end());
}

std::string named(const Step& step) { return "step '" + step.name + "'"; }

std::optional<Type> type_of_value(const boost::json::value& value) {
    switch (value.kind()) {
    case boost::json::kind::null: return std::nullopt;
    case boost::json::kind::bool_: return Type::boolean;
    case boost::json::kind::int64:
    case boost::json::kind::uint64: return Type::integer;
    case boost::json::kind::double_: return Type::real;
    case boost::json::kind::string: return Type::text;
    case boost::json::kind::array:
    case boost::json::kind::object: break;
    }
    return Type::json;
}

bool has_path(const boost::json::value& value) {
    std::vector<Reference> all;
    add_paths(all, value, {});
    return !all.empty();
}

std::optional<ExpressionFault> unrooted(std::string_view text) {
    const auto begins_name = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    if (!text.starts_with("$.") || text.size() < 3 || !begins_name(text[2])) // "$.50" is a price
        return std::nullopt;
    if (text.starts_with("$.params") || text.starts_with("$.outputs") || !is_path("$.params." + std::string{text.substr(2)}))
        return std::nullopt; // with a root the reader has told what is wrong
    auto parsed = parse_path(text);
    if (auto* fault = std::get_if<ExpressionFault>(&parsed))
        return std::move(*fault);
    return std::nullopt;
}

Bound bind_one(Parameter parameter, const boost::json::value& value) {
    boost::json::object given;
    given.emplace(parameter.name, value);
    parameter.required = parameter.required && !value.is_null(); // a required text must not be empty
    parameter.otherwise.reset();
    return bind({std::move(parameter)}, given);
}

std::vector<Reference> references_of(const Step& step, const std::string& path) {
    std::vector<Reference> all;
    add_condition(all, step.when, path + "/when");
    if (const auto* choice = std::get_if<ChoiceStep>(&step.kind))
        add_condition(all, choice->condition, path + "/condition");
    add_paths(all, step.params, path + "/params");
    add_paths(all, step.config, path + "/config");
    if (const auto* map = std::get_if<MapStep>(&step.kind)) {
        add_paths(all, map->items, path + "/items");
        if (map->partition_by)
            add_paths(all, *map->partition_by, path + "/partition_by");
    }
    if (const auto* approval = std::get_if<ApprovalStep>(&step.kind))
        for (std::size_t i = 0; i < approval->context_fields.size(); ++i) {
            const auto& field = approval->context_fields[i];
            const auto where = path + "/context_fields/" + std::to_string(i);
            if (auto parsed = parse_path(field); std::holds_alternative<Path>(parsed))
                all.push_back({std::get<Path>(std::move(parsed)), where});
            else
                add_condition(all, field, where);
        }
    if (const auto* wait = std::get_if<WaitStep>(&step.kind)) {
        if (wait->seconds)
            add_paths(all, *wait->seconds, path + "/seconds");
        if (wait->until)
            add_paths(all, *wait->until, path + "/until");
    }
    return all;
}

Validation validate(const Definition& definition, const Catalogue& catalogue, const Around& around) {
    if (!definition.faults.empty() && definition.workflow.steps.empty())
        return {definition.faults, {}}; // there is nothing that could be judged
    Check check{definition, catalogue, around};
    check_order(check);
    check_operations(check);
    check_references(check);
    check_policy(check);
    check_children(check);
    check_secrets(check);
    check_flags(check);
    check_habits(check);
    auto found = check.finished();
    if (!definition.faults.empty())
        add_faults_of_form(found, definition.faults);
    return found;
}

} // namespace spine::workflow
