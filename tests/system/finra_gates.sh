#!/usr/bin/env bash
# Losses do not get past the gates: a truncated re-delivery over a whole week, a week most of whose volume is
# rejected, and a short new week, by hand and by each shipped workflow, until a person accepts the loss.
#   --only PART   by_hand, went_back, by_workflow, new_week, rejected, weekly_refresh
set -uo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
parts=(by_hand went_back by_workflow new_week rejected weekly_refresh)
choose_parts "$@"

workflows=$source_root/workflows
header='tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate'
# week_file PATH PUBLISHED [ROWS [MORE]]: an OTC week of so many rows, at four venues, each with so many shares more: no two weeks trade
# the same, and a file that has another week's figures is refused.
week_file() {
    { echo "$header"
      awk -v n="${3:-1200}" -v more="${4:-0}" -v date="$2" 'BEGIN {
          split("OTCN OTCX ARCA PPEX", venues, " ")
          for (i = 0; i < n; ++i) {
              s = int(i / 4)
              printf "OTC|S%c%c%c|Name|Venue|%s|%d|%d|%s\n", 65 + int(s / 676) % 26, 65 + int(s / 26) % 26, 65 + s % 26,
                     venues[i % 4 + 1], 5000 + i + more, 10 + i % 7, date
          }
      }'; } >"$1"
}
stage() { spine run "finra.otc_transparency.$1" "${@:2}"; }
flow() { spine workflow run "$workflows/$1.yaml" "${@:2}"; }
otc=(-p tier=OTC -p week_ending=2025-12-12)
whole=$work/finra_otc_weekly_otc_20251215.csv
week_file "$whole" 2025-12-15
mkdir -p "$work/cut" "$work/before" "$work/bad"
cut=$work/cut/finra_otc_weekly_otc_20251215.csv
head -n 150 "$whole" >"$cut"

# stages FILE WEEK: the three stages, quietly.
stages() {
    does "ingest $1" stage ingest_week -p "file=$1" -p "week_ending=$2"
    does "normalize $1" stage normalize_week -p tier=OTC -p "week_ending=$2"
    does "aggregate $1" stage aggregate_week -p tier=OTC -p "week_ending=$2"
}
# with_history: three whole weeks before.
with_history() {
    local published=(20251124 20251201 20251208) weeks=(2025-11-21 2025-11-28 2025-12-05) i
    for i in 0 1 2; do
        week_file "$work/before/finra_otc_weekly_otc_${published[$i]}.csv" 2025-12-15 $((1190 + i * 8)) $((i + 1))
        stages "$work/before/finra_otc_weekly_otc_${published[$i]}.csv" "${weeks[$i]}"
    done
}
check_status() { query "SELECT status FROM core_quality WHERE stage = '$1' AND check_name = '$2' ORDER BY quality_id DESC LIMIT 1"; }
summaries="SELECT count(*) FROM otc_symbol_summary WHERE week_ending = '2025-12-12'"

# What readers find of the week, in one statement: for raw rows, normalised rows and summaries how many there are, of which captures
# (by their place among the week's), and whether they are current.
of_latest() {
    echo "coalesce((SELECT count(*) || ':' || group_concat(DISTINCT (SELECT count(*) FROM core_captures o WHERE o.capture_seq <= l.capture_seq
        AND o.partition_key = c.partition_key)) || ':' || min(l.is_current) FROM $1_latest l JOIN core_captures c USING (capture_seq)
        WHERE l.week_ending = '2025-12-12'), 'none')"
}
latest_sql="SELECT $(of_latest otc_raw) || ' ' || $(of_latest otc_venue_volume) || ' ' || $(of_latest otc_symbol_summary) AS seen"
readers_see() { equal "$1: readers see" "$2" "$(query "$latest_sql")"; }
whole_week='1200:1:1 1200:1:1 300:1:1'

# read_beside: notes all the time what readers see, until `read_enough WHAT` says that it was the whole week each time.
read_beside() {
    touch "$work/reading"
    while [ -e "$work/reading" ]; do query_beside; done >"$work/reader" &
    reader=$!
}
query_beside() { "$program" --db "sqlite:$store" -o csv query "$latest_sql" 2>&1 | tail -n 1; }
read_enough() {
    until [ "$(wc -l <"$work/reader")" -ge 2 ]; do sleep 0.05; done
    rm "$work/reading"
    wait "$reader"
    equal "$1: whoever read meanwhile saw" "$whole_week" "$(sort -u "$work/reader" | paste -s -d '|')"
}

