#!/usr/bin/env bash
# A correction, and the one command to type after it: what is due in the order in which it must be done, done, and nothing due afterwards.
#
#   due.sh
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# due_list ARG...: "STAGE WEEK" of each line, in order.
due_list() { rows_of due "$@" | cut -d , -f 1,3 | sed -E "s/,.*week_ending=/ /" | tr "\n" ";"; }

store_in "$work/store"
spine db init >/dev/null
spine "${backfill_arguments[@]}" -p stages=all >/dev/null 2>&1
attempt spine due
exits 0 "nothing due"
equal "nothing is due after a whole backfill" "" "$(due_list)"
grep -q 'nothing is due' "$work/err" || differs "an empty list does not say so: $(said)"
equal "nothing in the manifest is stale" 0 "$(rows_of manifest list | grep -c 'made from' || true)"

# A week is corrected: one line of the middle one of three.
mkdir "$work/corrected"
sed '2s/|982|/|983|/' "$samples/week_2025-12-26.psv" >"$work/corrected/week_2025-12-26.psv"
attempt spine run otc.ingest_week -p "file=$work/corrected/week_2025-12-26.psv" -p week_ending=2025-12-26 -p tier=NMS_TIER_1
exits 0 "the correction"

attempt spine due
exits 0 "something due"
wanted="NORMALIZED 2025-12-26;AGGREGATED 2025-12-26;ROLLING 2025-12-26;ROLLING 2026-01-02;VENUE_SHARE 2025-12-26;HHI 2025-12-26;TIER_SPLIT 2025-12-26;"
equal "what had been made is due, in order, and nothing else" "$wanted" "$(due_list)"
equal "the domain's alias names it" "$wanted" "$(due_list otc)"
rows_of due | grep -q '^NORMALIZED,.*made from capture finra.otc_transparency:.*, head is finra' || differs "NORMALIZED does not say why: $(rows_of due | head -n 1)"
spine -o json due >"$work/due.json"
grep -q '"why": *"new_capture"' "$work/due.json" || differs "JSON does not say why"
spine -o json manifest list >"$work/manifest.json"
equal "the manifest tells of the same seven" 7 "$(grep -o '"stale": *"[^"]' "$work/manifest.json" | wc -l | tr -d ' ')"
before=$(digest)
attempt spine due
equal "looking changes nothing" "$before" "$(digest)"

attempt spine due --run
exits 0 "due --run"
equal "seven executions were done" 7 "$(grep -c completed "$work/out" || true)"
equal "nothing is due afterwards" "" "$(due_list)"
attempt spine due
exits 0 "due, afterwards"
attempt spine due --run
exits 0 "due --run again"
grep -q 'nothing is due' "$work/err" || differs "with nothing due --run does not say so: $(said)"
equal "readers see the corrected week everywhere" 983 "$(query "SELECT total_shares FROM otc_venue_volume_latest WHERE week_ending = '2025-12-26' AND symbol = 'A' AND mpid = 'ALPX'")"
equal "nothing in the manifest is stale afterwards" 0 "$(rows_of manifest list | grep -c 'made from' || true)"
sound "due"

# A delivery that lost most of its rows: what can be done is done, what is made from the failure is left, and readers keep what they had.
head -n 21 "$samples/week_2026-01-02.psv" >"$work/corrected/week_2026-01-02.psv"
attempt spine run otc.ingest_week -p "file=$work/corrected/week_2026-01-02.psv" -p week_ending=2026-01-02 -p tier=NMS_TIER_1
exits 0 "a short delivery"
attempt spine due --run
exits 6 "due --run in which a stage fails"
done_so_far=$(spine -o json due --run 2>/dev/null || true)
grep -qE '^NORMALIZED .*completed' "$work/out" || differs "what comes before the failure is not done: $(cat "$work/out")"
grep -qE '^AGGREGATED .*failed .*rows_lost is 60.00 %' "$work/out" || differs "the failure is not told: $(cat "$work/out")"
grep -q 'not tried' "$work/out" || differs "what is made from the failure is not told to be left: $(cat "$work/out")"
grep -q '"status":"failed"' <<<"$done_so_far" || differs "asked again it does not judge again: $done_so_far"
equal "readers keep the whole week" 50 "$(query "SELECT count(*) FROM otc_venue_volume_latest WHERE week_ending = '2026-01-02'")"
short=$(query "SELECT capture_id FROM core_captures ORDER BY capture_seq DESC LIMIT 1")
attempt spine captures withdraw "$short" --reason "cut short" --as ann
exits 0 "the short delivery is withdrawn"
equal "nothing is due after it is withdrawn" "" "$(due_list)"
sound "due, after a failure"

attempt spine due nowhere
exits 4 "an unknown domain"
verdict "seven stages after a correction, by one command"
