# Shared by the scripts engine_*.sh; sourced behind lib.sh, never run. Brings the plugin that bears witness, and:
#
#   told                     the file that SPINE_WITNESS names: a line for each call of an operation
#   workflow NAME            standard input becomes a workflow of that name in $work/workflows
#   until_it_is WHAT EXPECTED SQL   waits for an answer, 120 s at the most
#   finish                   `runs resume --all` until nothing is unfinished
#   newest, status_of RUN, steps_of RUN
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
newest() { query "SELECT max(run_id) FROM core_workflow_runs WHERE parent_run_id IS NULL"; }
status_of() { query "SELECT status FROM core_workflow_runs WHERE run_id = '$1'"; }
# What a person sees of a run: each step's attempts, in the order in which they began.
steps_of() {
    query "SELECT step || ' ' || status FROM core_workflow_steps
           WHERE run_id = '$1' AND substr(step, 1, 1) <> '@' ORDER BY step_seq" | tr '\n' ' ' | sed 's/ $//'
}
unfinished_sql="SELECT count(*) FROM core_workflow_runs WHERE status NOT IN ('completed', 'failed', 'cancelled')"
until_it_is() {
    local i found=
    checks=$((checks + 1))
    for ((i = 0; i < 1200; ++i)); do
        found=$(query "$3" | tr '\n' ' ')
        [ "${found% }" != "$2" ] || return 0
        sleep 0.1
    done
    differs "$1: expected '$2', still found '${found% }'"
}
# finish WHAT: each of the resumes must end as the manual says, and in the end nothing may be left.
finish() {
    local i
    for ((i = 0; i < 60; ++i)); do
        [ "$(query "$unfinished_sql")" != 0 ] || return 0
        attempt spine runs resume --all
        exits 0 "$1: runs resume --all"
        [ "$i" -lt 3 ] || sleep 0.2
    done
    differs "$1: not finished by 60 times 'runs resume --all': $(query "SELECT workflow || ' ' || status || ' ' || coalesce(reason, '') || ' ' || coalesce(current_step, '')
        FROM core_workflow_runs WHERE status NOT IN ('completed', 'failed', 'cancelled')" | tr '\n' ';')"
}
says() { # says WHAT WORDS [FILE]: each of the '|'-separated words was said
    local word file=${3:-$work/err}
    checks=$((checks + 1))
    while IFS= read -r word; do
        grep -qiF -- "$word" "$file" || differs "$1: '$word' is not said: $(tr '\n' ' ' <"$file" | cut -c 1-400)"
    done < <(tr '|' '\n' <<<"$2")
}
# ends_with EXIT WHAT COMMAND...
ends_with() {
    local expected=$1 what=$2
    shift 2
    checks=$((checks + 1))
    attempt "$@"
    exits "$expected" "$what"
}
# chosen_parts ALL... -- ARG...: the parts that --only names, or all of them, in `chosen`.
chosen_parts() {
    local known=() part
    while [ "$1" != -- ]; do
        known+=("$1")
        shift
    done
    shift
    chosen=()
    while [ $# -gt 0 ]; do
        [ "$1" = --only ] && [ $# -gt 1 ] || usage 2 >&2
        [[ " ${known[*]} " == *" $2 "* ]] || die "there is no part $2"
        chosen+=("$2")
        shift 2
    done
    [ ${#chosen[@]} -gt 0 ] || chosen=("${known[@]}")
}
