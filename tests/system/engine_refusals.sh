#!/usr/bin/env bash
# Bad input of runs: its exit code and words, and that nothing is lost: items that are no list, children that are not there or begin each other
# in a circle, times that have passed, answers of somebody else, resuming and retrying at the wrong time, a plugin that is gone, parameters that are
# too large, requests to the course that cannot be.
#
#   engine_refusals.sh [--only PART]...
#
#   --only PART   items, children, times, answers, states, blocked, size, requests
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"

parts=(items children times answers states blocked size requests)
choose_parts "$@"

# fails EXIT WHAT WORDS COMMAND...: a run that ends so; what was done before it stays.
fails() {
    local expected=$1 what=$2 words=$3
    shift 3
    ends_with "$expected" "$what" "$@"
    says "$what" "$words"
    ! grep -qE 'terminate called|Sanitizer|Assertion' "$work/err" || differs "$what: not an error but a crash: $(said)"
}
workflow bad.approval <<'YAML'
steps:
  - {name: before, pipeline: witness.record, params: {name: before}}
  - {name: ask, type: approval, approvers: [ann, bob], message: "go on?"}
  - {name: after, handler: witness.note}
YAML

part_items() {
    local items file=$work/workflows/bad.items.yaml
    fresh items
    for items in '$.params.text' '$.params.number' '$.params.object' '$.outputs.before.said' '$.outputs.before.nothing'; do
        workflow bad.items <<YAML
defaults: {text: "a,b", number: 7, object: {a: 1}}
steps:
  - {name: before, handler: witness.note, config: {say: words}}
  - {name: rows, pipeline: witness.record, params: {name: rows}}
  - name: each
    type: map
    items: $items
    steps:
      - {name: n, handler: witness.note}
YAML
        fails 3 "items: $items" "items of map 'each'" spine workflow run bad.items
        equal "items: $items: the run" failed "$(status_of "$(newest)")"
    done
    rows "what was before is there" 5 "SELECT count(*) FROM witness_rows"
    workflow bad.items <<'YAML'
steps:
  - {name: each, type: map, items: "a,b", steps: [{name: n, handler: witness.note}]}
YAML
    refuses 3 "items that are a text" "items|list" spine workflow run "$file"
    workflow bad.items <<'YAML'
steps:
  - {name: each, type: map, items: [], steps: [{name: n, handler: witness.note}]}
YAML
    ends_with 0 "no items" spine workflow run bad.items
    sound "after bad items"
}

part_children() {
    fresh children
    workflow bad.one <<'YAML'
steps:
  - {name: first, handler: witness.note}
  - {name: two, type: workflow, workflow: bad.two}
YAML
    workflow bad.two <<'YAML'
steps:
  - name: each
    type: map
    items: [1]
    steps:
      - {name: three, type: workflow, workflow: bad.three}
YAML
    workflow bad.three <<'YAML'
steps:
  - {name: one, type: workflow, workflow: bad.one}
YAML
    refuses 3 "children in a circle" "bad.one|bad.two|bad.three" spine workflow run bad.one
    rm "$work/workflows/bad.three.yaml"
    refuses 3 "a child that is not there" "bad.three" spine workflow run bad.one
    workflow bad.own <<'YAML'
steps:
  - {name: own, type: workflow, workflow: bad.own}
YAML
    refuses 3 "a child that is the run itself" "bad.own" spine workflow run bad.own
    rows "no run was begun" 0 "SELECT count(*) FROM core_workflow_runs"
    rm "$work"/workflows/bad.{one,two,own}.yaml
}

part_times() {
    fresh times
    workflow bad.time <<'YAML'
steps:
  - {name: late, type: wait, until: 2001-02-03T04:05:06.000Z}
YAML
    refuses 3 "a time that has passed" "late|2001-02-03" spine workflow run bad.time
    workflow bad.time <<'YAML'
defaults: {until: 2001-02-03T04:05:06.000Z}
steps:
  - {name: late, type: wait, until: $.params.until}
  - {name: after, handler: witness.note}
YAML
    # Only the run knows it, and may have been kept waiting: what was to happen then happens now.
    ends_with 0 "a time that has passed, by a parameter" spine workflow run bad.time
    fails 3 "a time that is none" "late|tomorrow" spine workflow run bad.time -p until=tomorrow
    sound "after bad times"
}

part_answers() {
    local run
    fresh answers
    ends_with 75 "a run that asks" spine workflow run bad.approval
    run=$(newest)
    refuses 8 "an answer of somebody else" "eve|ann, bob" spine runs approve "$run" ask --as eve
    refuses 8 "a refusal of somebody else" "eve|ann, bob" spine runs reject "$run" ask --as eve --reason no
    refuses 5 "a step that asks nobody" "" spine runs approve "$run" before --as ann
    equal "it still waits" waiting "$(status_of "$run")"
    ends_with 0 "yes" spine runs approve "$run" ask --as bob
    ends_with 0 "going on" spine runs resume "$run"
    equal "done" "before completed ask completed after completed" "$(steps_of "$run")"
}

