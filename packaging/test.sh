#!/usr/bin/env bash
# Everything that must hold: installs what is missing, builds the presets release and dev (address and undefined-behaviour
# sanitizers), compiles every header alone, and runs every test of both builds through ctest, less those labelled long or build.
# The last line is "N passed, N failed"; the exit code is 0 only when nothing failed.
#
#   test.sh [PRESET ...]      without arguments: release dev
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

jobs=${SPINE_JOBS:-$(nproc)}
presets=("$@")
[ $# -gt 0 ] || presets=(release dev)
passed=0
failed=0
trap 'echo "$passed passed, $failed failed"' EXIT

title() { printf '\n== %s\n' "$*"; }
# step NAME COMMAND...: counts as one test; its output is shown only when it fails.
step() {
    local name=$1 log begin=$SECONDS
    shift
    log=$(mktemp)
    if "$@" </dev/null >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "$name: ok ($((SECONDS - begin)) s)"
        rm -f "$log"
        return 0
    fi
    failed=$((failed + 1))
    grep -E 'error|FAILED|Error' "$log" | head -n 40 >&2
    tail -n 40 "$log" >&2
    echo "$name: FAILED after $((SECONDS - begin)) s; its last words are above" >&2
    rm -f "$log"
    return 1
}
attribute() { # attribute NAME FILE: of the file's first testsuite element
    tr '\n' ' ' <"$2" | sed -n "s/.*<testsuite [^>]*[^a-z]$1=\"\([0-9]*\)\".*/\1/p"
}
run_tests() { # run_tests PRESET
    local report=$PWD/build/$1/tests.xml tests failures skipped
    rm -f "$report"
    ctest --preset "$1" --parallel "$jobs" --label-exclude '^(long|bench|build)$' --no-tests=error \
        --output-junit "$report" </dev/null
    local code=$?
    if [ ! -s "$report" ]; then
        failed=$((failed + 1))
        echo "$1: ctest wrote no report (exit $code)" >&2
        return
    fi
    tests=$(attribute tests "$report")
    failures=$(attribute failures "$report")
    skipped=$(($(attribute skipped "$report") + $(attribute disabled "$report")))
    passed=$((passed + tests - failures - skipped))
    failed=$((failed + failures))
    [ "$skipped" -eq 0 ] || echo "$1: $skipped skipped, as listed above"
    if [ "$code" -ne 0 ] && [ "$failures" -eq 0 ]; then
        failed=$((failed + 1))
        echo "$1: ctest ended with $code" >&2
    fi
}

title "Packages"
if ! packaging/install_deps.sh build test; then
    failed=$((failed + 1))
    exit 1
fi

for preset in "${presets[@]}"; do
    title "$preset"
    step "$preset: configure" cmake --preset "$preset" || continue
    step "$preset: build" cmake --build --preset "$preset" --parallel "$jobs" || continue
    if [ "$preset" = "${presets[0]}" ]; then
        step "$preset: every header compiles alone" \
            cmake --build --preset "$preset" --parallel "$jobs" --target all_verify_interface_header_sets
    fi
    run_tests "$preset"
done

echo
[ "$failed" -eq 0 ]
