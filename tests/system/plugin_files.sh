#!/usr/bin/env bash
# Files of one plugin that lie side by side, a plugin that goes away, a folder that is not there.
#
#   plugin_files.sh
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

built=$shims/twin_plugins
[ -f "$built/spine_twin_one.so" ] || die "no twin plugins in $built; build spine_twin_one and its like"
unset SPINE_ENV SPINE_ENV_FILE SPINE_SECRETS NOPE
folder=$work/plugins
store_in "$work/store"
# with FILE=NAME...: these twins, under these names, are the folder.
with() {
    rm -rf "$folder"
    mkdir "$folder"
    local pair
    for pair in "$@"; do
        cp "$built/spine_twin_${pair#*=}.so" "$folder/${pair%%=*}.so"
    done
}
twin() { attempt "$program" --db "sqlite:$store" --plugins "$folder" "$@"; }
# ends WHAT EXPECTED PART...: the exit code, and what was said.
ends() {
    local what=$1 expected=$2 part
    shift 2
    equal "$what: exit code" "$expected" "$code"
    for part in "$@"; do
        grep -qF -- "$part" "$work/err" "$work/out" || differs "$what: '$part' is not said: $(said)"
    done
}

with a=one b=two
twin run twin.work
ends "two versions, no store" 4 "$folder/a.so" "$folder/b.so"
with a=one
twin db init
ends "init" 0
with a=one b=two
twin run twin.work
ends "two versions that both fit, none was used" 4 "$folder/a.so" "$folder/b.so"
with a=one
twin run twin.work
ends "the first one alone" 0
with a=two b=one
twin run twin.work
ends "the one that was used last" 0 "$folder/a.so" "$folder/b.so" "which the store was used with last"
with a=two
twin run twin.work
ends "the second one alone" 0
with a=one b=two
twin run twin.work
ends "an old copy whose name sorts first" 0 "$folder/a.so" "$folder/b.so" "which fits the tables in the store"
equal "by which file" 2.0.0 "$(query "SELECT plugin_version FROM core_executions ORDER BY execution_id DESC LIMIT 1")"
with a=one b=one_rebuilt
twin run twin.work
ends "one version, different bytes" 4 "$folder/a.so" "same version and different bytes"
with a=two b=two
twin run twin.work
ends "the same bytes twice" 0 "b.so" "$folder/a.so"

with
twin plugin list
ends "a plugin that is gone" 0 "twin" "missing" "1 dataset"
twin doctor
ends "a plugin that is gone" 0 "twin" "1 dataset in the store"

attempt env SPINE_PLUGINS=/nope "$program" --db "sqlite:$store" run twin.work
ends "a folder that is not there" 4 "plugin folder '/nope' (SPINE_PLUGINS) is not there"
attempt env SPINE_PLUGINS=/nope "$program" --db "sqlite:$store" plugin list
ends "a folder that is not there" 0 "plugin folder '/nope' (SPINE_PLUGINS) is not there"

# ---- a secret that cannot be had, asked for by maybe_text -------------------------------------------------------------------------------
with a=two
twin run twin.work -p key=secret:env:NOPE
ends "a secret that is not there" 3 "variable NOPE is not set"
cat >"$work/asks.yaml" <<'YAML'
name: twin.asks
domain: twin.domain
version: 1
steps:
  - { name: work, type: pipeline, pipeline: twin.domain.work, params: { key: "secret:env:NOPE" } }
YAML
twin workflow run "$work/asks.yaml"
ends "a secret that is not there, in a workflow" 3 "variable NOPE is not set"
attempt env NOPE=s3cr3t-value "$program" --db "sqlite:$store" --plugins "$folder" run twin.work -p key=secret:env:NOPE
ends "the same secret once it is there" 0
! grep -qF s3cr3t-value "$work/out" "$work/err" || differs "the secret is told"
sound "plugin files"

# ---- a plugin that gets another id, its dataset and a column other names ------------------------------------------------------------------
store_in "$work/renamed"
ports() { # FILE=BUILD...: builds 0 (before) and 1 (after) are the folder
    rm -rf "$folder"
    mkdir "$folder"
    local pair
    for pair in "$@"; do
        cp "$built/spine_renamed_${pair#*=}.so" "$folder/${pair%%=*}.so"
    done
}
echo abc >"$work/ships.txt"
echo abcd >"$work/more.txt"
ports port=0
twin db init
ends "init before the renames" 0
twin run port.count -p day=monday -p "file=$work/ships.txt"
ends "before the renames" 0
rows=$(query "SELECT group_concat(n || ' ' || tons) FROM port_boats_latest")
sums=$(query "SELECT group_concat(version || rows_sum || execution_id) FROM core_rowsets")
cat >"$work/port.yaml" <<YAML
name: port.asks
domain: port.traffic
version: 1
steps:
  - { name: wait, type: approval, approvers: [ann], message: "go on?" }
  - { name: count, type: pipeline, pipeline: port.traffic.count, params: { day: tuesday, file: "$work/more.txt" } }
YAML
twin workflow run "$work/port.yaml"
ends "a run that waits" 75
run_id=$(query "SELECT run_id FROM core_workflow_runs")

ports harbour=1 port=0
twin plugin list
ends "the old file beside the new one" 0 "$folder/port.so" "$folder/harbour.so" "refused"
twin run port.count -p day=monday -p "file=$work/ships.txt"
ends "work with both" 4 "$folder/port.so" "$folder/harbour.so"

ports harbour=1
twin doctor
ends "before the migration" 0 "migration harbour 2"
! grep -q "is not loaded" "$work/out" || differs "doctor misses the plugin under its old id: $(said)"
attempt "$program" --db "sqlite:$store" --plugins "$folder" db check --deep
ends "sound before the migration" 0
twin db init
ends "the renames" 0 "harbour"
attempt "$program" --db "sqlite:$store" --plugins "$folder" db check --deep
ends "sound after it" 0
equal "the rows" "$rows" "$(query "SELECT group_concat(n || ' ' || weight) FROM port_ships_latest")"
equal "their digests" "$sums" "$(query "SELECT group_concat(version || rows_sum || execution_id) FROM core_rowsets")"
equal "a view of them" 2 "$(query "SELECT count(*) FROM port_heavy")"
twin plugin list
ends "the new name" 0 harbour
! grep -q missing "$work/out" || differs "the old id is missing: $(said)"
twin run port.count -p day=monday -p "file=$work/ships.txt"
ends "nothing is due" 0
twin runs approve "$run_id" wait --as ann
ends "the run that waited" 0
twin runs resume "$run_id"
ends "goes on under the new id" 0
equal "all days" 6 "$(query "SELECT count(*) FROM port_ships_latest")"

ports port=0
twin run port.count -p day=monday -p "file=$work/ships.txt"
ends "the old file alone" 3 "port"
sound "renames"
verdict
