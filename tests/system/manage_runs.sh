#!/usr/bin/env bash
# Runs as people manage them while other processes drive them: pausing, cancelling, retrying, forking, answering, many at once,
# watching.
#
#   manage_runs.sh [--only PART]...
#
#   --only PART   pause, below, killed, cancel, at, retry, fork, answer, race, timeout, bulk, watch, room, prune
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(pause below killed cancel at retry fork answer race timeout bulk watch room prune)
choose_parts "$@"

# workflow NAME YAML: a file whose steps are the rest; tells its name.
workflow() {
    printf 'name: %s\n%s\n' "$1" "$2" >"$work/$1.yaml"
    echo "$work/$1.yaml"
}
# drives ARG...: a process of its own that does it; `driver` is its id.
drives() {
    "$program" --db "sqlite:$store" "$@" >"$work/driver.out" 2>"$work/driver.err" &
    driver=$!
}
driver_ends() { # driver_ends EXIT WHAT
    checks=$((checks + 1))
    code=0
    wait "$driver" || code=$?
    [ "$code" = "$1" ] || differs "$2: the process that drives the run was to end with $1 and ended with $code: $(tr '\n' ' ' <"$work/driver.err" | cut -c 1-300)"
}
running="SELECT count(*) FROM core_workflow_steps WHERE status = 'running' AND step ="

three_sleeps='steps:
  - {name: a, type: pipeline, pipeline: common.sleep, params: {seconds: 4}}
  - {name: b, type: pipeline, pipeline: common.sleep, params: {seconds: 0.2}}
  - {name: c, type: pipeline, pipeline: common.noop}'
asking='steps:
  - {name: before, type: pipeline, pipeline: common.noop}
  - {name: ask, type: approval, approvers: [ann, bob], message: "go on?"}
  - {name: after, type: pipeline, pipeline: common.noop}'

# What runs ends first, nothing new begins, and resuming goes on where it was.
part_pause() {
    local file run
    fresh pause
    file=$(workflow manage.pause "$three_sleeps")
    drives workflow run "$file"
    until_it_is "step a runs" 1 "$running 'a'"
    run=$(newest)
    ends_with 0 "pause" spine runs pause "$run" --as ann
    driver_ends 130 "paused by another process"
    equal "paused" paused "$(status_of "$run")"
    rows "where it goes on" "b" "SELECT current_step FROM core_workflow_runs"
    rows "its steps" "a completed" "$(of_run "$run")"
    ends_with 0 "listed as paused" spine runs list --state paused
    says "the list" "$run" "$work/out"
    ends_with 0 "resume" spine runs resume "$run"
    rows "all of it, once" "a completed b completed c completed" "$(of_run "$run")"
    rows "it is at no step" "none" "SELECT coalesce(current_step, 'none') FROM core_workflow_runs"
    ends_with 5 "pause of a finished run" spine runs pause "$run"
    ends_with 5 "resume of a finished run" spine runs resume "$run"
    sound "after pausing"
}

