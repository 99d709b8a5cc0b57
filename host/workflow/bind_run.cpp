#include "workflow/core_schema.hpp"
#include "workflow/json.hpp"
#include "workflow/literal.hpp"
#include "workflow/validate_check.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace spine::workflow {
namespace {

/// The rows that type a run's parameters, and the names that somebody reads.
struct Reads {
    std::map<std::string, Parameter> rows; ///< of the first pipeline that gets the parameter from the run
    std::set<std::string> names;
    std::map<std::string, std::string> fixed; ///< names that steps give themselves, by one such step
};

Reads reads_of(const Workflow& workflow, const Catalogue& catalogue) {
    Reads reads;
    for (const auto& [name, value] : workflow.defaults)
        reads.names.insert(std::string{name});
    each_step_with_items(workflow, [&](const Step& step, const std::string&, const std::vector<std::string>& items) {
        const auto* own = std::get_if<PipelineStep>(&step.kind);
        const auto* pipeline = own == nullptr ? nullptr : catalogue.find_pipeline(own->pipeline);
        for (const auto& parameter : pipeline == nullptr ? std::vector<Parameter>{} : pipeline->parameters) {
            if (own_params(step).contains(parameter.name)) {
                reads.fixed.emplace(parameter.name, step.name);
                continue;
            }
            if (is_of_item(parameter.name, items))
                continue; // the item gives it
            reads.rows.try_emplace(parameter.name, parameter);
            reads.names.insert(parameter.name);
        }
        for (const auto& [path, field] : references_of(step, {}))
            if (path.steps.size() > 1 && std::holds_alternative<std::string>(path.steps[1]) && std::get<std::string>(path.steps[0]) == "params")
                if (const auto& name = std::get<std::string>(path.steps[1]); !is_of_item(name, items))
                    reads.names.insert(name);
    });
    return reads;
}

/// true, false, null and numbers as such; a number that would not be written the same way again is a text: 007. What begins and ends like a list,
/// an object or a text of JSON and is one, is what it says: "12" in quotation marks is a text.
boost::json::value as_written(const std::string& text) {
    if (text == "null")
        return nullptr;
    const auto enclosed = [&](char first, char last) { return text.size() > 1 && text.front() == first && text.back() == last; };
    if (enclosed('[', ']') || enclosed('{', '}') || enclosed('"', '"')) {
        auto json = read_literal(Type::json, text);
        return std::holds_alternative<Misfit>(json) ? boost::json::value(text) : std::get<boost::json::value>(std::move(json));
    }
    auto read = core_schema(text);
    const auto* value = std::get_if<boost::json::value>(&read);
    if (value == nullptr || value->is_null() || value->is_string())
        return boost::json::value(text);
    if (value->is_bool())
        return text == "true" || text == "false" ? *value : boost::json::value(text);
    if (value->is_double())
        return *value;
    return json_text(*value) == text ? *value : boost::json::value(text);
}

/// The run's parameters while they are put together.
struct Run {
    const Workflow& workflow;
    const Catalogue& catalogue;
    Reads reads;
    boost::json::object values{};
    Diagnostics faults{};

    void fault(const std::string& name, std::string message, std::string hint) {
        faults.push_back({"parameter '" + name + "'", std::move(message), std::move(hint), 0, 0});
    }

    void take(const std::string& name, Bound bound, Type type) {
        if (auto* found = std::get_if<Diagnostics>(&bound)) {
            for (auto& fault : *found) {
                if (fault.hint.empty())
                    fault.hint = "wanted is a value of type " + std::string{to_text(type)};
                faults.push_back(std::move(fault));
            }
            return;
        }
        const auto& made = std::get<boost::json::object>(bound);
        if (const auto* value = made.if_contains(name))
            values[name] = *value;
    }

    void take_defaults(const std::set<std::string>& given) {
        for (const auto& [key, value] : workflow.defaults) {
            const std::string name{key};
            if (value.is_null() || given.contains(name))
                continue;
            const auto row = reads.rows.find(name);
            if (row == reads.rows.end())
                values[name] = value;
            else
                take(name, bind_one(row->second, value), row->second.type);
        }
    }

    void take_given(const std::string& name, const std::string& text) {
        if (!reads.names.contains(name))
            return tell_unknown(name);
        Parameter row;
        row.name = name;
        if (const auto found = reads.rows.find(name); found != reads.rows.end()) {
            row = found->second;
            row.otherwise.reset();
        } else {
            const auto* otherwise = workflow.defaults.if_contains(name);
            const auto type = otherwise == nullptr ? std::nullopt : type_of_value(*otherwise);
            if (!type) {
                if (utf8_is_bad(text))
                    return fault(name, "is no text in UTF-8", "check the terminal's encoding");
                values[name] = as_written(text);
                return;
            }
            row.type = *type;
            if (const auto wrong = other_kind(*otherwise, text))
                return fault(name, *wrong, "its default is " + json_text(*otherwise));
        }
        take(name, bind({row}, Written{{name, text}}), row.type);
    }

    /// A default that is a list or an object wants the same.
    static std::optional<std::string> other_kind(const boost::json::value& otherwise, const std::string& text) {
        if (!otherwise.is_structured())
            return std::nullopt;
        const auto read = read_literal(Type::json, text);
        const auto* value = std::get_if<boost::json::value>(&read);
        if (value != nullptr && value->kind() == otherwise.kind())
            return std::nullopt;
        return otherwise.is_array() ? R"(is no list: write it as JSON, such as ["A","AA"])" : R"(is no object: write it as JSON, such as {"a":1})";
    }

