#include "workflow/templates.hpp"

#include "workflow/catalogue.hpp"
#include "workflow/read_workflow_fields.hpp"
#include "workflow/read_workflow_steps.hpp"

#include <algorithm>
#include <array>

namespace spine::workflow {
namespace {

constexpr std::string_view etl_pipeline = R"(description: Fetches data, looks at them, and loads them only if they look right
version: 1
tags: [etl]

# What a run can be told with -p NAME=VALUE, and what it takes when it is told nothing.
defaults:
  least_rows: 0          # fewer rows than this are not loaded

steps:
  # Work is done by pipelines. common.noop stands in for yours: see "spine pipeline list".
  - name: extract
    type: pipeline
    pipeline: common.noop
    stage: EXTRACTED     # noted in the run's manifest once the step is done
    timeout_seconds: 600
    # Tried again after 5, 10 and 20 seconds, but only when that may help: a file that is wrong stays wrong.
    retry:
      max_attempts: 4
      initial_delay_seconds: 5
      backoff_multiplier: 2
      max_delay_seconds: 60
      retryable_categories: [TRANSIENT, TIMEOUT, DEPENDENCY]

  # The gate. Every way into "load" passes it, so that nothing doubtful gets further.
  # has(...) asks first, because a figure that is not there cannot be compared.
  - name: validate
    type: choice
    condition: "not has(outputs.extract.row_count) or outputs.extract.row_count >= least_rows"
    then_step: load
    else_step: refuse

  # The first of two branches ends the run; otherwise it would go on into the second one.
  - name: load
    type: pipeline
    pipeline: common.noop
    stage: LOADED
    end: true

  # A run that is stopped by its gate fails with QUALITY_GATE (exit code 6), and is not tried again.
  - name: refuse
    type: pipeline
    pipeline: common.fail
    params:
      category: QUALITY_GATE
)";

constexpr std::string_view scheduled_batch = R"(description: Does the work of a night, checks it, and tells people how it went
version: 1
tags: [batch, scheduled]

# A schedule starts runs whatever has become of the last one. Here the next one waits for it, ten minutes at the most.
concurrency:
  max_concurrent_runs: 1
  on_conflict: queue     # or: skip, cancel_existing
  queue_timeout_seconds: 600

# An hour for all of it; then the run fails with TIMEOUT.
policy:
  timeout_seconds: 3600

defaults:
  channel: "#data-ops"

# Switches for conditions. The configuration can turn them on ("flags:"), and so can SPINE_FLAG_QUIET=true.
flags:
  quiet: false

steps:
  # Put the pipeline of your domain here: "spine pipeline list" shows them, "spine pipeline show NAME" what they take.
  - name: work
    type: pipeline
    pipeline: common.noop
    stage: WORKED
    on_error: retry      # three attempts, one and two seconds apart

  # A lambda looks at what steps have told and may say no; it reaches no database. Put the check of your domain here.
  - name: check
    type: lambda
    handler: common.steps.send_completion_notification
    config:
      subject: the work is done and will be looked at

  - name: notify
    type: lambda
    handler: common.steps.send_completion_notification
    when: "not flags.quiet"
    on_error: continue   # good work does not fail because nobody could be told
    config:
      slack_channel: $.params.channel
      subject: the batch is through

# Called when the run has failed, with what went wrong.
on_failure:
  step:
    name: alarm
    type: lambda
    handler: common.steps.send_completion_notification
    config:
      slack_channel: $.params.channel
      subject: the batch has failed
      message: $.outputs.failure.error
)";

struct Template {
    std::string_view name;
    std::string_view body;
};
constexpr std::array templates{Template{"etl_pipeline", etl_pipeline}, Template{"scheduled_batch", scheduled_batch}};

} // namespace

std::vector<std::string> template_names() {
    std::vector<std::string> names;
    names.reserve(templates.size());
    for (const auto& one : templates)
        names.emplace_back(one.name);
    return names;
}

std::variant<std::string, Diagnostic> from_template(std::string_view which, const std::string& name, const std::string& domain) {
    const auto found = std::ranges::find(templates, which, &Template::name);
    if (found == templates.end()) {
        const auto names = template_names();
        const auto meant = nearest(which, names);
        std::string all;
        for (const auto& one : names)
            all += (all.empty() ? "" : ", ") + one;
        return Diagnostic{"--template " + quoted(which), "is none", meant.empty() ? "known are " + all : "did you mean '" + meant + "'?", 0, 0};
    }
    const std::string hint = "write letters, digits, _ and - joined by dots, such as finra.weekly_refresh, at most 200";
    if (!is_dotted_name(name))
        return Diagnostic{"name", quoted(name) + " is no name of a workflow", hint, 0, 0};
    if (!domain.empty() && !is_dotted_name(domain))
        return Diagnostic{"domain", quoted(domain) + " is no name of a domain", hint, 0, 0};
    const auto quotes = [](const std::string& text) { return "\"" + text + "\""; }; // a name may be a word of YAML: true, null
    return "# Try it as it stands: spine workflow validate FILE, then spine workflow run FILE.\nname: " + quotes(name) + "\n" +
           (domain.empty() ? std::string{} : "domain: " + quotes(domain) + "\n") + std::string{found->body};
}

} // namespace spine::workflow
