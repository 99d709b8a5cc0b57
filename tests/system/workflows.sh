#!/usr/bin/env bash
# Workflows as a person runs them: the shipped files with their golden results, quality gates, resuming, definitions that change
# meanwhile, and bad input with its exit codes and words.
#
#   workflows.sh [--only PART]...
#
#   --only PART   refresh, gate, weeks, backfill, faults, spellings, pinned, taken_up, blocked, keys, bad_runs, hostile
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(refresh gate weeks backfill faults spellings pinned taken_up blocked keys bad_runs hostile)
choose_parts "$@"

workflows=$source_root/workflows
refresh=$workflows/finra_weekly_refresh.yaml
tell_steps="SELECT step || ' ' || status FROM core_workflow_steps ORDER BY step_seq"
# week WEEK ROWS [NULLS]: a file of that many symbols, NULLS of them with an empty symbol; tells its name.
week() {
    local file=$work/week_$1_$2_${3:-0}.psv
    awk -v week="$1" -v rows="$2" -v nulls="${3:-0}" 'BEGIN {
        print "WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades"
        for (i = 0; i < rows; ++i) {
            symbol = sprintf("S%c%c%c", 65 + i / 676 % 26, 65 + i / 26 % 26, 65 + i % 26)
            printf "%s|OTC|%s|ABCD|%d|%d\n", week, i < nulls ? "" : symbol, 1000 + i, 10 + i % 7
        }
    }' >"$file"
    echo "$file"
}
fridays() { # fridays FIRST COUNT
    local i
    for ((i = 0; i < $2; ++i)); do date -u -d "$1 + $((7 * i)) days" +%F; done
}

part_refresh() {
    local before
    fresh refresh
    does "the first refresh" spine workflow run "$refresh" -p "file=$(week 2025-10-03 200)" -p tier=OTC
    rows "its steps" "ingest completed validate_ingest completed normalize completed aggregate completed check_rolling completed should_compute_rolling completed rolling skipped notify completed" "$tell_steps"
    rows "rolling is not there" 0 "SELECT count(*) FROM core_manifest WHERE stage = 'ROLLING'"
    rows "weeks available" "1 6" "SELECT json_extract(output_json, '\$.available_weeks') || ' ' || json_extract(output_json, '\$.required_weeks') FROM core_workflow_steps WHERE step = 'check_rolling'"
    rows "rolling says why" "jumped over by 'should_compute_rolling': Only 1 weeks available. need 6" "SELECT replace(reason, ',', '.') FROM core_workflow_steps WHERE step = 'rolling'"
    rows "a notification is recorded" notification "SELECT json_extract(events_json, '\$[0].name') FROM core_workflow_steps WHERE step = 'notify'"
    rows "the manifest of the run" '"{""tier"":""OTC"",""week_ending"":""2025-10-03""}"' "SELECT DISTINCT partition_key FROM core_manifest WHERE domain = 'workflow.finra.weekly_refresh_v2'"
    rows "its first and last stage" "STARTED COMPLETED" "SELECT stage FROM core_manifest WHERE domain = 'workflow.finra.weekly_refresh_v2' AND stage IN ('STARTED', 'COMPLETED') ORDER BY stage_rank"
    does "the story" spine runs show "$(query "SELECT run_id FROM core_workflow_runs")"
    says "the story" "Only 1 weeks available, need 6|rolling|skipped|should_compute_rolling|notification" "$work/out"
    before=$(digest)
    does "the refresh again" spine workflow run "$refresh" -p "file=$(week 2025-10-03 200)" -p tier=OTC
    equal "the refresh again: no row changes" "$before" "$(digest)"
    rows "its pipelines were done before" "ingest skipped normalize skipped aggregate skipped" "
        SELECT step || ' ' || status FROM core_workflow_steps WHERE run_id = (SELECT max(run_id) FROM core_workflow_runs)
        AND type = 'pipeline' AND step <> 'rolling' ORDER BY step_seq"
    rows "and say so" 3 "SELECT count(*) FROM core_workflow_steps WHERE run_id = (SELECT max(run_id) FROM core_workflow_runs)
        AND type = 'pipeline' AND status = 'skipped' AND step <> 'rolling' AND reason <> ''"
    for friday in $(fridays 2025-10-10 5); do
        does "the refresh of $friday" spine workflow run "$refresh" -p "file=$(week "$friday" 200)" -p tier=OTC
    done
    rows "with six weeks rolling is done" "rolling completed" "SELECT step || ' ' || status FROM core_workflow_steps
        WHERE run_id = (SELECT max(run_id) FROM core_workflow_runs) AND step = 'rolling'"
    rows "its rows are complete" "200 1" "SELECT count(*) || ' ' || min(is_complete) FROM otc_symbol_rolling_6w WHERE week_ending = '2025-11-07'"
    does "the plan of what is done" spine -o json workflow plan "$refresh" -p "file=$(week 2025-11-07 200)" -p tier=OTC
    says "the plan" "ingest|skip|check_rolling|unknown" "$work/out"
    does "the plan of one that starts others" spine workflow plan "$workflows/finra_multi_tier_refresh.yaml" -p "file_otc=$(week 2025-11-07 200)"
    says "the plan" "does a run of finra.weekly_refresh_v2" "$work/out"
    sound "after the refreshes"
}

