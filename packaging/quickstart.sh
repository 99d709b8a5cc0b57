#!/usr/bin/env bash
# From a fresh Debian 12 to a result: installs what is missing, builds, makes a store, takes three weeks of sample data from
# file to rolling metrics, shows what came out, and does the weekly refresh of another tier as a workflow. Safe to repeat: what is done
# is not done again.
#
#   quickstart.sh [FOLDER]      FOLDER: where the store is made; without it build/quickstart
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-build/quickstart}
spine=build/release/spine
samples=tests/data/finra
log=$(mktemp)
trap 'rm -f "$log"' EXIT

title() { printf '\n== %s\n' "$1"; }
# Prints a command as it would be typed and runs it.
show() {
    printf '\n$'
    printf ' %q' "$@"
    printf '\n'
    "$@"
}
ask() { # ask "what it is" SQL
    printf '\n%s\n' "$1"
    "$spine" query "$2"
}

title "Packages"
packaging/install_deps.sh build

title "Build (the first time takes some minutes)"
if ! { cmake --preset release && cmake --build --preset release --target spine plugins/all --parallel "${SPINE_JOBS:-$(nproc)}"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "quickstart.sh: the build failed; its last words are above" >&2
    exit 1
fi
"$spine" version

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
SPINE_DB=sqlite:$folder/spine.db
export SPINE_DB

title "Store: $folder/spine.db"
show "$spine" db init
show "$spine" plugin list

title "Three weeks, from file to rolling metrics"
show "$spine" run otc.backfill_range -p tier=NMS_TIER_1 -p weeks_back=3 -p through=2026-01-02 -p "source_dir=$samples"

title "What was done"
show "$spine" runs list

title "What came out"
ask "Rows by table" "
    SELECT 'raw' AS what, count(*) AS rows FROM otc_raw_latest
    UNION ALL SELECT 'venue volume', count(*) FROM otc_venue_volume_latest
    UNION ALL SELECT 'symbol summary', count(*) FROM otc_symbol_summary_latest
    UNION ALL SELECT 'venue share', count(*) FROM otc_venue_share_latest
    UNION ALL SELECT 'liquidity score', count(*) FROM otc_liquidity_score_latest
    UNION ALL SELECT 'rolling 6 weeks', count(*) FROM otc_symbol_rolling_6w
    UNION ALL SELECT 'rejected', count(*) FROM core_rejects"
ask "Top symbols of the last week" "
    SELECT symbol, total_volume, total_trades, venue_count, avg_trade_size
    FROM otc_symbol_summary_latest WHERE week_ending = '2026-01-02' ORDER BY total_volume DESC LIMIT 5"
ask "Rolling metrics (six weeks make a window complete; three are here)" "
    SELECT week_ending, symbol, avg_volume, avg_trades, min_volume, max_volume, weeks_in_window, is_complete
    FROM otc_symbol_rolling_6w ORDER BY week_ending, symbol"
printf '\nHow far each week has come\n'
"$spine" manifest list

title "The weekly refresh as a workflow: checks between the pipelines, and a decision"
show "$spine" workflow run workflows/finra_weekly_refresh.yaml -p "file=$samples/finra_otc_weekly_otc_20251222.csv" -p tier=OTC
run=$("$spine" --quiet -o csv runs list --limit 1 | tail -n 1 | cut -d , -f 1)
show "$spine" runs show "$run"

printf '\nThe store is %s. Repeat this command: nothing is done twice. To look around:\n' "$folder/spine.db"
printf '  export SPINE_DB=%q\n  %s --help\n' "$SPINE_DB" "$spine"
