#!/usr/bin/env bash
# kill -9 of a run with every type of step, again and again while it is resumed by a plain `runs resume --all`: the same tables and outputs as
# undisturbed, no effect twice, nothing recorded computed again, no attempt more than kills allow. Then a kill before and after each commit.
#
#   engine_kill_sweep.sh [--count N] [--points N] [--seed S]
#
#   --count N    kills at random instants, several a run (default 25)
#   --points N   kills before and after N of the commit points, and half as many of the end of the run, spread evenly (default 12; 0: all)
#   --seed S     of the random choices (default 1); `random` draws one
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"

sweep_arguments "$@"
[ -f "$at_commit" ] || die "no shim at $at_commit; build the target spine_at_commit"
export SPINE_ENV=test

workflow witness.small <<'YAML'
defaults: {part: 0, rest: 5}
steps:
  - {name: small_rows, pipeline: witness.record, params: {name: $.params.part, rows: 3, pause_ms: $.params.rest}}
  - {name: small_note, handler: witness.note}
YAML
workflow witness.side <<'YAML'
steps:
  - {name: side_rows, pipeline: witness.record, params: {name: side, rows: 2}}
YAML
workflow witness.branches <<'YAML'
execution: parallel
max_concurrency: 3
steps:
  # Claims a partition before the others: that is where the run's manifest says STARTED.
  - {name: trunk, pipeline: witness.record, params: {name: trunk}}
  - {name: left, pipeline: witness.record, params: {name: left, rows: 4, pause_ms: 30}, depends_on: [trunk]}
  - {name: right, pipeline: witness.record, params: {name: right, rows: 4, pause_ms: 30}, depends_on: [trunk]}
  - {name: middle, handler: witness.note}
  - {name: joined, pipeline: witness.gather, params: {name: left}, depends_on: [left, right, middle]}
YAML
workflow witness.mended <<'YAML'
steps:
  - {name: frail, handler: witness.note, config: {broken: 1}}
  - {name: behind, pipeline: witness.record, params: {name: behind}}
on_failure:
  step: {name: mend, type: lambda, handler: witness.steer, config: {retry: frail, params: '{"mended": true}'}}
YAML
workflow witness.everything <<'YAML'
steps:
  - {name: start, handler: witness.list, config: {count: 4}}
  - {name: base, pipeline: witness.record, params: {name: base, rows: 40, pause_ms: 20}}
  - {name: sum, pipeline: witness.gather, params: {name: base}}
  - {name: route, type: choice, condition: outputs.base.row_count >= 40, then_step: steered}
  - {name: never, pipeline: witness.record, params: {name: never}}
  - name: steered
    handler: witness.steer
    config:
      skip: left_out
      insert_after: steered
      inserted: '{"name": "inserted", "pipeline": "witness.record", "params": {"name": "inserted"}}'
      replace: old
      replacement: '{"name": "new", "pipeline": "witness.record", "params": {"name": "new"}}'
      spawn: witness.side
  - {name: left_out, pipeline: witness.record, params: {name: left_out}}
  - {name: old, handler: witness.note}
  - name: each
    type: map
    items: [a, b, c, d, e]
    item_name: part
    max_concurrency: 3
    steps:
      - {name: record, pipeline: witness.record, params: {name: $.params.part, rows: 2, pause_ms: 10}}
      - {name: note, handler: witness.note, config: {say: $.params.part}}
  - name: children
    type: map
    items: [x, y]
    max_concurrency: 2
    steps:
      - {name: child, type: workflow, workflow: witness.small, params: {part: $.params.item}}
  - {name: flaky, handler: witness.note, config: {fail_first: 1}, retry: {max_attempts: 4, initial_delay_seconds: 0.05}}
  - {name: flaky_rows, pipeline: witness.record, params: {name: flaky, fail_first: 1}, retry: {max_attempts: 4, initial_delay_seconds: 0.05}}
  - {name: pause, type: wait, seconds: 0.2}
  - {name: branches, type: workflow, workflow: witness.branches}
  - {name: mended, type: workflow, workflow: witness.mended}
  - {name: agreed, type: approval, approvers: [ann], message: "by the environment", auto_approve_envs: [test]}
  - {name: agreed_late, type: approval, approvers: [ann], message: "by the time", timeout_hours: 0.00005, on_timeout: approve}
  - {name: last, pipeline: witness.record, params: {name: last}}
YAML
run_it=(workflow run witness.everything --key sweep -o json)

# Every value of a JSON text by its path, because members may come in the order in which steps ended.
values="SELECT group_concat(fullkey || '=' || coalesce(atom, ''), ' ') FROM (SELECT fullkey, atom FROM json_tree(%s)
    WHERE type NOT IN ('object', 'array') AND key NOT IN ('run_id', 'called_at', 'at', 'waited_until', 'generation') ORDER BY fullkey)"