part_states() {
    local run driver
    fresh states
    ends_with 75 "a run" spine workflow run bad.approval
    run=$(newest)
    refuses 5 "retry of a run that waits" "" spine runs retry "$run"
    ends_with 0 "yes" spine runs approve "$run" ask --as ann
    ends_with 0 "going on" spine runs resume "$run"
    refuses 5 "resume of a finished run" "ended" spine runs resume "$run"
    refuses 5 "retry of a run in which nothing failed" "" spine runs retry "$run"
    refuses 4 "resume of no run" "" spine runs resume 00000000-0000-7000-8000-000000000000
    refuses 4 "retry of no run" "" spine runs retry 00000000-0000-7000-8000-000000000000
    workflow bad.slow <<'YAML'
steps:
  - {name: slow, pipeline: witness.record, params: {name: slow, pause_ms: 4000}}
YAML
    "$program" --db "sqlite:$store" -q workflow run bad.slow >/dev/null 2>&1 &
    driver=$!
    until_it_is "it runs" 1 "SELECT count(*) FROM core_workflow_steps WHERE step = 'slow' AND status = 'running'"
    run=$(newest)
    ends_with 5 "retry of a running one" spine runs retry "$run"
    ends_with 5 "resume of a running one" spine runs resume "$run"
    code=0
    wait "$driver" || code=$?
    exits 0 "the running one was not disturbed"
    rows "it was done once" 1 "SELECT count(*) FROM core_workflow_steps WHERE step = 'slow'"
}

part_blocked() {
    local run
    fresh blocked
    mkdir -p "$work/no_plugins"
    ends_with 75 "a run that asks" spine workflow run bad.approval
    run=$(newest)
    ends_with 0 "yes" spine runs approve "$run" ask --as ann
    fails 7 "resumed without its plugin" "blocked: plugin witness not loaded" spine --plugins "$work/no_plugins" runs resume "$run"
    rows "it waits" "waiting blocked: plugin witness not loaded" "SELECT status || ' ' || reason FROM core_workflow_runs WHERE run_id = '$run'"
    ends_with 0 "with its plugin" spine runs resume "$run"
    equal "done" "before completed ask completed after completed" "$(steps_of "$run")"
    ends_with 75 "another one" spine workflow run bad.approval
    run=$(newest)
    ends_with 0 "yes" spine runs approve "$run" ask --as ann
    attempt spine --plugins "$work/no_plugins" runs resume --all
    rows "all without the plugin" "waiting blocked: plugin witness not loaded" "SELECT status || ' ' || reason FROM core_workflow_runs WHERE run_id = '$run'"
    ends_with 0 "all with it" spine runs resume --all
    equal "done too" completed "$(status_of "$run")"
    sound "after being blocked"
}

part_size() {
    fresh size
    # An argument holds 128 KiB at most, so they come in many; a declared parameter for each.
    local i given=() names=
    for ((i = 0; i < 12; ++i)); do
        names+="words_$i: none, "
        given+=(-p "words_$i=$(head -c 100000 /dev/zero | tr '\0' x)")
    done
    workflow bad.size <<YAML
defaults: {${names%, }}
steps:
  - {name: note, handler: witness.note, config: {say: \$.params.words_0}}
YAML
    refuses 3 "parameters over 1 MiB" "1 MiB" spine workflow run bad.size "${given[@]}"
    rows "no run was begun" 0 "SELECT count(*) FROM core_workflow_runs"
    ends_with 0 "parameters below it" spine workflow run bad.size "${given[@]:0:10}"
}

part_requests() {
    local asked
    fresh requests
    # name, what is asked, the words that must be said
    while IFS='|' read -r name asked words; do
        workflow bad.requests <<YAML
steps:
  - {name: rows, pipeline: witness.record, params: {name: rows}}
  - {name: steered, handler: witness.steer, config: {$asked}}
  - {name: later, handler: witness.note, next: last}
  - {name: last, handler: witness.note}
YAML
        checks=$((checks + 1))
        attempt spine workflow run bad.requests
        [ "$code" != 0 ] && [ "$code" -le 8 ] || differs "$name: exit $code"
        says "$name" "steered|$words"
        rows "$name: why" "steered 1" "SELECT error_step || ' ' || (error_category IN ('STEP_ERROR', 'CONFIGURATION')) FROM core_workflow_runs ORDER BY run_id DESC LIMIT 1"
        rows "$name: nothing of it was done" "rows steered" "SELECT step FROM core_workflow_steps WHERE run_id = (SELECT max(run_id) FROM core_workflow_runs) ORDER BY step_seq"
    done <<'ASKED'
a duplicate step|insert_after: later, inserted: '{"name": "last", "type": "wait", "seconds": 1}'|last
a step beside none|insert_after: nowhere, inserted: '{"name": "new", "type": "wait", "seconds": 1}'|nowhere
a jump in a circle|insert_after: later, inserted: '{"name": "new", "handler": "witness.note", "next": "new"}'|new
an unknown operation|insert_after: later, inserted: '{"name": "new", "handler": "witness.nothing"}'|witness.nothing
a step that is none|insert_after: later, inserted: '{"name": "new", "colour": "blue"}'|colour
what is no JSON|insert_after: later, inserted: '{"name": '|JSON
skipping what is over|skip: rows|rows
replacing what is over|replace: rows, replacement: '{"name": "new", "handler": "witness.note"}'|rows
an unknown workflow|spawn: bad.nowhere|bad.nowhere
ASKED
    rows "rows are there" 5 "SELECT count(*) FROM witness_rows"
    sound "after bad requests"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${chosen[*]}"
