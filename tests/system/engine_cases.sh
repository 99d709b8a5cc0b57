#!/usr/bin/env bash
# Cases of the workflow engine that were once answered wrongly, each as a user meets it: skipped choices and joins side by side, an answer that comes
# too late, an hour between attempts, a queue with room for one, a run that has not ended, a clock that was ahead, runs that were begun and left alone.
#
#   engine_cases.sh [--only PART]...
#
#   --only PART   branches, late, hourly, room, died, unfinished, clock, begun
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(branches late hourly room died unfinished clock begun)
choose_parts "$@"

# workflow NAME YAML: a file whose steps are the rest; tells its name.
workflow() {
    printf 'name: %s\n%s\n' "$1" "$2" >"$work/$1.yaml"
    echo "$work/$1.yaml"
}

part_branches() {
    local file
    fresh branches
    file=$(workflow case.skipped_choice 'execution: parallel
steps:
  - {name: c, type: choice, condition: "true", then_step: a, else_step: b}
  - {name: a, type: pipeline, pipeline: common.noop}
  - {name: b, type: pipeline, pipeline: common.noop}
  - {name: c2, type: choice, condition: "true", then_step: b1, else_step: b2, depends_on: [b]}
  - {name: b1, type: pipeline, pipeline: common.noop}
  - {name: b2, type: pipeline, pipeline: common.fail}')
    ends_with 0 "a choice that is left out" spine workflow run "$file"
    equal "its targets" "a completed b skipped b1 skipped b2 skipped c completed c2 skipped" \
        "$(query "SELECT step || ' ' || status FROM core_workflow_steps ORDER BY step" | tr -d '"' | tr '\n' ' ' | sed 's/ $//')"
    file=$(workflow case.join 'execution: parallel
defaults: {x: true}
steps:
  - {name: c, type: choice, condition: "x", then_step: a, else_step: b}
  - {name: a, type: pipeline, pipeline: common.noop}
  - {name: b, type: pipeline, pipeline: common.noop}
  - {name: c2, type: choice, condition: "true", then_step: b1, else_step: b2, depends_on: [b]}
  - {name: b1, type: pipeline, pipeline: common.noop}
  - {name: b2, type: pipeline, pipeline: common.noop}
  - {name: only_b1, type: pipeline, pipeline: common.noop, depends_on: [b1]}
  - {name: join, type: pipeline, pipeline: common.noop, depends_on: [a, only_b1, b2]}')
    for x in true false; do
        ends_with 0 "a join with x $x" spine workflow run "$file" -p "x=$x"
        equal "the join with x $x" completed "$(query "SELECT status FROM core_workflow_steps WHERE step = 'join' AND run_id = '$(newest)'" | tr -d '"')"
    done
    file=$(workflow case.runs_on 'steps:
  - {name: c, type: choice, condition: "true", then_step: a, else_step: b}
  - {name: a, type: pipeline, pipeline: common.noop}
  - {name: b, type: pipeline, pipeline: common.noop}')
    ends_with 0 "a branch that runs on" spine workflow validate "$file"
    cat "$work/out" >>"$work/err"
    says "that it does" "runs on into the second" "$work/err"
}

part_late() {
    local file run when
    file=$(workflow case.deadline 'steps:
  - {name: ok, type: approval, approvers: [ann], message: "go?", timeout_hours: 0.0003, on_timeout: reject}
  - {name: n, type: pipeline, pipeline: common.noop}')
    for when in before after; do
        fresh "late_$when"
        ends_with 75 "a run that waits for a person" spine workflow run "$file"
        run=$(newest)
        sleep 1.3
        [ "$when" = before ] || ends_with 7 "nobody answered" spine runs resume "$run"
        ends_with 5 "an answer $when anybody has looked" spine runs approve "$run" ok --as ann
        [ "$when" = after ] || ends_with 7 "then nobody has answered" spine runs resume "$run"
        equal "the run" failed "$(status_of "$run")"
    done
}

part_hourly() {
    local file
    fresh hourly
    file=$(workflow case.hourly 'steps:
  - {name: f, type: pipeline, pipeline: common.fail, params: {category: TRANSIENT}, retry: {max_attempts: 6, initial_delay_seconds: 3600, backoff_multiplier: 1}}')
    ends_with 75 "an hour between attempts" spine workflow run "$file"
    rows "never sooner, and a fifth later at the most" 1 "SELECT (julianday(wake_at) - julianday(finished_at)) * 86400 BETWEEN 3599.9 AND 4321 FROM core_workflow_steps"
}

room='concurrency: {max_concurrent_runs: 1, on_conflict: queue}
defaults: {n: 30.5}
steps:
  - {name: s, type: pipeline, pipeline: common.sleep, params: {seconds: $.params.n}}'

# Each waits until the one before it is in the store, and begins in that order.
part_room() {
    local file i
    fresh room
    file=$(workflow case.one_room "$room")
    for i in 1 2 3 4 5 6; do
        spine -q workflow run "$file" -p n=0.3 >"$work/out.$i" 2>"$work/err.$i" &
        until_it_is "run $i is there" "$i" "SELECT count(*) FROM core_workflow_runs"
    done
    until_it_is "all are done" 6 "SELECT count(*) FROM core_workflow_runs WHERE status = 'completed'"
    wait
    equal "they began in the order in which they came" "$(query "SELECT run_id FROM core_workflow_runs ORDER BY run_id")" \
        "$(query "SELECT run_id FROM core_workflow_steps WHERE step = 's' ORDER BY step_seq")"
    rows "and none beside another" 0 "SELECT count(*) FROM core_workflow_runs a JOIN core_workflow_runs b ON a.run_id < b.run_id AND b.started_at < a.finished_at"
    sound "after a queue"
}

part_died() {
    local file dead
    fresh died
    file=$(workflow case.one_room "$room")
    "$program" --db "sqlite:$store" -q workflow run "$file" -p n=2 >/dev/null 2>&1 &
    until_it_is "it has begun" 1 "SELECT count(*) FROM core_workflow_steps WHERE status = 'running'"
    { kill -9 $! && wait $!; } 2>/dev/null || true
    dead=$(newest)
    ends_with 0 "the next one" spine workflow run "$file" -p n=0.1
    says "whose room it was" "$dead|was left by its process" "$work/err"
    rows "both are done" 2 "SELECT count(*) FROM core_workflow_runs WHERE status = 'completed'"
    # A waiter that is interrupted leaves a run that others can begin, and says so.
    "$program" --db "sqlite:$store" -q workflow run "$file" -p n=2 >/dev/null 2>&1 &
    local holder=$!
    until_it_is "the third has begun" 1 "SELECT count(*) FROM core_workflow_steps WHERE status = 'running'"
    "$program" --db "sqlite:$store" workflow run "$file" -p n=0.1 >/dev/null 2>"$work/err" &
    local waiter=$!
    until_it_is "the fourth waits" 1 "SELECT count(*) FROM core_workflow_runs WHERE status = 'pending'"
    kill -INT "$waiter"
    code=0
    wait "$waiter" || code=$?
    equal "a waiter that was interrupted" 130 "$code"
    says "what is so" "nobody waits for its turn now|runs resume" "$work/err"
    ends_with 5 "there is no room yet" spine runs resume "$(newest)"
    says "who has it" "is done by" "$work/err"
    wait "$holder" || differs "the third run failed"
    ends_with 0 "then it begins" spine runs resume "$(newest)"
    sound "after deaths in a queue"
}

part_unfinished() {
    local file run
    fresh unfinished
    file=$(workflow case.deploy 'steps:
  - {name: ok, type: approval, approvers: [ann], message: "go?"}
  - {name: n, type: pipeline, pipeline: common.noop}')
    if spine -q workflow run "$file" >/dev/null 2>&1; then differs "what follows a run that waits was done"; fi
    run=$(newest)
    ends_with 75 "watched" spine runs watch "$run" --until-waiting
    ends_with 75 "resumed in vain" spine runs resume --all
    "$program" --db "sqlite:$store" -q runs resume "$run" --wait >/dev/null 2>"$work/err" &
    until_it_is "somebody stays with it" 1 "SELECT count(*) FROM core_workflow_runs WHERE locked_by IS NOT NULL"
    ends_with 0 "yes" spine runs approve "$run" ok --as ann
    code=0
    wait $! || code=$?
    equal "who stayed saw the end" 0 "$code"
    equal "the run" completed "$(status_of "$run")"
}

# What was set under a clock that was 1,000 days ahead lasts as long as it was to.
part_clock() {
    local file run faketime=
    for candidate in /usr/lib/*/faketime/libfaketimeMT.so.1; do
        [ ! -e "$candidate" ] || faketime=$candidate
    done
    if [ -z "$faketime" ] || [ "${SPINE_SANITIZED:-0}" != 0 ]; then
        echo "clock: skipped: needs libfaketime and no sanitizers"
        return
    fi
    fresh clock
    file=$(workflow case.clock 'steps:
  - {name: f, type: pipeline, pipeline: common.fail, params: {category: TRANSIENT}, retry: {max_attempts: 2, initial_delay_seconds: 400, backoff_multiplier: 1}}')
    ends_with 75 "a retry under a clock that is ahead" env LD_PRELOAD="$faketime" FAKETIME=+1000d DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 "$program" --db "sqlite:$store" workflow run "$file"
    run=$(newest)
    ends_with 75 "taken up under the right one" spine runs resume "$run"
    rows "it waits as long as it was to" 1 "SELECT (julianday(wake_at) - julianday('now')) * 86400 BETWEEN 300 AND 481 FROM core_workflow_runs"
    ends_with 0 "shown" spine runs show "$run"
    says "why" "the clock had been ahead" "$work/out"
}

# Runs that nobody waits for: which run and step began them, and the run that began them tells their ids; a lambda knows the id before there is a run.
part_begun() {
    local file run side told
    fresh begun
    export SPINE_PLUGINS=$shims/witness_plugins SPINE_WORKFLOWS=$work SPINE_WITNESS=$work/told
    workflow case.side 'steps:
  - {name: s, type: pipeline, pipeline: common.noop}' >/dev/null
    file=$(workflow case.begun 'steps:
  - {name: aside, type: workflow, workflow: case.side, wait: false}
  - {name: ask, type: lambda, handler: witness.steer, config: {spawn: case.side, spawn_and_tell: case.side}}
  - {name: waited, type: workflow, workflow: case.side}')
    ends_with 0 "a run that begins three" spine workflow run "$file"
    run=$(newest)
    rows "who began which, and waits" "aside 0 ask 0 ask 0 waited 1" "SELECT parent_step || ' ' || (parent_attempt IS NOT NULL)
        FROM core_workflow_runs WHERE parent_run_id = '$run' ORDER BY 1"
    rows "their ids stand at the steps" "1 1 1" "SELECT count(*) FROM core_workflow_steps s JOIN core_workflow_runs r ON r.run_id = s.child_run_id AND
        r.parent_step = s.step AND r.parent_run_id = s.run_id GROUP BY s.step"
    told=$(query "SELECT json_extract(output_json, '$.side') FROM core_workflow_steps WHERE step = 'ask'")
    rows "the id that the lambda was told" "case.side ask" "SELECT workflow || ' ' || parent_step FROM core_workflow_runs WHERE run_id = '$told'"
    side=$(query "SELECT child_run_id FROM core_workflow_steps WHERE step = 'aside'")
    ends_with 0 "the run is shown" spine runs show "$run"
    says "whom it began" "'ask' began a run of 'case.side' as 'told_side': $told|runs that it began|$side" "$work/out"
    ends_with 0 "the one aside is shown" spine runs show "$side"
    says "who began it" "$run, step 'aside', which does not wait for it" "$work/out"
    ends_with 0 "and as a document" spine -o json runs show "$side"
    says "the same" "\"parent_run_id\":\"$run\"|\"parent_step\":\"aside\"|\"parent_waits\":false" "$work/out"
    ends_with 0 "and in the list" spine -o json runs list
    says "the same again" "\"parent_step\":\"aside\",\"parent_waits\":false" "$work/out"
    ends_with 0 "sound" spine db check
    unset SPINE_PLUGINS SPINE_WORKFLOWS SPINE_WITNESS
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${chosen[*]}"
