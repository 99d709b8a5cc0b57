#!/usr/bin/env bash
# A write or a sync fails once, or from then on: a clear error and exit code 7, nothing by half, and when the fault is gone
# the same command gives the data of an undisturbed run. The same when the process is killed in front of it.
#
#   io_fault.sh [--count N] [--seed S]
#
#   --count N    faults, spread over every write and sync of `db init` and of command 1, EIO and ENOSPC, once and sticky, and
#                kills (default 35; 0: every one of them)
#   --seed S     shifts the spread, so that different runs meet different operations (default 0)
#
# A fault that the program survives is well only if all data is there at once; a failed sync of a commit is never.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=35
seed=0
while [ $# -gt 0 ]; do
    case $1 in
        --count) count=$2 ;;
        --seed) seed=$2 ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done
io_fault=$shims/libspine_io_fault.so
[ -f "$io_fault" ] || die "no shim at $io_fault; build the target spine_io_fault"

shimmed() { # shimmed init|run VARIABLE=VALUE...: the command with the shim over the store's folder
    local arguments=(db init)
    [ "$1" = init ] || arguments=("${backfill_arguments[@]}")
    shift
    env LD_PRELOAD="$io_fault" SPINE_SHIM_FOLDER="$(dirname "$store")" SPINE_SHIM_OPERATIONS="$work/operations" "$@" \
        "$program" --db "sqlite:$store" "${arguments[@]}"
}

# Whether operation NUMBER syncs what was written to the store's log since its last sync: a commit. A checkpoint syncs the
# log once more, and may fail to without harm.
syncs_a_commit() {
    sed -n "${1}p" "$work/operations" | grep -qE 'sync [^ ]*-wal' &&
        head -n "$1" "$work/operations" | grep -- '-wal' | tail -n 2 | head -n 1 | grep -q write
}
# fault COMMAND NUMBER EIO|ENOSPC|KILL once|sticky
fault() {
    local command=$1 number=$2 error=$3 how=$4 before=$differences what hit variables
    undisturbed
    rm -rf "$work/store" "$work/operations"
    store_in "$work/store"
    [ "$command" = init ] || spine db init >/dev/null
    variables=(SPINE_SHIM_FAIL="$number" SPINE_SHIM_ERROR="$error")
    [ "$how" = once ] || variables+=(SPINE_SHIM_STICKY=1)
    { attempt shimmed "$command" "${variables[@]}"; } 2>/dev/null
    hit=$(grep -m 1 ' FAILED$' "$work/operations" || true)
    what="$command, $error $how at operation $number (${hit:-not reached})"
    what=${what//$work\/store\//}
    if [ "$code" = 0 ]; then
        survived=$((survived + 1))
        ! syncs_a_commit "$number" || differs "$what: the sync of a commit failed and the exit code is 0"
        [ "$command" = init ] || equal "$what: exit 0, yet the digest" "$reference" "$(digest)"
    elif [ "$error" = KILL ]; then
        exits 137 "$what"
    else
        exits 7 "$what"
        [ -s "$work/err" ] || differs "$what: no word of error"
    fi
    # The fault is gone.
    [ "$command" = init ] || sound "$what, afterwards"
    attempt spine db init
    exits 0 "$what: db init afterwards"
    [ "$code" = 0 ] || return 0 # the rest would only repeat it
    sound "$what, after db init"
    attempt backfill
    exits 0 "$what: the command again"
    equal "$what: digest" "$reference" "$(digest)"
    sound "$what, after the command again"
    settled "$what"
    if [ "$reference_day" != "$(date -u +%F)" ]; then
        differences=$before
        fault "$@"
    fi
}

undisturbed
# All there is, counted by the shim.
store_in "$work/counted"
all=()
operations=()
for command in init run; do
    rm -f "$work/operations"
    shimmed "$command" >/dev/null 2>&1
    [ -s "$work/operations" ] || die "the shim saw no write of $command"
    total=$(wc -l <"$work/operations")
    operations+=("$total of $command")
    for ((i = 1; i <= total; ++i)); do
        all+=("$command $i EIO once" "$command $i EIO sticky" "$command $i ENOSPC once" "$command $i ENOSPC sticky"
            "$command $i KILL once")
    done
done

survived=0
tried=0
for i in $(spread ${#all[@]} "$count"); do
    read -ra chosen <<<"${all[$(((i - 1 + seed) % ${#all[@]}))]}"
    fault "${chosen[@]}"
    tried=$((tried + 1))
done
verdict "$tried of ${#all[@]} faults over the operations (${operations[*]}), $survived survived with all data, seed $seed"
