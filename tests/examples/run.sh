#!/usr/bin/env bash
# The examples through the real program, with the numbers that each of them must give.
#
#   run.sh [--only PART]...
#
#   --only PART   b1, b2, b3, b4, b5, i2, i3, i4, i5, f8, m4, p4
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=../system/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../system/lib.sh"

parts=(b1 b2 b3 b4 b5 i2 i3 i4 i5 f8 m4 p4)
choose_parts "$@"

examples=$source_root/tests/examples
export SPINE_PLUGINS=${SPINE_EXAMPLES:-$(dirname "$program")/tests/examples/plugins}
[ -e "$SPINE_PLUGINS/examples.so" ] || die "no examples.so in $SPINE_PLUGINS; build spine_examples, or set SPINE_EXAMPLES"

# runs WHAT EXIT FILE ARGUMENT...: a run of the example; its answer is in $work/out.
runs() {
    local what=$1 expected=$2 file=$3
    shift 3
    checks=$((checks + 1))
    attempt spine -o json workflow run "$examples/$file" "$@"
    exits "$expected" "$what"
}
# tells WHAT EXPECTED PATH: a value of the last answer, "context.outputs.merge.consensus_eps".
tells() {
    local json
    checks=$((checks + 1))
    json=$(sed "s/'/''/g" "$work/out")
    equal "$1" "$2" "$(query "SELECT json_extract('$json', '\$.$3')" | sed 's/^"\(.*\)"$/\1/')"
}
newest="run_id = (SELECT max(run_id) FROM core_workflow_runs)"
step_is() { # step_is WHAT STATUS STEP: in the newest run
    rows "$1" "$2" "SELECT status FROM core_workflow_steps WHERE step = '$3' AND $newest"
}

part_b1() {
    runs "hello" 0 b1_hello_world.yaml
    tells "greets" "Hello, spine!" context.outputs.greet.message
    tells "shouts" "HELLO, SPINE!" context.outputs.shout.shouted
}

part_b2() {
    runs "a file is loaded" 0 b2_csv_loader.yaml -p "file_path=$examples/data/companies.csv"
    tells "records" 10 context.outputs.extract.row_count
    tells "rejected" 1 context.outputs.validate.rejected
    tells "inserted" 9 context.outputs.load.inserted
    tells "the table" csv_companies context.outputs.load.table
    rows "are there" "9 1" "SELECT count(*) || ' ' || count(DISTINCT file) FROM csv_companies"
    rows "a company" "Apple Inc." "SELECT name FROM csv_companies WHERE ticker = 'AAPL'"
    runs "once more" 0 b2_csv_loader.yaml -p "file_path=$examples/data/companies.csv"
    step_is "nothing to read" skipped extract
    step_is "nothing to load" skipped load
    rows "are still nine" 9 "SELECT count(*) FROM csv_companies"
    printf 'cik,name,ticker\n1,One,ONE\n,Two,TWO\n' >"$work/poor.csv"
    runs "too many without a cik" 6 b2_csv_loader.yaml -p "file_path=$work/poor.csv"
    tells "the step" validate error_step
    tells "why" "Too many rejects: 1/2" error
    rows "nothing of it is loaded" 9 "SELECT count(*) FROM csv_companies"
}

part_b3() {
    runs "two sources" 0 b3_multi_source_merge.yaml
    tells "the consensus" 1.51 context.outputs.merge.consensus_eps
    tells "the spread" 0.02 context.outputs.merge.eps_spread
    tells "the sources" 2 context.outputs.merge.sources_merged
}

part_b4() {
    runs "a report" 0 b4_daily_report.yaml -p report_date=2026-02-16
    tells "its rows" 42 context.outputs.execute.rows
    tells "its check" "Report has 42 rows" context.outputs.validate.message
    tells "its mail" 1 context.outputs.notify.sent
    rows "the event" email "SELECT json_extract(events_json, '\$[0].name') FROM core_workflow_steps WHERE step = 'notify'"
    rows "the log is kept" "INFO a report is made for 2026-02-16" \
        "SELECT level || ' ' || text FROM core_step_logs WHERE step = 'execute'"
}

part_b5() {
    runs "flags as declared" 0 b5_feature_flags.yaml
    tells "the old parser" v1 context.outputs.parse_v1.parser
    tells "two fields" 2 context.outputs.parse_v1.fields
    step_is "not the new one" skipped parse_v2
    step_is "enriched" completed enrich
    SPINE_FLAG_USE_NEW_PARSER=true runs "the new parser" 0 b5_feature_flags.yaml
    tells "it is that" v2_experimental context.outputs.parse_v2.parser
    step_is "not the old one" skipped parse_v1
    SPINE_FLAG_ENABLE_ENRICHMENT=false runs "no enrichment" 0 b5_feature_flags.yaml
    step_is "is left out" skipped enrich
    tells "stored all the same" 1 context.outputs.store.stored
}

part_i2() {
    runs "a portfolio" 0 i2_portfolio.yaml
    tells "four positions" 4 context.outputs.analyze_each.count
    tells "all analyzed" 4 context.outputs.analyze_each.completed
    tells "the first" AAPL "context.outputs.analyze_each.results[0].ticker"
    tells "its gain" 22500.0 "context.outputs.analyze_each.results[0].pnl"
    tells "the last" GOOGL "context.outputs.analyze_each.results[3].ticker"
    tells "the sum" 53400.0 context.outputs.aggregate.total_pnl
    tells "of so many" 4 context.outputs.aggregate.total_positions
}

