#!/usr/bin/env bash
# kill -9 of the weekly refresh at any instant, then the same command with the same key: the same data and outputs as without
# the crash, and no result of a lambda computed again once it was recorded.
#
#   workflow_kill_sweep.sh [--count N] [--points N] [--seed S]
#
#   --count N    kills at random within the measured run time, each on a fresh store (default 25)
#   --points N   kills before and after N of the commit points, spread evenly (default 12; 0: all)
#   --seed S     of the random choices (default 1); `random` draws one
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sweep_arguments "$@"
[ -f "$at_commit" ] || die "no shim at $at_commit; build the target spine_at_commit"

refresh=(--log-level debug workflow run "$source_root/workflows/finra_weekly_refresh.yaml" --key sweep
    -p "file=$samples/week_2025-12-19.psv" -p tier=NMS_TIER_1)
# Outputs of all steps, as people and later steps see them.
outputs() {
    query "SELECT step, status, reason, output_json, updates_json, quality_json, events_json FROM core_workflow_steps
           WHERE status IN ('completed', 'skipped') ORDER BY step"
}
# The handlers of lambdas whose results are on disk.
recorded_lambdas() {
    query "SELECT step FROM core_workflow_steps WHERE type = 'lambda' AND status = 'completed' ORDER BY step"
}
# How often each handler was called, by what a process said: "2 finra.otc_transparency.steps.validate_ingest".
calls() { sed -n 's/.*lambda called lambda=\([^ ]*\).*/\1/p' "$1" | sort | uniq -c | sed 's/^ *//'; }
handler_of() { sed -n "/name: $1\$/,/handler:/s/.*handler: *//p" "$source_root/workflows/finra_weekly_refresh.yaml" | head -n 1; }

reference_outputs=
reference_calls=
undisturbed() {
    local kept=$store
    [ "$reference_day" != "$(date -u +%F)" ] || return 0
    reference_day=$(date -u +%F)
    store_in "$work/undisturbed.$reference_day"
    spine db init >/dev/null
    attempt spine "${refresh[@]}"
    exits 0 "the undisturbed run"
    reference_calls=$(calls "$work/err")
    reference=$(digest)
    reference_outputs=$(outputs)
    [[ $reference =~ ^[0-9a-f]{64}$ ]] || die "db digest printed no digest: $reference"
    [ "$(wc -l <<<"$reference_calls")" -ge 3 ] || die "the run said that it called: $reference_calls"
    [ "$reference_day" = "$(date -u +%F)" ] || undisturbed
    store=$kept
}

recover() { # recover WHAT
    local before step calls_now
    sound "$1, before the command is repeated"
    before=$(recorded_lambdas)
    attempt spine "${refresh[@]}"
    exits 0 "$1: the command again"
    calls_now=$(calls "$work/err")
    equal "$1: digest" "$reference" "$(digest)"
    equal "$1: outputs" "$reference_outputs" "$(outputs)"
    sound "$1, after the command again"
    equal "$1: runs" "1,completed" "$(query "SELECT count(*), max(status) FROM core_workflow_runs")"
    equal "$1: steps left running" 0 "$(query "SELECT count(*) FROM core_workflow_steps WHERE status = 'running'")"
    equal "$1: executions left running" 0 "$(query "SELECT count(*) FROM core_executions WHERE status = 'running'")"
    equal "$1: steps with two results" "" "$(query "
        SELECT step FROM core_workflow_steps WHERE status IN ('completed', 'skipped') GROUP BY step HAVING count(*) > 1")"
    equal "$1: steps with more attempts than kills allow" "" "$(query "
        SELECT step, max(attempt) FROM core_workflow_steps GROUP BY step HAVING max(attempt) > 2")"
    for step in $before; do
        if grep -q " $(handler_of "$step")\$" <<<"$calls_now"; then
            differs "$1: the result of '$step' was on disk, and $(handler_of "$step") was called again"
        fi
    done
}
disturb() { # disturb WHAT COMMAND...: on a fresh store; repeated when a day ended meanwhile, which changes the ids of captures.
    local what=$1 before=$differences
    shift
    undisturbed
    rm -rf "$work/store"
    store_in "$work/store"
    spine db init >/dev/null
    "$@" "$program" --db "sqlite:$store" "${refresh[@]}"
    recover "$what"
    if [ "$reference_day" != "$(date -u +%F)" ]; then
        differences=$before
        disturb "$what" "$@"
    fi
}

undisturbed
timed() { # timed NUMBER prepare|go
    store_in "$work/timed.$1"
    if [ "$2" = prepare ]; then spine db init; else spine "${refresh[@]}"; fi
}
median_time timed

for ((tries = 1; killed < count && tries <= 5 * count; ++tries)); do
    draw "$median"
    disturb "kill $tries (seed $seed) after $(as_seconds "$drawn") s of $(as_seconds "$median") s" killed_after "$drawn"
done

store_in "$work/counted"
spine db init >/dev/null
commit_points "$work/points" "$program" --db "sqlite:$store" "${refresh[@]}"
total=$(wc -l <"$work/points")
at_points=0
for point in $(spread "$total" "$points"); do
    for side in before after; do
        disturb "killed $side point $(sed -n "${point}p" "$work/points") (of $total)" killed_at "$side:$point"
        at_points=$((at_points + 1))
    done
done

[ "$killed" -eq "$count" ] || differs "only $killed of $count kills came in time, in $((tries - 1)) tries"
verdict "$killed random kills within $(as_seconds "$median") s, $at_points kills at the $total commit points," \
    "no recorded result of a lambda computed again, seed $seed"
