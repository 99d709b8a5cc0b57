// The work of the domain, one function for each pipeline, in a file of its name; and for those
// whose partitions or inputs follow from more than their parameters, the plan of that work.
#pragma once

#include <spine/plugin.hpp>

namespace finra {

/// One published file becomes a capture of its tier's week, unless the head has the same bytes.
void ingest_week(spine::Attempt& attempt);

void plan_normalize_week(spine::Plan& plan);
void normalize_week(spine::Attempt& attempt);

void plan_aggregate_week(spine::Plan& plan);
void aggregate_week(spine::Attempt& attempt);

/// The 6 weeks that end with the given one, as far as they are aggregated; the given one must be.
void plan_compute_rolling(spine::Plan& plan);
void compute_rolling(spine::Attempt& attempt);

/// The tier's week, or that of each tier that is normalised.
void plan_from_normalized(spine::Plan& plan);
void compute_venue_volume(spine::Attempt& attempt);
void compute_venue_share(spine::Attempt& attempt);
void compute_hhi(spine::Attempt& attempt);

/// The week over all tiers that are normalised.
void plan_compute_tier_split(spine::Plan& plan);
void compute_tier_split(spine::Attempt& attempt);

/// Consecutive weeks of one tier, from their files to the rolling metrics of the last one.
void backfill_range(spine::Attempt& attempt);

} // namespace finra