part_by_hand() {
    store_in "$work/by_hand"
    does "a store" spine db init
    stages "$whole" 2025-12-12
    readers_see "the whole week" "$whole_week"
    equal "nothing was there to compare with" NOT_ASKED "$(check_status AGGREGATED rows_lost)"
    read_beside
    does "the truncated file comes in" stage ingest_week -p "file=$cut"
    readers_see "truncated, ingested" "$whole_week"
    does "and is normalised" stage normalize_week "${otc[@]}"
    readers_see "truncated, normalised" "$whole_week"
    ends_with 6 "it is not aggregated" stage aggregate_week "${otc[@]}"
    readers_see "truncated, stopped" "$whole_week"
    read_enough "truncated"
    says "the loss, and the way on" "rows_lost is 87.58 % (1051 of 1200)|volume_lost is|accept_loss=true"
    equal "the check is kept" FAIL "$(check_status AGGREGATED rows_lost)"
    equal "the category" QUALITY_GATE "$(query "SELECT error_category FROM core_executions WHERE pipeline LIKE '%.aggregate_week' ORDER BY execution_id DESC LIMIT 1")"
    equal "only the whole week has summaries" 300 "$(query "$summaries")"
    does "a person accepts it" stage aggregate_week "${otc[@]}" -p accept_loss=true
    readers_see "accepted" "149:2:1 149:2:1 38:2:1"
    equal "as a warning" WARN "$(check_status AGGREGATED rows_lost)"
    equal "which says who" accept_loss "$(query "SELECT json_extract(details_json, '\$.accepted_by') FROM core_quality WHERE check_name = 'rows_lost' AND stage = 'AGGREGATED' ORDER BY quality_id DESC LIMIT 1")"
    equal "with grade D" D "$(query "SELECT actual_value FROM core_quality WHERE check_name = 'week_grade' ORDER BY quality_id DESC LIMIT 1")"
    sound "by hand"
}

# A short week that a person has gone back from is no measure: its like is compared with what readers see.
part_went_back() {
    local how shorter=$work/cut/shorter.csv
    head -n 149 "$whole" >"$shorter"
    for how in publish withdraw; do
        store_in "$work/went_back.$how"
        does "$how: a store" spine db init
        stages "$whole" 2025-12-12
        does "$how: a short week" stage ingest_week -p "file=$cut"
        does "$how: normalised" stage normalize_week "${otc[@]}"
        does "$how: accepted" stage aggregate_week "${otc[@]}" -p accept_loss=true
        readers_see "$how: accepted" "149:2:1 149:2:1 38:2:1"
        if [ "$how" = publish ]; then
            does "$how" spine captures publish "$(capture_no 1)" --reason "it was no loss of theirs"
        else
            does "$how" spine captures withdraw "$(capture_no 2)" --reason "it was no loss of theirs"
        fi
        readers_see "$how" "$whole_week"
        does "$how: its like" stage ingest_week -p "file=$shorter" -p week_ending=2025-12-12
        does "$how: its like, normalised" stage normalize_week "${otc[@]}"
        ends_with 6 "$how: its like is stopped" stage aggregate_week "${otc[@]}"
        says "$how: by what readers see" "rows_lost is 87.67 % (1052 of 1200)"
        equal "$how: it was compared with" "$(capture_no 1)" "$(query "SELECT json_extract(details_json, '\$.compared_with') FROM core_quality WHERE check_name = 'rows_lost' AND stage = 'AGGREGATED' ORDER BY quality_id DESC LIMIT 1")"
        readers_see "$how: its like" "$whole_week"
        sound "$how"
    done
}
capture_no() { query "SELECT capture_id FROM core_captures ORDER BY capture_seq LIMIT 1 OFFSET $(($1 - 1))"; }

