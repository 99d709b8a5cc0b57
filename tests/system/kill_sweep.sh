#!/usr/bin/env bash
# kill -9 at any instant, then the same command: the same data as without the crash.
#
#   kill_sweep.sh [--count N] [--points N] [--seed S]
#
#   --count N    kills of command 1 at random within its measured run time, each on a fresh store; one that comes too late
#                does not count (default 25)
#   --points N   kills before and after N of its commit points, and of those of `db init`, spread evenly (default 12; 0: all)
#   --seed S     of the random choices (default 1); `random` draws one
#
# After each kill the store must be sound and show nothing by half; after the same command again its digest must be that of
# an undisturbed run, no execution may be left running, and every child must have been completed exactly once.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sweep_arguments "$@"
[ -f "$at_commit" ] || die "no shim at $at_commit; build the target spine_at_commit"

# recover WHAT: the store after a kill, and after the same commands again.
recover() {
    attempt spine db init
    exits 0 "$1: db init"
    [ "$code" = 0 ] || return 0 # the rest would only repeat it
    sound "$1, before the command is repeated"
    attempt backfill
    exits 0 "$1: the command again"
    equal "$1: digest" "$reference" "$(digest)"
    sound "$1, after the command again"
    settled "$1"
}
# disturb WHAT COMMAND...: on a fresh store; repeated when a day ended meanwhile, which changes the ids of captures.
disturb() {
    local what=$1 before=$differences
    shift
    undisturbed
    rm -rf "$work/store"
    store_in "$work/store"
    "$@"
    recover "$what"
    if [ "$reference_day" != "$(date -u +%F)" ]; then
        differences=$before
        disturb "$what" "$@"
    fi
}

kill_after() { # kill_after MICROSECONDS
    spine db init >/dev/null
    killed_after "$1" "$program" --db "sqlite:$store" "${backfill_arguments[@]}"
}
kill_init_at() { # kill_init_at before:N|after:N
    killed_at "$1" "$program" --db "sqlite:$store" db init
}
kill_run_at() {
    spine db init >/dev/null
    killed_at "$1" "$program" --db "sqlite:$store" "${backfill_arguments[@]}"
}

undisturbed
timed() { # timed NUMBER prepare|go
    store_in "$work/timed.$1"
    if [ "$2" = prepare ]; then spine db init; else backfill; fi
}
median_time timed

for ((tries = 1; killed < count && tries <= 5 * count; ++tries)); do
    draw "$median"
    disturb "kill $tries (seed $seed) after $(as_seconds "$drawn") s of $(as_seconds "$median") s" kill_after "$drawn"
done

# The commit points of both commands, counted by the shim.
store_in "$work/counted"
commit_points "$work/points.init" "$program" --db "sqlite:$store" db init
commit_points "$work/points.run" "$program" --db "sqlite:$store" "${backfill_arguments[@]}"
at_points=0
for command in init run; do
    total=$(wc -l <"$work/points.$command")
    for point in $(spread "$total" "$points"); do
        for side in before after; do
            disturb "$command killed $side point $(sed -n "${point}p" "$work/points.$command") (of $total)" \
                "kill_${command}_at" "$side:$point"
            at_points=$((at_points + 1))
        done
    done
done

[ "$killed" -eq "$count" ] || differs "only $killed of $count kills came in time, in $((tries - 1)) tries"
verdict "$killed random kills within $(as_seconds "$median") s, $at_points kills at the" \
    "$(wc -l <"$work/points.init") + $(wc -l <"$work/points.run") commit points of init and run, seed $seed"
