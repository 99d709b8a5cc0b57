#include "workflow/read_workflow.hpp"

#include "workflow/catalogue.hpp"
#include "workflow/read_workflow_steps.hpp"
#include "workflow/sha256.hpp"

#include <algorithm>

namespace spine::workflow {
namespace {

constexpr std::size_t faults_shown_max = 100;

/// name, domain, version, description, tags.
void read_metadata(Fields& fields, const YamlNode& node, Workflow& workflow) {
    static const std::string hint = "write letters, digits, _ and - joined by dots, such as finra.weekly_refresh, at most 200";
    workflow.name = fields.required_text("name", "DOMAIN.NAME");
    if (!workflow.name.empty() && !is_dotted_name(workflow.name))
        fields.fault(*node.find("name"), "name", "is no name of a workflow: " + quoted(workflow.name), hint);
    workflow.domain = fields.text({"domain"});
    if (!workflow.domain.empty() && !is_dotted_name(workflow.domain))
        fields.fault(*node.find("domain"), "domain", "is no name of a domain: " + quoted(workflow.domain), hint);
    workflow.description = fields.text({"description"});
    workflow.version = fields.natural({"version"}).value_or(1);
    workflow.tags = fields.texts({"tags"});
}

Concurrency read_concurrency(Reading& reading, const YamlNode& node, const std::string& path) {
    Fields fields{reading, node, "concurrency", path};
    Concurrency concurrency;
    concurrency.max_concurrent_runs = fields.natural({"max_concurrent_runs"});
    if (const auto index = fields.word({"on_conflict"}, {"queue", "skip", "cancel_existing"}))
        concurrency.on_conflict = static_cast<OnConflict>(*index);
    concurrency.queue_timeout_seconds = fields.number({"queue_timeout_seconds"}, Fields::Zero::allowed);
    fields.finish();
    return concurrency;
}

bool is_flag_name(std::string_view name) { return is_step_name(name) && name.find('-') == std::string_view::npos; }

std::map<std::string, bool> read_flags(Reading& reading, const YamlNode& node) {
    std::map<std::string, bool> flags;
    for (const auto& member : node.members) {
        const auto& value = *member.value;
        reading.note("flags/" + member.key, member.place);
        if (!is_flag_name(member.key))
            reading.fault(member.place, "flags: " + quoted(member.key) + " is no name of a flag", "write letters, digits and _, such as use_new_parser, at most 64");
        if (value.kind == YamlNode::Kind::plain && (value.text == "true" || value.text == "false"))
            flags.emplace(member.key, value.text == "true");
        else
            reading.fault(value.place, "flags: " + quoted(member.key) + " is a boolean, found is " + found(value), "write true or false, without quotes");
    }
    return flags;
}

/// Under `policy:`, and in the flat spelling beside the other fields as well: given in one place only.
void read_policy(Reading& reading, Fields& fields, Workflow& workflow) {
    const auto once = [&](auto& field, const auto& value, const char* name) {
        if (!value)
            return;
        if (field)
            reading.fault(reading.places[name], "'" + std::string{name} + "' is given twice", "keep it under policy: or beside it");
        field = value;
    };
    if (const auto index = fields.word({"execution", "mode"}, {"sequential", "parallel"}))
        once(workflow.execution, std::optional{static_cast<Execution>(*index)}, "execution");
    once(workflow.max_concurrency, fields.natural({"max_concurrency"}), "max_concurrency");
    once(workflow.timeout_seconds, fields.number({"timeout_seconds"}, Fields::Zero::refused), "timeout_seconds");
}

void read_policy_word(Reading& reading, Fields& fields, Workflow& workflow) {
    const auto index = fields.word({"on_failure"}, {"stop", "continue"});
    if (!index)
        return;
    if (workflow.on_failure)
        reading.fault(reading.places["on_failure"], "'on_failure' is given twice", "keep it under policy: or beside it");
    workflow.on_failure = static_cast<OnFailure>(*index);
}

/// The item of `steps` that `on_failure: {step: NAME}` names.
const YamlNode* named_step(const YamlNode* steps, const std::string& name, std::vector<std::string>& names) {
    if (steps == nullptr)
        return nullptr;
    for (const auto* item : steps->items) {
        const auto* own = item->find("name");
        if (own == nullptr || !own->is_scalar())
            continue;
        if (own->text == name)
            return item;
        names.push_back(own->text);
    }
    return nullptr;
}

/// The handler in a mapping `on_failure`; when it is one of the steps, that one.
const YamlNode* read_handler(Reading& reading, const YamlNode& node, const YamlNode* steps, Workflow& workflow) {
    Fields fields{reading, node, "on_failure", "on_failure"};
    const auto* step = fields.take({"step"});
    fields.finish();
    if (step == nullptr) {
        reading.fault(node.place, "on_failure: 'step' is missing", "write on_failure: {step: NAME}, NAME being one of the steps");
        return nullptr;
    }
    if (!step->is_scalar()) {
        ++reading.steps;
        workflow.failure_handler = read_step(reading, *step, "failure_handler");
        return nullptr;
    }
    std::vector<std::string> names;
    const auto* named = named_step(steps, step->text, names);
    if (named == nullptr) {
        const auto meant = reading.nearest_of(step->text, names);
        reading.fault(step->place, "on_failure: no step has the name " + quoted(step->text),
                      meant.empty() ? "name one of the steps, or write the step itself under step:" : "did you mean '" + meant + "'?");
        return nullptr;
    }
    workflow.failure_handler = read_step(reading, *named, "failure_handler");
    return named;
}

/// Everything but the metadata.
void read_body(Reading& reading, Fields& fields, const YamlNode& node, Workflow& workflow) {
    workflow.defaults = fields.object({"defaults"});
    if (const auto* flags = fields.mapping({"flags"}))
        workflow.flags = read_flags(reading, *flags);
    if (const auto* policy = fields.mapping({"policy", "execution_policy"})) {
        Fields policy_fields{reading, *policy, "policy", ""};
        read_policy(reading, policy_fields, workflow);
        read_policy_word(reading, policy_fields, workflow);
        policy_fields.finish();
    }
    read_policy(reading, fields, workflow);
    if (const auto* concurrency = fields.mapping({"concurrency"}))
        workflow.concurrency = read_concurrency(reading, *concurrency, "concurrency");
    const auto* steps = fields.take({"steps"});
    const auto* handler = node.find("on_failure");
    const YamlNode* taken = nullptr;
    if (handler != nullptr && handler->kind == YamlNode::Kind::mapping) {
        fields.take({"on_failure"});
        taken = read_handler(reading, *handler, steps, workflow);
    } else if (std::vector<std::string> names; handler != nullptr && handler->is_scalar() && named_step(steps, handler->text, names) != nullptr) {
        fields.take({"on_failure"});
        reading.fault(handler->place, "on_failure: a step is named under step:", "write on_failure: {step: " + handler->text + "}");
    } else {
        read_policy_word(reading, fields, workflow);
    }
    if (steps != nullptr)
        workflow.steps = read_steps(reading, *steps, "steps", taken);
    else
        reading.fault(node.place, "no steps", "write under steps: what is to be done");
    if (workflow.failure_handler && !workflow.failure_handler->name.empty() && workflow.find(workflow.failure_handler->name) != nullptr)
        reading.fault(reading.places["failure_handler/name"], "on_failure: another step has the name " + quoted(workflow.failure_handler->name),
                      "give each step a name of its own");
}

void read_flat(Reading& reading, const YamlNode& root, Workflow& workflow) {
    Fields fields{reading, root, "the workflow", ""};
    read_metadata(fields, root, workflow);
    read_body(reading, fields, root, workflow);
    fields.finish();
}

void read_resource(Reading& reading, const YamlNode& root, Workflow& workflow) {
    Fields fields{reading, root, "the workflow", ""};
    const std::string version = "spine.io/v1", kind = "Workflow";
    if (fields.required_text("apiVersion", version) != version && fields.has("apiVersion"))
        fields.fault(*root.find("apiVersion"), "apiVersion", "is not known", "write apiVersion: " + version);
    if (fields.required_text("kind", kind) != kind && fields.has("kind"))
        fields.fault(*root.find("kind"), "kind", "is not known", "write kind: " + kind);
    if (const auto* metadata = fields.mapping({"metadata"})) {
        Fields own{reading, *metadata, "metadata", ""};
        read_metadata(own, *metadata, workflow);
        own.finish();
    } else if (!fields.has("metadata")) {
        reading.fault(root.place, "the workflow: 'metadata' is missing", "write metadata: {name: NAME}");
    }
    if (const auto* spec = fields.mapping({"spec"})) {
        Fields own{reading, *spec, "spec", ""};
        read_body(reading, own, *spec, workflow);
        own.finish();
    } else if (!fields.has("spec")) {
        reading.fault(root.place, "the workflow: 'spec' is missing", "write steps: and what else there is under spec:");
    }
    fields.finish([](std::string_view name) -> std::string {
        const auto in = [&](auto... names) { return ((name == names) || ...); };
        if (in("name", "domain", "version", "description", "tags"))
            return "move it under metadata:, or leave apiVersion, kind, metadata and spec out";
        if (in("steps", "defaults", "flags", "policy", "on_failure", "concurrency", "execution", "max_concurrency", "timeout_seconds"))
            return "move it under spec:, or leave apiVersion, kind, metadata and spec out";
        return "";
    });
}

/// In the order of the text, and no more than anybody reads.
Diagnostics shown(Diagnostics faults, const std::string& file) {
    std::ranges::stable_sort(faults, [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair{a.line, a.column} < std::pair{b.line, b.column};
    });
    if (faults.size() > faults_shown_max) {
        const auto more = faults.size() - faults_shown_max;
        faults.resize(faults_shown_max);
        faults.push_back({file, "and " + std::to_string(more) + " more faults", "repair these first", 0, 0});
    }
    return faults;
}

} // namespace

Definition read_what_can_be(std::string_view text, std::string file) {
    auto document = read_yaml_document(text, file);
    Reading reading{text, file, std::move(document.faults), {}, 0};
    Definition definition;
    if (document.root != nullptr && document.root->kind != YamlNode::Kind::mapping)
        reading.fault(document.root->place, "a workflow is a mapping, found is " + found(*document.root), "write name: and steps:");
    else if (document.root != nullptr) {
        const auto has = [&](std::string_view name) { return document.root->find(name) != nullptr; };
        if (has("apiVersion") || has("kind") || has("metadata") || has("spec"))
            read_resource(reading, *document.root, definition.workflow);
        else
            read_flat(reading, *document.root, definition.workflow);
    }
    definition.faults = shown(std::move(reading.faults), file);
    definition.places = std::move(reading.places);
    definition.text = text;
    definition.sha256 = sha256_hex(text);
    definition.file = std::move(file);
    return definition;
}

std::variant<Definition, Diagnostics> read_workflow(std::string_view text, std::string file) {
    auto definition = read_what_can_be(text, std::move(file));
    if (!definition.faults.empty())
        return std::move(definition.faults);
    return definition;
}

} // namespace spine::workflow
