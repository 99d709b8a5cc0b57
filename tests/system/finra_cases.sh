#!/usr/bin/env bash
# Small files with what really occurs in published data (symbols that differ in case, fractions of shares, rows without MPID,
# contradicting rows, holidays, old encodings, late corrections), each with its right answer to the last table.
#
#   finra_cases.sh [--only PART]...
#
#   --only PART   case, fractions, firms, duplicates, holidays, encodings, archives, late_correction, nothing_left
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(case fractions firms duplicates holidays encodings archives late_correction nothing_left)
choose_parts "$@"

header='tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate'
tier_1=(-p tier=NMS_TIER_1 -p week_ending=2025-12-19)
otc=(-p tier=OTC -p week_ending=2025-12-19)

stage() { spine run "finra.otc_transparency.$1" "${@:2}"; }
# stages FILE KEY...: the file to its last table.
stages() {
    local name
    does "ingest" stage ingest_week -p "file=$1" "${@:2}"
    for name in normalize_week aggregate_week compute_rolling compute_venue_share compute_hhi; do
        does "$name" stage "$name" "${@:2}"
    done
}
# lines FILE: the header and the lines of the standard input.
lines() { { echo "$header"; cat; } >"$work/$1"; }

part_case() {
    fresh case
    lines case.psv <<'EOF'
NMS Tier 1|TW|First|ONEX ATS|ONEX|1000|10|2025-12-22
NMS Tier 1|TW|First|TWOX ATS|TWOX|2000|20|2025-12-22
NMS Tier 1|Tw|Second|ONEX ATS|ONEX|555|5|2025-12-22
NMS Tier 1|Tw|Second|THRX ATS|THRX|700000|7|2025-12-22
NMS Tier 1|BRK/B|Third|ONEX ATS|ONEX|1|1|2025-12-22
EOF
    stages "$work/case.psv" "${tier_1[@]}"
    rows "two securities" "BRK/B,1 TW,3000 Tw,700555" "SELECT symbol, total_volume FROM otc_symbol_summary ORDER BY 1"
    rows "nothing is rejected" 0 "SELECT count(*) FROM core_rejects"
    fresh case_asked
    does "ingest, asking in another case" stage ingest_week -p "file=$work/case.psv" "${tier_1[@]}" -p 'expected_symbols=["tw","ABC"]'
    rows "what is there in another case is told, not missing" 1 "
        SELECT count(*) FROM core_quality WHERE check_name = 'expected_symbols' AND status = 'WARN' AND actual_value = '1'
           AND details_json LIKE '%\"tw\":\"TW\"%'"
}

part_fractions() {
    local symbol
    fresh fractions
    for symbol in AAA BBB CCC EEE FFF GGG; do
        echo "NMS Tier 1|$symbol|x|ONEX ATS|ONEX|1000|10|2025-12-22"
    done | { cat; echo 'NMS Tier 1|DDD|x|ONEX ATS|ONEX|900000.5|10|2025-12-22'
        echo 'NMS Tier 1|HHH|x|ONEX ATS|ONEX|900000.5|10|2025-12-22'; } | lines fractions.psv
    stages "$work/fractions.psv" "${tier_1[@]}"
    rows "eight rows" 8 "SELECT count(*) FROM otc_venue_volume"
    rows "nothing is rejected" 0 "SELECT count(*) FROM core_rejects"
    rows "one half twice is carried" "1806001,0" "SELECT total_volume, total_volume_millionths FROM otc_venue_share"
    rows "a half is kept" "900000,500000 900000,500000" "
        SELECT total_volume, total_volume_millionths FROM otc_symbol_summary WHERE total_volume > 1000"
    rows "in the window too" "900000,500000" "
        SELECT DISTINCT max_volume, max_volume_millionths FROM otc_symbol_rolling_6w WHERE max_volume > 1000"
}