# Results of all runs, as people and later steps see them, without what names one run and not another.
outputs() {
    local columns=
    for column in r.result_json s.output_json s.updates_json s.events_json; do
        # shellcheck disable=SC2059
        columns+=", ($(printf "$values" "$column"))"
    done
    sqlite3 -readonly "$store" "SELECT r.workflow, r.params_json, r.status, s.step, s.status, s.reason $columns
        FROM core_workflow_runs r JOIN core_workflow_steps s USING (run_id)
        WHERE s.status IN ('completed', 'skipped') ORDER BY r.workflow, r.params_json, s.step"
}
# What people are told of the run.
answer() {
    spine "${run_it[@]}" >"$work/answer.json" 2>/dev/null || true
    # shellcheck disable=SC2059
    sqlite3 :memory: "SELECT json_extract(readfile('$work/answer.json'), '\$.status'),
        ($(printf "$values" "json_extract(readfile('$work/answer.json'), '\$.context')"))"
}
# Each effect that a commit adds to what is there.
effects() { query "SELECT message, count(*) FROM core_anomalies WHERE category = 'WITNESS' GROUP BY message ORDER BY message"; }
# Keys of the calls whose results are on disk.
recorded() {
    query "SELECT json_extract(output_json, '\$.called_at') FROM core_workflow_steps
           WHERE status = 'completed' AND json_extract(output_json, '\$.called_at') IS NOT NULL" | sort -u
}
# How often each was called: "KEY 2".
calls() { awk '{n[$2]++} END {for (key in n) print key, n[key]}' "$told" | sort; }

reference_outputs=
reference_answer=
reference_effects=
undisturbed() {
    local kept=$store
    [ "$reference_day" != "$(date -u +%F)" ] || return 0
    reference_day=$(date -u +%F)
    rm -rf "$work/undisturbed"
    store_in "$work/undisturbed"
    spine db init >/dev/null
    attempt spine "${run_it[@]}"
    exits 75 "the undisturbed run, up to its last approval"
    finish "the undisturbed run"
    [ "$(recorded | wc -l)" -ge 25 ] && [ "$(join <(recorded) <(calls) | wc -l)" -ge 25 ] || die "the undisturbed run has only $(recorded | wc -l) recorded calls"
    reference=$(digest)
    reference_outputs=$(outputs)
    reference_answer=$(answer)
    reference_effects=$(effects)
    [[ $reference =~ ^[0-9a-f]{64}$ ]] || die "db digest printed no digest: $reference"
    [ "$(wc -l <<<"$reference_effects")" -ge 18 ] || die "the undisturbed run had the effects: $reference_effects"
    [ "$reference_day" = "$(date -u +%F)" ] || undisturbed
    store=$kept
}

# looked: notes what is recorded now and how often it was called; an earlier note is compared. Called after each kill.
: >"$work/noted"
looked() { # looked WHAT
    local now
    sound "$1"
    # Read before the calls are counted: whatever is recorded then has been called before.
    recorded >"$work/recorded"
    calls >"$work/calls"
    now=$(join "$work/noted" "$work/calls" | awk '$2 != $3 {print $1 " had been recorded after " $2 " calls, now there are " $3}')
    [ -z "$now" ] || differs "$1: computed again: $(head -n 3 <<<"$now" | tr '\n' ';') $(grep -F "$(head -n 1 <<<"$now" | cut -d ' ' -f 1)" "$told" | tr '\n' ';')"
    join "$work/recorded" "$work/calls" >"$work/noted"
}
same() { # same WHAT DEATHS
    local found
    looked "$1"
    equal "$1: digest" "$reference" "$(digest)"
    equal "$1: effects" "$reference_effects" "$(effects)"
    found=$(diff <(tr ' ' '\n' <<<"$reference_outputs") <(outputs | tr ' ' '\n')) || differs "$1: outputs: $(head -n 6 <<<"$found" | tr '\n' ' ')"
    found=$(diff <(tr ' ' '\n' <<<"$reference_answer") <(answer | tr ' ' '\n')) || differs "$1: the answer: $(head -n 6 <<<"$found" | tr '\n' ' ')"
    equal "$1: runs that are not finished" 0 "$(query "$unfinished_sql")"
    equal "$1: steps left open" 0 "$(query "SELECT count(*) FROM core_workflow_steps WHERE status IN ('pending', 'running', 'waiting')")"
    equal "$1: executions left running" 0 "$(query "SELECT count(*) FROM core_executions WHERE status = 'running'")"
    equal "$1: steps with two results" "" "$(query "
        SELECT run_id, step FROM core_workflow_steps WHERE status IN ('completed', 'skipped') GROUP BY run_id, step, generation HAVING count(*) > 1")"
    equal "$1: steps with more attempts than kills allow" "" "$(query "
        SELECT step, max(attempt) FROM core_workflow_steps GROUP BY run_id, step, generation
        HAVING max(attempt) > $2 + 1 + (step LIKE 'flaky%') + (step = 'frail')")"
    equal "$1: attempts of pipelines that were begun twice" "" "$(sed -n 's/^pipeline //p' "$told" | sort | uniq -d)"
}
on_fresh() {
    undisturbed
    rm -rf "$work/store"
    store_in "$work/store"
    spine db init >/dev/null
    : >"$told"
    : >"$work/noted"
}

