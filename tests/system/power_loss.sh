#!/usr/bin/env bash
# The power goes: what was not synced is dropped, torn or there in part, of the store, its log, its lock and the names in its folder. What was
# answered before is there, what was not is there whole or not at all, and the same commands again give the data of an undisturbed run.
#
#   power_loss.sh [--count N] [--seed S|random] [--skip-sync N]
#
#   --count N        cuts, spread over everything that the commands write (default 30), beside one right behind each answer
#   --seed S         what is left of the unsynced (default 1); random: another each time
#   --skip-sync N    the Nth sync of each command is not done: the disk lies, and the verdict must be FAILED
#
# Somebody reads the store meanwhile, so that the log cannot be moved into it at the end of a command: what is answered stands in the log alone.
#
# The commands: the store is made, the plugins' tables are added, three weeks are backfilled, a workflow is run.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=30
skip_sync=
set_seed 1
while [ $# -gt 0 ]; do
    case $1 in
        --count) count=$2 ;;
        --seed) set_seed "$2" ;;
        --skip-sync) skip_sync=$2 ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done
shim=$shims/libspine_power_journal.so
cut=$shims/spine_power_cut
[ -f "$shim" ] && [ -x "$cut" ] || die "no shim at $shim; build the targets spine_power_journal and spine_power_cut"
command -v sqlite3 >/dev/null || skip "sqlite3 is not there to read the store meanwhile"
mkdir "$work/none"
journal=$work/journal

commands=4
command_number() { # command_number N: does it; the shim's variables come from the caller
    case $1 in
        1) spine --plugins "$work/none" db init ;;
        2) spine db init ;;
        3) backfill ;;
        4) spine workflow run "$source_root/workflows/finra_weekly_refresh.yaml" -p "file=$samples/finra_otc_weekly_otc_20251222.csv" -p tier=OTC --key week ;;
    esac
}
# What only grows: none of it may be less than when a command answered.
counts() {
    query "SELECT counts FROM (SELECT (SELECT count(*) FROM core_migrations) || ' ' || (SELECT count(*) FROM core_captures) || ' ' || (SELECT count(*) FROM core_manifest) || ' ' ||
           (SELECT count(*) FROM core_executions WHERE status = 'completed') || ' ' || (SELECT count(*) FROM core_workflow_runs WHERE status = 'completed') AS counts)"
}
is_at_least() { # is_at_least WHAT EXPECTED ACTUAL
    local -a expected actual
    read -ra expected <<<"$2"
    read -ra actual <<<"$3"
    for i in "${!expected[@]}"; do
        [[ ${actual[i]:-} =~ ^[0-9]+$ ]] && [ "${actual[i]}" -ge "${expected[i]}" ] || {
            differs "$1: was answered with '$2', is '$3'"
            return
        }
    done
}

# A reader who keeps what he saw, until he is gone; not asked to leave, because the last one out would move the log.
reader=
hold() {
    mkfifo "$work/hold.$1"
    sqlite3 "$store" <"$work/hold.$1" >"$work/held.$1" &
    reader=$!
    exec 7>"$work/hold.$1"
    echo "BEGIN; SELECT count(*) FROM sqlite_schema;" >&7
    until [ -s "$work/held.$1" ]; do
        kill -0 "$reader" 2>/dev/null || die "nobody reads the store"
        sleep 0.01
    done
}
let_go() {
    kill -9 "$reader" 2>/dev/null
    wait "$reader" 2>/dev/null || true
    exec 7>&-
}

store_in "$work/store"
answered=("")
for ((n = 1; n <= commands; ++n)); do
    code=0
    [ "$n" -eq 1 ] || hold "$n"
    (
        export LD_PRELOAD="$shim" SPINE_SHIM_FOLDER SPINE_SHIM_JOURNAL="$journal" ${skip_sync:+SPINE_SHIM_SKIP_SYNC="$skip_sync"}
        SPINE_SHIM_FOLDER=$(dirname "$store")
        command_number "$n"
    ) >"$work/out" 2>"$work/err" || code=$?
    [ "$code" = 0 ] || die "command $n failed: $(said)"
    "$cut" "$journal" ended
    answered+=("$(counts)")
    [ "$n" -eq 1 ] || let_go
done
expected=$(digest)
total=$("$cut" "$journal")

lost() { # lost CUT SEED: the power goes after so many records
    local what="cut after $1 of $total, seed $2" before=$differences answers ends n
    rm -rf "$work/cut"
    read -r answers ends < <("$cut" "$journal" "$1" "$2" "$work/cut")
    store_in "$work/cut"
    if [ "$answers" -gt 0 ]; then
        attempt spine db check --deep
        exits 0 "$what: db check --deep"
        is_at_least "$what" "${answered[$answers]}" "$(counts)"
    fi
    for ((n = 1; n <= commands; ++n)); do
        [ "$n" -gt 1 ] || [ "$ends" -eq 0 ] || continue
        attempt command_number "$n"
        exits 0 "$what: command $n again"
    done
    equal "$what: the data" "$expected" "$(digest)"
    attempt spine db check --deep
    exits 0 "$what: db check --deep at the end"
    if [ "$differences" -gt "$before" ] && [ -n "${SPINE_KEEP:-}" ]; then
        cp -r "$work" "$SPINE_KEEP"
    fi
}

cuts=0
while read -r point; do
    lost "$point" 0
    cuts=$((cuts + 1))
done < <("$cut" "$journal" answers)
for point in $(spread "$total" "$count"); do
    draw 1000000
    [ $((cuts % 3)) -ne 0 ] || drawn=0
    lost "$point" "$drawn"
    cuts=$((cuts + 1))
done
for ((i = total; i < count; ++i)); do # more than there are places: other remains at the same ones
    draw "$total"
    point=$((drawn + 1))
    draw 1000000
    lost "$point" "$drawn"
    cuts=$((cuts + 1))
done
verdict "$cuts cuts over $total records of $commands commands, seed $seed${skip_sync:+, sync $skip_sync not done}"