part_firms() {
    local symbol
    fresh firms
    for symbol in AAPL MSFT NVDA TSLA AMZN; do
        echo "NMS Tier 1|$symbol|x|ONEX ONE ATS|ONEX|1000|10|2025-12-22"
        echo "NMS Tier 1|$symbol|x|De Minimis Firms||1000000|9000|2025-12-22"
    done | { cat; echo 'NMS Tier 1|NONE|x|||5|1|2025-12-22'; } | lines firms.psv
    stages "$work/firms.psv" "${tier_1[@]}"
    rows "kept under their firm" "FIRM:De Minimis Firms,5000000,5 ONEX,5000,5" "
        SELECT mpid, total_volume, symbol_count FROM otc_venue_share ORDER BY 1"
    rows "with its name" "De Minimis Firms" "SELECT DISTINCT venue_name FROM otc_venue_volume WHERE mpid LIKE 'FIRM:%'"
    rows "a row with neither" "EMPTY_MPID,12" "SELECT reason_code, line_number FROM core_rejects"
}

part_duplicates() {
    fresh duplicates
    lines duplicates.psv <<'EOF'
OTC|SAME|x|ARCA GLOBAL OTC|ARCA|5|1|2025-12-22
OTC|SAME|x|ARCA GLOBAL OTC|ARCA|5|1|2025-12-22
OTC|DIFF|x|ARCA GLOBAL OTC|ARCA|100|1|2025-12-22
OTC|DIFF|x|ARCA GLOBAL OTC|ARCA|999999|9|2025-12-23
EOF
    does "ingest" stage ingest_week -p "file=$work/duplicates.psv" "${otc[@]}"
    does "normalize" stage normalize_week "${otc[@]}"
    rows "a repeat and a contradiction" "DUPLICATE_KEY,3 CONFLICTING_DUPLICATE,5" "
        SELECT reason_code, line_number FROM core_rejects ORDER BY line_number"
    rows "both figures are told" 1 "
        SELECT count(*) FROM core_rejects WHERE reason_detail LIKE 'line 4 says 100 shares%999999 shares%'"
    rows "a check fails" "FAIL,1" "
        SELECT status, actual_value FROM core_quality WHERE check_name = 'conflicting_duplicates'"
    rows "the line as it stood" "OTC|DIFF|x|ARCA GLOBAL OTC|ARCA|999999|9|2025-12-23" "
        SELECT raw_text FROM core_rejects WHERE line_number = 5"
}

part_holidays() {
    printf 'WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n2026-03-27|NMS Tier 1|AAPL|ONEX|222|2\n' >"$work/before.psv"
    printf 'WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n2026-04-02|NMS Tier 1|AAPL|ONEX|111|1\n' >"$work/thursday.psv"
    fresh holidays
    refuses 6 "a Thursday is refused" "2026-04-03" stage ingest_week -p "file=$work/thursday.psv"
    printf 'values:\n  finra.otc_transparency.date_policy: snap\n' >"$work/snap.yaml"
    does "the week before" spine --config "$work/snap.yaml" run otc.ingest_week -p "file=$work/before.psv"
    does "the Thursday" spine --config "$work/snap.yaml" run otc.ingest_week -p "file=$work/thursday.psv"
    rows "two weeks" "2026-03-27,222 2026-04-03,111" "SELECT week_ending, total_shares FROM otc_raw ORDER BY 1"
    lines undated.psv <<<'OTC|AAA|x|ARCA GLOBAL OTC|ARCA|5|1|'
    does "by its Monday" stage ingest_week -p "file=$work/undated.psv" -p week_start=2026-03-30
    rows "the week of a Monday" "2026-04-03" "SELECT week_ending FROM otc_raw WHERE tier = 'OTC'"
    refuses 3 "a Tuesday is no start" "2026-03-30" stage ingest_week -p "file=$work/undated.psv" -p week_start=2026-03-31
}