# A whole week and then the truncated one, by a workflow: it stops, and with accept_loss it goes through.
redelivered() { # redelivered WORKFLOW HISTORY FILE_ARGUMENT... where {} is the file
    local name=$1 history=$2 code_wanted=$3
    shift 3
    store_in "$work/$name.$history"
    does "$name: a store" spine db init
    [ "$history" = none ] || with_history
    does "$name, $history: the whole week" flow "$name" "${@//\{\}/$whole}"
    read_beside
    ends_with "$code_wanted" "$name, $history: the truncated week" flow "$name" "${@//\{\}/$cut}"
    read_enough "$name, $history: truncated"
    readers_see "$name, $history: truncated" "$whole_week"
    equal "$name, $history: only the whole week has summaries" 300 "$(query "$summaries")"
    does "$name, $history: a person accepts it" flow "$name" "${@//\{\}/$cut}" -p accept_loss=true
    equal "$name, $history: recorded" accept_loss "$(query "SELECT json_extract(details_json, '\$.accepted_by') FROM core_quality WHERE check_name = 'rows_lost' AND stage = 'AGGREGATED' ORDER BY quality_id DESC LIMIT 1")"
}
part_by_workflow() {
    local history
    for history in none three_weeks; do
        redelivered finra_weekly_refresh "$history" 6 -p tier=OTC -p 'file={}'
        redelivered finra_otc_weekly_refresh "$history" 6 -p tier=OTC -p 'file={}'
        redelivered finra_quality_gated_refresh "$history" 6 -p tier=OTC -p 'file={}'
    done
    redelivered finra_multi_tier_refresh none 6 -p 'file_otc={}'
    # The backfills leave a week alone that is done already, so the truncated file has to be the head first.
    store_in "$work/single"
    does "single week: a store" spine db init
    stages "$whole" 2025-12-12
    does "single week: the truncated file" stage ingest_week -p "file=$cut"
    ends_with 6 "single week" flow finra_backfill_single_week "${otc[@]}" -p "file=$cut"
    does "single week, accepted" flow finra_backfill_single_week "${otc[@]}" -p "file=$cut" -p accept_loss=true
    does "year: the whole file again" stage ingest_week -p "file=$whole"
    does "year: it gains" flow finra_backfill_year -p tier=OTC -p start_date=2025-12-12 -p end_date=2025-12-12 \
        -p "source_dir=$work" -p 'file_pattern=finra_otc_weekly_otc_{published}.csv'
    does "year: the truncated file" stage ingest_week -p "file=$cut"
    local year=(-p tier=OTC -p start_date=2025-12-12 -p end_date=2025-12-12 -p "source_dir=$work/cut"
                -p 'file_pattern=finra_otc_weekly_otc_{published}.csv')
    ends_with 6 "year" flow finra_backfill_year "${year[@]}"
    does "year, accepted" flow finra_backfill_year "${year[@]}" -p accept_loss=true
}

# A short week is compared with the weeks before, whoever asks.
part_new_week() {
    local how name head
    for how in by_hand by_head by_workflow; do
        store_in "$work/new.$how"
        does "$how: a store" spine db init
        with_history
        if [ "$how" = by_workflow ]; then
            does "$how" flow finra_weekly_refresh -p tier=OTC -p "file=$cut"
        else
            does "$how: ingest" stage ingest_week -p "file=$cut"
            does "$how: normalize" stage normalize_week "${otc[@]}"
            head=()
            [ "$how" = by_hand ] || head=(-p "capture_id=$(query "SELECT capture_id FROM core_captures ORDER BY capture_seq DESC LIMIT 1")")
            does "$how: aggregate" stage aggregate_week "${otc[@]}" "${head[@]}"
        fi
        equal "$how: volume_swing" WARN "$(check_status AGGREGATED volume_swing)"
        for name in missing_venues market_share_shift venue_baseline; do
            equal "$how: $name is asked" PASS "$(check_status AGGREGATED "$name")"
        done
        equal "$how: nothing is replaced" NOT_ASKED "$(check_status AGGREGATED rows_lost)"
    done
}

