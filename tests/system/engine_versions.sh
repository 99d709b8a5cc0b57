#!/usr/bin/env bash
# A run keeps the definition that it began with: v1 waits, v2 is published, the waiting run ends as v1 and new runs are v2; what changed
# is shown, and the older version comes back by a rollback.
#
#   engine_versions.sh
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"
[ $# -eq 0 ] || usage 2 >&2

first='steps:
  - {name: load, pipeline: witness.record, params: {name: load}}
  - {name: ask, type: approval, approvers: [ann], message: "go on?"}
  - {name: small, type: workflow, workflow: versions.child}
  - {name: old_end, handler: witness.note}'
child_first='steps:
  - {name: old_child, handler: witness.note}'
publish() { # publish FILE NAME STEPS CHANGELOG
    printf 'name: %s\ndomain: witness\n%s\n' "$2" "$3" >"$work/$1.yaml"
    ends_with 0 "publish $1" spine workflow publish "$work/$1.yaml" --by ann --changelog "$4"
}
version_of() { query "SELECT version FROM core_workflow_runs WHERE run_id = '$1'"; }
answered() {
    ends_with 0 "an answer" spine runs approve "$1" ask --as ann
    ends_with 0 "going on" spine runs resume "$1"
}

fresh versions
publish child_1 versions.child "$child_first" 'the first child'
publish main_1 versions.main "$first" 'the first'
ends_with 75 "a run of v1" spine workflow run versions.main
old=$(newest)
equal "it waits" waiting "$(status_of "$old")"

second=${first/old_end/new_end}
publish child_2 versions.child "${child_first/old_child/new_child}" 'the second child'
publish main_2 versions.main "${second/name: load\}/name: load, rows: 7\}}" 'seven rows, and another end'
ends_with 75 "a run of v2" spine workflow run versions.main
new=$(newest)
[ "$old" != "$new" ] || differs "the second run is the first one"
equal "the version of the old run" 1 "$(version_of "$old")"
equal "the version of the new run" 2 "$(version_of "$new")"
answered "$old"
answered "$new"
equal "the old run ends as v1" "load completed ask completed small completed old_end completed" "$(steps_of "$old")"
equal "the new run ends as v2" "load completed ask completed small completed new_end completed" "$(steps_of "$new")"
for run in "$old old_child" "$new new_child"; do
    rows "the child of ${run#* }" "${run#* } completed" "SELECT step || ' ' || s.status FROM core_workflow_steps s JOIN core_workflow_runs r USING (run_id)
        WHERE r.parent_run_id = '${run% *}'"
done

ends_with 0 "diff" spine workflow diff versions.main
says "what changed" "new_end|old_end|rows" "$work/out"
ends_with 0 "diff of two versions" spine -o json workflow diff versions.main 1 2
says "what changed, as JSON" "new_end|old_end" "$work/out"
ends_with 0 "the versions" spine workflow versions versions.main
says "who and why" "ann|the first|seven rows, and another end" "$work/out"

ends_with 75 "v1 by its number" spine workflow run versions.main@1
run=$(newest)
equal "is v1" 1 "$(version_of "$run")"
ends_with 0 "cancelled" spine runs cancel "$run" --as ann --reason 'only a look'

ends_with 0 "rollback" spine workflow rollback versions.main --to 1 --by bob --changelog 'seven are too many'
ends_with 75 "a run after it" spine workflow run versions.main
run=$(newest)
equal "is a version of its own" 3 "$(version_of "$run")"
answered "$run"
equal "with the text of v1, whose rows are there" "load skipped ask completed small completed old_end completed" "$(steps_of "$run")"
rows "what is kept of it" "3,bob,2" "SELECT version, published_by, rolled_back_from FROM core_workflow_versions WHERE workflow = 'versions.main' ORDER BY publish_seq DESC LIMIT 1"
refuses 4 "a version that there is not" "" spine workflow rollback versions.main --by ann --to 9
refuses 4 "a run of a version that there is not" "" spine workflow run versions.main@9
sound "after versions"
verdict "$checks checks"
