#!/usr/bin/env bash
# What belongs to the process stays the host's, whatever a plugin does (unruly_plugin.cpp): its exit code, standard output, working folder, umask, locale
# and signals; and a plugin that kills the process is named.
#
#   process.sh [--only PART]...     the parts: ends lent deaths late resume probes locked
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(ends lent deaths)
choose_parts "$@"
unset SPINE_ENV SPINE_ENV_FILE SPINE_SECRETS
mkdir "$work/plugins" "$work/workflows"
cp "$shims/unruly_plugins/spine_unruly.so" "$work/plugins/" || die "no plugin in $shims/unruly_plugins; build the target spine_unruly"
export SPINE_PLUGINS=$work/plugins SPINE_WORKFLOWS=$work/workflows
# workflow NAME: standard input becomes a workflow of that name.
workflow() { { printf 'name: %s\ndomain: unruly\n' "$1" && cat; } >"$work/workflows/$1.yaml"; }
# with VARIABLE=VALUE... COMMAND: the unruly plugin does that in this command.
with() { env "$1" "$program" --db "sqlite:$store" "${@:2}"; }
# json TEXT: the text, if all of the output is one JSON document that holds it.
json() { [ "$(wc -l <"$work/out")" = 1 ] && head -c 1 "$work/out" | grep -q "[{[]" && grep -oF -- "$1" "$work/out" | head -n 1 || true; }

workflow two.steps <<'YAML'
steps:
  - {name: first, type: pipeline, pipeline: unruly.act}
  - {name: second, type: pipeline, pipeline: unruly.read, params: {file: data.txt}}
YAML
workflow two.lambdas <<'YAML'
steps:
  - {name: first, type: lambda, handler: unruly.check, config: {how: print}}
  - {name: second, type: lambda, handler: unruly.check, config: {how: nothing}}
YAML

# Whoever calls exit: never 0, and who it was.
ends() {
    fresh ends
    local how where
    for how in exit quick_exit; do
        ends_with 1 "$how in a pipeline" spine run unruly.act -p "how=$how"
        says "$how in a pipeline" "plugin 'unruly', pipeline unruly.act|$how()"
        ends_with 1 "$how while planned" spine run unruly.planned -p "how=$how"
        says "$how while planned" "plugin 'unruly', the plan of pipeline unruly.planned"
        ends_with 1 "$how in query" with "SPINE_UNRULY_QUERY=$how" plugin list
        says "$how in query" "spine_unruly.so', its spine_plugin_query"
        ends_with 1 "$how while loaded" with "SPINE_UNRULY_LOAD=$how" pipeline list
        says "$how while loaded" "spine_unruly.so', while it is loaded"
        ends_with 1 "$how in init" with "SPINE_UNRULY_INIT=$how" run unruly.act -p how=nothing
        says "$how in init" "plugin 'unruly', its init"
    done
    # The work is done and told; that the plugin spoils the end is told as well.
    ends_with 1 "exit in shutdown" with SPINE_UNRULY_SHUTDOWN=exit -o json run unruly.act -p how=nothing
    says "exit in shutdown" "plugin 'unruly', its shutdown"
    equal "exit in shutdown: the answer was there before" '"status":"completed"' "$(json '"status":"completed"')"
    ends_with 0 "exit(0) in a destructor" with SPINE_UNRULY_END=exit run unruly.act -p how=nothing
}

# Lent for a call, and put back.
lent() {
    fresh lent
    local what code=0
    printf 'twelve bytes' >"$work/lent/data.txt"
    cd "$work/lent"
    for what in print folder umask locale signals; do
        does "$what in a step" spine -o json workflow run two.steps -p "how=$what"
        equal "$what: JSON stays JSON" '"status":"completed"' "$(json '"status":"completed"')"
        equal "$what: a relative path means the same" '"bytes":12' "$(json '"bytes":12')"
        case $what in
            print) says "print: goes to standard error" "printed by the plugin" ;;
            folder) says "folder: told" "plugin 'unruly'|the working folder" ;;
            umask) says "umask: told" "the umask" ;;
            locale) says "locale: told" "the locale" ;;
            signals) says "signals: told" "handlers of signals" ;;
        esac
    done
    does "lambdas that print" spine -o json workflow run two.lambdas
    equal "lambdas that print" '"status":"completed"' "$(json '"status":"completed"')"
    # The store and the folders have relative names, and the library goes away while it is loaded.
    cp -r "$SPINE_PLUGINS" plugins
    does "the folder is left while loading" env SPINE_UNRULY_LOAD=folder "$program" --db sqlite:spine.db --plugins plugins -o json run unruly.read -p file=data.txt
    equal "the folder is left while loading" '"bytes":12' "$(json '"bytes":12')"
    does "it prints while loading" with SPINE_UNRULY_LOAD=print -o json plugin list
    equal "it prints while loading: JSON stays JSON" '"unruly"' "$(json '"unruly"')"
    does "it prints at the end" with SPINE_UNRULY_END=print -o json run unruly.act -p how=print
    equal "it prints at the end: JSON stays JSON" '"status":"completed"' "$(json '"status":"completed"')"
    equal "the umask is the host's" 600 "$(stat -c %a "$store")"
    cd "$source_root"
}

# dies SIGNAL WHAT COMMAND...: the command dies by that signal.
dies() {
    local expected=$((128 + $1)) what=$2
    shift 2
    checks=$((checks + 1))
    attempt "$@" 2>/dev/null
    exits "$expected" "$what"
}
# Who kills the process is named, and its status stays the signal's. Sanitizers have words of their own.
deaths() {
    [ "${SPINE_SANITIZED:-0}" = 1 ] && return 0
    fresh deaths
    dies 11 "a wrong address" spine run unruly.act -p how=segv
    says "a wrong address" "SIGSEGV|plugin 'unruly', pipeline unruly.act, execution"
    dies 6 "abort" spine workflow run two.steps -p how=abort
    says "abort" "SIGABRT|pipeline unruly.act, step 'first' of run"
    dies 11 "no stack left" spine run unruly.act -p how=stack
    says "no stack left" "SIGSEGV|plugin 'unruly', pipeline unruly.act"
    dies 7 "a thread of the plugin's own" spine run unruly.act -p how=other_thread
    says "a thread of the plugin's own" "SIGBUS|plugin 'unruly', pipeline unruly.act"
    dies 11 "in query" with SPINE_UNRULY_QUERY=segv plugin list
    says "in query" "spine_unruly.so', its spine_plugin_query"
}

for part in "${chosen[@]}"; do
    "$part"
done
verdict "$checks checks of ${chosen[*]}"