# A run below is paused with the one that waits for it, and goes on with it; one that was paused on its own stays so.
part_below() {
    local file run child
    fresh below
    export SPINE_WORKFLOWS=$work
    workflow manage.below "$three_sleeps" >/dev/null
    file=$(workflow manage.above 'steps:
  - {name: part, type: workflow, workflow: manage.below}
  - {name: after, type: pipeline, pipeline: common.noop}')
    drives workflow run "$file"
    until_it_is "step a runs" 1 "$running 'a'"
    run=$(query "SELECT run_id FROM core_workflow_runs WHERE workflow = 'manage.above'")
    child=$(query "SELECT run_id FROM core_workflow_runs WHERE workflow = 'manage.below'")
    ends_with 0 "pause" spine runs pause "$run" --as ann
    driver_ends 130 "paused with what is below"
    rows "both" "paused by ann paused with its parent run" "SELECT reason FROM core_workflow_runs ORDER BY parent_run_id IS NOT NULL"
    rows "its steps" "a completed" "$(of_run "$child")"
    ends_with 0 "nothing to resume" spine runs resume --all
    equal "still paused" paused "$(status_of "$child")"
    ends_with 0 "resume" spine runs resume "$run"
    rows "all of it" "completed completed" "SELECT status FROM core_workflow_runs"
    drives workflow run "$file"
    until_it_is "step a runs again" 1 "$running 'a'"
    run=$(query "SELECT max(run_id) FROM core_workflow_runs WHERE workflow = 'manage.above'")
    kill -TERM "$driver"
    wait "$driver" || true
    ends_with 0 "resume of one that was interrupted" spine runs resume "$run"
    rows "with what was interrupted below it" "completed" "SELECT DISTINCT status FROM core_workflow_runs"
    unset SPINE_WORKFLOWS
    sound "after pausing what is below"
}

# A single execution whose process was killed is said to be interrupted, until the same command has gone on with it.
part_killed() {
    local id
    fresh killed
    drives run common.sleep -p seconds=20
    until_it_is "it runs" 1 "SELECT count(*) FROM core_executions WHERE status = 'running'"
    id=$(query "SELECT execution_id FROM core_executions")
    equal "while it runs" running "$(spine -o json runs list | sed -n 's/.*"status":"\([a-z]*\)".*/\1/p')"
    { kill -9 "$driver" && wait "$driver"; } 2>/dev/null || true
    equal "after its death" interrupted "$(spine -o json runs list --state interrupted | sed -n 's/.*"status":"\([a-z]*\)".*/\1/p')"
    equal "of those that run" "" "$(spine -o json runs list --state running | sed -n 's/.*"status":"\([a-z]*\)".*/\1/p')"
    ends_with 0 "shown" spine runs show "$id"
    says "what it shows" "interrupted" "$work/out"
    ends_with 0 "doctor" spine doctor
    says "doctor" "1 execution was left by a process that died" "$work/out"
    sound "after a kill"
}

# Once it has been said, nothing is committed any more, whoever drives the run.
part_cancel() {
    local file run kept all="SELECT quote(status) || quote(reason) || fence || quote(finished_at) FROM core_workflow_runs UNION ALL
        SELECT step || status || quote(finished_at) || quote(output_json) FROM core_workflow_steps UNION ALL
        SELECT pipeline || status || quote(finished_at) FROM core_executions"
    fresh cancel
    file=$(workflow manage.cancel "${three_sleeps/seconds: 4/seconds: 6}")
    drives workflow run "$file"
    until_it_is "step a runs" 1 "$running 'a'"
    run=$(newest)
    ends_with 0 "cancel" spine runs cancel "$run" --as ann --reason 'wrong week'
    kept=$(query "$all")
    equal "cancelled" cancelled "$(status_of "$run")"
    driver_ends 1 "cancelled by another process"
    equal "nothing was committed after it" "$kept" "$(query "$all")"
    rows "why" "cancelled by ann: wrong week" "SELECT reason FROM core_workflow_runs"
    ends_with 0 "once more" spine runs cancel "$run"
    ends_with 5 "resume" spine runs resume "$run"
    ends_with 0 "a cancelled run may be retried" spine runs retry "$run" --no-wait
    ends_with 0 "and cancelled again" spine runs cancel "$run"
    sound "after cancelling"
}

# At which step a run is, while it is there: in order, and side by side the one that began first.
part_at() {
    local file run at="SELECT current_step FROM core_workflow_runs"
    fresh at
    file=$(workflow manage.at 'steps:
  - {name: a, type: pipeline, pipeline: common.noop}
  - {name: z, type: map, items: [1, 2], steps: [{name: b, type: pipeline, pipeline: common.sleep, params: {seconds: 1.5}}], max_concurrency: 1}
  - {name: c, type: pipeline, pipeline: common.sleep, params: {seconds: 5}}')
    drives workflow run "$file"
    until_it_is "an item runs" 1 "$running 'z[1]/b'"
    rows "it is at the map" z "$at"
    until_it_is "the last step runs" 1 "$running 'c'"
    rows "it is at the last" c "$at"
    run=$(newest)
    ends_with 0 "the list" spine -o json runs list
    says "the list says it" '"current_step":"c"' "$work/out"
    ends_with 0 "cancel" spine runs cancel "$run" --as ann
    driver_ends 1 "cancelled"
    rows "there it was" c "$at"
    ends_with 0 "and it goes on at" spine runs retry "$run" --from a --no-wait
    rows "the step that was named" a "$at"
    ends_with 0 "no more" spine runs cancel "$run"
    fresh at_side
    file=$(workflow manage.at_side 'execution: parallel
steps:
  - {name: y, type: pipeline, pipeline: common.sleep, params: {seconds: 2}}
  - {name: b, type: pipeline, pipeline: common.sleep, params: {seconds: 4}}')
    drives workflow run "$file"
    until_it_is "both run" 2 "SELECT count(*) FROM core_workflow_steps WHERE status = 'running'"
    rows "it is at the one that began first" y "$at"
    until_it_is "that one has ended" 1 "SELECT count(*) FROM core_workflow_steps WHERE status = 'completed'"
    rows "then at the other" b "$at"
    driver_ends 0 "side by side"
    sound "at steps"
}

part_retry() {
    local file run week
    fresh retry
    week=$work/late.psv
    file=$(workflow manage.retry "steps:
  - {name: first, type: pipeline, pipeline: common.sleep, params: {seconds: 0.1}}
  - {name: ingest, type: pipeline, pipeline: otc.ingest_week, params: {file: '$week', tier: OTC, week_ending: '2025-10-03'}}
  - {name: last, type: pipeline, pipeline: common.noop}")
    attempt spine workflow run "$file"
    [ "$code" != 0 ] || differs "a run without its file did not fail"
    run=$(newest)
    equal "failed" failed "$(status_of "$run")"
    printf 'WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n2025-10-03|OTC|ABCD|EFGH|100|5\n' >"$week"
    ends_with 0 "retry" spine runs retry "$run"
    equal "completed" completed "$(status_of "$run")"
    rows "the good result was kept, the other one done again" "first completed ingest failed ingest completed last completed" "$(of_run "$run")"
    rows "the generation" 2 "SELECT generation FROM core_workflow_runs"
    ends_with 5 "nothing failed" spine runs retry "$run"
    ends_with 0 "from a step on" spine runs retry "$run" --from last --as ann
    rows "only that one" 2 "SELECT count(*) FROM core_workflow_steps WHERE step = 'last' AND status = 'completed'"
    rows "not the first one" 1 "SELECT count(*) FROM core_workflow_steps WHERE step = 'first'"
    ends_with 4 "from a step that there is not" spine runs retry "$run" --from nowhere
    ends_with 0 "the story" spine runs show "$run"
    says "the story" "retried by ann from 'last'" "$work/out"
    sound "after retries"
}

part_fork() {
    local file run fork
    fresh fork
    file=$(workflow manage.fork 'defaults: {rest: 0.3}
steps:
  - {name: a, type: pipeline, pipeline: common.sleep, params: {seconds: $.params.rest}}
  - {name: b, type: pipeline, pipeline: common.sleep, params: {seconds: $.params.rest}}
  - {name: c, type: pipeline, pipeline: common.noop}')
    ends_with 0 "the run" spine workflow run "$file"
    run=$(newest)
    ends_with 0 "the fork" spine runs fork "$run" --at b -p rest=0.1
    fork=$(newest)
    [ "$fork" != "$run" ] || differs "the fork is no run of its own"
    rows "it has what was before and did the rest" "a completed b completed c completed" "$(of_run "$fork")"
    rows "with the other parameter" "300 100" "SELECT json_extract(output_json, '\$.slept_ms') FROM core_workflow_steps WHERE step = 'b' ORDER BY step_seq"
    rows "what was before was not done again" "300 300" "SELECT json_extract(output_json, '\$.slept_ms') FROM core_workflow_steps WHERE step = 'a' ORDER BY step_seq"
    rows "where it comes from" "$run" "SELECT forked_from FROM core_workflow_runs WHERE run_id = '$fork'"
    equal "the origin is as it was" completed "$(status_of "$run")"
    ends_with 4 "at a step that there is not" spine runs fork "$run" --at nowhere
    ends_with 3 "with a parameter that nobody reads" spine runs fork "$run" --at b -p tset=1
    ends_with 3 "with a value of another type" spine runs fork "$run" --at b -p rest=long
    sound "after forks"
}

part_answer() {
    local file run
    fresh asked
    file=$(workflow manage.answer "$asking")
    ends_with 75 "a run that waits for a person gives its process back" spine workflow run "$file"
    run=$(newest)
    equal "it waits" waiting "$(status_of "$run")"
    ends_with 8 "somebody who is not asked" spine runs approve "$run" ask --as eve
    says "who is asked" "ann, bob" "$work/err"
    ends_with 5 "another step" spine runs approve "$run" after --as ann
    ends_with 4 "no step of it" spine runs approve "$run" nowhere --as ann
    says "which wait" "'ask'" "$work/err"
    ends_with 4 "lines of no step of it" spine runs logs "$run" nowhere
    ends_with 4 "another run" spine runs approve 00000000-0000-7000-8000-000000000000 ask --as ann
    ends_with 0 "yes" spine runs approve "$run" ask --as ann --reason 'numbers are fine'
    says "what goes on with it" "spine runs resume $run" "$work/err"
    ends_with 0 "shown" spine runs show "$run"
    says "that the answer is there" "the answer is there" "$work/out"
    ends_with 0 "listed" spine runs list --state waiting
    says "that the answer is there" "'ask' was approved by ann" "$work/out"
    ends_with 0 "the same answer again" spine runs approve "$run" ask --as ann
    ends_with 5 "another answer" spine runs reject "$run" ask --as bob --reason no
    ends_with 0 "resume" spine runs resume --all
    equal "completed" completed "$(status_of "$run")"
    ends_with 0 "the story" spine runs show "$run"
    says "the story" "numbers are fine" "$work/out"
    attempt spine workflow run "$file"
    run=$(newest)
    ends_with 0 "no" spine runs reject "$run" ask --as bob --reason 'not complete'
    attempt spine runs resume "$run"
    [ "$code" != 0 ] || differs "a refused run ended with 0"
    equal "failed" failed "$(status_of "$run")"
    rows "what came after it was not done" "before completed ask failed" "$(of_run "$run")"
    sound "after answers"
}

# Of many answers at once, and a cancel among them, one counts.
part_race() {
    local file run round i yes no counted
    fresh race
    file=$(workflow manage.race "$asking")
    for round in 1 2 3; do
        attempt spine workflow run "$file"
        run=$(newest)
        for i in 1 2 3 4; do
            { spine runs approve "$run" ask --as ann && echo yes; } >"$work/race.yes.$i" 2>/dev/null || true &
            { spine runs reject "$run" ask --as bob --reason no && echo no; } >"$work/race.no.$i" 2>/dev/null || true &
        done
        wait
        yes=$(cat "$work"/race.yes.* | grep -cx yes || true)
        no=$(cat "$work"/race.no.* | grep -cx no || true)
        checks=$((checks + 1))
        [ "$yes-$no" = 4-0 ] || [ "$yes-$no" = 0-4 ] || differs "round $round: $yes said yes and $no said no, and each was told that it counts"
        counted=$(query "SELECT json_extract(answer_json, '\$.approved') FROM core_workflow_steps WHERE run_id = '$run' AND step = 'ask'")
        equal "round $round: the answer that is kept" "$([ "$yes" = 4 ] && echo 1 || echo 0)" "$counted"
        attempt spine runs resume "$run"
        equal "round $round: how it ended" "$([ "$counted" = 1 ] && echo completed || echo failed)" "$(status_of "$run")"
        ends_with 5 "round $round: an answer after the end" spine runs approve "$run" ask --as "$([ "$counted" = 1 ] && echo bob || echo ann)"
    done
    sound "after races"
}

part_timeout() {
    local file run
    fresh timeout
    file=$(workflow manage.timeout "${asking/message:/timeout_hours: 0.0004, message:}")
    drives workflow run "$file"
    code=0
    wait "$driver" || code=$?
    run=$(newest)
    if [ "$(status_of "$run")" = waiting ]; then
        sleep 2
        attempt spine runs resume --all
    fi
    equal "nobody answered" failed "$(status_of "$run")"
    rows "as a timeout" TIMEOUT "SELECT error_category FROM core_workflow_runs"
    ends_with 5 "an answer that comes too late" spine runs approve "$run" ask --as ann
    sound "after a timeout"
}

part_bulk() {
    local file i
    fresh bulk
    file=$(workflow manage.bulk "$asking")
    for i in 1 2 3; do attempt spine workflow run "$file"; done
    ends_with 0 "a dry run" spine runs cancel --state waiting --since 1d --workflow manage.bulk --dry-run
    says "how many" "3 runs to cancel" "$work/err"
    rows "nothing was changed" 3 "SELECT count(*) FROM core_workflow_runs WHERE status = 'waiting'"
    ends_with 0 "another workflow" spine runs cancel --state waiting --workflow nothing
    says "none" "no run matches" "$work/err"
    ends_with 0 "pause all of them" spine runs pause --workflow manage.bulk
    rows "paused" 3 "SELECT count(*) FROM core_workflow_runs WHERE status = 'paused'"
    ends_with 75 "resume all of them, which wait again" spine runs resume --state paused
    rows "waiting again" 3 "SELECT count(*) FROM core_workflow_runs WHERE status = 'waiting'"
    ends_with 0 "cancel all of them" spine runs cancel --state waiting --reason enough
    rows "cancelled" 3 "SELECT count(*) FROM core_workflow_runs WHERE status = 'cancelled'"
    ends_with 5 "a dry run of what would be refused" spine runs pause --state cancelled --dry-run
    says "how many" "0 runs to pause, 3 would be refused" "$work/err"
    ends_with 0 "retry all of them" spine runs retry --state cancelled --no-wait
    ends_with 0 "they are due" spine runs list --state due
    says "so" "nobody has taken it up yet" "$work/out"
    ends_with 2 "neither an id nor options" spine runs cancel
    ends_with 2 "both" spine runs cancel "$(newest)" --state waiting
    for i in $(seq 19); do attempt spine workflow run "$file"; done
    ends_with 2 "very many at once" spine runs cancel --since 1d
    says "how to mean it" "--yes" "$work/err"
    rows "nothing was changed" 0 "SELECT count(*) FROM core_workflow_runs WHERE status = 'cancelled'"
    ends_with 0 "and when it is meant" spine runs cancel --since 1d --yes
    rows "cancelled" 22 "SELECT count(*) FROM core_workflow_runs WHERE status = 'cancelled'"
    sound "after many at once"
}

# Another process tells what happens to a run, as it happens.
part_watch() {
    local file run watcher
    fresh watch
    file=$(workflow manage.watch "$three_sleeps")
    drives workflow run "$file"
    until_it_is "step a runs" 1 "$running 'a'"
    run=$(newest)
    "$program" --db "sqlite:$store" -o json runs watch "$run" --all >"$work/watched" 2>"$work/watched.err" &
    watcher=$!
    driver_ends 0 "the run"
    code=0
    wait "$watcher" || code=$?
    equal "the watcher's exit code is the run's" 0 "$code"
    equal "what it saw" "begun a completed a begun b completed b begun c completed c run completed" \
        "$(sed -E 's/.*"event":"([a-z]+)".*"step":"([a-z]+)".*/\1 \2/; s/.*"event":"run".*"status":"([a-z]+)".*/run \1/' "$work/watched" | tr '\n' ' ' | sed 's/ $//')"
    ends_with 0 "logs" spine runs logs "$run"
    ends_with 0 "followed" spine runs logs "$run" -f
    sound "after watching"
}

# One more than there is room for is skipped: nothing is begun, which is no failure, and who has the room is told.
part_room() {
    local file run skipped
    fresh room
    file=$(workflow manage.room "concurrency: {max_concurrent_runs: 1, on_conflict: skip}
$asking")
    ends_with 75 "the run that has the room" spine workflow run "$file"
    run=$(newest)
    ends_with 0 "one more" spine workflow run "$file"
    says "who has the room, and what to do" "nothing was begun|on_conflict: skip|run $run|spine runs retry"
    skipped=$(query "SELECT run_id FROM core_workflow_runs WHERE run_id <> '$run'")
    rows "nothing was begun" "cancelled waiting" "SELECT status FROM core_workflow_runs ORDER BY status"
    rows "not one step" 0 "SELECT count(*) FROM core_workflow_steps WHERE run_id <> '$run' AND substr(step, 1, 1) <> '@'"
    ends_with 0 "an answer" spine runs approve "$run" ask --as ann
    ends_with 0 "the run goes on" spine runs resume "$run"
    ends_with 75 "now there is room, and it asks as well" spine runs retry "$skipped"
    rows "it was begun" "completed waiting" "SELECT status FROM core_workflow_runs ORDER BY status"
    sound "after skipping"
}

# What a key answers with is kept; --keyed takes it too, and the key then tells how its run ended, begins nothing, and says what is gone.
part_prune() {
    local file run
    fresh prune
    file=$(workflow manage.prune "$three_sleeps")
    sed -i 's/{seconds: [0-9.]*}/{seconds: 0}/' "$file"
    ends_with 0 "a run with a key" spine workflow run "$file" --key monday
    run=$(newest)
    until_it_is "it ended a second ago" 1 "SELECT count(*) FROM core_workflow_runs WHERE julianday('now') - julianday(finished_at) > 1.1 / 86400"
    ends_with 0 "pruning" spine db prune --older-than 1s
    says "what is left" "1 run was left|--keyed" "$work/err"
    rows "its steps" "a completed b completed c completed" "$(of_run "$run")"
    ends_with 0 "pruning, keys too" spine db prune --older-than 1s --keyed
    rows "no steps" "" "$(of_run "$run")"
    ends_with 0 "the key again" spine workflow run "$file" --key monday
    says "how it ended" "$run|completed, its steps were pruned" "$work/out"
    says "that it is the old result" "whose result this is|were pruned at"
    rows "no other run" 1 "SELECT count(*) FROM core_workflow_runs"
    ends_with 5 "the key with something else" spine workflow run "$(workflow manage.prune "defaults: {day: null}
$three_sleeps")" --key monday -p day=2
    ends_with 5 "retry" spine runs retry "$run" --from a
    sound "after pruning"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${chosen[*]}"
