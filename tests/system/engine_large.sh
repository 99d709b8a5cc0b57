#!/usr/bin/env bash
# Long runs: chained steps and the items of a map in their thousands. Counts, memory and the bytes that each one leaves in the store, and a
# kill in the middle. The long form also looks at times: twice as many take about twice as long, and a resumed run is at work within 2 s.
#
#   engine_large.sh [--count N] [--pipelines N] [--times]
#
#   --count N       lambdas in a chain, and items of a map (default 1000)
#   --pipelines N   pipelines in a chain (default 100)
#   --times         half as many first; times are compared, and told
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"

count=1000
pipelines=100
times=no
while [ $# -gt 0 ]; do
    case $1 in
        --count) count=$2 && shift ;;
        --pipelines) pipelines=$2 && shift ;;
        --times) times=yes ;;
        *) usage 2 >&2 ;;
    esac
    shift
done
measure=$shims/spine_measure
[ -x "$measure" ] || die "no $measure; build the target spine_measure"
memory_max_kib=$((256 * 1024))
item_bytes_max=1024

# lambdas, pipelines, map COUNT: a workflow of that size; its name in `made`.
lambdas() {
    made=large.lambdas_$1
    { echo 'steps:' && seq -f '  - {name: s%.0f, handler: witness.note}' "$1"; } | workflow "$made"
}
pipelines() {
    made=large.pipelines_$1
    { echo 'steps:' && seq 1 "$1" | sed 's/.*/  - {name: s&, pipeline: witness.record, params: {name: p&, rows: 1}}/'; } | workflow "$made"
}
map() {
    made=large.map_$1
    workflow "$made" <<YAML
steps:
  - {name: numbers, handler: witness.list, config: {count: $1}}
  - name: each
    type: map
    items: \$.outputs.numbers.items
    max_concurrency: 8
    steps:
      - {name: n, handler: witness.note}
YAML
}
bytes() { stat -c %s "$store"; }
# What the journal is not: the definitions' texts and what steps told.
besides="SELECT (SELECT coalesce(sum(length(output_json) + coalesce(length(updates_json), 0)), 0) FROM core_workflow_steps)
    + (SELECT coalesce(sum(length(definition_yaml)), 0) FROM core_workflow_definitions)
    + (SELECT coalesce(sum(length(result_json)), 0) FROM core_workflow_runs) AS bytes"
# checked COUNT: so many were completed, once each.
checked() {
    rows "$made: the run" completed "SELECT status FROM core_workflow_runs"
    rows "$made: completed" "$1 $1" "SELECT count(*) || ' ' || count(DISTINCT step) FROM core_workflow_steps
        WHERE status = 'completed' AND (step GLOB 's[0-9]*' OR step GLOB 'each[[]*/n')"
}
# once KIND COUNT: on a fresh store, measured; wall, cpu and peak.
once() {
    local before after spent
    "$1" "$2"
    fresh "$made"
    spine run witness.record -p name=first >/dev/null # so that the plugin's tables are there
    before=$(bytes)
    checks=$((checks + 1))
    code=0
    env -u SPINE_WITNESS "$measure" "$work/measured" "$program" --db "sqlite:$store" -q workflow run "$made" >"$work/out" 2>"$work/err" || code=$?
    exits 0 "$made"
    read -r wall cpu peak _ < <(tail -n 1 "$work/measured")
    after=$(bytes)
    [ ! -s "$store-wal" ] || after=$((after + $(stat -c %s "$store-wal")))
    checked "$2"
    spent=$(((after - before - $(query "$besides")) / $2))
    checks=$((checks + 2))
    [ "${SPINE_SANITIZED:-0}" = 1 ] || [ "$peak" -lt "$memory_max_kib" ] || differs "$made: $peak KiB of memory"
    # A pipeline has an execution with its own rows beside the journal's.
    [ "$1" = pipelines ] || [ "$spent" -le "$item_bytes_max" ] || differs "$made: $spent bytes for each besides outputs"
    echo "$made: $wall s, CPU $cpu s, $((peak / 1024)) MiB, $spent bytes each besides outputs"
}
# killed_in_the_middle KIND COUNT: then resumed; nothing that was recorded is done again.
killed_in_the_middle() {
    local driver i begin took before kept
    "$1" "$2"
    fresh "killed.$made"
    : >"$told"
    code=0
    { SPINE_WITNESS_LAST=$(($2 / 2)) "$program" --db "sqlite:$store" -q workflow run "$made" >/dev/null || code=$?; } 2>/dev/null
    exits 137 "$made: killed in the middle"
    kept=$(query "SELECT count(*) FROM core_workflow_steps WHERE status = 'completed'")
    checks=$((checks + 1))
    [ "$kept" -gt 0 ] && [ "$kept" -lt "$2" ] || differs "$made: killed when $kept of $2 were recorded"
    before=$(wc -l <"$told")
    begin=$(microseconds)
    "$program" --db "sqlite:$store" -q runs resume --all >"$work/out" 2>"$work/err" &
    driver=$!
    for ((i = 0; i < 30000 && $(wc -l <"$told") <= before; ++i)); do sleep 0.005; done
    took=$(($(microseconds) - begin))
    code=0
    wait "$driver" || code=$?
    exits 0 "$made: resumed"
    finish "$made"
    checked "$2"
    checks=$((checks + 2))
    [ "$(wc -l <"$told")" -le $((before + $2 + 1 - kept)) ] ||
        differs "$made: $kept were recorded after $before calls, in the end there were $(wc -l <"$told")"
    [ "$times" = no ] || [ "$took" -lt 2000000 ] || differs "$made: at work only $(as_seconds "$took") s after 'runs resume'"
    echo "$made: killed with $kept recorded, at work again after $(as_seconds "$took") s"
}

for kind in lambdas map pipelines; do
    size=$count
    [ "$kind" != pipelines ] || size=$pipelines
    if [ "$times" = yes ]; then
        once "$kind" $((size / 2))
        half=$cpu
        once "$kind" "$size"
        checks=$((checks + 1))
        awk -v half="$half" -v whole="$cpu" 'BEGIN { exit !(whole <= 2.5 * half) }' ||
            differs "$made: CPU $cpu s, and half as many took $half s"
    else
        once "$kind" "$size"
    fi
    killed_in_the_middle "$kind" "$size"
    sound "$made"
done
verdict "$checks checks of $count lambdas, $count items and $pipelines pipelines"
