# Shared by the scripts of this folder; sourced, never run. Sets up a work folder that goes away, and brings:
#
#   store_in FOLDER           selects FOLDER/spine.db, which `spine` then works on
#   spine ARG...              the program
#   backfill                  command 1: three weeks of samples from file to rolling metrics
#   digest                    one hash over everything that must not depend on crashes
#   query SQL                 rows as CSV, without their header
#   sound WHAT                checks that nothing is half done or damaged; each problem is a difference
#   differs TEXT...           records a difference; `verdict` at the end prints and decides
#   choose_parts ARG...       which of the `parts` of a script --only chooses
#   newest, status_of RUN, steps_of RUN, until_it_is WHAT EXPECTED SQL   runs of workflows, as the store knows them
#
# Read from the environment: SPINE_PROGRAM, SPINE_SHIMS, SPINE_SANITIZED (set by ctest); by hand build/release is taken.
# shellcheck shell=bash disable=SC2034,SC2154

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$here/../.." && pwd)
program=${SPINE_PROGRAM:-$source_root/build/release/spine}
shims=${SPINE_SHIMS:-$(dirname "$program")/tests/system}
samples=$source_root/tests/data/finra
real_data=$source_root/../shared/data/finra
export LC_ALL=C
unset SPINE_DB SPINE_PLUGINS SPINE_CONFIG
# The shims come before the sanitizer's library, which is harmless: they only wrap.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

differences=0
work=
store=

die() {
    echo "$(basename "$0"): $*" >&2
    exit 2
}
skip() { # for ctest: SKIP_RETURN_CODE 77
    echo "$(basename "$0"): skipped: $*"
    exit 77
}

# Shows the comment at the head of the script.
usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit "${1:-0}"
}

