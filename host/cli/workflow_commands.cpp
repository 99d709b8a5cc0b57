#include "cli/workflow_commands.hpp"

#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/workflow_document.hpp"
#include "control/family.hpp"
#include "control/versions.hpp"
#include "control/workflow_catalogue.hpp"
#include "error.hpp"
#include "workflow/json.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cmath>

namespace spine::cli {
namespace {

namespace json = boost::json;

int refuse(Session& session, const control::BadRequest& bad) {
    tell_faults(session.words, bad.faults);
    return bad.exit_code;
}

/// "refresh.yaml:3:5: error: message; hint", as compilers print it and editors read it.
std::string finding_line(const workflow::Diagnostic& finding, const std::string& severity) {
    auto line = finding.where;
    if (finding.line > 0)
        line += ":" + std::to_string(finding.line);
    if (finding.line > 0 && finding.column > 0)
        line += ":" + std::to_string(finding.column);
    line += ": " + severity + ": " + finding.message;
    if (!finding.hint.empty())
        line += "; " + finding.hint;
    return printable(line) + "\n";
}

/// The first sentence, so that a list stays a list.
std::string beginning(const std::string& text) {
    const auto line = text.substr(0, text.find('\n'));
    const auto stop = line.find(". ");
    return stop == std::string::npos ? line : line.substr(0, stop + 1);
}

bool contains(const std::string& text, const std::string& part) {
    return workflow::lower_case(text).find(workflow::lower_case(part)) != std::string::npos;
}

bool is_wanted(const control::ListedWorkflow& entry, const Invocation& invocation, const std::string& domain) {
    const auto query = invocation.value("query");
    const auto tags = invocation.options.find("tag");
    return (domain.empty() || entry.domain == domain) &&
           (tags == invocation.options.end() ||
            std::ranges::all_of(tags->second, [&](const auto& tag) { return std::ranges::find(entry.tags, tag) != entry.tags.end(); })) &&
           (query.empty() || contains(entry.name, query) || contains(entry.description, query));
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object document_of(const control::CataloguedWorkflow& one) {
    const auto& entry = one.entry;
    json::object document;
    document["name"] = entry.name;
    document["version"] = entry.version;
    document["domain"] = entry.domain;
    document["description"] = entry.description;
    document["tags"] = json::array(entry.tags.begin(), entry.tags.end());
    document["steps"] = entry.steps;
    document["file"] = text_or_null(entry.file);
    document["published_version"] = one.published == 0 ? json::value(nullptr) : json::value(one.published);
    document["file_differs"] = one.file_differs;
    const auto runs = one.runs.value_or(control::RunTotals{});
    const auto rate = one.success_rate();
    document["total_runs"] = runs.runs;
    document["success_rate"] = rate ? json::value(*rate) : json::value(nullptr);
    document["avg_duration_seconds"] = runs.average_seconds ? json::value(*runs.average_seconds) : json::value(nullptr);
    document["last_run_at"] = text_or_null(runs.last_run_at);
    document["last_success_at"] = text_or_null(runs.last_success_at);
    document["last_failure_at"] = text_or_null(runs.last_failure_at);
    return document;
}

/// Numbers of runs as texts for people: a column of blanks is left out.
std::vector<json::value> row_of(const control::CataloguedWorkflow& one, bool for_people) {
    const auto& entry = one.entry;
    const auto runs = one.runs.value_or(control::RunTotals{});
    const auto rate = one.success_rate();
    const auto seconds = [](double value) { return std::chrono::milliseconds{static_cast<std::int64_t>(value * 1000 + 0.5)}; };
    std::vector<json::value> row{json::value(entry.name), json::value(entry.version), json::value(entry.steps)};
    row.push_back(one.runs ? json::value(runs.runs) : json::value(nullptr));
    row.push_back(!rate ? json::value(nullptr) : for_people ? json::value(std::to_string(std::lround(*rate * 100)) + " %") : json::value(*rate));
    row.push_back(!runs.average_seconds ? json::value(nullptr)
                  : for_people          ? json::value(seconds_text(seconds(*runs.average_seconds)))
                                        : json::value(*runs.average_seconds));
    row.push_back(text_or_null(runs.last_run_at));
    row.emplace_back(for_people ? beginning(entry.description) : entry.description);
    return row;
}

/// A parameter that steps read from the run.
struct Read {
    const workflow::Parameter* declared = nullptr;
    std::vector<std::string> by;
};
std::map<std::string, Read> parameters_of(const workflow::Workflow& workflow, const workflow::Catalogue& catalogue) {
    std::map<std::string, Read> read;
    for (const auto& member : workflow.defaults)
        read[std::string{member.key()}];
    for (const auto& step : workflow.steps) {
        const auto* named = std::get_if<workflow::PipelineStep>(&step.kind);
        const auto* pipeline = named == nullptr ? nullptr : catalogue.find_pipeline(named->pipeline);
        if (pipeline == nullptr)
            continue;
        for (const auto& parameter : pipeline->parameters) {
            if (own_params(step).contains(parameter.name))
                continue;
            auto& entry = read[parameter.name];
            if (entry.declared == nullptr)
                entry.declared = &parameter;
            entry.by.push_back(step.name);
        }
    }
    return read;
}

control::Table parameter_table(const workflow::Workflow& workflow, const workflow::Catalogue& catalogue) {
    control::Table table{{"parameter", "default", "type", "read by", "description"}, {}, false};
    for (const auto& [name, read] : parameters_of(workflow, catalogue)) {
        const auto* given = workflow.defaults.if_contains(name);
        const auto* declared = read.declared;
        const auto otherwise = declared == nullptr ? std::string{} : declared->otherwise.value_or("");
        table.rows.push_back({json::value(name),
                              json::value(given != nullptr ? cell_text(*given) : otherwise),
                              json::value(declared == nullptr ? "" : to_text(declared->type)),
                              json::value(joined(read.by)),
                              json::value(declared == nullptr ? "" : declared->description)});
    }
    return table;
}

void add_step(control::Table& table, const workflow::Step& step, const std::string& when) {
    std::string on_error;
    if (step.on_error != workflow::OnError::stop)
        on_error = step.on_error == workflow::OnError::go_on ? "continue" : "retry";
    table.rows.push_back({json::value(step.name),
                          json::value(workflow::type_of(step)),
                          json::value(does_text(step)),
                          json::value(when),
                          json::value(next_text(step)),
                          json::value(on_error),
                          json::value(step.stage)});
}

/// Without the columns that are empty in every row, of those from `first` on.
control::Table without_empty(const control::Table& table, std::size_t first = 0) {
    control::Table out;
    out.rows.resize(table.rows.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (i >= first && std::ranges::all_of(table.rows, [&](const auto& row) { return cell_text(row[i]).empty(); }))
            continue;
        out.columns.push_back(table.columns[i]);
        for (std::size_t r = 0; r < table.rows.size(); ++r)
            out.rows[r].push_back(table.rows[r][i]);
    }
    return out;
}

std::string text_of(const Session& session, const workflow::Definition& definition) {
    const auto& workflow = definition.workflow;
    std::string execution;
    if (workflow.execution)
        execution = *workflow.execution == workflow::Execution::parallel ? "parallel" : "sequential";
    auto text = fields_text({{"workflow", workflow.name},
                             {"version", std::to_string(workflow.version)},
                             {"domain", workflow.domain},
                             {"description", workflow.description},
                             {"tags", joined(workflow.tags)},
                             {"execution", execution},
                             {"file", definition.file},
                             {"sha256", definition.sha256}});
    const auto parameters = parameter_table(workflow, session.libraries.get().catalogue());
    if (!parameters.rows.empty())
        text += "\nparameters:\n" + table_text(session, without_empty(parameters));
    control::Table steps{{"step", "type", "does", "when", "next", "on_error", "stage"}, {}, false};
    for (const auto& step : workflow.steps)
        add_step(steps, step, step.when);
    if (workflow.failure_handler)
        add_step(steps, *workflow.failure_handler, "the run failed");
    return text + "\nsteps:\n" + table_text(session, without_empty(steps));
}

/// A workflow that was named on the command line; nothing when it was refused in words. Faults of form are told here only when the command
/// does not validate.
enum class Whole { wanted, unneeded };
std::optional<workflow::Definition> found(Session& session, const Invocation& invocation, Whole whole, int& code) {
    auto answer = control::find_definition(invocation.arguments.at(0), session.workflow_folder(), session.stores);
    if (const auto* bad = std::get_if<control::BadRequest>(&answer)) {
        code = refuse(session, *bad);
        return std::nullopt;
    }
    auto& meant = std::get<control::FoundDefinition>(answer);
    if (!meant.note.empty())
        session.words.note(meant.note);
    auto& definition = meant.definition;
    if (whole == Whole::wanted && !definition.faults.empty()) {
        code = refuse(session, {exit_code(ErrorCode::invalid), std::move(definition.faults)});
        return std::nullopt;
    }
    return std::move(definition);
}

/// Findings of one file, as they are told and as they are listed.
struct Findings {
    json::array documents;
    control::Table rows{{"file", "line", "column", "severity", "message", "hint"}, {}, false};
    std::string lines;
    int exit_code = 0;

    void add(const workflow::Diagnostics& findings, const std::string& severity) {
        for (const auto& finding : findings) {
            lines += finding_line(finding, severity);
            json::object document;
            document["file"] = finding.where;
            document["line"] = finding.line;
            document["column"] = finding.column;
            document["severity"] = severity;
            document["message"] = finding.message;
            document["hint"] = finding.hint;
            std::vector<json::value> row;
            for (const auto& member : document)
                row.push_back(member.value());
            rows.rows.push_back(std::move(row));
            documents.push_back(std::move(document));
        }
    }
    void fail(int code) {
        if (exit_code == 0)
            exit_code = code;
    }
};

json::object document_of(const run::PlannedStep& step, std::string_view what) {
    json::object document;
    document["step"] = step.step;
    document["type"] = step.type;
    document["plan"] = what;
    document["reason"] = step.reason;
    return document;
}

std::string_view to_text(run::PlannedStep::What what) {
    using What = run::PlannedStep::What;
    switch (what) {
    case What::run: return "run";
    case What::skip: return "skip";
    case What::unknown: return "unknown";
    }
    return "unknown";
}

} // namespace

int list_workflows(Session& session, const Invocation& invocation) {
    auto domain = invocation.value("domain");
    if (!domain.empty()) // aliases are the plugins' to know
        if (const auto* known = session.libraries.get().catalogue().find_domain(domain))
            domain = known->name;
    const auto folder = session.workflow_folder();
    json::array documents;
    control::Table rows{{"workflow", "version", "steps", "runs", "success", "average", "last run", "description"}, {}, false};
    std::map<std::string, std::vector<std::string>> files; ///< by name
    std::string faults;
    for (const auto& one : control::workflow_catalogue(folder, session.stores)) {
        const auto& entry = one.entry;
        for (const auto& fault : entry.faults)
            faults += finding_line(fault, "error");
        if (entry.name.empty() || !is_wanted(entry, invocation, domain))
            continue;
        if (!entry.file.empty())
            files[entry.name].push_back(entry.file);
        documents.push_back(document_of(one));
        rows.rows.push_back(row_of(one, session.for_people()));
    }
    show(session, documents, session.for_people() ? without_empty(rows, 3) : rows);
    session.out().flush(); // the words that explain it come after the data
    if (!faults.empty())
        session.words.plain(faults);
    for (const auto& [name, all] : files)
        if (all.size() > 1)
            session.words.warning("'" + name + "' is the name of " + std::to_string(all.size()) + " files: " + joined(all));
    if (documents.empty())
        session.words.note("no workflows " + std::string{invocation.options.empty() ? "" : "like that "} + "in '" + folder.path + "'");
    return 0;
}

int show_workflow(Session& session, const Invocation& invocation) {
    const auto wanted = invocation.value("spelling");
    if (!wanted.empty() && wanted != "flat" && wanted != "resource")
        return refuse_usage(session, {{"--spelling", "'" + wanted + "' is none", "there are flat and resource", 0, 0}});
    int code = 0;
    const auto definition = found(session, invocation, Whole::wanted, code);
    if (!definition)
        return code;
    const auto& workflow = definition->workflow;
    const auto output = session.output();
    if (output == config::Output::yaml || (output == config::Output::table && !wanted.empty()))
        session.out().write(write_workflow(workflow, wanted == "resource" ? workflow::Spelling::resource : workflow::Spelling::flat));
    else
        show(session,
             cli::document_of(workflow),
             output == config::Output::table ? text_of(session, *definition) : std::string{});
    return 0;
}

int validate_workflows(Session& session, const Invocation& invocation) {
    Findings findings;
    std::string sound;
    const auto folder = session.workflow_folder();
    const auto now = env::to_text(session.world.clock.now());
    std::vector<std::variant<workflow::Definition, control::BadRequest>> answers;
    for (const auto& file : invocation.arguments)
        answers.push_back(control::find_workflow(file, folder));
    const auto elsewhere = control::in_folder_or_published(folder, session.stores);
    const auto finds = [&](const std::string& name) -> std::optional<workflow::Definition> {
        for (const auto& answer : answers) // files that are named together are meant together
            if (const auto* definition = std::get_if<workflow::Definition>(&answer); definition != nullptr && definition->workflow.name == name)
                return *definition;
        return elsewhere(name);
    };
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto& file = invocation.arguments[i];
        const auto& answer = answers[i];
        if (const auto* bad = std::get_if<control::BadRequest>(&answer)) {
            findings.add(bad->faults, "error");
            findings.fail(bad->exit_code);
            continue;
        }
        const auto& definition = std::get<workflow::Definition>(answer);
        const auto validation = control::judged(definition, session.libraries.get().catalogue(), finds, folder, now).validation;
        findings.add(validation.errors, "error");
        findings.add(validation.warnings, "warning");
        if (!validation.ok())
            findings.fail(exit_code(ErrorCode::invalid));
        else
            sound += printable(file) + ": sound, " + std::to_string(definition.workflow.steps.size()) + " step" +
                     (definition.workflow.steps.size() == 1 ? "" : "s") + "\n";
    }
    if (session.for_people()) {
        session.out().write(sound);
        session.out().flush();
        if (!findings.lines.empty())
            session.words.plain(findings.lines);
    } else {
        show(session, findings.documents, findings.rows);
    }
    return findings.exit_code;
}

int plan_workflow(Session& session, const Invocation& invocation) {
    auto params = given_parameters(invocation);
    if (!params.faults.empty())
        return refuse_usage(session, params.faults);
    int code = 0;
    auto definition = found(session, invocation, Whole::unneeded, code);
    if (!definition)
        return code;
    const control::WorkflowRequest request{std::move(*definition), std::move(params.pairs), {}};
    session.world.hold_interrupts();
    auto means = means_of(session);
    means.progress = {};
    means.steps = {};
    const auto answer = control::plan_workflow(request, means);
    if (const auto* bad = std::get_if<control::BadRequest>(&answer))
        return refuse(session, *bad);
    const auto& plan = std::get<control::WorkflowPlan>(answer);
    json::array documents;
    control::Table rows{{"step", "type", "plan", "reason"}, {}, false};
    for (const auto& step : plan.steps) {
        const auto what = to_text(step.what);
        documents.push_back(document_of(step, what));
        rows.rows.push_back({json::value(step.step), json::value(step.type), json::value(what), json::value(step.reason)});
    }
    const auto& workflow = request.definition.workflow;
    json::object document;
    document["workflow"] = workflow.name;
    document["version"] = workflow.version;
    document["steps"] = std::move(documents);
    show(session,
         document,
         fields_text({{"workflow", workflow.name + ", version " + std::to_string(workflow.version) + " (a plan: nothing was done)"}}) +
             "\n" + table_text(session, rows));
    session.out().flush();
    for (const auto& warning : plan.warnings)
        session.words.plain(finding_line(warning, "warning"));
    return 0;
}

} // namespace spine::cli