    static bool utf8_is_bad(const std::string& text) {
        return std::holds_alternative<Misfit>(read_literal(Type::text, text));
    }

    void tell_unknown(const std::string& name) {
        if (const auto step = reads.fixed.find(name); step != reads.fixed.end())
            return fault(name, "is given by step '" + step->second + "' itself", "leave it out, or write $.params." + name + " into that step's params");
        const std::vector<std::string> names{reads.names.begin(), reads.names.end()};
        const auto meant = nearest(name, names);
        std::string all;
        for (const auto& one : names)
            all += (all.empty() ? "" : ", ") + one;
        fault(name, "is unknown",
              !meant.empty() ? "did you mean '" + meant + "'?" : all.empty() ? "the workflow takes no parameters" : "known are " + all);
    }

    /// What a pipeline requires and nothing before it can give. Only for steps that every run comes to, and only up to the first lambda, whose
    /// updates may give anything.
    void tell_missing(const std::set<std::string>& told_of) {
        std::set<std::string> there;
        for (const auto& member : values)
            there.insert(std::string{member.key()});
        std::size_t jumped_until = 0; ///< steps before this one may be jumped over
        std::set<std::string> told;
        for (std::size_t i = 0; i < workflow.steps.size(); ++i) {
            const auto& step = workflow.steps[i];
            const bool certain = i >= jumped_until && step.when.empty();
            const auto note = [&](const std::string& target) {
                for (auto to = i + 1; to < workflow.steps.size(); ++to)
                    if (workflow.steps[to].name == target)
                        jumped_until = std::max(jumped_until, to);
            };
            if (!step.next.empty())
                note(step.next);
            if (step.end)
                jumped_until = workflow.steps.size();
            if (const auto* choice = std::get_if<ChoiceStep>(&step.kind)) {
                note(choice->then_step);
                note(choice->else_step.value_or(""));
                continue;
            }
            const auto* own = std::get_if<PipelineStep>(&step.kind);
            if (own == nullptr)
                return; // a lambda's updates may give anything
            const auto* pipeline = catalogue.find_pipeline(own->pipeline);
            if (pipeline == nullptr)
                return;
            for (const auto& parameter : pipeline->parameters)
                if (certain && parameter.required && !parameter.otherwise && !own_params(step).contains(parameter.name) &&
                    !there.contains(parameter.name) && !told_of.contains(parameter.name) && told.insert(parameter.name).second)
                    fault(parameter.name, "is required by step '" + step.name + "'", hint_of(parameter));
            there.insert(pipeline->exports.begin(), pipeline->exports.end());
        }
    }

    static std::string hint_of(const Parameter& parameter) {
        std::string hint = "pass -p " + parameter.name + "=" + (parameter.allowed.empty() ? std::string{to_text(parameter.type)} : std::string{});
        for (std::size_t i = 0; i < parameter.allowed.size(); ++i)
            if (!parameter.allowed[i].empty())
                hint += (i == 0 ? "" : "|") + parameter.allowed[i].front();
        return hint + (parameter.description.empty() ? "" : " (" + parameter.description + ")");
    }
};

/// Names and texts of everything that is given to one run.
constexpr std::size_t given_bytes_max = std::size_t{1} << 20;

} // namespace

std::vector<std::string> parameters_read(const Workflow& workflow, const Catalogue& catalogue) {
    const auto reads = reads_of(workflow, catalogue);
    return {reads.names.begin(), reads.names.end()};
}

Bound bind_set(const Workflow& workflow, const Catalogue& catalogue, const Written& given, const boost::json::object& there) {
    Run run{workflow, catalogue, reads_of(workflow, catalogue)};
    for (const auto& member : there)
        run.reads.names.insert(std::string{member.key()});
    for (const auto& [name, text] : given)
        if (text.size() > given_bytes_max)
            run.fault(name, "is " + std::to_string(text.size()) + " bytes long, 1 MiB is allowed", "give the name of a file instead of what is in it");
        else
            run.take_given(name, text);
    if (!run.faults.empty())
        return std::move(run.faults);
    return std::move(run.values);
}

Bound bind_run(const Workflow& workflow, const Catalogue& catalogue, const Written& given) {
    Run run{workflow, catalogue, reads_of(workflow, catalogue)};
    std::size_t bytes = 0;
    for (const auto& [name, text] : given)
        bytes += name.size() + text.size();
    if (bytes > given_bytes_max) {
        const auto larger = [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); };
        run.fault(std::max_element(given.begin(), given.end(), larger)->first,
                  "is the largest of parameters of " + std::to_string(bytes) + " bytes together, 1 MiB is allowed",
                  "give the name of a file instead of what is in it");
        return std::move(run.faults);
    }
    std::set<std::string> names;
    for (const auto& [name, text] : given)
        names.insert(name);
    run.take_defaults(names);
    std::set<std::string> seen;
    for (const auto& [name, text] : given) {
        if (!seen.insert(name).second)
            run.fault(name, "is given twice", "give it once");
        else
            run.take_given(name, text);
    }
    for (const auto& [name, value] : workflow.defaults)
        if (!value.is_null())
            names.insert(std::string{name});
    run.tell_missing(names); // a fault of a value that is there is told already
    if (!run.faults.empty())
        return std::move(run.faults);
    boost::json::object sorted;
    std::map<std::string, boost::json::value> in_order;
    for (const auto& [name, value] : run.values)
        in_order.emplace(name, value);
    for (auto& [name, value] : in_order)
        sorted.emplace(name, std::move(value));
    return sorted;
}

} // namespace spine::workflow
