#!/usr/bin/env bash
# How long a command takes that does next to nothing: `spine version` and `spine plugin list`, beside /bin/true.
#
#   startup.sh [--runs N]      N rounds (default 100), each of the commands once, after ten that warm up
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=timing.sh
source "$(dirname "${BASH_SOURCE[0]}")/timing.sh"

runs=100
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2 ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done

cd "$work"
for ((round = -10; round < runs; ++round)); do
    [ "$round" -ne 0 ] || rm "$work"/times.*
    time_once true /bin/true
    time_once version "$program" version
    time_once plugin_list "$program" plugin list
done
printf '%-12s %10s %15s %10s\n' "" "median ms" "min-max" "peak MiB"
for name in true version plugin_list; do
    printf '%-12s %10s %15s %10s\n' "$name" "$(column "$name" 1 | middle 1000 %.2f)" \
        "$(column "$name" 1 | spread_of 1000 %.2f)" "$(column "$name" 3 | middle 0.0009765625 %.1f)"
done
