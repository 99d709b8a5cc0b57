#!/usr/bin/env bash
# A wait of three days and an approval that survive restarts: with the clock moved (by libfaketime) they go on by themselves, never early, and
# no process and no thread is kept for them meanwhile.
#
#   engine_waits.sh [--only PART]...
#
#   --only PART   days, approval, killed, stay
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"

parts=(days approval killed stay)
choose_parts "$@"
faketime=
for library in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib64/faketime/libfaketimeMT.so.1; do
    [ ! -f "$library" ] || faketime=$library
done
[ -n "$faketime" ] || skip "libfaketime is not installed"
[ "${SPINE_SANITIZED:-0}" = 0 ] || skip "libfaketime and sanitizers do not go together"

# at OFFSET ARG...: the program, its clock moved by so much (+3d). Pauses of its threads are real.
at() {
    local offset=$1
    shift
    env LD_PRELOAD="$faketime" FAKETIME="$offset" DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 "$program" --db "sqlite:$store" "$@"
}
resumed() { # resumed WHAT OFFSET [CODE]: 75 while something waits for longer
    ends_with "${3:-0}" "$1: runs resume --all at $2" at "$2" runs resume --all
}
workflow waits.days <<'YAML'
steps:
  - {name: before, pipeline: witness.record, params: {name: before}}
  - {name: three_days, type: wait, seconds: 259200}
  - {name: after, pipeline: witness.record, params: {name: after}}
YAML
workflow waits.many <<'YAML'
steps:
  - {name: before, handler: witness.note}
  - {name: three_days, type: wait, seconds: 259200}
  - {name: after, handler: witness.note}
YAML
workflow waits.approval <<'YAML'
steps:
  - {name: before, handler: witness.note}
  - {name: ask, type: approval, approvers: [ann], message: "go on?", timeout_hours: 72, on_timeout: approve}
  - {name: after, pipeline: witness.record, params: {name: after}}
YAML
workflow waits.side_by_side <<'YAML'
execution: parallel
steps:
  - {name: now, pipeline: witness.record, params: {name: now, pause_ms: 3000}}
  - {name: three_days, type: wait, seconds: 259200}
  - {name: after, handler: witness.note, depends_on: [now, three_days]}
YAML
calls_of() { awk -v step="$1" '$4 == step' "$told" | wc -l; }

part_days() {
    local run begin
    fresh days
    : >"$told"
    begin=$(microseconds)
    ends_with 75 "a run that waits for days gives its process back" spine workflow run waits.days
    run=$(newest)
    equal "it waits" waiting "$(status_of "$run")"
    equal "nobody holds it" '""' "$(query "SELECT coalesce(locked_by, '') FROM core_workflow_runs")"
    for offset in +0 +1d +71h; do
        resumed days "$offset" 75
        equal "days: still waiting at $offset" "before completed three_days waiting" "$(steps_of "$run")"
    done
    resumed days +73h
    equal "days: done" "before completed three_days completed after completed" "$(steps_of "$run")"
    equal "days: the run" completed "$(status_of "$run")"
    rows "never early" 1 "SELECT julianday(finished_at) - julianday(started_at) >= 3.0 FROM core_workflow_steps WHERE step = 'three_days'"
    rows "until when it was to wait" 1 "SELECT julianday(json_extract(output_json, '\$.waited_until')) - julianday(started_at) BETWEEN 2.9999 AND 3.0001
        FROM core_workflow_steps WHERE step = 'three_days'"
    equal "days: what was before was done once" 1 "$(calls_of before)"
    sound "after three days"
    echo "days: took $(as_seconds $(($(microseconds) - begin))) s"
}

