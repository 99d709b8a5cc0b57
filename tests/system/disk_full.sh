#!/usr/bin/env bash
# The same work on disks that are too small: a clear error and exit code 7, nothing by half, and when the disk has grown
# the same command gives the data of an undisturbed run.
#
#   disk_full.sh [--steps N] [--from KIB] [--to KIB]
#
#   --steps N             disks to try (default 8; the long form is 40)
#   --from KIB --to KIB   smallest and largest; by default 64 KiB and the first of its doubles that is enough
#
# The disks are small file systems in memory, in a mount name space of our own; that needs root. Without it the script says so
# and ends with 77, which ctest shows as skipped.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

if [ "${SPINE_IN_NAMESPACE:-}" != 1 ]; then
    # In a chroot the root folder is no mount point, and how it propagates cannot be changed.
    for propagation in private unchanged; do
        if unshare --mount --propagation "$propagation" true 2>/dev/null; then
            exec env SPINE_IN_NAMESPACE=1 unshare --mount --propagation "$propagation" "$0" "$@"
        fi
    done
    echo "disk_full.sh: skipped: small disks need a mount name space of our own, which this user may not make (be root)"
    exit 77
fi
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

steps=8
from=64
to=
while [ $# -gt 0 ]; do
    case $1 in
        --steps) steps=$2 ;;
        --from) from=$2 ;;
        --to) to=$2 ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done

disk=$work/disk
mkdir "$disk"
mount -t tmpfs -o size=64k none "$disk" 2>/dev/null || skip "a file system in memory cannot be mounted here"
umount "$disk"
clean_up_disk() {
    umount -l "$disk" 2>/dev/null || true
    clean_up
}
trap clean_up_disk EXIT

# try_disk KIB
try_disk() {
    local size=$1 before=$differences what="disk of $1 KiB" failed=no command
    undisturbed
    mount -t tmpfs -o "size=${size}k" none "$disk"
    store_in "$disk"
    for command in init run; do
        local arguments=(db init)
        [ "$command" = init ] || arguments=("${backfill_arguments[@]}")
        # Scratch files belong on the disk that is full, too.
        attempt env TMPDIR="$disk" "$program" --db "sqlite:$store" "${arguments[@]}"
        if [ "$code" != 0 ]; then
            failed=yes
            exits 7 "$what: $command"
            grep -qiE 'full|space' "$work/err" || differs "$what: the error does not say that the disk is full: $(said)"
            break
        fi
    done
    if [ "$failed" = no ]; then
        enough=$((enough + 1))
        equal "$what: exit 0, yet the digest" "$reference" "$(digest)"
    elif [ "$command" = run ]; then
        # A reader may need room for the log's index; on a disk without any it says so too.
        attempt spine db check
        [ "$code" = 0 ] || [ "$code" = 7 ] || differs "$what: db check on the full disk: exit $code: $(said)"
        [ "$code" != 0 ] || sound "$what, while it is full"
    fi
    mount -o "remount,size=64m" "$disk"
    attempt spine db init
    exits 0 "$what: db init after it has grown"
    attempt backfill
    exits 0 "$what: the command again after it has grown"
    equal "$what: digest" "$reference" "$(digest)"
    sound "$what, after it has grown"
    settled "$what"
    umount "$disk"
    if [ "$reference_day" != "$(date -u +%F)" ]; then
        differences=$before
        try_disk "$size"
    fi
}

enough=0
if [ -z "$to" ]; then
    for ((to = from; enough == 0 && to < 65536; to *= 2)); do
        try_disk "$to"
    done
    to=$((to / 2))
    enough=0
fi
for ((i = 0; i < steps; ++i)); do
    try_disk $((from + i * (to - from) / (steps > 1 ? steps - 1 : 1)))
done
[ "$enough" -gt 0 ] || differs "not even the largest disk was large enough"
verdict "$steps disks from $from to $to KiB, $enough of them large enough"