# 99.7 % of the volume in lines that lack two fields.
part_rejected() {
    local bad=$work/bad/finra_otc_weekly_otc_20251215.csv name
    { cat "$whole"; echo 'OTC|BIGG|Name|Venue|OTCN|2229000000'; } >"$bad"
    store_in "$work/rejected"
    does "a store" spine db init
    does "ingest" stage ingest_week -p "file=$bad"
    equal "ingest tells the cost" FAIL "$(check_status INGESTED reject_shares_share)"
    equal "one line of many is no fault by itself" PASS "$(check_status INGESTED reject_rows_share)"
    does "normalize" stage normalize_week "${otc[@]}"
    equal "normalise tells it too" FAIL "$(check_status NORMALIZED reject_shares_share)"
    ends_with 6 "aggregate" stage aggregate_week "${otc[@]}"
    says "what is lost" "reject_shares_share is 99.7|grade is F|accept_loss=true"
    for name in finra_weekly_refresh finra_otc_weekly_refresh finra_quality_gated_refresh; do
        store_in "$work/rejected.$name"
        does "$name: a store" spine db init
        ends_with 6 "$name" flow "$name" -p tier=OTC -p "file=$bad"
        says "$name says why" "reject_shares_share is 99.7"
        equal "$name: nothing is aggregated" 0 "$(query "$summaries")"
        does "$name, accepted" flow "$name" -p tier=OTC -p "file=$bad" -p accept_loss=true
        equal "$name: aggregated then" 300 "$(query "$summaries")"
    done
}

# finra.otc_transparency.weekly_refresh, step by step.
part_weekly_refresh() {
    local flow_name=finra_otc_weekly_refresh small=$work/before/small.csv
    store_in "$work/weekly"
    does "a store" spine db init
    does "an ordinary week" flow "$flow_name" -p tier=OTC -p "file=$whole"
    equal "its steps" "ingest completed,validate_ingest completed,normalize completed,validate_normalize completed,aggregate completed" \
        "$(query "SELECT group_concat(step || ' ' || status) FROM (SELECT step, status FROM core_workflow_steps ORDER BY step_seq)" | tr -d '"')"
    does "the same again" flow "$flow_name" -p tier=OTC -p "file=$whole"
    # The seed's own text: the symbols stand in the configuration of the check.
    local seeded=$work/seeded.yaml
    sed 's/max_errors: 10/max_errors: 10\n        expected_symbols: [SAAA, SAAB]/' "$workflows/$flow_name.yaml" >"$seeded"
    store_in "$work/weekly.seeded"
    does "a store" spine db init
    does "symbols that are there" spine workflow run "$seeded" -p tier=OTC -p "file=$whole"
    equal "one capture" 1 "$(query "SELECT count(*) FROM core_captures")"
    sed -i 's/SAAB\]/SAAB, AAPL, MSFT]/' "$seeded"
    store_in "$work/weekly.missing"
    does "a store" spine db init
    ends_with 6 "symbols that are missing" spine workflow run "$seeded" -p tier=OTC -p "file=$whole"
    says "which" "Missing expected symbols: AAPL, MSFT"
    sed -i 's/expected_symbols: .*/expected_symbols: {"NMS Tier 1": [AAPL], "OTC": [SAAA, ZZZZ]}/' "$seeded"
    ends_with 6 "by tier" spine workflow run "$seeded" -p tier=OTC -p "file=$whole"
    says "of its own tier" "Missing expected symbols: ZZZZ"
    week_file "$small" 2025-12-15 999
    store_in "$work/weekly.small"
    does "a store" spine db init
    ends_with 6 "999 rows" flow "$flow_name" -p tier=OTC -p "file=$small" -p week_ending=2025-12-12
    says "too few" "Too few records ingested for OTC 2025-12-12: 999, at least 1000"
    equal "it is a gate" QUALITY_GATE "$(query "SELECT error_category FROM core_workflow_steps WHERE step = 'validate_ingest'")"
    week_file "$small" 2025-12-15 1200
    for _ in 1 2 3 4 5 6 7 8 9 10 11; do echo 'OTC|BAD|Name|Venue|OTCN|many|1|2025-12-15'; done >>"$small"
    store_in "$work/weekly.errors"
    does "a store" spine db init
    ends_with 6 "eleven bad lines" flow "$flow_name" -p tier=OTC -p "file=$small" -p week_ending=2025-12-12
    says "too many errors" "Too many ingest errors: 11"
    equal "it is a fault of the data" DATA_QUALITY "$(query "SELECT error_category FROM core_workflow_steps WHERE step = 'validate_ingest'")"
    { week_file "$small" 2025-12-15 1200; for _ in $(seq 70); do echo 'OTC||Name|Venue|OTCN|1|1|2025-12-15'; done >>"$small"; }
    store_in "$work/weekly.empty"
    does "a store" spine db init
    ends_with 6 "seventy lines without a symbol" flow "$flow_name" -p tier=OTC -p "file=$small" -p week_ending=2025-12-12
    says "the null rate" "Null rate too high: 5.5%"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${#chosen[@]} parts"
