#!/usr/bin/env bash
# Durable steps beside DBOS Transact on PostgreSQL, in turn on the same disk, with the disk's own rate before and after each of them.
#
#   durable_steps.sh --peer FOLDER [--rounds N]
#
#   --peer FOLDER   where `npm install @dbos-inc/dbos-sdk` was run; without it only our own figures
#   --rounds N      so often, medians are printed (default 5)
#
# Starts a PostgreSQL of its own on loopback, in a scratch folder, with its defaults; BENCH_POSTGRES=URL takes another one. As root it runs as `postgres`.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=timing.sh
source "$(dirname "${BASH_SOURCE[0]}")/timing.sh"

peer=
rounds=5
while [ $# -gt 0 ]; do
    case $1 in
        --peer) peer=$2 ;;
        --rounds) rounds=$2 ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done
ours=$(dirname "$program")/tests/bench/durable_bench
[ -x "$ours" ] || die "no $ours; build the target durable_bench with -D SPINE_BENCH=ON"

postgres_down() { "${as_postgres[@]}" "$binaries/pg_ctl" -D "$work/cluster/data" -m immediate stop >/dev/null 2>&1 || true; }
postgres_up() {
    binaries=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)
    [ -x "$binaries/initdb" ] || die "no PostgreSQL; install it or set BENCH_POSTGRES"
    as_postgres=()
    mkdir "$work/cluster"
    if [ "$(id -u)" -eq 0 ]; then
        as_postgres=(runuser -u postgres --)
        chmod 755 "$work"
        chown postgres "$work/cluster"
    fi
    local port=$((20000 + RANDOM % 20000))
    "${as_postgres[@]}" "$binaries/initdb" -D "$work/cluster/data" -A trust -U postgres >/dev/null
    "${as_postgres[@]}" "$binaries/pg_ctl" -w -D "$work/cluster/data" -l "$work/cluster/log" \
        -o "-p $port -k $work/cluster -c listen_addresses=127.0.0.1" start >/dev/null
    trap 'postgres_down; rm -rf "$work"' EXIT
    export BENCH_POSTGRES=postgres://postgres@127.0.0.1:$port/bench
    "$binaries/createdb" -h 127.0.0.1 -p "$port" -U postgres bench
}
if [ -n "$peer" ]; then
    [ -d "$peer/node_modules/@dbos-inc/dbos-sdk" ] || die "no @dbos-inc/dbos-sdk in $peer; run there: npm install @dbos-inc/dbos-sdk"
    [ -n "${BENCH_POSTGRES:-}" ] || postgres_up
    mkdir "$work/peer"
    cp "$bench/dbos_steps.mjs" "$work/peer/"
    echo '{"type": "module"}' >"$work/peer/package.json"
    ln -s "$(cd "$peer" && pwd)/node_modules" "$work/peer/node_modules"
fi
field() { sed -E "s/.*\"$1\":([0-9.]+).*/\1/"; }
# keep NAME FIELD < line: one figure of a line of JSON.
keep() { field "$2" <<<"$line" >>"$work/figures.$1"; }
sync() {
    line=$("$ours" sync 1000)
    keep raw raw_p50_ms
    keep commit commit_p50_ms
}
theirs() { line=$(cd "$work/peer" && node dbos_steps.mjs "$@" 2>/dev/null) || die "DBOS failed: node dbos_steps.mjs $*"; }
for ((round = 0; round < rounds; ++round)); do
    for in_flight in 32 8 1; do
        sync
        line=$("$ours" steps $((in_flight == 1 ? 500 : 2000)) "$in_flight")
        keep "ours.$in_flight" steps_per_s
        keep "ours_p50.$in_flight" step_p50_ms
        if [ -n "$peer" ]; then
            theirs $((in_flight == 1 ? 100 : 500)) "$in_flight"
            keep "dbos.$in_flight" steps_per_s
            keep "dbos_p50.$in_flight" step_p50_ms
        fi
        sync
    done
    line=$("$ours" pure 50 100)
    keep ours_pure run_p50_ms
    if [ -n "$peer" ]; then
        theirs 10 1 100
        keep dbos_pure run_p50_ms
    fi
done
show() { # show WHAT NAME FORMAT: median, and smallest to largest
    [ ! -f "$work/figures.$2" ] || printf '%-34s %10s %19s\n' "$1" "$(middle 1 "$3" <"$work/figures.$2")" "$(spread_of 1 "$3" <"$work/figures.$2")"
}
ratio() { # ratio WHAT OVER UNDER: round by round
    [ ! -f "$work/figures.$3" ] || printf '%-34s %10s\n' "$1" "$(paste "$work/figures.$2" "$work/figures.$3" | awk '{ print $1 / $2 }' | middle 1 %.2f)"
}
printf '%-34s %10s %19s\n' "" median min-max
show "4 KiB append and fdatasync, ms" raw %.4f
show "a row committed by SQLite, ms" commit %.4f
for in_flight in 32 8 1; do
    show "steps/s, $in_flight in flight" "ours.$in_flight" %.0f
    show "  DBOS" "dbos.$in_flight" %.0f
    ratio "  ours over DBOS" "ours.$in_flight" "dbos.$in_flight"
done
show "a step, one run at a time, ms" ours_p50.1 %.3f
show "  DBOS" dbos_p50.1 %.3f
ratio "  ours over DBOS" ours_p50.1 dbos_p50.1
printf '%-34s %10s\n' "  over a row committed by SQLite" \
    "$(awk -v ours="$(middle 1 %.6f <"$work/figures.ours_p50.1")" -v bare="$(middle 1 %.6f <"$work/figures.commit")" 'BEGIN { printf "%.2f", ours / bare }')"
show "a run of 100 lambdas, ms" ours_pure %.2f
show "  DBOS, 100 steps" dbos_pure %.2f
ratio "  ours over DBOS" ours_pure dbos_pure
