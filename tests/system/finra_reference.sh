#!/usr/bin/env bash
# Every value of every table of the FINRA domain against an independent computation from the files
# (tests/reference/finra_reference.py, which needs python3). The sample files always; the real weeks of
# ../shared/data/finra when they are there.
set -uo pipefail
# shellcheck source=tests/system/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $# -eq 0 ] || usage
command -v python3 >/dev/null || skip "python3 is not there"
reference=$source_root/tests/reference/finra_reference.py

tables="otc_raw otc_venue_volume otc_symbol_summary otc_venue_share otc_liquidity_score otc_symbol_rolling_6w
        otc_symbol_venue_share otc_symbol_hhi otc_tier_split"
compared=0

# agrees NAME FILE...: takes the files, does every stage of every week, and compares.
agrees() {
    local name=$1 file week tier table
    shift
    store_in "$work/$name"
    does "$name: a store" spine db init
    for file in "$@"; do
        does "$name: $file" spine -q run finra.otc_transparency.ingest_week -p "file=$file"
    done
    while IFS=, read -r week tier; do
        for stage in normalize_week aggregate_week compute_venue_share compute_hhi; do
            does "$name: $stage $tier $week" spine -q run "finra.otc_transparency.$stage" -p "tier=$tier" -p "week_ending=$week"
        done
    done < <(query "SELECT DISTINCT week_ending, tier FROM otc_raw ORDER BY 1, 2")
    while IFS=, read -r week tier; do
        does "$name: rolling $tier $week" spine -q run finra.otc_transparency.compute_rolling -p "tier=$tier" -p "week_ending=$week"
    done < <(query "SELECT DISTINCT week_ending, tier FROM otc_raw ORDER BY 1, 2")
    while IFS= read -r week; do
        does "$name: tier split $week" spine -q run finra.otc_transparency.compute_tier_split -p "week_ending=$week"
    done < <(query "SELECT DISTINCT week_ending FROM otc_raw ORDER BY 1")
    mkdir -p "$work/$name.tables"
    for table in $tables; do
        spine query -o json "SELECT * FROM ${table}_latest" >"$work/$name.tables/$table.json" ||
            differs "$name: $table cannot be read"
    done
    checks=$((checks + 1))
    python3 "$reference" compare "$work/$name.tables" "$@" >"$work/$name.verdict" 2>&1 ||
        differs "$name: $(tr '\n' ' ' <"$work/$name.verdict" | cut -c 1-2000)"
    compared=$((compared + $(sed -n 's/^\([0-9]*\) values compared.*/\1/p' "$work/$name.verdict" | tail -n 1)))
}

# One week of three tiers, with a tie, fractions of shares, two cases of a symbol, rows without trades or shares;
# and two weeks more of one tier.
agrees samples "$samples"/week_2025-12-19.psv "$samples"/week_2025-12-19_tier2.psv \
    "$samples"/finra_otc_weekly_otc_20251222.csv "$samples"/week_2025-12-26.psv "$samples"/week_2026-01-02.psv

real=$real_data
real_weeks="and of the real weeks"
if [ -f "$real/finra_otc_weekly_otc_20251215.csv" ]; then
    agrees real "$real"/finra_otc_weekly_otc_20251215.csv "$real"/finra_otc_weekly_otc_20251222.csv
else
    real_weeks="the real weeks skipped: $real is not there"
fi

# The comparison itself can fail: one value is changed.
sed -i '0,/"total_volume":/s/"total_volume": *\([0-9]\)/"total_volume":7\1/' "$work/samples.tables/otc_symbol_summary.json"
checks=$((checks + 1))
python3 "$reference" compare "$work/samples.tables" "$samples"/week_2025-12-19.psv \
    "$samples"/week_2025-12-19_tier2.psv "$samples"/finra_otc_weekly_otc_20251222.csv "$samples"/week_2025-12-26.psv \
    "$samples"/week_2026-01-02.psv >"$work/changed" 2>&1 && differs "a changed value was not seen"
grep -q 'total_volume' "$work/changed" || differs "the changed value is not named: $(cat "$work/changed")"

verdict "$compared values of the samples $real_weeks, $checks checks"