part_encodings() {
    fresh encodings
    printf 'OTC|AAAA|Soci\xe9t\xe9 A|ARCA GLOBAL OTC|ARCA|17000000|10|2025-12-22\nOTC|BBBB|B Corp|ARCA|ARCA|5|1|2025-12-22
OTC|CCCC|\x81|ARCA|ARCA|5|1|2025-12-22\nOTC|BAD$YM|\xe9|ARCA|ARCA|5|1|2025-12-22\n' | lines windows_1252.psv
    does "ingest" stage ingest_week -p "file=$work/windows_1252.psv" "${otc[@]}"
    does "normalize" stage normalize_week "${otc[@]}"
    rows "both names" $'AAAA,Soci\xc3\xa9t\xc3\xa9\xc2\xa0A BBBB,B\xc2\xa0Corp' "
        SELECT symbol, replace(issue_name, ' ', char(160)) FROM otc_venue_volume ORDER BY 1"
    rows "told by a check" "WARN,2" "SELECT status, actual_value FROM core_quality WHERE check_name = 'windows_1252_lines'"
    rows "the bytes of a line are kept" 2 "SELECT count(*) FROM core_rejects WHERE raw_text LIKE '%|\\x81|%' OR raw_text LIKE '%|\\xE9|%'"
    { cat "$work/windows_1252.psv"; head -c 600 /dev/zero; } >"$work/tail.psv"
    refuses 6 "a tail of NUL" "600 NUL" stage ingest_week -p "file=$work/tail.psv" "${otc[@]}"
}

part_archives() {
    command -v zip >/dev/null || return 0
    fresh archives
    mkdir -p "$work/archive/__MACOSX" "$work/archive/data"
    lines archive/data/week.psv <<<'OTC|AAA|x|ARCA GLOBAL OTC|ARCA|5|1|2025-12-22'
    echo resource >"$work/archive/__MACOSX/._week.psv"
    (cd "$work/archive" && zip -qr ../one.zip data __MACOSX)
    does "folders and __MACOSX" stage ingest_week -p "file=$work/one.zip" "${otc[@]}"
    cp "$work/archive/data/week.psv" "$work/archive/data/other.psv"
    (cd "$work/archive" && zip -qr ../two.zip data __MACOSX)
    refuses 6 "two members are named" "other.psv" stage ingest_week -p "file=$work/two.zip" "${otc[@]}"
}

part_late_correction() {
    local late=$work/finra_otc_weekly_otc_20251229.csv
    fresh late_correction
    does "the week" stage ingest_week -p "file=$samples/finra_otc_weekly_otc_20251222.csv"
    sed '2s/|[0-9]*|\([0-9]*\)|\([0-9-]*\)$/|7|\1|\2/' "$samples/finra_otc_weekly_otc_20251222.csv" >"$late"
    refuses 6 "its correction, a week later" "2025-12-19" stage ingest_week -p "file=$late"
    does "with its week" stage ingest_week -p "file=$late" -p week_ending=2025-12-19
    rows "two captures of one week" "2025-12-19,2" "
        SELECT week_ending, count(DISTINCT capture_id) FROM otc_raw GROUP BY 1"
}

part_nothing_left() {
    fresh nothing_left
    lines nothing.psv <<'EOF'
OTC|BAD$YM|x|ARCA GLOBAL OTC|ARCA|5|1|2025-12-22
OTC|AAA|x|ARCA GLOBAL OTC|ARC|5|1|2025-12-22
OTC|BBB|x|ARCA GLOBAL OTC|ARC|5|1|2025-12-22
EOF
    does "ingest" stage ingest_week -p "file=$work/nothing.psv" "${otc[@]}"
    # The checks of what failed are kept, so the store is not as before.
    ends_with 6 "normalise fails" stage normalize_week "${otc[@]}"
    says "the commonest reason" "INVALID_MPID, in 2 of them"
    rows "and nothing is normalised" 0 "SELECT count(*) FROM otc_venue_volume"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${#chosen[@]} parts"
