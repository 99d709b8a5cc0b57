#!/usr/bin/env bash
# The main job as a person does it, with its golden numbers, and every kind of bad input with its exit code, its words and
# the store as before.
#
#   walkthrough.sh [--only PART]...
#
#   --only PART   backfill, real_week, restatement, second_plugin, bad_files, bad_rows, bad_requests, failures, bad_stores, bad_plugins
#
# Uses the real files of ../shared/data/finra beside the checkout when they are there, and says so when they are not.
# Permission cases run as an ordinary user, which needs root to become one.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(backfill real_week restatement second_plugin bad_files bad_rows bad_requests failures bad_stores bad_plugins)
choose_parts "$@"
notes=()

ingest() { spine run finra.otc_transparency.ingest_week -p "file=$1" "${@:2}"; }
stage() { spine run "finra.otc_transparency.$1" "${@:2}"; }
last_execution="SELECT %s FROM core_executions WHERE pipeline LIKE '%%.%s' ORDER BY started_at DESC, execution_id DESC LIMIT 1"
last() { # last COLUMN PIPELINE: of its newest execution
    # shellcheck disable=SC2059
    query "$(printf "$last_execution" "$1" "$2")"
}

# ---- what it must show ----------------------------------------------------------------------------------------------

[ ! -d "$real_data" ] || backfill_arguments[-1]=source_dir=$real_data
part_backfill() {
    local before
    fresh backfill
    does "backfill" backfill
    rows "raw" 150 "SELECT count(*) FROM otc_raw"
    rows "venue volume" 150 "SELECT count(*) FROM otc_venue_volume"
    rows "summaries" 6 "SELECT count(*) FROM otc_symbol_summary"
    rows "venue shares" 90 "SELECT count(*) FROM otc_venue_share"
    rows "rolling" "2026-01-02,A,3827870,3,0 2026-01-02,AA,3110306,3,0" "
        SELECT week_ending, symbol, avg_volume, weeks_in_window, is_complete FROM otc_symbol_rolling_6w ORDER BY 2"
    rows "liquidity scores" "A,1722.89,3 AA,1811.46,3" "
        SELECT symbol, liquidity_score, count(*) FROM otc_liquidity_score GROUP BY 1, 2 ORDER BY 1"
    rows "manifest" "AGGREGATED,3 INGESTED,3 NORMALIZED,3 ROLLING,1" "
        SELECT stage, count(*) FROM core_manifest GROUP BY 1 ORDER BY 1"
    rows "executions, batches" "11,1" "SELECT count(*), count(DISTINCT batch_id) FROM core_executions"
    rows "children" 10 "
        SELECT count(*) FROM core_executions WHERE parent_execution_id IN
            (SELECT execution_id FROM core_executions WHERE pipeline LIKE '%.backfill_range')"
    rows "shares sum to one" "0" "
        SELECT count(*) FROM (SELECT week_ending, sum(market_share_pct) AS total FROM otc_venue_share GROUP BY 1)
        WHERE abs(total - 1) > 1e-12"
    sound "backfill"
    settled "backfill"

    before=$(digest)
    does "backfill again" backfill
    equal "backfill again: no row changes" "$before" "$(digest)"
    cat "$work/out" "$work/err" >"$work/both"
    grep -qi 'skipped' "$work/both" || differs "backfill again: it does not say what was skipped: $(said)"
    rows "backfill again: skipped children say why" 0 "
        SELECT count(*) FROM core_executions WHERE status = 'skipped' AND coalesce(reason, '') = ''"
    refuses 0 "dry run" "" spine "${backfill_arguments[@]}" --dry-run

    for command in "plugin list" "pipeline list" "runs list" "manifest list" "captures list" "rejects list" \
        "quality list" "anomalies list" "doctor" "db digest" "plugin show finra_otc" "pipeline show otc.backfill_range"; do
        read -ra words <<<"$command"
        does "$command" spine -o json "${words[@]}"
        if command -v sqlite3 >/dev/null; then
            equal "$command -o json is one JSON document" 1 \
                "$(sqlite3 :memory: "SELECT json_valid(CAST(readfile('$work/out') AS TEXT))")"
        fi
        does "$command as a table" spine "${words[@]}"
    done
    does "runs show" spine runs show "$(query "SELECT execution_id FROM core_executions LIMIT 1")"
    does "db backup" spine db backup "$work/backfill/copy.db"
    equal "the copy is the store" "$before" "$("$program" --db "sqlite:$work/backfill/copy.db" -o csv db digest |
        tail -n 1 | cut -d , -f 3)"
    refuses 5 "backup over a file that is there" "copy.db" spine db backup "$work/backfill/copy.db"
    does "version" "$program" version
    does "help" "$program" --help

    # Two of five weeks have no file: the others are done, and it is said and kept.
    local more=("${backfill_arguments[@]/weeks_back=3/weeks_back=5}")
    more[-1]=source_dir=$samples
    does "weeks without a file" spine "${more[@]}"
    says "weeks without a file" "warning:|2 of 5 weeks and tiers have no file: 2025-12-05, 2025-12-12"
    rows "they are an anomaly" "WARN,COMPLETENESS" "SELECT severity, category FROM core_anomalies WHERE message LIKE '2 of 5 weeks%'"
    refuses 7 "all weeks or none" "2 of 5 weeks|on_missing=record" spine "${more[@]}" -p on_missing=fail
}

