// What the plugin brings: its pipelines with their parameters, its lambdas, its tables. The work is
// elsewhere.
#include "calc/version.hpp"
#include "datasets.hpp"
#include "lambdas/lambdas.hpp"
#include "pipelines/pipelines.hpp"
#include "pipelines/stages.hpp"

#include <spine/plugin.hpp>

namespace {

using spine::optional;
using spine::required;

constexpr std::string_view tier_values = "NMS_TIER_1 = NMS Tier 1 = Tier 1 = tier1 = tier_1 = T1 | "
                                         "NMS_TIER_2 = NMS Tier 2 = Tier 2 = tier2 = tier_2 = T2 | "
                                         "OTC = OTC Other = OTCE";

constexpr std::string_view tier_or_all_values =
    "NMS_TIER_1 = NMS Tier 1 = Tier 1 = tier1 = tier_1 = T1 | "
    "NMS_TIER_2 = NMS Tier 2 = Tier 2 = tier2 = tier_2 = T2 | OTC = OTC Other = OTCE | ALL";

constexpr spine::Param tier =
    spine::Param{"tier", spine::text, required, "the tier"}.one_of(tier_values);
constexpr spine::Param tier_if_given =
    spine::Param{"tier", spine::text, optional, "the tier; else each one that is there"}.one_of(
        tier_values);
constexpr spine::Param week{"week_ending", spine::date, required, "the week, by its Friday"};
constexpr spine::Param as_of{"as_of",
                             spine::timestamp,
                             optional,
                             "read the captures that were the newest at this time (UTC); the "
                             "manifest does not move"};
constexpr spine::Param capture{"capture_id",
                               spine::text,
                               optional,
                               "read this capture; the manifest does not move unless it is the "
                               "newest"};
constexpr spine::Param accept_loss =
    spine::Param{
        "accept_loss",
        spine::boolean,
        optional,
        "take the week although it lost much against the published capture, or to rejects; "
        "recorded"}
        .otherwise("false");
constexpr spine::Param on_incomplete =
    spine::Param{"on_incomplete",
                 spine::text,
                 optional,
                 "a symbol that lacks a week: calculate it from the others, leave it out, or fail"}
        .one_of("partial | skip | fail")
        .otherwise("partial")
        .in_digest();

constexpr spine::Param ingest_params[] = {
    {"file", spine::text, required, "path or file:// of the published file; .gz and .zip too"},
    spine::Param{"tier", spine::text, optional, "the tier that the file must be about"}.one_of(
        tier_values),
    {"week_ending", spine::date, optional, "the week, by its Friday; else the file tells it"},
    {"week_start", spine::date, optional, "the same by its Monday, as FINRA keys weeks"},
    {"file_date", spine::date, optional, "the day of publication; else the file's name tells it"},
    {"expected_symbols",
     spine::json,
     optional,
     "symbols that must not be missing: a list, or lists by tier"},
};
constexpr spine::Param week_params[] = {tier, week, as_of, capture};
constexpr spine::Param aggregate_params[] = {tier, week, as_of, capture, accept_loss};
constexpr spine::Param each_tier_params[] = {tier_if_given, week, as_of, capture};
constexpr spine::Param rolling_params[] = {tier_if_given, week, as_of, on_incomplete};
constexpr spine::Param split_params[] = {week, as_of};
constexpr spine::Param backfill_params[] = {
    spine::Param{"tier", spine::text, required, "the tier, or ALL of them"}.one_of(
        tier_or_all_values),
    spine::Param{"weeks_back", spine::integer, optional, "how many weeks"}.otherwise("6"),
    {"through", spine::date, optional, "the last week, by its Friday; else the last Friday"},
    {"source_dir", spine::text, required, "the folder of the files"},
    spine::Param{"file_pattern",
                 spine::text,
                 optional,
                 "a week's file: {week} its Friday, {tier}, {tier_file} tier1, tier2 or otc, "
                 "{published} the Monday after as YYYYMMDD"}
        .otherwise("week_{week}.psv"),
    spine::Param{"stages",
                 spine::text,
                 optional,
                 "core: up to AGGREGATED, and ROLLING of the last week; all: every stage of every "
                 "week"}
        .one_of("core | all")
        .otherwise("core"),
    spine::Param{"on_missing",
                 spine::text,
                 optional,
                 "weeks without a file: do the others and record an anomaly, or fail before anything begins"}
        .one_of("record | fail")
        .otherwise("record"),
    on_incomplete,
};

constexpr spine::Pipeline pipelines[] = {
    spine::Pipeline{"ingest_week", "Read one published file", ingest_params, &finra::ingest_week}
        .reaches(finra::stage::ingested)
        .exports("tier|week_ending|capture_id")
        .version(finra::calc::ingest_version),
    spine::Pipeline{
        "normalize_week", "Apply the rules to a raw week", week_params, &finra::normalize_week}
        .plans(&finra::plan_normalize_week)
        .reaches(finra::stage::normalized)
        .version(finra::calc::normalise_version),
    spine::Pipeline{"aggregate_week",
                    "Sum a week by symbol and by venue",
                    aggregate_params,
                    &finra::aggregate_week}
        .plans(&finra::plan_aggregate_week)
        .reaches(finra::stage::aggregated)
        .version(finra::calc::aggregate_version),
    spine::Pipeline{"compute_rolling",
                    "Six weeks of each symbol, ending with one",
                    rolling_params,
                    &finra::compute_rolling}
        .plans(&finra::plan_compute_rolling)
        .reaches(finra::stage::rolling)
        .version(finra::calc::rolling_version),
    spine::Pipeline{"compute_venue_volume",
                    "Rebuild the normalised rows of a week",
                    each_tier_params,
                    &finra::compute_venue_volume}
        .plans(&finra::plan_from_normalized)
        .reaches(finra::stage::venue_volume)
        .version(finra::calc::normalise_version),
    spine::Pipeline{"compute_venue_share",
                    "Each venue's share of each symbol",
                    each_tier_params,
                    &finra::compute_venue_share}
        .plans(&finra::plan_from_normalized)
        .reaches(finra::stage::venue_share)
        .version(finra::calc::venue_share_version),
    spine::Pipeline{"compute_hhi",
                    "How concentrated each symbol is on few venues",
                    each_tier_params,
                    &finra::compute_hhi}
        .plans(&finra::plan_from_normalized)
        .reaches(finra::stage::hhi)
        .version(finra::calc::hhi_version),
    spine::Pipeline{"compute_tier_split",
                    "How each symbol is split over the tiers",
                    split_params,
                    &finra::compute_tier_split}
        .plans(&finra::plan_compute_tier_split)
        .reaches(finra::stage::tier_split)
        .version(finra::calc::tier_split_version),
    spine::Pipeline{"backfill_range",
                    "Weeks of one tier or of all, from their files to rolling metrics",
                    backfill_params,
                    &finra::backfill_range}
        .composite(),
};

constexpr spine::Param week_exists_config[] = {
    spine::Param{"stage", spine::text, optional, "the stage that counts as done"}
        .one_of("INGESTED = RAW | NORMALIZED | AGGREGATED | ROLLING | VENUE_VOLUME | VENUE_SHARE | "
                "HHI")
        .otherwise(finra::stage::aggregated),
};
constexpr spine::Param ingest_step =
    spine::Param{"step", spine::text, optional, "the step whose file is looked at"}.otherwise(
        "ingest");
constexpr spine::Param normalize_step =
    spine::Param{"step", spine::text, optional, "the step whose rows are looked at"}.otherwise(
        "normalize");
constexpr spine::Param validate_ingest_config[] = {
    ingest_step,
    spine::Param{"min_rows", spine::integer, optional, "fewer rows fail"}.otherwise("1"),
    spine::Param{"max_rows", spine::integer, optional, "more rows fail"}.otherwise("1000000"),
    {"max_errors",
     spine::integer,
     optional,
     "more lines that cannot be read fail; else any number"},
    {"expected_symbols",
     spine::json,
     optional,
     "symbols that must not be missing, a list or lists by tier; ingest is done once more if it "
     "has "
     "not looked for any"},
};
constexpr spine::Param validate_normalize_config[] = {
    normalize_step,
    spine::Param{"max_null_rate",
                 spine::real,
                 optional,
                 "a larger share of rows with an empty required field fails"}
        .otherwise("0.05"),
};
constexpr spine::Param strict_quality_config[] = {
    normalize_step,
    spine::Param{"ingest_step", spine::text, optional, "the step that looked for symbols"}
        .otherwise("ingest"),
    spine::Param{"null_rate_limit",
                 spine::real,
                 optional,
                 "the share of rows with an empty required field from which it fails"}
        .otherwise("0.01"),
    spine::Param{"missing_symbols_limit",
                 spine::integer,
                 optional,
                 "the number of missing symbols from which it fails"}
        .otherwise("5"),
    spine::Param{"variance_limit",
                 spine::real,
                 optional,
                 "how far off the mean of the weeks before it fails, as a fraction of the mean"}
        .otherwise("0.20"),
    spine::Param{"history_weeks", spine::integer, optional, "how many weeks before are looked at"}
        .otherwise("12"),
    spine::Param{"min_history_weeks",
                 spine::integer,
                 optional,
                 "with fewer of them there the variance is not judged"}
        .otherwise("3"),
};
constexpr spine::Param rolling_prerequisites_config[] = {
    spine::Param{"window_weeks", spine::integer, optional, "how many weeks must be there"}
        .otherwise("6"),
};
constexpr spine::Lambda lambdas[] = {
    {"steps.validate_ingest",
     "Whether a plausible file came in",
     validate_ingest_config,
     &finra::validate_ingest},
    {"steps.validate_normalize",
     "Whether few enough rows had empty fields",
     validate_normalize_config,
     &finra::validate_normalize},
    {"steps.strict_quality_check",
     "The gate before aggregation: empty fields, missing symbols, unusual size",
     strict_quality_config,
     &finra::strict_quality_check},
    {"steps.check_rolling_prerequisites",
     "Whether all weeks of the window are there",
     rolling_prerequisites_config,
     &finra::check_rolling_prerequisites},
    {"steps.check_week_exists",
     "Whether a tier's week is already done",
     week_exists_config,
     &finra::check_week_exists},
    {"steps.generate_week_list", "The Fridays between two dates", {}, &finra::generate_week_list},
    {"steps.record_progress", "Adds a week to those that are done", {}, &finra::record_progress},
};

constexpr spine::Stage stages[] = {
    {finra::stage::ingested, 1, "RAW"},
    {finra::stage::normalized, 2},
    {finra::stage::aggregated, 3, spine::publishes},
    {finra::stage::rolling, 4},
    {finra::stage::venue_volume, 5},
    {finra::stage::venue_share, 6},
    {finra::stage::hhi, 7},
    {finra::stage::tier_split, 8},
};
constexpr spine::Param configuration[] = {
    spine::Param{"date_policy",
                 spine::text,
                 optional,
                 "a week given by another day than its Friday: refuse it, or take the week (Monday "
                 "to Sunday) that it lies in"}
        .one_of("refuse | snap")
        .otherwise("refuse"),
    spine::Param{"publication_lag",
                 spine::text,
                 optional,
                 "how long after its week a file comes; files downloaded from FINRA want finra"}
        .one_of("seed | finra")
        .otherwise("seed"),
    spine::Param{"reject_rows_warn",
                 spine::real,
                 optional,
                 "the part of a file's lines from which being rejected is a warning"}
        .otherwise("0.01"),
    spine::Param{"reject_rows_fail",
                 spine::real,
                 optional,
                 "the part of a file's lines from which being rejected stops the week"}
        .otherwise("0.05"),
    spine::Param{
        "reject_rows_least", spine::integer, optional, "fewer rejected lines than this only warn"}
        .otherwise("10"),
    spine::Param{"reject_shares_warn",
                 spine::real,
                 optional,
                 "the part of a file's shares from which being rejected is a warning"}
        .otherwise("0.01"),
    spine::Param{"reject_shares_fail",
                 spine::real,
                 optional,
                 "the part of a file's shares from which being rejected stops the week"}
        .otherwise("0.05"),
    spine::Param{
        "loss_warn",
        spine::real,
        optional,
        "the part of its rows or shares from which losing it against the published capture is "
        "a warning"}
        .otherwise("0.05"),
    spine::Param{
        "loss_fail",
        spine::real,
        optional,
        "the part of its rows or shares from which losing it against the published capture "
        "stops the week"}
        .otherwise("0.30"),
    spine::Param{"freshness_days",
                 spine::integer,
                 optional,
                 "by how many days a source's last update may be later than its publication"}
        .otherwise("14"),
};
constexpr spine::Domain domains[] = {
    {"finra.otc_transparency", "otc", "otc_", stages, configuration},
};

constexpr spine::Plugin plugin{"finra_otc",
                               "1.0.0",
                               {"FINRA OTC transparency: weekly volumes by symbol and venue"},
                               domains,
                               pipelines,
                               lambdas,
                               finra::migrations};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
