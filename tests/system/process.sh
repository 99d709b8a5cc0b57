#!/usr/bin/env bash
# What belongs to the process stays the host's, whatever a plugin does (unruly_plugin.cpp): its exit code, standard output, working folder, umask, locale
# and signals; and a plugin that kills the process is named.
#
#   process.sh [--only PART]...     the parts: ends lent deaths late resume probes locked asked
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parts=(ends lent deaths late resume probes locked asked)
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
        ends_with 1 "$how in query" with "SPINE_UNRULY_QUERY=$how" pipeline list
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
    dies 11 "in query" with SPINE_UNRULY_QUERY=segv pipeline list
    says "in query" "spine_unruly.so', its spine_plugin_query"
}

# What does not come back is given up after its time and 5 s, recorded, and the program ends.
late() {
    fresh late
    does "its tables" spine run unruly.keep -p how=nothing -p name=a
    ends_with 7 "a loop with a partition" spine -o json run unruly.keep -p how=loop -p name=b
    says "a loop with a partition" "its time was over, and it did not stop|pipeline unruly.keep"
    equal "a loop with a partition: as JSON" '"category":"TIMEOUT"' "$(json '"category":"TIMEOUT"')"
    rows "a loop with a partition: recorded" "failed,TIMEOUT" "SELECT status, error_category FROM core_executions ORDER BY execution_id DESC LIMIT 1"
    rows "nothing is left at work" 0 "SELECT count(*) FROM core_work_items WHERE state = 'RUNNING'"
    does "the same partition again" spine run unruly.keep -p how=nothing -p name=b
    ends_with 7 "a SELECT without end" spine run unruly.select
    says "a SELECT without end" "longer than the 1 s that unruly.select may take"
    workflow a.loop <<'YAML'
steps:
  - {name: first, type: pipeline, pipeline: unruly.late, params: {how: loop}, retry: {max_attempts: 1}}
YAML
    ends_with 7 "a loop in a step" spine -o json workflow run a.loop
    equal "a loop in a step: as JSON" '"status":"failed"' "$(json '"status":"failed"')"
    rows "a loop in a step: recorded" "failed" "SELECT status FROM core_workflow_runs"
    # The first interrupt is heard by the host though the plugin does not listen, also while it is planned.
    local child
    for what in "run unruly.act -p how=loop" "run unruly.planned -p how=loop"; do
        # shellcheck disable=SC2086
        "$program" --db "sqlite:$store" $what >"$work/out" 2>"$work/err" & # not through a function: its shell would get the signal
        child=$!
        sleep 0.5
        kill -INT "$child"
        code=0
        wait "$child" || code=$?
        exits 130 "an interrupt: $what"
        says "an interrupt: $what" "it was told to stop, and did not"
    done
    does "the store is sound" spine db check
    [ "$code" = 0 ] || cat "$work/out"
}

# A step that kills its process fails after three deaths, and takes no other run with it.
resume() {
    fresh resume
    workflow a.killer <<'YAML'
steps:
  - {name: first, type: pipeline, pipeline: unruly.act, params: {how: abort}}
YAML
    workflow a.victim <<'YAML'
steps:
  - {name: first, type: pipeline, pipeline: unruly.act, params: {how: abort}}
  - {name: second, type: lambda, handler: unruly.check}
YAML
    dies 6 "the first death of one" spine workflow run a.killer --key k
    dies 6 "the first death of the other" spine workflow run a.victim --key v
    # From now on the other one is good.
    : >"$work/once"
    sed -i 's/abort/nothing/' "$work/workflows/a.victim.yaml"
    local i
    for i in 1 2 3; do
        attempt spine workflow run a.killer --key k 2>/dev/null
    done
    exits 1 "the same command again and again"
    says "the same command again and again" "CRASH|3 times"
    rows "three attempts" 3 "SELECT count(*) FROM core_workflow_steps WHERE step = 'first' AND run_id = (SELECT run_id FROM core_workflow_runs WHERE run_key = 'k')"
    # Another killer that was begun before everybody else; the others end in the same or the next command.
    dies 6 "a second killer" spine workflow run a.killer --key again
    workflow a.waiter <<'YAML'
steps:
  - {name: first, type: wait, seconds: 1}
  - {name: second, type: lambda, handler: unruly.check}
YAML
    does "one that waits" spine workflow run a.waiter --key w --no-wait
    sleep 1
    attempt spine runs resume --all 2>/dev/null
    rows "the one that waited has ended" completed "SELECT status FROM core_workflow_runs WHERE run_key = 'w'"
    for i in 1 2 3 4 5 6 7 8; do
        attempt spine runs resume --all 2>/dev/null
    done
    rows "nothing is left" "failed failed failed completed" "SELECT status FROM core_workflow_runs ORDER BY run_id"
}

