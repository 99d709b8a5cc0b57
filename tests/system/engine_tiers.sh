#!/usr/bin/env bash
# The shipped workflows over runs: three tiers side by side give what one after the other gives, a broken tier leaves the others alone, and the
# backfill of many weeks stops at the first week that fails and goes on there by its own list.
#
#   engine_tiers.sh [--only PART]...
#
#   --only PART   same, broken, backfill
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=engine_lib.sh
source "$here/engine_lib.sh"

parts=(same broken backfill)
choose_parts "$@"
unset SPINE_PLUGINS SPINE_WORKFLOWS
workflows=$source_root/workflows

# week FILE WEEK TIER ROWS
week() {
    awk -v week="$2" -v tier="$3" -v rows="$4" 'BEGIN {
        print "WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades"
        for (i = 0; i < rows; ++i)
            printf "%s|%s|S%c%c|%s|%d|%d\n", week, tier, 65 + i / 26 % 26, 65 + i % 26, i % 2 ? "ABCD" : "EFGH", 1000 + i, 10 + i % 7
    }' >"$1"
}
fill() {
    week "$work/tier_1.psv" 2025-10-03 "NMS Tier 1" 300
    week "$work/tier_2.psv" 2025-10-03 "NMS Tier 2" 200
    week "$work/otc.psv" 2025-10-03 OTC 100
}
all_tiers=(workflow run "$workflows/finra_multi_tier_refresh.yaml" -p "file_tier_1=$work/tier_1.psv" -p "file_tier_2=$work/tier_2.psv" -p "file_otc=$work/otc.psv")
children="SELECT parent_step || ' ' || status FROM core_workflow_runs WHERE parent_run_id IS NOT NULL ORDER BY run_id"
tiers="SELECT DISTINCT tier FROM otc_symbol_summary ORDER BY tier"

one_after_the_other=
sequential() {
    fill
    fresh sequential
    ends_with 0 "tier 1 alone" spine workflow run finra.weekly_refresh_v2 -p "file=$work/tier_1.psv" -p tier=NMS_TIER_1
    ends_with 0 "tier 2 alone" spine workflow run finra.weekly_refresh_v2 -p "file=$work/tier_2.psv" -p tier=NMS_TIER_2
    ends_with 0 "OTC alone" spine workflow run finra.weekly_refresh_v2 -p "file=$work/otc.psv" -p tier=OTC
    one_after_the_other=$(digest)
    day=$(date -u +%F)
}
# as_sequential WHAT: captures have other ids on another day.
as_sequential() {
    [ "$day" = "$(date -u +%F)" ] || return 0
    checks=$((checks + 1))
    equal "$1: the tables as one after the other" "$one_after_the_other" "$(digest)"
}

part_same() {
    local i
    sequential
    for i in 1 2 3; do
        fresh "same.$i"
        ends_with 0 "all tiers, $i" spine "${all_tiers[@]}"
        as_sequential "all tiers, $i"
        rows "three children" "completed 3" "SELECT status || ' ' || count(*) FROM core_workflow_runs WHERE parent_run_id IS NOT NULL GROUP BY status"
        sound "all tiers, $i"
    done
    fresh same.two
    ends_with 0 "without a file for one" spine "${all_tiers[@]:0:5}"
    rows "one tier" "NMS_TIER_1" "$tiers"
    rows "the others are left out" "tier_1 completed tier_2 skipped otc skipped" "SELECT step || ' ' || s.status FROM core_workflow_steps s JOIN core_workflow_runs r USING (run_id)
        WHERE parent_run_id IS NULL ORDER BY step_seq"
}

part_broken() {
    local run
    [ -n "$one_after_the_other" ] || sequential
    fresh broken
    echo "this is no file of a week" >"$work/tier_2.psv"
    checks=$((checks + 1))
    attempt spine "${all_tiers[@]}"
    [ "$code" != 0 ] && [ "$code" -le 8 ] || differs "a run with a broken tier ended with $code: $(said)"
    run=$(newest)
    equal "the run" failed "$(status_of "$run")"
    rows "the other tiers are complete" "NMS_TIER_1 OTC" "$tiers"
    rows "which step failed" tier_2 "SELECT error_step FROM core_workflow_runs WHERE run_id = '$run'"
    rows "their runs" "completed 2 failed 1" "SELECT status || ' ' || count(*) FROM core_workflow_runs WHERE parent_run_id IS NOT NULL GROUP BY status"
    ends_with 5 "resuming it" spine runs resume "$run"
    fill
    ends_with 0 "retry when it is mended" spine runs retry "$run"
    equal "the run afterwards" completed "$(status_of "$run")"
    rows "only that tier was done again" "otc 1 tier_1 1 tier_2 2" "SELECT parent_step || ' ' || count(*) FROM core_workflow_runs WHERE parent_run_id = '$run' GROUP BY parent_step"
    rows "all tiers" "NMS_TIER_1 NMS_TIER_2 OTC" "$tiers"
    sound "after a broken tier"
}

part_backfill() {
    local run i friday folder=$work/weeks
    fresh backfill
    mkdir -p "$folder"
    for ((i = 0; i < 6; ++i)); do
        friday=$(date -u -d "2025-08-01 + $((7 * i)) days" +%F)
        week "$folder/week_$friday.psv" "$friday" OTC 40
    done
    echo "this is no file of a week" >"$folder/week_2025-08-15.psv"
    checks=$((checks + 1))
    attempt spine workflow run "$workflows/finra_backfill_year.yaml" -p tier=OTC -p "source_dir=$folder" -p start_date=2025-08-01 -p end_date=2025-09-05
    [ "$code" != 0 ] && [ "$code" -le 8 ] || differs "a year with a broken week ended with $code: $(said)"
    run=$(newest)
    equal "the run" failed "$(status_of "$run")"
    rows "the weeks before are there" "2025-08-01 2025-08-08" "SELECT DISTINCT week_ending FROM otc_symbol_summary ORDER BY 1"
    rows "it stopped at the third" "each_week[0]/week completed each_week[1]/week completed each_week[2]/week failed" "$children"
    says "which week" "2025-08-15"
    # Its own list: a file that came meanwhile is not on it.
    week "$folder/week_2025-08-15.psv" 2025-08-15 OTC 40
    week "$folder/week_2025-09-12.psv" 2025-09-12 OTC 40
    ends_with 0 "retry when it is mended" spine runs retry "$run"
    equal "the run afterwards" completed "$(status_of "$run")"
    rows "all weeks of the list" 6 "SELECT count(DISTINCT week_ending) FROM otc_symbol_summary"
    rows "the list was made once" 1 "SELECT count(*) FROM core_workflow_steps WHERE run_id = '$run' AND step = 'generate_weeks'"
    rows "each week once, the broken one twice" "each_week[0]/week 1 each_week[1]/week 1 each_week[2]/week 2 each_week[3]/week 1 each_week[4]/week 1 each_week[5]/week 1" \
        "SELECT parent_step || ' ' || count(*) FROM core_workflow_runs WHERE parent_run_id = '$run' GROUP BY parent_step ORDER BY parent_step"
    rows "good weeks were not read again" 6 "SELECT count(*) FROM core_executions WHERE pipeline LIKE '%ingest_week' AND status = 'completed'"
    ends_with 5 "a retry of what is done" spine runs retry "$run"
    sound "after the backfill"
}

for part in "${chosen[@]}"; do
    "part_$part"
done
verdict "$checks checks in ${chosen[*]}"
