#!/usr/bin/env bash
# The data path, files to all tables, as whole processes beside what else one could use, in one interleaved run.
#
#   data_path.sh [--weeks N] [--runs N] [--seed S] [--peers DIR] [--only NAME]...
#
#   --weeks N     weeks of generated files, about 128,000 rows each (default 1; the other size of interest is 26)
#   --runs N      measured rounds after one that warms up; each round runs every contender once (default 7)
#   --peers DIR   the folder with gen_finra.py and the peers (default ../shared/peers beside the checkout)
#   --only NAME   spine, bare, sqlite or duckdb; may be repeated
#
# bare is a C++ program on the SQLite C API without any framework, which syncs less than spine does; sqlite is the sqlite3
# shell; duckdb keeps a primary key and needs Node.js with its package. A contender that is not there is left out, and said.
# Ratios are taken round by round, because a shared machine is noisy; look at the spread before believing a figure.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=timing.sh
source "$(dirname "${BASH_SOURCE[0]}")/timing.sh"

weeks=1
runs=7
seed=1
peers=$source_root/../shared/peers
wanted=()
while [ $# -gt 0 ]; do
    case $1 in
        --weeks) weeks=$2 ;;
        --runs) runs=$2 ;;
        --seed) seed=$2 ;;
        --peers) peers=$2 ;;
        --only) wanted+=("$2") ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done
[ ${#wanted[@]} -gt 0 ] || wanted=(spine bare sqlite duckdb)
[ -f "$peers/gen_finra.py" ] || die "no gen_finra.py in $peers; say where with --peers"
peers=$(cd "$peers" && pwd)

data=$work/data
mkdir "$data"
python3 "$peers/gen_finra.py" "$data" --weeks "$weeks" --seed "$seed" >/dev/null
files=("$data"/*.csv)
last=${files[0]}
for file in "${files[@]}"; do
    [ "$(grep -o '[0-9]\{8\}' <<<"$(basename "$file")")" -le "$(grep -o '[0-9]\{8\}' <<<"$(basename "$last")")" ] || last=$file
done
# Published on Monday; the week ended on the Friday before.
through=$(date -u -d "$(grep -o '[0-9]\{8\}' <<<"$(basename "$last")") - 3 days" +%F)
lines=$(($(cat "${files[@]}" | wc -l) - ${#files[@]}))

cat >"$work/spine.sh" <<SCRIPT
set -eu
$(printf '%q' "$program") --quiet --db "sqlite:\$1" db init
$(printf '%q' "$program") --quiet --db "sqlite:\$1" run otc.backfill_range -p tier=ALL -p weeks_back=$weeks \\
    -p stages=all -p file_pattern='finra_otc_weekly_{tier_file}_{published}.csv' -p through=$through \\
    -p source_dir=$(printf '%q' "$data")
SCRIPT

contenders=()
for name in "${wanted[@]}"; do
    case $name in
        spine) ;;
        bare)
            if [ ! -f "$peers/limits/task.cpp" ]; then
                echo "bare: left out, no limits/task.cpp in $peers"
                continue
            fi
            g++ -O2 -std=c++20 -o "$work/bare" "$peers/limits/task.cpp" -lsqlite3
            ;;
        sqlite)
            if ! command -v sqlite3 >/dev/null || [ ! -f "$peers/data_path/sqlite_cli.sh" ]; then
                echo "sqlite: left out, no sqlite3 or no data_path/sqlite_cli.sh"
                continue
            fi
            ;;
        duckdb)
            if ! command -v node >/dev/null || [ ! -d "$peers/node_modules" ]; then
                echo "duckdb: left out, no Node.js or its packages are not installed in $peers"
                continue
            fi
            ;;
        *) die "there is no contender '$name'" ;;
    esac
    contenders+=("$name")
done

run_once() { # run_once NAME FILE
    case $1 in
        spine) time_once spine sh "$work/spine.sh" "$2" ;;
        bare) time_once bare "$work/bare" "$2" "${files[@]}" ;;
        sqlite) time_once sqlite sh "$peers/data_path/sqlite_cli.sh" "$data" "$2" keys ;;
        duckdb) time_once duckdb node "$peers/data_path/duckdb.mjs" "$data" "$2" --keys ;;
    esac
}
declare -A size
for ((round = 0; round <= runs; ++round)); do
    for name in "${contenders[@]}"; do
        rm -rf "$work/store"
        mkdir "$work/store"
        run_once "$name" "$work/store/out.db"
        size[$name]=$(du -k --apparent-size --total "$work/store"/* | tail -n 1 | cut -f 1)
        if [ "$name" = spine ] && [ "$round" -eq 0 ]; then
            found=$("$program" --db "sqlite:$work/store/out.db" -o csv query "SELECT count(*) FROM otc_raw" | tail -n 1)
            [ "$found" = "$lines" ] || die "spine holds $found raw rows of $lines"
        fi
        [ "$round" -ne 0 ] || rm "$work/times.$name"
    done
done

echo "$weeks weeks, $lines rows, ${#files[@]} files, $runs rounds"
printf '%-8s %10s %15s %9s %10s %10s   %s\n' "" "wall s" "min-max" "CPU s" "peak MiB" "store MiB" "spine / it, median (min-max)"
for name in "${contenders[@]}"; do
    ratio=
    case " ${contenders[*]} " in
        *" spine "*) [ "$name" = spine ] || ratio="$(ratios spine "$name" | middle 1 %.2f) ($(ratios spine "$name" | spread_of 1 %.2f))" ;;
    esac
    printf '%-8s %10s %15s %9s %10s %10s   %s\n' "$name" "$(column "$name" 1 | middle)" "$(column "$name" 1 | spread_of)" \
        "$(column "$name" 2 | middle)" "$(column "$name" 3 | spread_of 0.0009765625 %.0f | sed 's/.*-//')" \
        "$(echo "${size[$name]}" | middle 0.0009765625 %.1f)" "$ratio"
done