part_real_week() {
    local week=(-p tier=OTC -p week_ending=2025-12-12)
    if [ ! -d "$real_data" ]; then
        notes+=("no ../shared/data/finra: the real week was left out, the samples of the project were used")
        return
    fi
    fresh real_week
    does "ingest" ingest "$real_data/finra_otc_weekly_otc_20251215.csv"
    for name in normalize_week aggregate_week compute_rolling compute_venue_volume compute_venue_share compute_hhi; do
        does "$name" stage "$name" "${week[@]}"
        # The same function rebuilds what normalize_week made: nothing is due.
        [ "$name" = compute_venue_volume ] || equal "$name is done" completed "$(last status "$name")"
    done
    does "compute_tier_split" stage compute_tier_split -p week_ending=2025-12-12
    rows "week of the file" "2025-12-12,OTC,5328" "
        SELECT week_ending, tier, count(*) FROM otc_raw_latest GROUP BY 1, 2"
    rows "symbols, venues, shares, trades" "3111,9,1335995901,472776" "
        SELECT count(DISTINCT symbol), count(DISTINCT mpid), sum(total_shares), sum(total_trades) FROM otc_venue_volume"
    rows "summaries" "3111,1335995901,472776" "
        SELECT count(*), sum(total_volume), sum(total_trades) FROM otc_symbol_summary"
    rows "OTCN" "1098033568,132031,2300,0.8218839348070724,1" "
        SELECT total_volume, total_trades, symbol_count, market_share_pct, rank FROM otc_venue_share WHERE mpid = 'OTCN'"
    rows "ECOX" "259127041,218,2,1188656.15" "
        SELECT total_volume, total_trades, venue_count, avg_trade_size FROM otc_symbol_summary WHERE symbol = 'ECOX'"
    rows "HHI of ECOX" "0.9299147466219626,2" "SELECT hhi, venue_count FROM otc_symbol_hhi WHERE symbol = 'ECOX'"
    rows "shares of each symbol sum to one" 0 "
        SELECT count(*) FROM (SELECT symbol, sum(venue_share) AS total FROM otc_symbol_venue_share GROUP BY 1)
        WHERE abs(total - 1) > 1e-12"
    rows "HHI between 0 and 1" 0 "SELECT count(*) FROM otc_symbol_hhi WHERE hhi <= 0 OR hhi > 1.000000000001"
    rows "tier split of one tier" "3111,1.0,0" "
        SELECT count(*), max(tier_share), max(is_complete) FROM otc_tier_split"
    sound "real week"
}

