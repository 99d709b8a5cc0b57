#include "cli/command.hpp"
#include "cli/list_commands.hpp"
#include "cli/plugin_commands.hpp"
#include "cli/program_commands.hpp"
#include "cli/run_commands.hpp"
#include "cli/store_commands.hpp"
#include "cli/workflow_commands.hpp"

namespace spine::cli {
namespace {

const Option domain{"domain", '\0', "NAME", "only this domain (or its alias)", false};
const Option partition{"partition", '\0', "K=V", "only partitions with this key", true};
const Option stage{"stage", '\0', "STAGE", "only this stage", false};
const Option param{"param", 'p', "K=V", "a parameter", true};
const Option limit{"limit", '\0', "N", "at most so many rows; 1000 without it", false};

/// The options of a list, with those that only this one has in the middle.
std::vector<Option> list_options(std::vector<Option> own = {}) {
    std::vector<Option> all{domain, partition};
    all.insert(all.end(), own.begin(), own.end());
    all.push_back(limit);
    return all;
}

std::vector<Command> make_commands() {
    return {
        {"db", "init", "create the store, or bring its tables up to date; safe to repeat", {}, {},
         {"spine db init", "spine --db sqlite:/var/lib/spine/spine.db db init"}, &init_store},
        {"db", "check", "examine the integrity of file, references and rules", {}, {}, {"spine db check"}, &check_store},
        {"db", "backup", "write a consistent copy while others work",
         {{"FILE", "where the copy goes; must not be there yet"}}, {}, {"spine db backup /backup/spine-monday.db"}, &backup_store},
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
        {"workflow", "list", "the workflows of the folder", {},
         {{"query", '\0', "TEXT", "only those with this in their name or description", false},
          domain,
          {"tag", '\0', "TAG", "only those with this tag", false}},
         {"spine workflow list", "spine workflow list --domain finra.otc_transparency -o json"}, &list_workflows},
        {"workflow", "show", "a workflow with its parameters and steps",
         {{"NAME|FILE", "the name of a workflow of the folder, or a file"}},
         {{"spelling", '\0', "WHICH", "flat or resource; prints YAML", false}},
         {"spine workflow show finra.weekly_refresh_v2", "spine workflow show ./refresh.yaml --spelling resource"}, &show_workflow},
        {"workflow", "validate", "every fault of workflow files at once, beside the plugins that are loaded",
         {{"FILE", "a file, or the name of a workflow of the folder", false, true}}, {},
         {"spine workflow validate ./refresh.yaml", "spine workflow validate one.yaml two.yaml -o json"}, &validate_workflows},
        {"workflow", "plan", "what a run would do or skip now, and why; touches nothing",
         {{"NAME|FILE", "the name of a workflow of the folder, or a file"}}, {param},
         {"spine workflow plan finra.weekly_refresh_v2 -p file=week.csv -p tier=OTC"}, &plan_workflow},
        {"workflow", "run", "do a workflow in this process",
         {{"NAME|FILE", "the name of a workflow of the folder, or a file"}},
         {param, {"key", '\0', "KEY", "the run starts once: with the same key again, this run is resumed or its result told", false}},
         {"spine workflow run finra.weekly_refresh_v2 -p file=week.csv -p tier=OTC",
          "spine workflow run ./refresh.yaml -p week_ending=2025-12-12 --key refresh-2025-12-12"},
         &run_workflow},
        {"runs", "list", "runs of workflows and single executions, the newest first", {},
         list_options({{"pipeline", '\0', "NAME", "only executions of this pipeline, those of runs too", false},
                       {"workflow", '\0', "NAME", "only runs of this workflow", false},
                       {"status", '\0', "STATUS",
                        "running, completed, skipped, superseded, failed, cancelled, waiting (blocked), paused or interrupted", false},
                       {"all", '\0', "", "also executions that are steps of runs or children of others", false}}),
         {"spine runs list --status failed", "spine runs list --partition tier=OTC -o json"}, &list_runs},
        {"runs", "show", "the whole story of a run, or everything about one execution",
         {{"ID", "its id, or the beginning of it; where a run's and an execution's begin alike, the run's"}}, {},
         {"spine runs show 0199f3a2"}, &show_run},
        {"runs", "resume", "go on with runs that were interrupted, paused or blocked",
         {{"ID", "the run's id, or the beginning of it", true}},
         {{"all", '\0', "", "every run that is not finished and that no living process has", false}},
         {"spine runs resume 0199f3a2", "spine runs resume --all"}, &resume_runs},
        {"manifest", "list", "which stage each partition has reached", {},
         list_options({stage}),
         {"spine manifest list --domain otc --partition tier=OTC"}, &list_manifest},
        {"captures", "list", "observations of sources", {}, list_options(),
         {"spine captures list --partition week_ending=2025-12-12"}, &list_captures},
        {"rejects", "list", "rows that were refused, with their reason", {},
         list_options({stage, {"reason", '\0', "CODE", "only this reason", false}}),
         {"spine rejects list --domain otc"}, &list_rejects},
        {"quality", "list", "checks of the data", {},
         list_options({stage, {"status", '\0', "STATUS", "PASS, WARN or FAIL", false}}),
         {"spine quality list --status FAIL"}, &list_quality},
        {"anomalies", "list", "what a person should know", {},
         list_options({stage, {"severity", '\0', "LEVEL", "DEBUG, INFO, WARN, ERROR or CRITICAL", false}}),
         {"spine anomalies list --severity ERROR"}, &list_anomalies},
        {"", "query", "read-only SQL over the store", {{"SQL", "one SELECT, in quotes"}},
         {{"guard-formulas", '\0', "", "CSV: keep spreadsheets from computing texts that begin with = + - @", false}},
         {"spine query 'SELECT tier, count(*) FROM otc_raw_latest GROUP BY tier'",
          "spine query -o csv 'SELECT * FROM otc_symbol_summary_latest' > summary.csv"},
         &query_store},
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
        {"db", "the store: create, check, copy"},
        {"plugin", "the plugins that were found"},
        {"pipeline", "the work that can be run"},
        {"workflow", "the order in which work is done: look, check, run"},
        {"runs", "history of runs and executions; going on with them"},
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
        {"output", 'o', "FORMAT", "table, json, csv or yaml", false},
        {"quiet", 'q', "", "no notes and no progress", false},
        {"color", '\0', "WHEN", "auto, always or never", false},
        {"log-level", '\0', "LEVEL", "debug, info, warn, error or off", false},
        {"help", 'h', "", "show help", false},
    };
    return all;
}

} // namespace spine::cli
