#!/usr/bin/env bash
# Two processes at once on one partition: one wins, the other adopts, is superseded and done again, skips or exits 5, and the
# tables are right every time.
#
#   two_processes.sh [--count N] [--seed S]
#
#   --count N    pairs (default 20): in turn one file ingested twice, one backfill twice, two files of one partition
#   --seed S     of the delays between the two (default 1); `random` draws one
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=20
seed=1
while [ $# -gt 0 ]; do
    case $1 in
        --count) count=$2 ;;
        --seed) seed=$2 ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done
set_seed "$seed"

# Two files of one partition: the second lacks a row and says other numbers for one.
first=$samples/week_2026-01-02.psv
mkdir "$work/second"
second=$work/second/week_2026-01-02.psv
awk -F '|' -v OFS='|' 'NR == 2 { next } NR == 3 { $5 += 1 } { print }' "$first" >"$second"

ingest() { spine run finra.otc_transparency.ingest_week -p "file=$1"; }
ingest_first() { ingest "$first"; }
ingest_second() { ingest "$second"; }
# The digest after these files one after the other; remembered for the day.
declare -A serial
after() { # after FILE...: in `expected`
    local kept=$store name="$reference_day $*" file
    if [ -z "${serial[$name]:-}" ]; then
        rm -rf "$work/serial"
        store_in "$work/serial"
        spine db init >/dev/null
        for file in "$@"; do
            ingest "$file" >/dev/null 2>"$work/err" || die "ingest of $file alone failed: $(said)"
        done
        serial[$name]=$(digest)
        store=$kept
    fi
    expected=${serial[$name]}
}

# pair WHAT DELAY-MICROSECONDS COMMAND-1 COMMAND-2: exit codes in `codes`, as "0 5".
pair() {
    local what=$1 delay=$2 one two job
    { $3 >"$work/out.1" 2>"$work/err.1"; } &
    one=$!
    sleep "$(as_seconds "$delay")"
    { $4 >"$work/out.2" 2>"$work/err.2"; } &
    two=$!
    codes=
    for job in $one $two; do
        code=0
        wait "$job" || code=$?
        codes+="${codes:+ }$code"
    done
    case $codes in
        "0 0") both=$((both + 1)) ;;
        "0 5" | "5 0")
            refused=$((refused + 1))
            local loser=2
            [ "$codes" = "0 5" ] || loser=1
            [ -s "$work/err.$loser" ] || differs "$what: exit 5 without a word"
            ;;
        *) differs "$what: exit codes $codes: $(cat "$work/err.1" "$work/err.2" | tr '\n' ' ' | cut -c 1-400)" ;;
    esac
    sound "$what"
    equal "$what: executions left running" 0 "$(query "SELECT count(*) FROM core_executions WHERE status = 'running'")"
    equal "$what: partitions whose head is not their newest capture" 0 "$(query "
        SELECT count(*) FROM core_partitions p WHERE p.domain = 'finra.otc_transparency' AND p.head_capture IS NOT
            (SELECT max(c.capture_seq) FROM core_captures c
             WHERE c.domain = p.domain AND c.partition_key = p.partition_key)")"
}

same_file() {
    pair "$1" "$2" ingest_first ingest_first
    after "$first"
    equal "$1: digest" "$expected" "$(digest)"
    equal "$1: captures" 1 "$(query 'SELECT count(*) FROM core_captures')"
}
same_backfill() {
    pair "$1" "$2" backfill backfill
    equal "$1: digest" "$reference" "$(digest)"
    settled "$1"
}
two_files() {
    local found
    pair "$1" "$2" ingest_first ingest_second
    found=$(digest)
    case $codes in
        "0 5")
            after "$first"
            equal "$1: digest with the first only" "$expected" "$found"
            ;;
        "5 0")
            after "$second"
            equal "$1: digest with the second only" "$expected" "$found"
            ;;
        *)
            after "$first" "$second"
            [ "$found" = "$expected" ] || {
                after "$second" "$first"
                equal "$1: digest of neither order" "$expected" "$found"
            }
            ;;
    esac
}

undisturbed
store_in "$work/timed"
spine db init >/dev/null
begin=$(microseconds)
ingest "$first" >/dev/null 2>&1
ingest_time=$(($(microseconds) - begin))

kinds=(same_file same_backfill two_files)
both=0
refused=0
for ((i = 0; i < count; ++i)); do
    kind=${kinds[$((i % 3))]}
    draw "$ingest_time"
    # Every other pair starts at once.
    [ $((i / 3 % 2)) -eq 1 ] || drawn=0
    before=$differences
    until
        undisturbed
        rm -rf "$work/store"
        store_in "$work/store"
        spine db init >/dev/null
        $kind "pair $((i + 1)) of $count ($kind, $drawn us apart, seed $seed)" "$drawn"
        [ "$reference_day" = "$(date -u +%F)" ]
    do
        differences=$before
    done
done
verdict "$count pairs, both done in $both, one refused in $refused, seed $seed"