part_restatement() {
    local week=(-p tier=NMS_TIER_1 -p week_ending=2026-01-02) original=$samples/week_2026-01-02.psv first second
    fresh restatement
    does "backfill" backfill
    does "tier split" stage compute_tier_split -p week_ending=2026-01-02
    first=$(query "SELECT capture_id FROM core_captures WHERE partition_key LIKE '%2026-01-02%'")
    local as_of="SELECT count(*), sum(total_shares) FROM otc_venue_volume WHERE capture_id = '$first'"
    rows "before" "50,6938176" "$as_of"

    # The corrected file lacks all of AA and has one number more for A.
    mkdir -p "$work/corrected"
    awk -F '|' -v OFS='|' '$3 == "AA" { next } $3 == "A" && !done { $5 += 1000; done = 1 } { print }' "$original" \
        >"$work/corrected/week_2026-01-02.psv"
    local lines
    lines=$(($(wc -l <"$work/corrected/week_2026-01-02.psv") - 1))
    does "corrected file" ingest "$work/corrected/week_2026-01-02.psv"
    rows "a new capture" 2 "SELECT count(*) FROM core_captures WHERE partition_key LIKE '%2026-01-02%'"
    second=$(query "SELECT capture_id FROM core_captures ORDER BY capture_seq DESC LIMIT 1")
    equal "its id" "$first.2" "$second"
    rows "the head is exactly the corrected rows" "$lines,3828870" "
        SELECT count(*), sum(total_shares) FROM otc_raw_head WHERE week_ending = '2026-01-02'"
    local published="SELECT count(*), sum(total_shares), min(is_current) FROM otc_raw_latest WHERE week_ending = '2026-01-02'"
    rows "readers see the rows that are published" "50,6938176,1" "$published"
    # Half of the week is gone with AA: a person has to say that this is right.
    does "normalize_week before" stage normalize_week "${week[@]}"
    ends_with 6 "without a word the loss stops the week" stage aggregate_week "${week[@]}"
    says "it names the check and the way on" "rows_lost is 42.00 % (21 of 50)|accept_loss=true"
    rows "and goes on showing what was published" "50,6938176,1" "$published"
    for name in normalize_week aggregate_week compute_rolling; do
        local accept=()
        [ "$name" = aggregate_week ] && accept=(-p accept_loss=true)
        [ "$name" = normalize_week ] || does "$name is due again" stage "$name" "${week[@]}" "${accept[@]}"
        equal "$name is due again without force" completed "$(last status "$name")"
        does "$name, nothing new" stage "$name" "${week[@]}"
        equal "$name, nothing new" skipped "$(last status "$name")"
    done
    does "tier split is due again" stage compute_tier_split -p week_ending=2026-01-02
    equal "tier split is due again without force" completed "$(last status compute_tier_split)"
    rows "latest is exactly the corrected rows" "$lines,3828870,1" "$published"
    rows "latest venue volume" "$lines,3828870" "
        SELECT count(*), sum(total_shares) FROM otc_venue_volume_latest WHERE week_ending = '2026-01-02'"
    rows "a symbol that is gone is gone" 0 "
        SELECT count(*) FROM otc_symbol_summary_latest WHERE week_ending = '2026-01-02' AND symbol = 'AA'"
    rows "as of the first capture" "50,6938176" "$as_of"
    rows "rolling takes the corrected week" "3828203" "
        SELECT avg_volume FROM otc_symbol_rolling_6w_latest WHERE symbol = 'A' AND week_ending = '2026-01-02'"
    rows "as of then rolling is still there" "3827870 3828203" "
        SELECT avg_volume FROM otc_symbol_rolling_6w WHERE symbol = 'A' ORDER BY 1"

    does "A, B, A" ingest "$original"
    rows "three captures" 3 "SELECT count(*) FROM core_captures WHERE partition_key LIKE '%2026-01-02%'"
    rows "and A's rows, to be judged" "50,6938176" "
        SELECT count(*), sum(total_shares) FROM otc_raw_head WHERE week_ending = '2026-01-02'"
    rows "readers see B's until then" "$lines,3828870,1" "$published"
    does "the same file again" ingest "$original"
    rows "is no capture" 3 "SELECT count(*) FROM core_captures WHERE partition_key LIKE '%2026-01-02%'"
    equal "the same file again" skipped "$(last status ingest_week)"
    sound "restatement"
}

