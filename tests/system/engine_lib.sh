# Shared by the scripts engine_*.sh; sourced behind lib.sh, never run. Brings the plugin that bears witness, and:
#
#   told                     the file that SPINE_WITNESS names: a line for each call of an operation
#   workflow NAME            standard input becomes a workflow of that name in $work/workflows
#   finish                   `runs resume --all` until nothing is unfinished
# shellcheck shell=bash disable=SC2034,SC2154

witness_plugins=$shims/witness_plugins
[ -f "$witness_plugins/spine_witness.so" ] || die "no plugin in $witness_plugins; build the target spine_witness"
# What the environment says elsewhere is not meant here.
unset SPINE_ENV SPINE_ENV_FILE SPINE_SECRETS
mkdir -p "$work/workflows"
export SPINE_PLUGINS=$witness_plugins SPINE_WORKFLOWS=$work/workflows SPINE_WITNESS=$work/told
told=$SPINE_WITNESS
: >"$told"

workflow() {
    { printf 'name: %s\ndomain: witness\n' "$1" && cat; } >"$work/workflows/$1.yaml"
}
unfinished_sql="SELECT count(*) FROM core_workflow_runs WHERE status NOT IN ('completed', 'failed', 'cancelled')"
# finish WHAT: each of the resumes must end as the manual says, and in the end nothing may be left.
finish() {
    local i
    for ((i = 0; i < 60; ++i)); do
        [ "$(query "$unfinished_sql")" != 0 ] || return 0
        attempt spine runs resume --all
        [ "$code" = 75 ] || exits 0 "$1: runs resume --all" # 75: something waits for longer
        [ "$i" -lt 3 ] || sleep 0.2
    done
    differs "$1: not finished by 60 times 'runs resume --all': $(query "SELECT workflow || ' ' || status || ' ' || coalesce(reason, '') || ' ' || coalesce(current_step, '')
        FROM core_workflow_runs WHERE status NOT IN ('completed', 'failed', 'cancelled')" | tr '\n' ';')"
}