part_gate() {
    local friday
    fresh gate
    for friday in $(fridays 2025-08-01 8); do
        does "an ordinary week" spine workflow run "$workflows/finra_quality_gated_refresh.yaml" -p "file=$(week "$friday" 500)" -p tier=OTC
    done
    checks=$((checks + 1))
    attempt spine workflow run "$workflows/finra_quality_gated_refresh.yaml" -p "file=$(week 2025-09-26 300 9)" -p tier=OTC
    exits 6 "a week with 40 % less"
    says "why the gate is shut" "Quality gate failed|Null rate 3.|exceeds 1% threshold|Record count variance 4|exceeds 20%|QUALITY_GATE" "$work/err"
    rows "the reasons are kept" 2 "SELECT json_array_length(output_json, '\$.reasons') FROM core_workflow_steps WHERE step = 'quality_gate' AND status = 'failed'"
    rows "an anomaly" "ERROR WORKFLOW_FAILURE workflow.quality_gate" "SELECT severity || ' ' || category || ' ' || stage FROM core_anomalies WHERE category = 'WORKFLOW_FAILURE'"
    rows "nothing is aggregated" 0 "SELECT count(*) FROM otc_symbol_summary WHERE week_ending = '2025-09-26'"
    rows "the week before is" 500 "SELECT count(*) FROM otc_symbol_summary WHERE week_ending = '2025-09-19'"
    rows "the run failed" "failed quality_gate QUALITY_GATE" "SELECT status || ' ' || error_step || ' ' || error_category FROM core_workflow_runs WHERE status = 'failed'"
    sound "after the gate"
}

part_weeks() {
    fresh weeks
    does "the Fridays of a year" spine -o json workflow run "$workflows/finra_generate_weeks.yaml" -p start_date=2025-01-01 -p end_date=2025-12-31
    rows "are 52" "52 2025-01-03 2025-12-26" "SELECT json_extract(output_json, '\$.week_count') || ' ' || json_extract(output_json, '\$.weeks[0]') || ' ' || json_extract(output_json, '\$.weeks[51]') FROM core_workflow_steps WHERE type = 'lambda'"
    checks=$((checks + 1))
    attempt spine workflow run "$workflows/finra_generate_weeks.yaml" -p start_date=2025-12-31 -p end_date=2025-01-01
    [ "$code" != 0 ] || differs "a year that ends before it begins was accepted"
}

part_backfill() {
    fresh backfill
    does "one week" spine workflow run finra.backfill_single_week -p tier=OTC -p week_ending=2025-10-03 -p "file=$(week 2025-10-03 50)"
    rows "is aggregated" 50 "SELECT count(*) FROM otc_symbol_summary"
    does "the same week again" spine workflow run finra.backfill_single_week -p tier=OTC -p week_ending=2025-10-03 -p "file=$(week 2025-10-03 50)"
    rows "is passed over" "skipped" "SELECT DISTINCT status FROM core_workflow_steps WHERE type = 'pipeline' AND run_id = (SELECT max(run_id) FROM core_workflow_runs)"
    rows "and recorded all the same" 2025-10-03 "SELECT json_extract(updates_json, '\$.processed_weeks[0]') FROM core_workflow_steps WHERE step = 'record_progress' AND run_id = (SELECT max(run_id) FROM core_workflow_runs)"
}