undisturbed
timed() { # timed NUMBER prepare|go
    store_in "$work/timed.$1"
    if [ "$2" = prepare ]; then spine db init; else spine "${run_it[@]}"; fi
}
median_time timed

# One run, killed until a third of the chances says no or nothing is left to do.
trial() {
    local what deaths=0 before=$differences kept
    what="run $1 (seed $seed)"
    on_fresh
    draw "$median"
    killed_after "$drawn" "$program" --db "sqlite:$store" "${run_it[@]}"
    while [ "$code" = 137 ]; do
        deaths=$((deaths + 1))
        looked "$what, after kill $deaths"
        [ "$killed" -lt "$count" ] && [ $((RANDOM % 3)) -lt 2 ] || break
        [ -s "$told" ] || break
        draw "$median"
        kept=$median # a resume is quicker than the whole run
        killed_after "$drawn" "$program" --db "sqlite:$store" runs resume --all
        median=$kept
    done
    # A kill may have come before the run was there.
    if [ "$(query "SELECT count(*) FROM core_workflow_runs")" = 0 ]; then
        attempt spine "${run_it[@]}"
        [ "$code" = 75 ] || exits 0 "$what: the command again" # 75: its last approval is not due yet
    fi
    finish "$what"
    same "$what, killed $deaths times" "$deaths"
    if [ "$reference_day" != "$(date -u +%F)" ]; then # captures have other ids then
        differences=$before
    fi
}
tries=0
while [ "$killed" -lt "$count" ] && [ "$tries" -lt $((5 * count)) ]; do
    tries=$((tries + 1))
    trial "$tries"
done

# A run that waits for the time of its last approval, so that its end is done by the process that resumes it.
at_its_end() {
    if [ "$reference_day" != "$waiting_day" ]; then
        on_fresh
        attempt spine "${run_it[@]}"
        exits 75 "the run up to its last approval"
        rm -rf "$work/waiting"
        mv "$work/store" "$work/waiting"
        cp "$told" "$work/told.waiting"
        waiting_day=$reference_day
    fi
    on_fresh
    rm -rf "$work/store"
    cp -r "$work/waiting" "$work/store"
    cp "$work/told.waiting" "$told"
    sleep 0.2
}
waiting_day=
at_points=0
# killed_at_points WHAT PREPARE N COMMAND...: N of the command's commits, each on a store that was prepared.
killed_at_points() {
    local what prepare=$2 side point before of=$1 wanted=$3
    shift 3
    "$prepare"
    rm -f "$work/points"
    commit_points "$work/points" "$program" --db "sqlite:$store" "$@"
    total=$(wc -l <"$work/points")
    all_points+=" $total"
    for point in $(spread "$total" "$wanted"); do
        for side in before after; do
            what="$of, killed $side point $point of $total"
            before=$differences
            "$prepare"
            code=0
            { env LD_PRELOAD="$at_commit" SPINE_SHIM_KILL="$side:$point" "$program" --db "sqlite:$store" "$@" >"$work/out" 2>"$work/err" ||
                code=$?; } 2>/dev/null
            # Steps side by side may share commits, so that there are not always equally many.
            [ "$code" = 137 ] || [ "$point" -gt $((total * 3 / 4)) ] || differs "$what: it ended with $code: $(said)"
            looked "$what"
            if [ "$(query "SELECT count(*) FROM core_workflow_runs")" = 0 ]; then
                attempt spine "${run_it[@]}"
            fi
            finish "$what"
            same "$what" 1
            [ "$reference_day" = "$(date -u +%F)" ] || differences=$before
            at_points=$((at_points + 1))
        done
    done
}
all_points=
killed_at_points "the run" on_fresh "$points" "${run_it[@]}"
killed_at_points "its end" at_its_end $((points / 2)) runs resume --all

[ "$killed" -eq "$count" ] || differs "only $killed of $count kills came in time, in $tries runs"
verdict "$killed random kills of $tries runs within $(as_seconds "$median") s, $at_points kills at the$all_points commit points of the run and of its end, seed $seed"
