#include "cli/capture_commands.hpp"
#include "cli/command.hpp"
#include "cli/config_command.hpp"
#include "cli/due_command.hpp"
#include "cli/list_commands.hpp"
#include "cli/manage_commands.hpp"
#include "cli/play_command.hpp"
#include "cli/plugin_commands.hpp"
#include "cli/new_workflow_command.hpp"
#include "cli/program_commands.hpp"
#include "cli/run_commands.hpp"
#include "cli/statistics_command.hpp"
#include "cli/store_commands.hpp"
#include "cli/version_commands.hpp"
#include "cli/watch_commands.hpp"
#include "cli/workflow_commands.hpp"

namespace spine::cli {
namespace {

const Option domain{"domain", '\0', "NAME", "only this domain (or its alias)", false};
const Option partition{"partition", '\0', "K=V", "only partitions with this key", true};
const Option stage{"stage", '\0', "STAGE", "only this stage", false};
const Option param{"param", 'p', "K=V", "a parameter", true};
const Option by{"by", '\0', "NAME", "who does it; SPINE_USER, USER or the account without it", false};
const Option changelog{"changelog", '\0', "TEXT", "why", false};
const Argument named_workflow{"NAME|FILE", "the name of a workflow (NAME@3: that published version; NAME: the current one, or the folder's), or a file"};
const Option limit{"limit", '\0', "N", "at most so many rows; 1000 without it", false};

const Option as{"as", '\0', "NAME", "who asks for it; SPINE_USER, USER or the account without it", false};
const Option why{"reason", '\0', "TEXT", "why; it is kept", false, true};
const Option reason{"reason", '\0', "TEXT", "why", false};
const Option answers_as{"as", '\0', "NAME", "who answers", false, true};
const Option refusal_reason{"reason", '\0', "TEXT", "why not: the step fails with it", false, true};
const Option wait_for_end{"wait", '\0', "", "stay until the run has ended, also while it waits for a person or for longer than five minutes; without it that ends with exit code 75", false};
const Option no_wait{"no-wait", '\0', "", "leave it to others to go on with the run", false};
const Argument run_id{"ID", "the run's id, or the beginning of it"};
const Argument chosen_run{"ID", "the run's id, or the beginning of it; without it the options choose runs", true};

/// The options of a command that may be about many runs.
std::vector<Option> choosing_options(std::vector<Option> own = {}) {
    own.insert(own.end(),
               {{"state", '\0', "STATE", "runs in this state: pending (in a queue), due (to be taken up), running, interrupted, waiting, blocked, paused, completed, failed or cancelled", false},
                {"since", '\0', "AGE", "only runs that began so long ago at most: 12h, 30d, 8w", false},
                {"workflow", '\0', "NAME", "only runs of this workflow", false},
                domain,
                {"dry-run", '\0', "", "only say what would be done or skipped, and why", false},
                {"yes", '\0', "", "also when more than 20 runs are meant", false}});
    return own;
}

/// The options of a list, with those that only this one has in the middle.
std::vector<Option> list_options(std::vector<Option> own = {}) {
    std::vector<Option> all{domain, partition};
    all.insert(all.end(), own.begin(), own.end());
    all.push_back(limit);
    return all;
}

std::vector<Command> make_commands() {
    return {
        {"db", "init", "create the store, or bring its tables up to date; safe to repeat", {},
         {{"create-parents", '\0', "", "make the folders above it as well", false}},
         {"spine db init", "spine --db sqlite:/var/lib/spine/spine.db db init"}, &init_store},
        {"db", "check", "examine the file, its tables, references and rules, and whether what is there is what was written", {},
         {{"deep", '\0', "", "read every row of every dataset as well", false}}, {"spine db check", "spine db check --deep -o json"}, &check_store},
        {"db", "backup", "write a consistent copy while others work",
         {{"FILE", "where the copy goes; must not be there yet"}}, {}, {"spine db backup /backup/spine-monday.db"}, &backup_store},
        {"db", "restore", "put a copy in the place of a store that is damaged or gone; what lay there is kept under another name",
         {{"FILE", "a copy made by: spine db backup"}}, {}, {"spine db restore /backup/spine-monday.db"}, &restore_store},
        {"db", "prune", "delete the steps, logs and outputs of runs that ended long ago; the runs themselves stay listed", {},
         {{"older-than", '\0', "AGE", "how long ago a run must have ended: 12h, 90d, 26w", false, true},
          {"keyed", '\0', "", "runs that a --key answers with as well; their keys then answer how they ended, without outputs", false},
          {"dry-run", '\0', "", "only say what would be done or skipped, and why", false}},
         {"spine db prune --older-than 90d --dry-run", "spine db prune --older-than 90d"}, &prune_store},
        {"db", "digest", "print the digests by which two stores are compared", {}, {}, {"spine db digest -o csv"}, &digest_store},
        {"plugin", "list", "every plugin that was found, and why any was refused", {}, {},
         {"spine plugin list", "spine --plugins ./build/plugins plugin list -o json"}, &list_plugins},
        {"plugin", "show", "what a plugin brings", {{"PLUGIN", "its id, or the name of a refused file"}}, {},
         {"spine plugin show finra_otc"}, &show_plugin},
        {"pipeline", "list", "the work that can be run", {}, {domain}, {"spine pipeline list --domain otc"}, &list_pipelines},
        {"pipeline", "show", "a pipeline with its parameters; as JSON with their schema",
         {{"PIPELINE", "full name, alias.name, or bare name"}}, {},
         {"spine pipeline show otc.ingest_week", "spine pipeline show otc.ingest_week -o json"}, &show_pipeline},
        {"", "run", "do one pipeline in this process", {{"PIPELINE", "full name, alias.name, or bare name"}},
         {param,
          {"force", '\0', "", "derive again although nothing is due", false},
          {"dry-run", '\0', "", "only say what would be done or skipped, and why", false}},
         {"spine run otc.ingest_week -p file=week.csv",
          "spine run otc.backfill_range -p tier=OTC -p weeks_back=3 -p source_dir=files --dry-run"},
         &run_pipeline},
        {"workflow", "new", "write the beginning of a workflow to a new file", {{"NAME", "what it is called: letters, digits, _ and - joined by dots; not with --list", true}},
         {{"template", '\0', "TEMPLATE", "what it begins as, needed with NAME; --list tells which there are", false},
          {"domain", '\0', "NAME", "the domain that it is about", false},
          {"file", '\0', "FILE", "where it goes; NAME.yaml without it", false},
          {"list", '\0', "", "only tell the templates", false}},
         {"spine workflow new sec.filings --template etl_pipeline", "spine workflow new --list"}, &new_workflow},
        {"workflow", "list", "the workflows that were published or lie in the folder, and how their runs went", {},
         {{"query", '\0', "TEXT", "only those with this in their name or description", false},
          domain,
          {"tag", '\0', "TAG", "only those with this tag; given several times, with all of them", true}},
         {"spine workflow list", "spine workflow list --domain finra.otc_transparency -o json"}, &list_workflows},
        {"workflow", "show", "a workflow with its parameters and steps",
         {named_workflow},
         {{"spelling", '\0', "WHICH", "flat or resource; prints YAML", false}},
         {"spine workflow show finra.weekly_refresh_v2", "spine workflow show ./refresh.yaml --spelling resource"}, &show_workflow},
        {"workflow", "validate", "every fault of workflow files at once, beside the plugins that are loaded",
         {{"FILE", "a file, or the name of a workflow of the folder", false, true}}, {},
         {"spine workflow validate ./refresh.yaml", "spine workflow validate one.yaml two.yaml -o json"}, &validate_workflows},
        {"workflow", "plan", "what a run would do or skip now, and why; touches nothing",
         {named_workflow}, {param},
         {"spine workflow plan finra.weekly_refresh_v2 -p file=week.csv -p tier=OTC"}, &plan_workflow},
        {"workflow", "run", "do a workflow in this process",
         {named_workflow},
         {param, {"key", '\0', "KEY", "the run starts once: with the same key again, this run is resumed or its result told", false},
          wait_for_end,
          {"no-wait", '\0', "", "do not stay for runs that it begins and does not wait for; others go on with them", false}},
         {"spine workflow run finra.weekly_refresh_v2 -p file=week.csv -p tier=OTC",
          "spine workflow run ./refresh.yaml -p week_ending=2025-12-12 --key refresh-2025-12-12"},
         &run_workflow},
        {"workflow", "play", "do a workflow step by step, forth and back, in a scratch store; commands on standard input, 'help' tells them",
         {{"NAME|FILE|RUN", "a workflow; or the id of a run: a copy of it is played where it stands, in a copy of the store"}}, {param},
         {"spine workflow play ./refresh.yaml -p tier=OTC", "spine workflow play 0199f3a2 -o json"},
         &play_workflow},
        {"workflow", "publish", "make a file the current version of its workflow, which its name means from then on",
         {{"FILE", "a file, or the name of a workflow of the folder"}}, {by, changelog},
         {"spine workflow publish ./refresh.yaml --changelog 'waits for the tier split'"}, &publish_workflow},
        {"workflow", "versions", "what was published of a workflow, when, by whom and why", {{"NAME", "the name of the workflow"}}, {},
         {"spine workflow versions finra.weekly_refresh_v2"}, &list_versions},
        {"workflow", "diff", "what changed from one definition to another; of NAME alone, from the version before the current one",
         {{"NAME|FILE", "a workflow that was published, or a file"},
          {"V1|FILE", "a version (without V2 compared with the current one), or a file", true},
          {"V2|FILE", "another version, or a file", true}}, {},
         {"spine workflow diff finra.weekly_refresh_v2", "spine workflow diff finra.weekly_refresh_v2 2 5 -o json", "spine workflow diff finra.weekly_refresh_v2@1 finra.weekly_refresh_v2@2",
          "spine workflow diff finra.weekly_refresh_v2 ./refresh.yaml"},
         &diff_workflow},
        {"workflow", "rollback", "make the text of an older version the current one, as a new version", {{"NAME", "the name of the workflow"}},
         {{"to", '\0', "VERSION", "the version whose text comes back", false, true}, by, changelog},
         {"spine workflow rollback finra.weekly_refresh_v2 --to 3 --changelog 'the split was too slow'"}, &roll_back_workflow},
        {"runs", "list", "runs of workflows and single executions, the newest first", {},
         list_options({{"pipeline", '\0', "NAME", "only executions of this pipeline, those of runs too", false},
                       {"workflow", '\0', "NAME", "only runs of this workflow", false},
                       {"state", '\0', "STATE",
                        "only those in this state: pending (in a queue), due (to be taken up), running, interrupted, waiting, blocked, paused, completed, skipped, superseded, "
                        "failed or cancelled", false},
                       {"since", '\0', "AGE", "only runs that began so long ago at most: 12h, 30d, 8w", false},
                       {"all", '\0', "", "also executions that are steps of runs or children of others", false}}),
         {"spine runs list --state failed", "spine runs list --partition tier=OTC -o json"}, &list_runs},
        {"runs", "show", "the whole story of a run, or everything about one execution",
         {{"ID", "its id, or the beginning of it; where a run's and an execution's begin alike, the run's"}},
         {{"all", '\0', "", "every step, those inside of maps too", false}},
         {"spine runs show 0199f3a2"}, &show_run},
        {"runs", "watch", "what happens to a run, line by line as it happens, until it has ended", {run_id},
         {{"all", '\0', "", "from its beginning, not from its last 20 events", false},
          {"until-waiting", '\0', "", "end also when the run stands still: waiting (exit 75), blocked (7), paused or interrupted (130)", false}},
         {"spine runs watch 0199f3a2", "spine runs watch 0199f3a2 -o json --until-waiting"}, &watch_run},
        {"runs", "logs", "what the steps of a run, or one execution, said while they worked",
         {{"ID", "its id, or the beginning of it"}, {"STEP", "only this step; of a map with everything inside of it", true}},
         {{"follow", 'f', "", "go on until the run stops", false},
          {"attempt", '\0', "N", "only this attempt", false},
          {"level", '\0', "LEVEL", "only lines of this weight or more: debug, info, warn or error", false}},
         {"spine runs logs 0199f3a2", "spine runs logs 0199f3a2 ingest --level warn -f"}, &show_logs},
        {"runs", "approve", "say yes to a step that waits for an answer", {run_id, {"STEP", "the step that waits"}},
         {answers_as, reason}, {"spine runs approve 0199f3a2 review --as ann --reason 'numbers are fine'"}, &approve_step},
        {"runs", "reject", "say no to a step that waits for an answer", {run_id, {"STEP", "the step that waits"}},
         {answers_as, refusal_reason}, {"spine runs reject 0199f3a2 review --as ann --reason 'the week is not complete'"}, &reject_step},
        {"runs", "pause", "let runs, and the runs that they wait for, begin nothing new; what is running ends first", {chosen_run}, choosing_options({as}),
         {"spine runs pause 0199f3a2", "spine runs pause --workflow finra.weekly_refresh_v2 --dry-run"}, &pause_runs},
        {"runs", "cancel", "end runs and everything below them; once it is said, nothing of them is written any more", {chosen_run},
         choosing_options({as, reason}), {"spine runs cancel 0199f3a2 --reason 'wrong week'", "spine runs cancel --state waiting --since 1d"},
         &cancel_runs},
        {"runs", "retry", "do again what failed in runs that have ended, keep what is good, and go on", {chosen_run},
         choosing_options({as, {"from", '\0', "STEP", "do this step again, and everything that comes after it", false}, no_wait}),
         {"spine runs retry 0199f3a2", "spine runs retry 0199f3a2 --from load", "spine runs retry --state failed --since 1d"}, &retry_runs},
        {"runs", "fork", "begin a new run with what another one had before a step", {run_id},
         {{"at", '\0', "STEP", "the step that the new run begins with", false, true}, param, as, no_wait},
         {"spine runs fork 0199f3a2 --at load -p weeks_back=2"}, &fork_run},
        {"runs", "stats", "how the runs of a workflow went: success, durations, failures, slow steps, day by day", {{"NAME", "the name of the workflow"}},
         {{"since", '\0', "AGE", "only runs that began so long ago at most: 12h, 30d, 8w", false}},
         {"spine runs stats finra.weekly_refresh_v2", "spine runs stats finra.weekly_refresh_v2 --since 8w -o json"}, &show_statistics},
        {"runs", "resume", "go on with runs that were interrupted, paused or blocked, or that wait for their time or an answer",
         {{"ID", "the run's id, or the beginning of it; without it the options choose runs", true}},
         choosing_options({{"all", '\0', "", "every run that is not finished and that no living process has, but those that somebody paused", false},
                           {"stay", '\0', "", "with --all: stay and go on with every run as it becomes due, until interrupted", false},
                           wait_for_end}),
         {"spine runs resume 0199f3a2", "spine runs resume --all --stay", "spine runs resume --state paused --workflow finra.weekly_refresh_v2"}, &resume_runs},
        {"", "due", "what is stale or not yet made, in the order in which it must be done, and why; the one command after a correction",
         {{"DOMAIN", "only this domain, by its name or alias", true}},
         {{"run", '\0', "", "do it, in this process, each as an execution of its own; what depends on a failure is left, the rest goes on", false},
          {"all", '\0', "", "also stages that their partition has never had", false}},
         {"spine due", "spine due otc --run", "spine due --all -o json"}, &show_due},
        {"manifest", "list", "which stage each partition has reached, and what of it is stale", {},
         list_options({stage}),
         {"spine manifest list --domain otc --partition tier=OTC"}, &list_manifest},
        {"captures", "list", "observations of sources", {}, list_options(),
         {"spine captures list --partition week_ending=2025-12-12"}, &list_captures},
        {"captures", "withdraw", "take a capture out of sight: its partition goes back to the newest one that is left; nothing is deleted",
         {{"CAPTURE", "the whole id of a capture"}}, {why, as},
         {"spine captures withdraw finra.otc_transparency:OTC:2025-12-19:2026-01-05.2 --reason 'the file was cut short'"}, &withdraw_capture},
        {"captures", "publish", "have readers see this capture, whatever its checks said, until a newer one qualifies",
         {{"CAPTURE", "the whole id of a capture"}}, {why, as},
         {"spine captures publish finra.otc_transparency:OTC:2025-12-19:2026-01-05.2 --reason 'FINRA confirmed the figures'"}, &publish_capture},
        {"rejects", "list", "rows that were refused, with their reason", {},
         list_options({stage, {"reason", '\0', "CODE", "only this reason", false}}),
         {"spine rejects list --domain otc"}, &list_rejects},
        {"quality", "list", "checks of the data", {},
         list_options({stage, {"status", '\0', "STATUS", "PASS, WARN, FAIL or NOT_ASKED", false}}),
         {"spine quality list --status FAIL"}, &list_quality},
        {"anomalies", "list", "what a person should know", {},
         list_options({stage, {"severity", '\0', "LEVEL", "DEBUG, INFO, WARN, ERROR or CRITICAL", false}}),
         {"spine anomalies list --severity ERROR"}, &list_anomalies},
        {"", "query", "read-only SQL over the store", {{"SQL", "one SELECT, in quotes"}},
         {{"guard-formulas", '\0', "", "CSV: keep spreadsheets from computing texts that begin with = + - @", false},
          {"timeout", '\0', "SECONDS", "give up after so long; 60 without it", false},
          {"memory", '\0', "MIB", "and when it needs more; 1024 without it", false}},
         {"spine query 'SELECT tier, count(*) FROM otc_raw_latest GROUP BY tier'",
          "spine query -o csv 'SELECT * FROM otc_symbol_summary_latest' > summary.csv"},
         &query_store},
        {"config", "view", "every setting with its value and where it came from; passwords are not shown", {},
         {{"show-sources", '\0', "", "also what each one hides: weaker flags, variables, files and profiles", false}},
         {"spine config view --show-sources", "spine --config spine.yaml --profile prod config view -o json"}, &view_configuration},
        {"", "doctor", "examine the installation: program, plugins, store", {}, {}, {"spine doctor"}, &examine_installation},
        {"", "version", "the version of the program", {}, {}, {"spine version -o json"}, &show_version},
    };
}

} // namespace

const std::vector<Command>& commands() {
    static const auto all = make_commands();
    return all;
}

const std::map<std::string, std::string>& groups() {
    static const std::map<std::string, std::string> all{
        {"db", "the store: create, check, copy, prune"},
        {"config", "the settings: flags, variables, files, profiles"},
        {"plugin", "the plugins that were found"},
        {"pipeline", "the work that can be run"},
        {"workflow", "the order in which work is done: look, check, run, publish"},
        {"runs", "history of runs and executions; watching, answering, pausing, cancelling, retrying, forking, going on"},
        {"manifest", "which stage each partition has reached"},
        {"captures", "observations of sources"},
        {"rejects", "rows that were refused"},
        {"quality", "checks of the data"},
        {"anomalies", "what a person should know"},
    };
    return all;
}

const std::vector<Option>& global_options() {
    static const std::vector<Option> all{
        {"db", '\0', "URL", "the store; sqlite:spine.db without it", false},
        {"plugins", '\0', "DIR", "where plugins are", false},
        {"workflows", '\0', "DIR", "where workflows are", false},
        {"config", '\0', "FILE", "configuration file (YAML)", false},
        {"profile", '\0', "NAME", "the environment's name (dev, prod) and with it the profile of the configuration file; none without it", false},
        {"env-file", '\0', "FILE", "NAME=VALUE lines behind the environment; .env beside the configuration file without it", false},
        {"secrets", '\0', "DIR", "where secret:file:NAME is; /run/secrets without it", false},
        {"output", 'o', "FORMAT", "table, json, csv or yaml", false},
        {"quiet", 'q', "", "no notes and no progress", false},
        {"color", '\0', "WHEN", "auto, always or never", false},
        {"log-level", '\0', "LEVEL", "debug, info, warn, error or off", false},
        {"log-format", '\0', "FORMAT", "what goes to standard error: text or json, a line each", false},
        {"log-file", '\0', "FILE", "append the same to a file, in the same format", false},
        {"lock-timeout", '\0', "SECONDS", "how long to wait for the store's lock; 60 without it", false},
        {"without", '\0', "PLUGINS", "files of plugins that are not loaded, by their names with or without .so, commas between them", false},
        {"only", '\0', "PLUGINS", "the only files of plugins that are loaded", false},
        {"safe-mode", '\0', "", "load only the plugins that --only and the configuration's safe_plugins name", false},
        {"help", 'h', "", "show help", false},
    };
    return all;
}

} // namespace spine::cli