part_faults() {
    local file=$work/nine.yaml
    cat >"$file" <<'YAML'
name: demo.nine_faults
domain: finra.otc_transparency
colour: blue
steps:
  - name: ingest
    type: pipeline
    pipeline: finra.otc_transparency.ingest_weak
  - name: check
    type: lambda
    handler: finra.otc_transparency.steps.validate_ingst
  - name: normalize
    type: pipeline
    pipeline: finra.otc_transparency.normalize_week
    params: { tier: NMS_TIER_9 }
  - name: aggregate
    type: pipeline
    pipeline: finra.otc_transparency.aggregate_week
    params: { teir: OTC }
  - name: route
    type: choice
    condition: "rows >"
    then_step: aggregate_all
  - name: normalize
    type: pipeline
    pipeline: finra.otc_transparency.normalize_week
  - name: late
    type: pipeline
    pipeline: finra.otc_transparency.compute_hhi
    on_error: ignore
    next: ingest
YAML
    fresh faults
    refuses 3 "nine faults" "" spine workflow validate "$file"
    checks=$((checks + 1))
    attempt spine -o json workflow validate "$file"
    exits 3 "nine faults as JSON"
    sqlite3 :memory: "SELECT json_extract(value, '\$.line') || ':' || json_extract(value, '\$.column') FROM json_each(readfile('$work/out'))
        WHERE json_extract(value, '\$.severity') = 'error' AND length(json_extract(value, '\$.hint')) > 0
        AND json_extract(value, '\$.line') > 0 AND json_extract(value, '\$.column') > 0" >"$work/places" 2>"$work/err" || differs "the findings are no JSON: $(said)"
    [ "$(sort -u "$work/places" | wc -l)" -ge 9 ] || differs "nine faults: only $(wc -l <"$work/places") findings with place and hint: $(tr '\n' ' ' <"$work/places")"
    says "nine faults" "ingest_week|validate_ingest|NMS_TIER_9|teir|colour|normalize|aggregate_all|ignore" "$work/out"
}