[ -x "$program" ] || die "no program at $program; build it, or set SPINE_PROGRAM"
work=$(mktemp -d "${TMPDIR:-/tmp}/spine-system.XXXXXX")
clean_up() {
    local child
    for child in $(jobs -p); do
        kill -9 "$child" 2>/dev/null || true
    done
    chmod -R u+rwX "$work" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

store_in() {
    mkdir -p "$1"
    store=$(cd "$1" && pwd)/spine.db
}
spine() { "$program" --db "sqlite:$store" "$@"; }
backfill_arguments=(run otc.backfill_range -p tier=NMS_TIER_1 -p weeks_back=3 -p through=2026-01-02 -p "source_dir=$samples")
backfill() { spine "${backfill_arguments[@]}"; }
query() { rows_of query "$1"; }
digest() { rows_of db digest | tail -n 1 | cut -d , -f 3; }
rows_of() { # the answer as CSV without its header, or why there is none
    if spine -o csv "$@" >"$work/answer" 2>"$work/answer.err"; then
        tail -n +2 "$work/answer"
    else
        echo "unreadable: $(head -n 1 "$work/answer.err" | tr ',' ';')"
    fi
}

# Runs a command quietly. Its exit code is in `code`, what it said in $work/out and $work/err.
attempt() {
    code=0
    "$@" >"$work/out" 2>"$work/err" || code=$?
}
said() { tr '\n' ' ' <"$work/err" | cut -c 1-300; }

differs() {
    differences=$((differences + 1))
    echo "DIFFERENCE: $*"
}
# equal WHAT EXPECTED ACTUAL
equal() { [ "$2" = "$3" ] || differs "$1: expected '$2', found '$3'"; }
# exits EXPECTED WHAT: the exit code of the last attempt.
exits() { [ "$code" = "$1" ] || differs "$2: expected exit $1, was $code: $(said)"; }

verdict() { # verdict TEXT...: one line, and the exit code of the script
    if [ "$differences" -eq 0 ]; then
        echo "$(basename "$0" .sh): passed: $*"
        exit 0
    fi
    echo "$(basename "$0" .sh): FAILED: $differences differences: $*"
    exit 1
}

# Rows that a reader can see must belong to a finished stage, whole: what the manifest counts is there and nothing else is.
half_done_sql="
    WITH finished AS (
        SELECT stage, capture_id, row_count, json_extract(partition_key, '\$.tier') AS tier,
               json_extract(partition_key, '\$.week_ending') AS week_ending
        FROM core_manifest WHERE domain = 'finra.otc_transparency'),
    seen AS (
        SELECT 'INGESTED' AS stage, tier, week_ending, capture_id, count(*) AS n FROM otc_raw GROUP BY 2, 3, 4
        UNION ALL
        SELECT 'NORMALIZED', tier, week_ending, capture_id, count(*) FROM otc_venue_volume GROUP BY 2, 3, 4)
    SELECT 'rows that no stage counts', seen.* FROM seen
    WHERE NOT EXISTS (SELECT 1 FROM core_captures c WHERE c.capture_id = seen.capture_id)
    UNION ALL
    SELECT 'stage counts ' || f.row_count, f.stage, f.tier, f.week_ending, f.capture_id, coalesce(s.n, 0)
    FROM finished f LEFT JOIN seen s USING (stage, tier, week_ending, capture_id)
    WHERE f.stage IN ('INGESTED', 'NORMALIZED') AND f.row_count <> coalesce(s.n, 0)"
sound() {
    local found
    attempt spine db check --deep
    exits 0 "$1: db check"
    if command -v sqlite3 >/dev/null; then
        found=$(sqlite3 -readonly "$store" 'PRAGMA integrity_check' 2>&1) || true
        equal "$1: integrity_check" ok "$found"
    fi
    found=$(query "SELECT count(*) FROM sqlite_schema WHERE name = 'otc_raw'")
    [ "$found" = 1 ] || return 0
    found=$(query "$half_done_sql")
    [ -z "$found" ] || differs "$1: partial data: $found"
}
# After the work is done: nothing is left running, and every child of the backfill was completed exactly once.
settled() { # settled WHAT
    equal "$1: executions left running" 0 "$(query "SELECT count(*) FROM core_executions WHERE status = 'running'")"
    equal "$1: steps completed" 10 "$(query "
        SELECT count(*) FROM core_executions WHERE status = 'completed' AND pipeline NOT LIKE '%backfill_range'")"
}

# The digest of command 1 undisturbed. A capture's id holds the day, so a run over midnight asks again.
reference_day=
reference=
undisturbed() {
    local kept=$store
    [ "$reference_day" != "$(date -u +%F)" ] || return 0
    reference_day=$(date -u +%F)
    store_in "$work/undisturbed.$reference_day"
    spine db init >/dev/null
    backfill >/dev/null 2>"$work/err" || die "the undisturbed run failed: $(said)"
    reference=$(digest)
    [[ $reference =~ ^[0-9a-f]{64}$ ]] || die "db digest printed no digest: $reference"
    [ "$reference_day" = "$(date -u +%F)" ] || undisturbed
    store=$kept
}

microseconds() { echo "${EPOCHREALTIME/./}"; }
as_seconds() { printf '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000)); }
# A number from 0 to $1 - 1 in `drawn`; bash's generator, seeded by `RANDOM=$seed`, so a seed repeats a run.
draw() { drawn=$(((RANDOM * 32768 + RANDOM) % $1)); }
# spread TOTAL COUNT: COUNT numbers spread evenly over 1..TOTAL, or all when COUNT is 0 or more than there are.
spread() {
    local i total=$1 count=$2
    if [ "$count" -eq 0 ] || [ "$count" -ge "$total" ]; then
        seq 1 "$total"
        return
    fi
    for ((i = 0; i < count; ++i)); do
        echo $((1 + i * (total - 1) / (count > 1 ? count - 1 : 1)))
    done
}

# set_seed S: seeds the generator; `random` draws a seed. Without a word of its own a sweep takes the same seed every time, because a
# short form that is green by chance hides what it was written to find; the long forms draw.
set_seed() {
    seed=$1
    [ "$seed" != random ] || seed=$((RANDOM * 32768 + RANDOM))
    RANDOM=$seed
}
# sweep_arguments ARG...: --count, --points and --seed of a sweep, into variables of these names; the seed is set.
sweep_arguments() {
    count=25
    points=12
    seed=1
    while [ $# -gt 0 ]; do
        case $1 in
            --count) count=$2 ;;
            --points) points=$2 ;;
            --seed) seed=$2 ;;
            *) usage 2 >&2 ;;
        esac
        shift 2
    done
    set_seed "$seed"
}
# choose_parts ARG...: the ones of `parts` that --only names, or all of them, in `chosen`.
choose_parts() {
    chosen=()
    while [ $# -gt 0 ]; do
        [ "$1" = --only ] && [ $# -gt 1 ] || usage 2 >&2
        [[ " ${parts[*]} " == *" $2 "* ]] || die "there is no part '$2'; there are ${parts[*]}"
        chosen+=("$2")
        shift 2
    done
    [ ${#chosen[@]} -gt 0 ] || chosen=("${parts[@]}")
}
# killed_after MICROSECONDS COMMAND...: kills the command when that time has passed. `killed` counts those that came in time; `median`
# shrinks when the command is quicker now than when its run time was measured.
killed_after() {
    local begin pause=$1
    shift
    code=0
    begin=$(microseconds)
    { timeout --foreground --signal=KILL "$(as_seconds "$pause")" "$@" >"$work/killed.out" 2>"$work/killed.err" \
        || code=$?; } 2>/dev/null
    case $code in
        137) killed=$((killed + 1)) ;;
        0 | 75 | 124) # 75: the run waits for longer than a moment
            begin=$(($(microseconds) - begin))
            [ "$begin" -ge "$median" ] || median=$begin
            ;;
        *) differs "the command that was to be killed after $(as_seconds "$pause") s ended with $code by itself" ;;
    esac
}
# killed_at before:N|after:N COMMAND...: kills the command at its Nth commit.
killed_at() {
    local point=$1
    shift
    code=0
    { env LD_PRELOAD="$at_commit" SPINE_SHIM_KILL="$point" "$@" >"$work/killed.out" 2>"$work/killed.err" \
        || code=$?; } 2>/dev/null
    [ "$code" = 137 ] || differs "$2 $3 … was to die $point and ended with $code"
}
# commit_points FILE COMMAND...: lists the command's commits in FILE.
commit_points() {
    local list=$1
    shift
    env LD_PRELOAD="$at_commit" SPINE_SHIM_POINTS="$list" "$@" >/dev/null 2>&1 || [ $? = 75 ]
    [ -s "$list" ] || die "the shim saw no commit; does the program use libsqlite3 as a shared library?"
}
# median_time COMMAND: the median of five runs of a function in `median`; it is handed the number of the run.
median_time() {
    local i begin times=()
    for i in 1 2 3 4 5; do
        "$1" "$i" prepare >/dev/null 2>&1
        begin=$(microseconds)
        "$1" "$i" go >/dev/null 2>&1 || [ $? = 75 ]
        times+=($(($(microseconds) - begin)))
    done
    mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
    median=${times[2]}
}
at_commit=$shims/libspine_at_commit.so
killed=0
median=0

checks=0 # how many of the following were made
# rows WHAT EXPECTED SQL: the answer, its rows joined by spaces.
rows() {
    local found
    checks=$((checks + 1))
    found=$(query "$3" | tr '\n' ' ')
    equal "$1" "$2" "${found% }"
}
# does WHAT COMMAND...: must end with 0.
does() { ends_with 0 "$@"; }
# ends_with EXIT WHAT COMMAND...
ends_with() {
    local expected=$1 what=$2
    shift 2
    checks=$((checks + 1))
    attempt "$@"
    exits "$expected" "$what"
}
# says WHAT WORDS [FILE]: each of the '|'-separated words is in the file, or in what the last attempt said.
says() {
    local word file=${3:-$work/err}
    checks=$((checks + 1))
    while IFS= read -r word; do
        grep -qiF -- "$word" "$file" || differs "$1: '$word' is not said: $(tr '\n' ' ' <"$file" | cut -c 1-600)"
    done < <(tr '|' '\n' <<<"$2")
}
# until_it_is WHAT EXPECTED SQL: waits, for 120 s at the most, until the answer is that.
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
# refuses EXIT WHAT WORDS COMMAND...: that exit code, each of the '|'-separated words in what it says, and the store as before.
refuses() {
    local expected=$1 what=$2 words=$3 before after word
    shift 3
    checks=$((checks + 1))
    before=$(digest)
    attempt "$@"
    exits "$expected" "$what"
    while IFS= read -r word; do
        [ -z "$word" ] || grep -qiF -- "$word" "$work/err" || differs "$what: the message does not say '$word': $(said)"
    done < <(tr '|' '\n' <<<"$words")
    ! grep -qE 'terminate called|Sanitizer|Assertion' "$work/err" || differs "$what: not an error but a crash: $(said)"
    after=$(digest)
    equal "$what: the store as before" "$before" "$after"
}
fresh() { # fresh NAME: a new store with nothing in it but tables
    store_in "$work/$1"
    does "$1: db init" spine db init
}

newest() { query "SELECT max(run_id) FROM core_workflow_runs WHERE parent_run_id IS NULL"; }
status_of() { query "SELECT status FROM core_workflow_runs WHERE run_id = '$1'"; }
# What a person sees of a run: each step's attempts, in the order in which they began; as a question for `rows`, and its answer in one line.
of_run() { echo "SELECT step || ' ' || status FROM core_workflow_steps WHERE run_id = '$1' AND substr(step, 1, 1) <> '@' ORDER BY step_seq"; }
steps_of() { query "$(of_run "$1")" | tr '\n' ' ' | sed 's/ $//'; }
