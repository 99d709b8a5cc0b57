#include "workflow/validate_check.hpp"

#include "workflow/literal.hpp"
#include "workflow/read_workflow_fields.hpp"
#include "workflow/secret.hpp"

#include <algorithm>

namespace spine::workflow {
namespace {

std::vector<std::string> names_of(const std::vector<Parameter>& table) {
    std::vector<std::string> names;
    for (const auto& parameter : table)
        names.push_back(parameter.name);
    return names;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

bool domain_is_loaded(const Catalogue& catalogue, std::string_view operation) {
    for (auto dot = operation.rfind('.'); dot != std::string_view::npos && dot > 0; dot = operation.rfind('.', dot - 1))
        if (catalogue.find_domain(operation.substr(0, dot)) != nullptr)
            return true;
    return false;
}

/// An operation that no plugin offers.
void tell_unknown(Check& check, const std::string& path, const std::string& what, const std::string& name, const std::string& meant, const std::string& list) {
    const auto dot = name.find('.');
    if (!meant.empty())
        check.error(path, what + " '" + name + "' is unknown", "did you mean '" + meant + "'?");
    else if (dot != std::string::npos && !domain_is_loaded(check.catalogue, name))
        check.error(path, what + " '" + name + "' is unknown: no loaded plugin brings a domain that begins it",
                    "put the plugin's file into the plugins folder, or name that folder with --plugins");
    else
        check.error(path, what + " '" + name + "' is unknown", list);
}

std::string nearest_handler(Check& check, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& plugin : check.catalogue.plugins)
        for (const auto& handler : plugin.handlers)
            names.push_back(handler.name);
    return check.nearest_of(name, names);
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_stage_name(std::string_view name) {
    constexpr std::size_t bytes_max = 64;
    return !name.empty() && name.size() <= bytes_max && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

/// What `-p NAME=VALUE` and a path can say; as long as a plugin's own names may be.
bool is_parameter_name(std::string_view name) {
    constexpr std::size_t bytes_max = 256;
    return !name.empty() && name.size() <= bytes_max && (is_letter(name.front()) || name.front() == '_') &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

/// For a message: without control characters, cut when it is long.
std::string shown(std::string_view text) {
    auto out = quoted(text);
    std::ranges::replace_if(out, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
    return out;
}

bool is_secret(const boost::json::value& value) {
    return value.is_string() && means_secret({value.get_string().data(), value.get_string().size()});
}

/// Values that are written, not looked up, beside the table of the operation that takes them.
void check_values(Check& check, const boost::json::object& values, const std::vector<Parameter>& table, const std::string& path,
                  const std::string& what, const std::string& operation) {
    for (const auto& [key, value] : values) {
        const std::string name{key};
        const auto row = std::ranges::find(table, name, &Parameter::name);
        const auto where = path + "/" + name;
        if (row == table.end()) {
            const auto names = names_of(table);
            const auto meant = check.nearest_of(name, names);
            check.error(where, what + ": '" + operation + "' takes no '" + name + "'",
                        !meant.empty()  ? "did you mean '" + meant + "'?"
                        : names.empty() ? "leave it out: it takes nothing"
                                        : "known are " + joined(names));
            continue;
        }
        if (value.is_null() || has_path(value) || (value.is_string() && unrooted({value.get_string().data(), value.get_string().size()})))
            continue;
        if (is_secret(value)) {
            if (row->type != Type::text)
                check.error(where, what + ": '" + name + "' is of type " + std::string{to_text(row->type)} + ", and a secret is a text", "give it its value");
            continue; // what it stands for is nobody's to read; its form is looked at elsewhere
        }
        auto bound = bind_one(*row, value);
        if (const auto* faults = std::get_if<Diagnostics>(&bound))
            for (const auto& fault : *faults)
                check.error(where, what + ": '" + name + "' " + fault.message,
                            fault.hint.empty() ? "write a value of type " + std::string{to_text(row->type)} : fault.hint);
    }
}

void check_pipeline(Check& check, const Step& step, const PipelineStep& own, const std::string& path) {
    if (own.pipeline.empty() && !check.definition.faults.empty())
        return; // what the step is could not be read, which is told
    const auto* pipeline = check.pipeline(own.pipeline);
    if (pipeline == nullptr)
        return tell_unknown(check, path + "/pipeline", named(step) + ": pipeline", own.pipeline, check.full() ? std::string{} : check.catalogue.nearest_pipeline(own.pipeline),
                            "see spine pipeline list");
    check_values(check, step.config, pipeline->parameters, path + "/config", named(step), pipeline->name);
    check_values(check, step.params, pipeline->parameters, path + "/params", named(step), pipeline->name);
}

void check_lambda(Check& check, const Step& step, const LambdaStep& own, const std::string& path) {
    const auto* handler = check.handler(own.handler);
    if (handler == nullptr)
        return tell_unknown(check, path + "/handler", named(step) + ": handler", own.handler, nearest_handler(check, own.handler),
                            "see spine plugin show");
    check_values(check, step.config, handler->config, path + "/config", named(step), handler->name);
    for (const auto& parameter : handler->config) {
        const auto* value = step.config.if_contains(parameter.name);
        if (parameter.required && !parameter.otherwise && (value == nullptr || value->is_null()))
            check.error(path, named(step) + ": '" + handler->name + "' needs '" + parameter.name + "' in its config",
                        "write config: {" + parameter.name + ": " + std::string{to_text(parameter.type)} + "}");
    }
}

void check_names_of_defaults(Check& check) {
    for (const auto& [key, value] : check.definition.workflow.defaults)
        if (const std::string name{key}; !is_parameter_name(name))
            check.error("defaults/" + name, "default " + shown(name) + ": this is no name of a parameter",
                        "write letters, digits, _ and -, not beginning with a digit or -, such as min_rows");
}

/// Beside the first pipeline that would get it: the same that types it when a run begins.
void check_defaults(Check& check) {
    const auto& workflow = check.definition.workflow;
    std::map<std::string, std::pair<Parameter, std::string>> rows;
    each_step(workflow, [&](const Step& step, const std::string&) {
        const auto* own = std::get_if<PipelineStep>(&step.kind);
        const auto* pipeline = own == nullptr ? nullptr : check.pipeline(own->pipeline);
        if (pipeline == nullptr)
            return;
        for (const auto& parameter : pipeline->parameters)
            if (!step.params.contains(parameter.name))
                rows.try_emplace(parameter.name, parameter, pipeline->name);
    });
    for (const auto& [key, value] : workflow.defaults) {
        const auto row = rows.find(std::string{key});
        if (row == rows.end() || value.is_null())
            continue;
        const auto& [parameter, pipeline] = row->second;
        if (is_secret(value) && parameter.type == Type::text)
            continue;
        auto bound = bind_one(parameter, value);
        if (const auto* faults = std::get_if<Diagnostics>(&bound))
            for (const auto& fault : *faults)
                check.error("defaults/" + parameter.name, "default '" + parameter.name + "' of '" + pipeline + "' " + fault.message,
                            fault.hint.empty() ? "write a value of type " + std::string{to_text(parameter.type)} : fault.hint);
    }
}

} // namespace

void check_operation(Check& check, const Step& step, const std::string& path) {
    if (const auto* pipeline = std::get_if<PipelineStep>(&step.kind))
        check_pipeline(check, step, *pipeline, path);
    else if (const auto* lambda = std::get_if<LambdaStep>(&step.kind))
        check_lambda(check, step, *lambda, path);
    const auto stage = lower_case(step.stage);
    if (stage == "started" || stage == "completed")
        check.error(path + "/stage", named(step) + ": the stage '" + step.stage + "' is the run's own", "give the step's stage another name");
    if (!step.stage.empty() && !is_stage_name(step.stage))
        check.error(path + "/stage", named(step) + ": " + shown(step.stage) + " is no name of a stage",
                    "write letters, digits and _, beginning with a letter, at most 64, such as INGESTED");
    check_fields(check, step, path);
}

void check_operations(Check& check) {
    each_step(check.definition.workflow, [&](const Step& step, const std::string& path) { check_operation(check, step, path); });
    check_names_of_defaults(check);
    check_defaults(check);
}

} // namespace spine::workflow