part_approval() {
    local answered silent
    fresh approval
    : >"$told"
    ends_with 75 "a run that waits for a person" spine workflow run waits.approval --key answered
    answered=$(newest)
    ends_with 75 "another one" spine workflow run waits.approval --key silent
    silent=$(newest)
    resumed approval +1d 75
    rows "both wait" 2 "SELECT count(*) FROM core_workflow_runs WHERE status = 'waiting'"
    ends_with 0 "an answer on the third day" at +71h runs approve "$answered" ask --as ann --reason fine
    resumed approval +71h 75
    equal "the answered one is done" completed "$(status_of "$answered")"
    equal "the other one waits" waiting "$(status_of "$silent")"
    resumed approval +73h
    equal "by the time" completed "$(status_of "$silent")"
    rows "who said so" "answered,ann silent," "SELECT run_key, json_extract(output_json, '\$.by') FROM core_workflow_steps JOIN core_workflow_runs USING (run_id)
        WHERE step = 'ask' ORDER BY run_key"
    ends_with 5 "an answer that comes too late" at +73h runs reject "$silent" ask --as ann --reason no
    equal "before was done once in each" 2 "$(calls_of before)"
    sound "after approvals"
}

# A process that has something else to do beside the wait, killed; the wait goes on from where it began.
part_killed() {
    local run began
    fresh killed
    : >"$told"
    "$program" --db "sqlite:$store" -q workflow run waits.side_by_side >/dev/null 2>&1 &
    until_it_is "the wait has begun" 1 "SELECT count(*) FROM core_workflow_steps WHERE step = 'three_days' AND status = 'waiting'"
    { kill -9 $! && wait $!; } 2>/dev/null || true
    run=$(newest)
    began=$(query "SELECT wake_at FROM core_workflow_steps WHERE step = 'three_days'")
    resumed killed +1d 75
    equal "killed: the wait is the same one" "$began" "$(query "SELECT wake_at FROM core_workflow_steps WHERE step = 'three_days' AND status = 'waiting'")"
    rows "killed: what died was done again" completed "SELECT status FROM core_workflow_steps WHERE step = 'now' ORDER BY step_seq DESC LIMIT 1"
    resumed killed +73h
    equal "killed: the run" completed "$(status_of "$run")"
    sound "after a kill beside a wait"
}

threads_of() { sed -n 's/^Threads:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null || echo gone; }
# A process that stays has as many threads with a hundred waiting runs as without any, and goes on with them when their time has come.
part_stay() {
    local i server before with clock=$work/clock
    fresh stay
    : >"$told"
    echo '+0' >"$clock"
    env LD_PRELOAD="$faketime" FAKETIME_TIMESTAMP_FILE="$clock" FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 \
        "$program" --db "sqlite:$store" runs resume --all --stay >"$work/stay.out" 2>"$work/stay.err" &
    server=$!
    ends_with 75 "one that waits" spine workflow run waits.many --key 0
    sleep 1
    before=$(threads_of "$server")
    for ((i = 1; i < 100; ++i)); do
        spine -q workflow run waits.many --key "$i" >/dev/null 2>"$work/err" || [ $? = 75 ] || differs "run $i: $(said)"
    done
    rows "a hundred wait" 100 "SELECT count(*) FROM core_workflow_runs WHERE status = 'waiting'"
    with=$(threads_of "$server")
    checks=$((checks + 1))
    [ "$before" != gone ] && [ "$with" = "$before" ] || differs "threads of the process that stays: $before with one waiting run, $with with a hundred; it said: $(head -n 3 "$work/stay.err" | tr '\n' ' ')"
    echo '+73h' >"$clock"
    until_it_is "the process that stays goes on with all of them" 100 "SELECT count(*) FROM core_workflow_runs WHERE status = 'completed'"
    equal "each once" 200 "$(wc -l <"$told")"
    kill -INT "$server"
    code=0
    wait "$server" || code=$?
    [ "$code" = 0 ] || [ "$code" = 130 ] || differs "interrupted, the process that stays ended with $code"
    echo "stay: $with threads with a hundred waiting runs"
    sound "after a process that stayed"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${chosen[*]}"
