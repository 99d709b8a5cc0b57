#!/usr/bin/env bash
# The same key from many processes at once is one run, and each process answers with its id: of one step, and of a workflow with children
# and maps; while the run is killed as well.
#
#   engine_key.sh [--processes N]
#
#   --processes N   at once (default 32)
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"

processes=32
while [ $# -gt 0 ]; do
    case $1 in
        --processes) processes=$2 && shift ;;
        *) usage 2 >&2 ;;
    esac
    shift
done

workflow key.one <<'YAML'
steps:
  - {name: only, pipeline: witness.record, params: {name: only, pause_ms: 300}}
YAML
workflow key.child <<'YAML'
defaults: {part: none}
steps:
  - {name: child_rows, pipeline: witness.record, params: {name: $.params.part, pause_ms: 200}}
  - {name: child_note, handler: witness.note}
YAML
workflow key.family <<'YAML'
steps:
  - {name: start, handler: witness.list, config: {count: 3}}
  - name: each
    type: map
    items: [a, b, c]
    max_concurrency: 3
    steps:
      - {name: child, type: workflow, workflow: key.child, params: {part: $.params.item}}
  - {name: alone, type: workflow, workflow: key.child, params: {part: alone}}
  - {name: last, pipeline: witness.record, params: {name: last}}
YAML

# answers WORKFLOW KILLED: so many processes with one key; with `killed` the one that has the run is killed.
answers() {
    local i id pids=() told_ids before=$differences
    fresh "$1.$2"
    : >"$told"
    for ((i = 1; i <= processes; ++i)); do
        "$program" --db "sqlite:$store" -q -o json workflow run "$1" --key same >"$work/answer.$i" 2>"$work/answer.$i.err" &
        pids+=($!)
    done
    if [ "$2" = killed ]; then
        for ((i = 0; i < 6000 && $(wc -l <"$told") < 3; ++i)); do sleep 0.02; done
        # Whoever has the run is most likely among these; if not, the others find nothing to do, which must be right as well.
        kill -9 "${pids[@]:0:$((processes * 3 / 4))}" 2>/dev/null || true
    fi
    for i in "${!pids[@]}"; do
        code=0
        { wait "${pids[$i]}" || code=$?; } 2>/dev/null
        if [ "$code" = 137 ] && [ "$2" = killed ]; then
            rm "$work/answer.$((i + 1))"
        else
            [ "$code" = 0 ] || differs "$1, $2: process $((i + 1)) ended with $code: $(head -c 300 "$work/answer.$((i + 1)).err")"
        fi
    done
    checks=$((checks + processes))
    [ "$before" = "$differences" ] || return 0
    id=$(query "SELECT run_id FROM core_workflow_runs WHERE parent_run_id IS NULL")
    told_ids=$(for i in "$work"/answer.*[0-9]; do
        sqlite3 :memory: "SELECT json_extract(readfile('$i'), '\$.run_id') || ' ' || json_extract(readfile('$i'), '\$.status')"
    done | sort | uniq -c | sed 's/^ *//')
    equal "$1, $2: one id in all answers" "$(find "$work" -name 'answer.*[0-9]' | wc -l) $id completed" "$told_ids"
    [ "$2" = killed ] || [ "$(find "$work" -name 'answer.*[0-9]' | wc -l)" = "$processes" ] || differs "$1: not every process answered"
    rows "$1, $2: runs by parents" "$3" "SELECT count(*) FROM core_workflow_runs GROUP BY parent_run_id IS NOT NULL"
    rows "$1, $2: results twice" "" "SELECT step FROM core_workflow_steps WHERE status = 'completed' GROUP BY run_id, step HAVING count(*) > 1"
    rows "$1, $2: effects twice" "" "SELECT message FROM core_anomalies GROUP BY message HAVING count(*) > 1"
    equal "$1, $2: attempts that were begun twice" "" "$(sed -n 's/^pipeline //p' "$told" | sort | uniq -d)"
    rm -f "$work"/answer.*
    sound "$1, $2"
}

answers key.one undisturbed "1"
answers key.family undisturbed "1 4"
# The shell tells of each job that was killed.
answers key.family killed "1 4" 2>/dev/null
verdict "$checks checks with $processes processes"