part_spellings() {
    local file flat other
    for file in "$workflows"/*.yaml; do
        for spelling in flat resource; do
            other=$work/spelled_$spelling.yaml
            does "$(basename "$file") in $spelling spelling" spine workflow show "$file" -o yaml --spelling "$spelling"
            cp "$work/out" "$other"
            does "is sound" spine workflow validate "$other"
        done
        does "$(basename "$file") as it is" spine workflow show "$file" -o yaml --spelling flat
        flat=$(cat "$work/out")
        does "and by way of the other" spine workflow show "$work/spelled_resource.yaml" -o yaml --spelling flat
        equal "$(basename "$file"): both spellings say the same" "$flat" "$(cat "$work/out")"
        does "$(basename "$file") is sound" spine workflow validate "$file"
    done
}

# interrupted FILE POINT ARG...: a run of a file, killed after its POINTth commit.
interrupted() {
    killed_at "after:$2" "$program" --db "sqlite:$store" workflow run "$1" "${@:3}"
}

part_pinned() {
    local file=$work/changing.yaml run
    cp "$refresh" "$file"
    fresh pinned
    interrupted "$file" 5 --key one -p "file=$(week 2025-10-03 50)" -p tier=OTC
    run=$(query "SELECT run_id FROM core_workflow_runs WHERE status = 'running'")
    [ -n "$run" ] || differs "the run was not interrupted"
    sed -i '/- name: aggregate/,/^$/d' "$file"
    printf '  - { name: something_new, type: pipeline, pipeline: common.noop }\n' >>"$file"
    does "the changed file is sound" spine workflow validate "$file"
    does "the run goes on" spine workflow run "$file" --key one -p "file=$(week 2025-10-03 50)" -p tier=OTC
    rows "by the definition that it began with" "aggregate completed" "SELECT step || ' ' || status FROM core_workflow_steps WHERE status = 'completed' AND step IN ('aggregate', 'something_new')"
    rows "which is kept" 1 "SELECT count(*) FROM core_workflow_definitions"
    does "a new run goes by the new one" spine workflow run "$file" -p "file=$(week 2025-10-03 50)" -p tier=OTC
    rows "with its new step" "something_new completed" "SELECT step || ' ' || status FROM core_workflow_steps WHERE step = 'something_new'"
    refuses 5 "a finished run" "has ended" spine runs resume "$run"
    refuses 4 "an unknown run" "" spine runs resume 00000000-0000-7000-8000-000000000000
}

# An interrupted run is taken up from another folder, after its file's defaults changed, after its file was broken.
part_taken_up() {
    local file=$work/taken.yaml i=0 sql="SELECT status || ' ' || count(*) FROM core_workflow_runs GROUP BY status"
    fresh taken_up
    mkdir -p "$work/elsewhere"
    cp "$(week 2025-10-03 50)" "$work/relative.psv"
    cp "$refresh" "$file"
    (cd "$work" && interrupted "$file" 2 --key one -p file=relative.psv -p tier=OTC)
    rows "interrupted" "running 1" "$sql"
    (cd "$work/elsewhere" && does "resumed from another folder" spine runs resume --all && exit "$differences") || differs "resuming from another folder"
    rows "done" "completed 1" "$sql"
    for change in 's/NMS_TIER_2: \[\]/NMS_TIER_2: [PLUG]/' 's/^steps:/colour: blue\nsteps:/'; do
        i=$((i + 1))
        cp "$refresh" "$file"
        interrupted "$file" 4 --key "change$i" -p "file=$(week 2025-10-10 5$i)" -p tier=OTC
        sed -i "$change" "$file"
        does "taken up after $change" spine workflow run "$file" --key "change$i" -p "file=$(week 2025-10-10 5$i)" -p tier=OTC
        rows "done after $change" "completed $((i + 1))" "$sql"
    done
}

part_blocked() {
    local run
    fresh blocked
    interrupted "$refresh" 5 -p "file=$(week 2025-10-03 50)" -p tier=OTC
    run=$(query "SELECT run_id FROM core_workflow_runs")
    mkdir "$work/no_plugins"
    checks=$((checks + 1))
    attempt spine --plugins "$work/no_plugins" runs resume "$run"
    exits 7 "without its plugin"
    says "blocked" "blocked: plugin finra_otc not loaded" "$work/err"
    rows "the run waits" "waiting blocked: plugin finra_otc not loaded" "SELECT status || ' ' || reason FROM core_workflow_runs"
    checks=$((checks + 1))
    does "with it" spine runs resume "$run"
    rows "the run is done" "completed" "SELECT status FROM core_workflow_runs"
    interrupted "$refresh" 4 --key again -p "file=$(week 2025-10-10 50)" -p tier=OTC
    attempt spine --plugins "$work/no_plugins" workflow run "$refresh" --key again -p "file=$(week 2025-10-10 50)" -p tier=OTC
    exits 7 "the same command without its plugin"
    says "the same command is blocked too" "blocked: plugin finra_otc not loaded" "$work/err"
    interrupted "$refresh" 4 -p "file=$(week 2025-10-17 50)" -p tier=OTC
    does "all that wait" spine runs resume --all
    rows "are done" "completed,3" "SELECT status, count(*) FROM core_workflow_runs GROUP BY status"
    sound "after being blocked"
}

part_keys() {
    local i ids
    fresh keys
    for i in 1 2 3 4; do
        spine -o json workflow run "$refresh" --key same -p "file=$(week 2025-10-03 300)" -p tier=OTC >"$work/answer.$i" 2>"$work/answer.$i.err" &
    done
    for i in $(jobs -p); do
        wait "$i" || differs "one of four with the same key failed: $(head -c 300 "$work"/answer.?.err)"
    done
    checks=$((checks + 1))
    ids=$(for i in 1 2 3 4; do sqlite3 :memory: "SELECT json_extract(readfile('$work/answer.$i'), '\$.run_id') || ' ' || json_extract(readfile('$work/answer.$i'), '\$.status')"; done | sort -u)
    equal "four calls, one run" "$(query "SELECT run_id || ' ' || status FROM core_workflow_runs")" "$ids"
    refuses 5 "the key with other parameters" "same|parameters" spine workflow run "$refresh" --key same -p "file=$(week 2025-10-10 300)" -p tier=OTC
}

part_bad_runs() {
    local file=$work/bad.yaml
    fresh bad_runs
    refuses 3 "an unknown parameter" "teir|tier" spine workflow run "$refresh" -p "file=$(week 2025-10-03 50)" -p teir=OTC
    refuses 3 "a value that is not allowed" "tier|NMS_TIER_1" spine workflow run "$refresh" -p "file=$(week 2025-10-03 50)" -p tier=GOLD
    refuses 3 "a date that is none" "week_ending" spine workflow run "$refresh" -p "file=$(week 2025-10-03 50)" -p week_ending=yesterday
    refuses 4 "a file that is not there" "nowhere.yaml" spine workflow run "$work/nowhere.yaml"
    refuses 4 "a name that nobody has" "finra.weekly_refresh_v2" spine workflow run finra.weekly_refresh_v3
    printf 'name: t.mixed\ndomain: t\ndefaults: { limit: 5, name: text }\nsteps:\n  - { name: go, type: pipeline, pipeline: common.noop }\n  - { name: route, type: choice, condition: "%s", then_step: last }\n  - { name: last, type: pipeline, pipeline: common.noop }\n' 'limit > name' >"$file"
    checks=$((checks + 3))
    attempt spine workflow run "$file"
    exits 1 "text beside a number"
    says "text beside a number" "route|column" "$work/err"
    sed -i 's/limit > name/1 \/ (limit - 5) > 1/' "$file"
    attempt spine workflow run "$file"
    exits 1 "a division by zero"
    says "a division by zero" "route|zero" "$work/err"
    sed -i 's/condition: ".*"/condition: "has(outputs.go.nothing)"/' "$file"
    attempt spine workflow run "$file"
    exits 0 "has() of nothing"
    printf 'name: t.path\ndomain: t\nsteps:\n  - { name: go, type: pipeline, pipeline: common.noop }\n  - { name: last, type: pipeline, pipeline: common.sleep, params: { seconds: $.outputs.go.nothing } }\n' >"$file"
    checks=$((checks + 1))
    attempt spine workflow run "$file"
    [ "$code" != 0 ] || differs "a path to nothing was taken for a value"
    says "a path to nothing" "outputs.go.nothing" "$work/err"
    sound "after bad runs"
}

# Hostile files, each of which must be refused or read in its limits of time and memory, with a small stack.
part_hostile() {
    local file n=0 slowest=0 took begin
    mkdir "$work/hostile"
    "$here/hostile_workflows.sh" "$work/hostile"
    for file in "$work"/hostile/*; do
        n=$((n + 1))
        begin=$(microseconds)
        code=0
        (
            ulimit -s 256
            [ "${SPINE_SANITIZED:-0}" = 1 ] || ulimit -v 400000
            exec "$program" workflow validate "$file"
        ) >"$work/out" 2>"$work/err" </dev/null || code=$?
        took=$(($(microseconds) - begin))
        [ "$took" -le "$slowest" ] || slowest=$took
        [ "$code" = 0 ] || [ "$code" = 3 ] || differs "hostile $(basename "$file"): exit $code: $(said)"
        [ "$(wc -c <"$work/err")" -le 200000 ] || differs "hostile $(basename "$file"): $(wc -c <"$work/err") bytes of complaints"
    done
    checks=$((checks + n))
    [ "$n" -ge 300 ] || differs "only $n hostile files"
    echo "hostile: $n files, the slowest took $(as_seconds "$slowest") s"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${#chosen[@]} parts"
