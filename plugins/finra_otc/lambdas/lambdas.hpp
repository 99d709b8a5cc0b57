// Light checks that a workflow may put between the pipelines of the domain, one function for each,
// in a file of its name. They read the run's parameters (tier, week_ending), what earlier steps
// have told and the manifest; they change nothing. What each one needs and tells stands here; its
// configuration, with the defaults, in plugin.cpp.
#pragma once

#include <spine/plugin.hpp>

namespace finra {

/// Whether ingest brought a plausible file: min_rows to max_rows rows, at most max_errors lines
/// that could not be read, what was rejected within the domain's limits, every expected symbol
/// there. Tells record_count, validated, reasons, accepted; sets ingest_record_count,
/// ingest_validated. Fails: QUALITY_GATE for too few rows or too much rejected, else DATA_QUALITY.
void validate_ingest(spine::Check& check);

/// Whether at most max_null_rate of the rows read had an empty required field, and what was
/// rejected is within the domain's limits. Tells null_rate, validated, reasons, accepted. Fails:
/// QUALITY_GATE for too much rejected, else DATA_QUALITY.
void validate_normalize(spine::Check& check);

/// The gate before aggregation; a limit that is reached is broken: what was rejected (the domain's
/// limits), the share of rows with an empty required field, the number of expected symbols that are
/// missing, and how far the number of rows is off the mean of the tier's weeks before. With too few
/// of those the last test passes, and `warnings` holds `no_history`. Tells quality_passed,
/// null_rate, variance, history_weeks, reasons, warnings, accepted. Fails: QUALITY_GATE.
///
/// These three let a loss pass with a warning where the run has `accept_loss`: too few rows, too
/// much rejected, fewer rows than usual; nothing else.
void strict_quality_check(spine::Check& check);

/// How many of the weeks of the window that ends with this one are aggregated from their newest
/// captures. Tells has_sufficient_history, available_weeks, required_weeks, missing_weeks; sets
/// skip_rolling, and skip_reason if it is to be skipped.
void check_rolling_prerequisites(spine::Check& check);

/// Whether a tier's week (`current_week`, else `week_ending`) has already reached a stage from its
/// newest capture. Tells already_exists; sets skip_current_week, and both weeks to the one that
/// it looked for.
void check_week_exists(spine::Check& check);

/// The Fridays from `start_date` to `end_date`, both included, up to 1,000 of them. Tells weeks,
/// week_count, and with `tier` and `source_dir` week_files, each week with its file; sets
/// weeks_to_process, total_weeks, processed_weeks (empty).
void generate_week_list(spine::Check& check);

/// Adds `current_week` (else `week_ending`) to `processed_weeks`, once. Tells processed_week,
/// processed_count.
void record_progress(spine::Check& check);

} // namespace finra