# A copy of the program with its plugins, for cases that change the plugins' folder.
installed=
install_copy() {
    installed=$work/installed.$1
    mkdir -p "$installed/plugins"
    cp "$program" "$installed/spine"
    cp "$(dirname "$program")"/plugins/*.so "$installed/plugins/"
    chmod -R go-w "$installed"
}
installed_spine() { "$installed/spine" --db "sqlite:$store" "$@"; }

part_second_plugin() {
    if ! command -v cmake >/dev/null || ! command -v ninja >/dev/null; then
        notes+=("no cmake or no ninja: the second plugin was left out")
        return
    fi
    does "configure a plugin from the SDK alone" cmake -G Ninja -S "$source_root/tests/plugins/demo_prices" \
        -B "$work/demo_prices" -D "SPINE_SDK=$source_root/sdk"
    does "build it" cmake --build "$work/demo_prices"
    [ "$code" = 0 ] || return 0
    install_copy second
    cp "$work/demo_prices/demo_prices.so" "$installed/plugins/"
    store_in "$work/second_plugin"
    does "db init" installed_spine db init
    does "listed" installed_spine plugin list
    grep -q demo_prices "$work/out" || differs "the second plugin is not listed"
    does "shown" installed_spine plugin show demo_prices
    does "its pipeline is shown" installed_spine pipeline show demo.prices.load_day
    printf 'A,3412\nAA,4790\nbroken\n' >"$work/prices.csv"
    does "run" installed_spine run demo.load_day -p "file=$work/prices.csv" -p day=2026-01-02
    rows "its rows" "A,3412 AA,4790" "SELECT symbol, cents FROM demo_prices ORDER BY 1"
    rows "its reject" "PARSE_ERROR,3,broken" "SELECT reason_code, line_number, raw_text FROM core_rejects"
    rm "$installed/plugins/demo_prices.so"
    does "listed without it" installed_spine plugin list
    grep -qE '^demo_prices +(1\.0\.0 +)?missing +1 dataset in the store' "$work/out" || differs "the removed plugin is not told to be missing: $(grep demo_prices "$work/out")"
    refuses 4 "the removed plugin's pipeline" "load_day" installed_spine run demo.load_day -p file=x -p day=2026-01-02
    rows "its executions are still shown" "demo.prices.load_day,completed,demo_prices" "
        SELECT pipeline, status, plugin FROM core_executions"
    does "runs list" installed_spine runs list
    grep -q load_day "$work/out" || differs "runs list does not show the removed plugin's execution"
}

# ---- bad input ------------------------------------------------------------------------------------------------------

header='tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID|totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate'
row() { # row [SYMBOL [MPID [SHARES [TRADES [TIER [DATE]]]]]]
    printf '%s|%s|Name of it|Name of venue|%s|%s|%s|%s\n' \
        "${5-OTC}" "${1-ABCD}" "${2-OTCN}" "${3-1000}" "${4-10}" "${6-2025-12-15}"
}
# file NAME: the path of a file named as FINRA names them, in a folder of its own.
file() {
    mkdir -p "$work/files/$1"
    echo "$work/files/$1/finra_otc_weekly_otc_20251215.csv"
}

part_bad_files() {
    local path
    fresh bad_files
    path=$(file good)
    { echo "$header"; row; row ABCE; } >"$path"
    does "a good file" ingest "$path"

    refuses 4 "missing file" "missing.csv" ingest "$work/missing.csv"
    mkdir -p "$work/a_folder.csv"
    refuses 3 "directory" "a_folder.csv|regular file" ingest "$work/a_folder.csv"
    mkfifo "$work/a_pipe.csv"
    refuses 3 "FIFO" "a_pipe.csv|regular file" timeout 10 "$program" --db "sqlite:$store" \
        run finra.otc_transparency.ingest_week -p "file=$work/a_pipe.csv"
    ln -s loop_b.csv "$work/loop_a.csv"
    ln -s loop_a.csv "$work/loop_b.csv"
    refuses 3 "loop of symbolic links" "loop_a.csv|link" ingest "$work/loop_a.csv"
    refuses 3 "device" "regular file" ingest /dev/zero

    path=$(file empty)
    : >"$path"
    refuses 6 "empty file" "empty" ingest "$path"
    path=$(file header_only)
    echo "$header" >"$path"
    refuses 6 "header only" "no " ingest "$path"
    path=$(file wrong_header)
    { echo 'name|price|when'; row; } >"$path"
    refuses 6 "wrong header" "header" ingest "$path"
    path=$(file mixed_tiers)
    { echo "$header"; row; row ABCE OTCN 5 1 'NMS Tier 1'; } >"$path"
    refuses 6 "mixed tiers" "tier|OTC|NMS" ingest "$path"
    path=$work/files/mixed.psv
    printf 'WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n2025-12-12|OTC|ABCD|OTCN|1|1\n2025-12-19|OTC|ABCE|OTCN|1|1\n' >"$path"
    refuses 6 "mixed weeks" "2025-12-12|2025-12-19" ingest "$path"
    path=$(file unknown_tier)
    { echo "$header"; row ABCD OTCN 5 1 'Tier Nine'; } >"$path"
    refuses 6 "tier that cannot be read" "Tier Nine" ingest "$path"
    path=$(file contradiction)
    { echo "$header"; row; } >"$path"
    refuses 6 "file that contradicts its parameters" "OTC|NMS_TIER_1" ingest "$path" -p tier=NMS_TIER_1
    path=$(file utf16)
    { echo "$header"; row; } | sed 's/./&\x00/g; s/$/\x00/' | { printf '\xff\xfe'; cat; } >"$path"
    refuses 6 "UTF-16" "UTF-16" ingest "$path"

    path=$(file cut).gz
    { echo "$header"; for i in {1..2000}; do row "S$i" OTCN "$RANDOM" 1; done; } | gzip -c | head -c 3000 >"$path"
    refuses 6 "gzip cut short" "gz" ingest "$path"
    path=$(file bomb).gz
    { echo "$header"; row; head -c 300000000 /dev/zero; } | gzip -9 -c >"$path"
    refuses 6 "gzip bomb" "gz" measured "$path"
    within_memory "gzip bomb"
    rows "still the good file only" "2,1" "SELECT (SELECT count(*) FROM otc_raw), (SELECT count(*) FROM core_captures)"
    sound "bad files"
}
# measured FILE: ingest under the measuring program.
measured() {
    rm -f "$work/measured"
    "$shims/spine_measure" "$work/measured" "$program" --db "sqlite:$store" \
        run finra.otc_transparency.ingest_week -p "file=$1"
}
within_memory() { # the peak of the last measured command; sanitizers need memory of their own
    local peak
    checks=$((checks + 1))
    peak=$(cut -d ' ' -f 3 "$work/measured")
    [ "${SPINE_SANITIZED:-0}" = 1 ] || [ "$peak" -le 81920 ] || differs "$1: peak of $peak KiB is over 80 MiB"
}

# accepts NAME "REJECTED: CODE,LINE ..." RAW-ROWS: ingests $(file NAME) into a fresh store and normalises.
accepts() {
    local name=$1
    fresh "rows_$name"
    does "$name: ingest" ingest "$(file "$name")"
    does "$name: normalize" stage normalize_week -p tier=OTC -p week_ending=2025-12-12
    rows "$name: raw rows" "$3" "SELECT count(*) FROM otc_raw"
    rows "$name: rejects" "$2" "SELECT reason_code, line_number FROM core_rejects ORDER BY line_number, reason_code"
    rows "$name: raw = normalised + rejected by normalise" 0 "
        SELECT (SELECT count(*) FROM otc_raw) - (SELECT count(*) FROM otc_venue_volume)
             - (SELECT count(*) FROM core_rejects WHERE stage = 'NORMALIZED') AS n"
    sound "$name"
}
part_bad_rows() {
    { echo "$header"; row; echo 'OTC|SEVEN|Name|Venue|OTCN|5|2025-12-15'; row NINE OTCN 5 1 OTC '2025-12-15|more'
      row WORD OTCN many; row COMMA OTCN 1,000; row HUGE OTCN 9223372036854775808; row POINT OTCN 1.0000005; row LAST; } >"$(file parse)"
    accepts parse "PARSE_ERROR,3 PARSE_ERROR,4 PARSE_ERROR,5 PARSE_ERROR,6 PARSE_ERROR,7 PARSE_ERROR,8" 2
    { echo "$header"; row; row MINUS OTCN -5; row MINUT OTCN 5 -1; row ''; row BAD\$YM; row LONGLONGLONG
      row VENUE OTC; row NOTHING OTCN 0 0; row ABCD; row LAST; } >"$(file rules)"
    accepts rules "NEGATIVE_VOLUME,3 NEGATIVE_TRADES,4 EMPTY_SYMBOL,5 INVALID_SYMBOL,6 INVALID_SYMBOL,7 INVALID_MPID,8 ZERO_ACTIVITY,9 DUPLICATE_KEY,10" 10
    { echo "$header"; row; row 'NU\0L' | sed 's/\\0/\x00/'; row LAST; } >"$(file nul)"
    accepts nul "PARSE_ERROR,3" 2
    { echo "$header"; row; row LAST; } | sed 's/$/\r/' >"$(file crlf)"
    accepts crlf "" 2
    { printf '\xef\xbb\xbf'; echo "$header"; row; row LAST; } >"$(file bom)"
    accepts bom "" 2
    { echo "$header"; row; row LAST | tr -d '\n'; } >"$(file no_last_newline)"
    accepts no_last_newline "" 2
    rows "a missing last newline is no fault of a last line that was read" PASS "
        SELECT status FROM core_quality WHERE stage = 'INGESTED' AND check_name = 'last_line_complete'"
    { echo "$header"; row; row LAST | cut -c 1-20 | tr -d '\n'; } >"$(file cut_in_the_line)"
    accepts cut_in_the_line "PARSE_ERROR,3" 1
    rows "a last line that was cut warns" WARN "
        SELECT status FROM core_quality WHERE stage = 'INGESTED' AND check_name = 'last_line_complete'"
    { echo "$header"; row; head -c 100000000 /dev/zero | tr '\0' 'X'; echo; row LAST; } >"$(file long_line)"
    fresh long_line
    does "a line of 100 MB" measured "$(file long_line)"
    within_memory "a line of 100 MB"
    rows "a line of 100 MB is one reject" "PARSE_ERROR,3" "SELECT reason_code, line_number FROM core_rejects"
    rows "and its neighbours are there" 2 "SELECT count(*) FROM otc_raw"
    rows "the reject keeps only its beginning" 1 "SELECT length(raw_text) <= 65536 FROM core_rejects"
}

part_bad_requests() {
    local file=$samples/week_2026-01-02.psv
    fresh bad_requests
    does "backfill" backfill
    refuses 3 "unknown tier" "NMS_TIER_9|NMS_TIER_1|NMS_TIER_2|OTC" \
        spine run otc.backfill_range -p tier=NMS_TIER_9 -p weeks_back=3 -p "source_dir=$samples"
    refuses 3 "a week that is no Friday" "2025-12-13|2025-12-12" \
        stage normalize_week -p tier=OTC -p week_ending=2025-12-13
    refuses 3 "a through that is no Friday" "2026-01-01|2026-01-02" \
        spine run otc.backfill_range -p tier=OTC -p through=2026-01-01 -p "source_dir=$samples"
    refuses 3 "a day that is none" "2025-02-30" stage normalize_week -p tier=OTC -p week_ending=2025-02-30
    refuses 4 "unknown pipeline" "otc.backfil_range|backfill_range" spine run otc.backfil_range
    refuses 3 "unknown parameter" "teir|tier" spine run otc.backfill_range -p teir=OTC -p "source_dir=$samples"
    refuses 3 "wrong type" "weeks_back|three" \
        spine run otc.backfill_range -p tier=OTC -p weeks_back=three -p "source_dir=$samples"
    refuses 3 "out of bounds" "weeks_back" \
        spine run otc.backfill_range -p tier=OTC -p weeks_back=-1 -p "source_dir=$samples"
    refuses 3 "missing parameter" "file" spine run finra.otc_transparency.ingest_week
    refuses 3 "all faults at once" "teir|weeks_back" spine run otc.backfill_range -p teir=OTC -p weeks_back=x
    refuses 7 "a stage too early" "INGESTED|ingest_week" stage normalize_week -p tier=OTC -p week_ending=2025-12-12
    refuses 2 "unknown command" "frobnicate" spine frobnicate
    refuses 2 "unknown option" "--frobnicate" spine run otc.backfill_range --frobnicate
    refuses 2 "parameter without a value" "tier" spine run otc.backfill_range -p tier
    refuses 2 "writing SQL" "" spine query "DELETE FROM core_manifest"
    refuses 2 "bad SQL" "nonsense" spine query "nonsense"
    refuses 4 "unknown execution" "no-such-id" spine runs show no-such-id
    refuses 4 "no store" "db init" "$program" --db "sqlite:$work/nowhere/spine.db" run otc.backfill_range -p tier=OTC \
        -p "source_dir=$samples"
    [ ! -e "$work/nowhere" ] || differs "no store: a folder was made"
    refuses 3 "unknown kind of store" "oracle" "$program" --db oracle:x db init
    refuses 0 "the file that is there already" "" ingest "$file"
    rows "nothing failed without a word" 0 "
        SELECT count(*) FROM core_executions WHERE status = 'failed' AND coalesce(error_message, '') = ''"
}

# With --log-level debug each event has its fields; as JSON each line of standard error is an object, and a file hears the same.
tells_what_happens() {
    local events=$work/events.log
    does "debug events" spine --log-level debug run common.noop
    says "debug events" "debug plugin registered plugin=common|debug claimed pipeline=common.noop execution=|debug committed pipeline=common.noop|attempt=1|end=completed"
    rm -f "$events"
    ends_with 1 "a failure as JSON" spine --log-format json --log-level debug --log-file "$events" run common.fail -p category=INTERNAL
    checks=$((checks + 1))
    python3 - "$work/err" "$events" <<'END' || differs "a failure as JSON: $(said)"
import json, sys
heard, kept = (open(name, encoding="utf-8").read().splitlines() for name in sys.argv[1:])
assert heard == kept, "the file and standard error differ"
events = [json.loads(line) for line in heard]
assert all(event["time"].endswith("Z") and event["level"] and event["message"] for event in events)
committed = [event for event in events if event["message"] == "committed"]
assert [(event["pipeline"], event["attempt"], event["end"]) for event in committed] == [("common.fail", "1", "failed")], committed
assert committed[0]["execution"]
END
    refuses 2 "a log in no folder" "there is no folder" spine --log-file "$work/none/spine.log" run common.noop
}

part_failures() {
    local expected
    fresh failures
    for expected in DATA_QUALITY:6 QUALITY_GATE:6 STEP_ERROR:1 CONFIGURATION:3 TRANSIENT:7 DEPENDENCY:7 TIMEOUT:7 \
        RESOURCE:7 INTERNAL:1; do
        refuses "${expected#*:}" "a pipeline that fails with ${expected%:*}" "on purpose|${expected%:*}" \
            spine run common.fail -p "category=${expected%:*}"
    done
    rows "each is recorded with its category" 9 "
        SELECT count(DISTINCT error_category) FROM core_executions WHERE status = 'failed' AND error_message LIKE '%on purpose%'"
    does "noop" spine run common.noop
    tells_what_happens
}

as_somebody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
part_bad_stores() {
    local folder before
    # A text file in its place.
    store_in "$work/text_store"
    echo 'these are my notes, and they are precious' >"$store"
    before=$(sha256sum <"$store")
    for command in "db init" "db check" "runs list" "run common.noop"; do
        read -ra words <<<"$command"
        refuses 3 "$command on a text file" "spine.db" spine "${words[@]}"
    done
    equal "the text file is untouched" "$before" "$(sha256sum <"$store")"

    # Somebody else's database.
    if command -v sqlite3 >/dev/null; then
        store_in "$work/foreign_store"
        sqlite3 "$store" 'CREATE TABLE mine(x); INSERT INTO mine VALUES (1)'
        before=$(sha256sum <"$store")
        refuses 3 "db init on a foreign database" "spine.db" spine db init
        refuses 3 "run on a foreign database" "spine.db" spine run common.noop
        equal "the foreign database is untouched" "$before" "$(sha256sum <"$store")"
    fi

    # Truncated: its second half is gone.
    fresh truncated_store
    does "backfill" backfill
    rm -f "$store-wal" "$store-shm"
    truncate --size=$(($(stat -c %s "$store") / 2)) "$store"
    attempt spine db check
    [ "$code" != 0 ] || differs "db check on a truncated store: exit 0"
    attempt backfill
    case $code in
        3 | 7) [ -s "$work/err" ] || differs "run on a truncated store: no word" ;;
        *) differs "run on a truncated store: exit $code: $(said)" ;;
    esac

    # Of a newer version.
    if command -v sqlite3 >/dev/null; then
        fresh newer_store
        sqlite3 "$store" "
            INSERT INTO core_migrations(owner, version, name, sha256, applied_at)
            VALUES ('core', 9999, 'from the future', 'ab', '2030-01-01T00:00:00.000Z')" >/dev/null ||
            differs "newer store: could not be made"
        refuses 3 "run on a newer store" "newer" spine run common.noop
        refuses 3 "db init on a newer store" "newer" spine db init
    fi

    # Read-only, as an ordinary user.
    fresh read_only_store
    does "backfill" backfill
    folder=$(dirname "$store")
    if [ "$(id -u)" -ne 0 ]; then
        chmod a-w "$store" "$folder"
        refuses 7 "run on a read-only store" "spine.db" spine run common.noop
        chmod u+w "$store" "$folder"
    elif ! as_somebody true 2>/dev/null; then
        notes+=("cannot become an ordinary user: permission cases were left out")
    else
        chmod a+rx "$work" "$folder"
        chmod a+r "$folder"/*
        install_copy read_only
        chmod -R a+rX "$installed"
        before=$(digest)
        attempt as_somebody "$installed/spine" --db "sqlite:$store" run common.noop
        checks=$((checks + 1))
        case $code in
            7 | 8) grep -q 'spine.db' "$work/err" || differs "run on a read-only store does not name it: $(said)" ;;
            *) differs "run on a read-only store: expected exit 7 or 8, was $code: $(said)" ;;
        esac
        attempt as_somebody "$installed/spine" --db "sqlite:$folder/new.db" db init
        case $code in
            7 | 8) ;;
            *) differs "db init in a folder that may not be written: expected exit 7 or 8, was $code: $(said)" ;;
        esac
        [ ! -e "$folder/new.db" ] || differs "db init in a folder that may not be written made a file"
        equal "read-only store: as before" "$before" "$(digest)"
        # A file that may not be read.
        mkdir -p "$work/own"
        chmod 777 "$work/own"
        cp "$samples/week_2026-01-02.psv" "$work/secret.psv"
        chmod 000 "$work/secret.psv"
        attempt as_somebody "$installed/spine" --db "sqlite:$work/own/spine.db" db init
        exits 0 "db init as an ordinary user"
        attempt as_somebody "$installed/spine" --db "sqlite:$work/own/spine.db" \
            run finra.otc_transparency.ingest_week -p "file=$work/secret.psv"
        exits 8 "a file that may not be read"
        grep -q 'secret.psv' "$work/err" || differs "a file that may not be read is not named: $(said)"
    fi

    # A folder in its place, and a folder that is not there.
    store_in "$work/folder_store"
    mkdir -p "$store"
    refuses 3 "db init on a folder" "spine.db" spine db init
}

part_bad_plugins() {
    install_copy bad
    store_in "$work/bad_plugins"
    does "db init" installed_spine db init
    echo 'not a library' >"$installed/plugins/a_text.so"
    head -c 2000 "$(ls "$installed"/plugins/finra*.so)" >"$installed/plugins/cut_short.so"
    cp "$installed"/plugins/finra*.so "$installed/plugins/world_writable.so"
    chmod 666 "$installed/plugins/world_writable.so"
    ln -s "$(ls "$installed"/plugins/finra*.so)" "$installed/plugins/a_link.so"
    cp "$shims/libspine_io_fault.so" "$installed/plugins/no_entry.so"
    attempt installed_spine plugin list
    exits 0 "plugin list with bad files"
    cat "$work/out" "$work/err" >"$work/both"
    for bad in a_text cut_short world_writable no_entry; do
        checks=$((checks + 1))
        grep -q "$bad" "$work/both" || differs "plugin list does not name $bad"
    done
    grep 'world_writable' "$work/both" | grep -qi 'writable' || differs "plugin list does not say why world_writable was refused"
    grep 'no_entry' "$work/both" | grep -qi 'spine_plugin_query' || differs "plugin list does not say what no_entry lacks"
    does "the good one still works" installed_spine run otc.backfill_range -p tier=NMS_TIER_1 -p weeks_back=1 \
        -p through=2026-01-02 -p "source_dir=$samples"
    refuses 4 "a plugins folder that is not there" "otc" "$program" --plugins "$work/no_plugins" --db "sqlite:$store" \
        run otc.backfill_range -p tier=OTC
}

for part in "${chosen[@]}"; do
    "part_$part"
done
for note in "${notes[@]+"${notes[@]}"}"; do
    echo "note: $note"
done
verdict "$checks checks in ${#chosen[@]} parts"