part_i3() {
    local first again
    runs "a day" 0 i3_backfill_day.yaml -p date=2025-01-05
    tells "its records" 150 context.outputs.process.processed
    runs "the day again" 0 i3_backfill_day.yaml -p date=2025-01-05
    tells "is done" 1 context.outputs.fetch.skipped
    step_is "nothing to process" skipped process
    runs "a day with a key" 0 i3_backfill_day.yaml -p date=2025-02-28 --key day-59
    first=$(sed -n 's/.*"run_id":"\([^"]*\)".*/\1/p' "$work/out")
    runs "the key again" 0 i3_backfill_day.yaml -p date=2025-02-28 --key day-59
    again=$(sed -n 's/.*"run_id":"\([^"]*\)".*/\1/p' "$work/out")
    equal "one run for one key" "$first" "$again"

    runs "a month" 0 i3_backfill_month.yaml
    tells "its days" 30 context.outputs.each.completed
    rows "their records" "31 4650" "SELECT count(DISTINCT date) || ' ' || count(*) FROM daily_records"
    rows "the last day" 150 "SELECT count(*) FROM daily_records WHERE date = '2025-01-30'"
    rows "the day that was done before" 2 "SELECT count(*) FROM core_workflow_steps
        WHERE $newest AND status = 'skipped' AND step IN ('each[4]/fetch', 'each[4]/process')"
    runs "the month again" 0 i3_backfill_month.yaml
    rows "does nothing" "skipped 60" "SELECT status || ' ' || count(*) FROM core_workflow_steps
        WHERE $newest AND step LIKE 'each[%/%' GROUP BY status"
    rows "the same records" 4650 "SELECT count(*) FROM daily_records"
}

part_i4() {
    runs "filings" 0 i4_sec_filings.yaml
    rows "its steps" "fetch completed normalize completed store completed validate completed" \
        "SELECT step || ' ' || status FROM core_workflow_steps WHERE $newest ORDER BY step"
    tells "are stored" 2 context.outputs.store.filings
    rows "and there" 2 "SELECT count(*) FROM sec_filings WHERE form_type = '10-K'"
}

part_i5() {
    runs "an API that answers the third time" 0 i5_edgar_ingest.yaml
    tells "it took three" 3 context.outputs.fetch.attempts
    rows "each is told" "1 failed TRANSIENT 2 failed TRANSIENT 3 completed" \
        "SELECT trim(attempt || ' ' || status || ' ' || coalesce(error_category, '')) FROM core_workflow_steps
         WHERE step = 'fetch' AND $newest ORDER BY attempt"
    step_is "then it goes on" completed process
    runs "an API that never answers" 7 i5_edgar_ingest.yaml -p fail_first=9
    rows "is asked five times" 5 "SELECT max(attempt) FROM core_workflow_steps WHERE step = 'fetch' AND $newest"
    runs "an open circuit" 7 i5_edgar_ingest.yaml -p circuit_open=true
    tells "why" "EDGAR API circuit open: backing off" error
    tells "its category" DEPENDENCY error_details.category
}

part_f8() {
    runs "three exchanges" 0 f8_market_aggregator.yaml
    tells "tickers" 5 context.outputs.merge.tickers_seen
    tells "on several of them" 2 context.outputs.merge.multi_listed
    tells "that differ" 2 context.outputs.merge.arb_count
    tells "Apple" "AAPL" "context.outputs.merge.arb_opportunities[0].ticker"
    tells "by" 1.63 "context.outputs.merge.arb_opportunities[0].spread_bps"
    tells "Microsoft" "MSFT" "context.outputs.merge.arb_opportunities[1].ticker"
    tells "by so much" 1.67 "context.outputs.merge.arb_opportunities[1].spread_bps"
    tells "bought where" CBOE "context.outputs.merge.arb_opportunities[0].buy_at"
    tells "sold where" NASDAQ "context.outputs.merge.arb_opportunities[0].sell_at"
}

part_m4() {
    runs "a value that is too large" 6 m4_debug.yaml
    tells "where" validate error_step
    tells "why" "Values exceed 8" error
    tells "its category" DATA_QUALITY error_details.category
    tells "what was doubled" 10 "context.outputs.transform.doubled[4]"
    runs "with a larger limit" 0 m4_debug.yaml -p max_value=10
    tells "is well" 1 context.outputs.validate.valid
}

part_p4() {
    runs "a course that changes" 0 p4_changed_course.yaml
    rows "step by step" "size completed heavy skipped gpu skipped fetch failed rescue completed cool_down completed fetch completed process completed" \
        "SELECT step || ' ' || status FROM core_workflow_steps ORDER BY step_seq"
    tells "who asked" "asked for by 'size': less than 1 MB" context.outputs.heavy.reason
    runs "much data" 0 p4_changed_course.yaml -p bytes=2000000 -p fail_first=0
    step_is "is worked through" completed heavy
    runs "no course that helps" 7 p4_changed_course.yaml -p fail_first=9
    tells "where" fetch error_step
}

for part in "${chosen[@]}"; do
    fresh "$part"
    "part_$part"
done
verdict "$checks checks"
