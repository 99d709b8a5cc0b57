# Shared by the scripts of this folder; sourced, never run.
#
#   time_once NAME COMMAND...   runs it once under spine_measure and keeps the line; dies when it fails
#   median, range, ratios       what the kept lines say
#
# Read from the environment: SPINE_PROGRAM; without it build/release is taken.
# shellcheck shell=bash disable=SC2034

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$bench/../.." && pwd)
program=${SPINE_PROGRAM:-$source_root/build/release/spine}
measure=$(dirname "$program")/tests/system/spine_measure
export LC_ALL=C
unset SPINE_DB SPINE_PLUGINS SPINE_CONFIG

die() {
    echo "$(basename "$0"): $*" >&2
    exit 2
}
usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit "${1:-0}"
}
[ -x "$program" ] || die "no program at $program; build it, or set SPINE_PROGRAM"
[ -x "$measure" ] || die "no $measure; build the target spine_measure"
work=$(mktemp -d "${TMPDIR:-/tmp}/spine-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

time_once() {
    local name=$1
    shift
    "$measure" "$work/times.$name" "$@" >"$work/out" 2>"$work/err" </dev/null ||
        die "$name failed: $(tail -n 3 "$work/err")"
}
# column NAME N: the N-th column of the kept lines: 1 wall seconds, 2 CPU seconds, 3 peak KiB.
column() { awk -v n="$2" '{ print $n }' "$work/times.$1"; }
# Of numbers on stdin: median, and smallest to largest; with a factor and a printf format.
middle() { sort -n | awk -v f="${1:-1}" -v p="${2:-%.3f}" '{ a[NR] = $1 * f } END { printf p, NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }
spread_of() { sort -n | awk -v f="${1:-1}" -v p="${2:-%.3f}" '{ a[NR] = $1 * f } END { printf p "-" p, a[1], a[NR] }'; }
# ratios A B: wall time of A over that of B, run by run.
ratios() { paste <(column "$1" 1) <(column "$2" 1) | awk '{ print $1 / $2 }'; }