# Who only looks at plugins is not killed by one; a plugin can be left out.
probes() {
    fresh probes
    local how
    for how in segv exit; do
        for where in LOAD QUERY; do
            does "$how in $where: plugin list" with "SPINE_UNRULY_$where=$how" plugin list
            says "$how in $where: plugin list" "for a trial" "$work/out"
            ends_with 3 "$how in $where: doctor" with "SPINE_UNRULY_$where=$how" doctor
            says "$how in $where: doctor" "for a trial" "$work/out"
            does "$how in $where: left out" with "SPINE_UNRULY_$where=$how" --without unruly run common.noop
            does "$how in $where: safe mode" with "SPINE_UNRULY_$where=$how" --safe-mode run common.noop
        done
    done
    does "the only one" spine --only spine_unruly.so run unruly.act -p how=nothing
    ends_with 4 "left out" spine --without spine_unruly run unruly.act -p how=nothing
    ends_with 4 "a name that means nothing" spine --without spine_unrly run unruly.act -p how=nothing
    says "a name that means nothing" "spine_unrly"
    printf 'safe_plugins: unruly\n' >"$work/safe.yaml"
    does "safe mode with what the configuration names" spine --safe-mode --config "$work/safe.yaml" run unruly.act -p how=nothing
}

# A holder of the store's lock that stands still is named; the wait has an end and hears the first interrupt.
locked() {
    fresh locked
    does "a first run" spine run common.noop
    "$shims/spine_hold_lock" "$store.lock" >"$work/held" &
    local holder=$! child
    until [ -s "$work/held" ]; do sleep 0.05; done
    ends_with 7 "the wait has an end" spine --lock-timeout 1 run common.noop
    says "the wait has an end" "within 1 s|process $holder|stopped|kill -CONT $holder"
    "$program" --db "sqlite:$store" run common.noop >"$work/out" 2>"$work/err" &
    child=$!
    sleep 0.5
    kill -INT "$child"
    code=0
    wait "$child" || code=$?
    exits 130 "the first interrupt is heard"
    says "the first interrupt is heard" "interrupted while waiting for the store's lock"
    kill -9 "$holder"
    does "the lock is free again" spine run common.noop
}

# For root no number of threads is too many, so it is somebody else who has none left.
no_more_threads() {
    [ "$(id -u)" = 0 ] && [ "${SPINE_SANITIZED:-0}" != 1 ] || return 0 # a sanitizer begins a thread of its own
    chmod 755 "$work"
    install -d -o 65534 -g 65534 "$work/somebody"
    printf 'name: demo.idle\nsteps:\n  - name: idle\n    type: pipeline\n    pipeline: common.noop\n' >"$work/somebody/idle.yaml"
    local wanted theirs=(--db "sqlite:$work/somebody/spine.db")
    local somebody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    does "a store of somebody else" "${somebody[@]}" "$program" "${theirs[@]}" db init
    for wanted in "run common.noop" "workflow run $work/somebody/idle.yaml"; do
        # shellcheck disable=SC2016,SC2086
        ends_with 7 "no thread is left: $wanted" "${somebody[@]}" bash -c 'ulimit -u 1; exec "$@"' - "$program" "${theirs[@]}" $wanted
        says "no thread is left: $wanted" "ulimit -u"
    done
}

# A question of a person has a limit of time and of memory, and writing past a limit of the system is no signal.
asked() {
    fresh asked
    local endless="WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT"
    ends_with 7 "a query without end" spine query --timeout 1 "$endless count(*) FROM c"
    says "a query without end" "given up after 1 s|--timeout"
    # The limit is one of the address space, of which a sanitizer has terabytes.
    if [ "${SPINE_SANITIZED:-0}" != 1 ]; then
        ends_with 7 "a query for too much" spine query --memory 64 --timeout 60 "$endless n FROM c ORDER BY n DESC"
        says "a query for too much" "more than 64 MiB|--memory"
    fi
    ends_with 2 "a limit that is none" spine query --timeout soon "SELECT 1"
    code=0
    (ulimit -f 8; spine run common.noop) >"$work/out" 2>"$work/err" || code=$?
    exits 7 "a file that may not grow"
    says "a file that may not grow" "there is no room|free space"
    does "afterwards" spine run common.noop
    no_more_threads
}

for part in "${chosen[@]}"; do
    "$part"
done
verdict "$checks checks of ${chosen[*]}"
