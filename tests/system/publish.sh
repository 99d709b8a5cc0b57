#!/usr/bin/env bash
# Readers never see a worse day than before: a good day, a truncated one that its gate holds back, withdrawn, and a good one again, while another
# process reads all the time; and the same with kill -9 at the commit points of every command.
#
#   publish.sh [--points N]
#
#   --points N   kills before and after N of the commit points of each command (default 2; 0: all)
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
points=2
[ "${1:-}" = --points ] && points=$2
at_commit=$shims/libspine_at_commit.so
[ -f "$at_commit" ] || die "no shim at $at_commit; build the target spine_at_commit"
[ -f "$shims/judge_plugins/spine_judge.so" ] || die "no plugin in $shims/judge_plugins; build the target spine_judge"
export SPINE_PLUGINS=$shims/judge_plugins SPINE_USER=ann

seq 1 5 >"$work/day1"
seq 11 15 >"$work/day2"
seq 11 12 >"$work/day2.truncated"
seq 11 16 >"$work/day2.corrected"
withdrawn_id='judge.days:2:'$(date -u +%Y%m%d)'.2'

# The story, one command a line: its exit code, then its words.
story=(
    "0 run judge.load -p day=1 -p file=$work/day1"
    "0 run judge.sum -p day=1"
    "0 run judge.load -p day=2 -p file=$work/day2"
    "0 run judge.sum -p day=2"
    "0 run judge.trend -p day=2 -p before=1"
    "0 run judge.load -p day=2 -p file=$work/day2.truncated"
    "6 run judge.sum -p day=2"
    "0 run judge.trend -p day=2 -p before=1"
    "0 captures withdraw $withdrawn_id --reason cut_short"
    "0 run judge.sum -p day=2"
    "0 run judge.load -p day=2 -p file=$work/day2.corrected"
    "0 run judge.sum -p day=2"
    "0 run judge.trend -p day=2 -p before=1"
)
words_of() { read -r expected words <<<"${story[$1]}"; read -r -a words <<<"$words"; }

# What a reader sees of day 2, in one statement: rows, captures among them, sums, and the trend with whether it lags.
seen_sql="SELECT (SELECT count(*) FROM judge_raw_latest WHERE day = '2') || ' ' ||
    (SELECT count(DISTINCT capture_id) FROM judge_raw_latest WHERE day = '2') || ' ' ||
    coalesce((SELECT group_concat(lines || ':' || is_current) FROM judge_sum_latest WHERE day = '2'), 'no sum') || ' ' ||
    coalesce((SELECT group_concat(total || ':' || is_current) FROM judge_trend_latest WHERE day = '2'), 'no trend') AS seen"
sees() { equal "$1" "$2" "$(query "$seen_sql")"; }

store_in "$work/store"
spine db init >/dev/null
# The reader: every 10 ms until the file goes away.
touch "$work/reading"
(while [ -e "$work/reading" ]; do
    "$program" --db "sqlite:$store" -o csv query "$seen_sql" 2>>"$work/reader.err" | tail -n 1
    sleep 0.01
done >"$work/reader") &
reader=$!

references=()
for i in "${!story[@]}"; do
    cp -R "$work/store" "$work/before.$i" # a command ends with its log emptied; what the reader does is no part of it
    words_of "$i"
    attempt spine "${words[@]}"
    exits "$expected" "command $i: ${words[*]}"
    case $i in
    3) sees "published" "5 1 5:1 no trend" ;;
    5) sees "a truncated day is there, not judged" "5 1 5:1 80:1" ;;
    6)
        sees "a truncated day failed its check" "5 1 5:1 80:1"
        grep -q "lines is 2 (expected at least 3)" "$work/err" || differs "the check is not told: $(said)"
        grep -q "spine captures withdraw $withdrawn_id" "$work/err" || differs "no way on is told: $(said)"
        equal "the manifest's head" 2 "$(query "SELECT row_count FROM core_manifest WHERE stage = 'RAW' AND partition_key = '{\"day\":\"2\"}'")"
        ;;
    7) equal "the trend reads what is published" skipped "$(query "SELECT status FROM core_executions ORDER BY execution_id DESC LIMIT 1")" ;;
    8)
        sees "withdrawn" "5 1 5:1 80:1"
        equal "who and why" "WARN,capture $withdrawn_id was withdrawn by ann: cut_short" \
            "$(query "SELECT severity, message FROM core_anomalies WHERE category = 'CAPTURE_WITHDRAWN'")"
        ;;
    9) equal "the older day is current again" skipped "$(query "SELECT status FROM core_executions ORDER BY execution_id DESC LIMIT 1")" ;;
    11) sees "corrected; the trend lags" "6 1 6:1 80:0" ;;
    12) sees "all is current" "6 1 6:1 96:1" ;;
    esac
    references[i]=$(digest)
done
rm "$work/reading"
wait "$reader"
strange=$(sort -u "$work/reader" | grep -v -x -e '0 0 no sum no trend' -e '5 1 5:1 no trend' -e '5 1 5:1 80:1' -e '6 1 6:1 80:0' -e '6 1 6:1 96:1' || true)
[ -z "$strange" ] || differs "a reader saw: $strange"
looked=$(wc -l <"$work/reader")
[ "$looked" -ge 5 ] || differs "the reader looked $looked times only"
attempt spine db check
exits 0 "db check"

# kill -9 at the commit points of each command, then the same command.
kills=0
for i in "${!story[@]}"; do
    words_of "$i"
    rm -rf "$work/store" && cp -R "$work/before.$i" "$work/store" && store_in "$work/store"
    rm -f "$work/points" # the shim appends
    commit_points "$work/points" "$program" --db "sqlite:$store" "${words[@]}" || true
    for point in $(spread "$(wc -l <"$work/points")" "$points"); do
        for side in before after; do
            rm -rf "$work/store" && cp -R "$work/before.$i" "$work/store" && store_in "$work/store"
            killed_at "$side:$point" "$program" --db "sqlite:$store" "${words[@]}"
            kills=$((kills + 1))
            case $(query "$seen_sql") in
            '0 0 no sum no trend' | '5 1 5:1 no trend' | '5 1 5:1 80:1' | '6 1 6:1 80:0' | '6 1 6:1 96:1') ;;
            *) differs "command $i, killed $side point $point: a reader sees $(query "$seen_sql")" ;;
            esac
            attempt spine "${words[@]}"
            exits "$expected" "command $i again after a kill $side point $point"
            equal "command $i, killed $side point $point: digest" "${references[$i]}" "$(digest)"
            attempt spine db check
            exits 0 "command $i, killed $side point $point: db check"
        done
    done
done
verdict "${#story[@]} commands, $looked looks of a reader, $kills kills"
