// The tables of the domain and their history. A dataset is a view of its name for readers, with the
// partition's keys, the columns below, and the capture (or the set of captures) that the rows
// belong to; and a view NAME_latest.
//
// What a migration has created stays as it is written there. A column that came later stands with
// the migration that added it.
//
// A column `mpid` holds a venue: an MPID, or `FIRM:` and the name of a firm that has none published
// (schema/venue.hpp).
#pragma once

#include <spine/plugin.hpp>

namespace finra {

// ---- what each stage writes
// -----------------------------------------------------------------------

inline constexpr spine::Column raw_columns[] = {
    {"line_number", spine::integer, "line of the file"},
    spine::Column{"tier_description", spine::text, "the tier as published"}.repeated(),
    {"symbol", spine::text, "as published"},
    spine::Column{"issue_name", spine::text}.nullable().repeated(),
    spine::Column{"venue_name", spine::text}.nullable().repeated(),
    {"mpid", spine::text, "as published"},
    {"total_shares", spine::integer},
    {"total_trades", spine::integer},
    spine::Column{"source_last_update_date", spine::date}.nullable().repeated(),
};
inline constexpr spine::Dataset raw{"otc_raw",
                                    spine::KeyedBy::capture,
                                    "week_ending|tier",
                                    raw_columns,
                                    "line_number",
                                    "Every line that could be read, as published"};

inline constexpr spine::Column venue_volume_columns[] = {
    {"symbol", spine::text},
    {"mpid", spine::text, "market participant"},
    spine::Column{"issue_name", spine::text}.nullable().repeated(),
    spine::Column{"venue_name", spine::text, "the MPID where none was published"}.repeated(),
    {"total_shares", spine::integer},
    {"total_trades", spine::integer},
    spine::Column{"avg_trade_size", spine::real, "shares a trade, 2 decimals"}.nullable(),
    spine::Column{"source_last_update_date", spine::date}.nullable().repeated(),
};
inline constexpr spine::Dataset venue_volume{"otc_venue_volume",
                                             spine::KeyedBy::capture,
                                             "week_ending|tier",
                                             venue_volume_columns,
                                             "symbol|mpid",
                                             "The rows that keep the rules"};

inline constexpr spine::Column symbol_summary_columns[] = {
    {"symbol", spine::text},
    {"total_volume", spine::integer, "shares"},
    {"total_trades", spine::integer},
    {"venue_count", spine::integer},
    spine::Column{"avg_trade_size", spine::real, "shares a trade, 2 decimals"}.nullable(),
    spine::Column{"source_last_update_date", spine::date, "the newest of its rows"}
        .nullable()
        .repeated(),
};
inline constexpr spine::Dataset symbol_summary{"otc_symbol_summary",
                                               spine::KeyedBy::capture,
                                               "week_ending|tier",
                                               symbol_summary_columns,
                                               "symbol",
                                               "A symbol's week over all venues"};

inline constexpr spine::Column venue_share_columns[] = {
    {"mpid", spine::text, "market participant"},
    {"total_volume", spine::integer, "shares"},
    {"total_trades", spine::integer},
    {"symbol_count", spine::integer},
    spine::Column{"market_share_pct", spine::real, "a fraction of the tier, 0..1"}.nullable(),
    {"rank", spine::integer, "by volume, ties by MPID"},
};
inline constexpr spine::Dataset venue_share{"otc_venue_share",
                                            spine::KeyedBy::capture,
                                            "week_ending|tier",
                                            venue_share_columns,
                                            "mpid",
                                            "A venue's share of the tier"};

inline constexpr spine::Column symbol_rolling_columns[] = {
    {"symbol", spine::text},
    {"avg_volume", spine::integer, "floored"},
    {"avg_trades", spine::integer, "floored"},
    {"min_volume", spine::integer},
    {"max_volume", spine::integer},
    {"trend_direction", spine::text, "UP, DOWN or FLAT"},
    spine::Column{"trend_pct", spine::real, "first to last week, 2 decimals"}.nullable(),
    {"weeks_in_window", spine::integer},
    {"is_complete", spine::boolean, "all 6 weeks"},
};
inline constexpr spine::Dataset symbol_rolling{"otc_symbol_rolling_6w",
                                               spine::KeyedBy::inputs,
                                               "week_ending|tier",
                                               symbol_rolling_columns,
                                               "symbol",
                                               "A symbol over the 6 weeks ending there"};

inline constexpr spine::Column liquidity_score_columns[] = {
    {"symbol", spine::text},
    spine::Column{"liquidity_score", spine::real, "avg_trade_size x venue_count"}.nullable(),
    {"total_volume", spine::integer},
    {"total_trades", spine::integer},
    {"venue_count", spine::integer},
    spine::Column{"avg_trade_size", spine::real}.nullable(),
};
inline constexpr spine::Dataset liquidity_score{"otc_liquidity_score",
                                                spine::KeyedBy::capture,
                                                "week_ending|tier",
                                                liquidity_score_columns,
                                                "symbol",
                                                "How liquid a symbol was"};

inline constexpr spine::Column symbol_venue_share_columns[] = {
    {"symbol", spine::text},
    {"mpid", spine::text},
    {"venue_volume", spine::integer},
    spine::Column{"venue_share", spine::real, "a fraction of the symbol, 0..1"}.nullable(),
};
inline constexpr spine::Dataset symbol_venue_share{"otc_symbol_venue_share",
                                                   spine::KeyedBy::capture,
                                                   "week_ending|tier",
                                                   symbol_venue_share_columns,
                                                   "symbol|mpid",
                                                   "A venue's share of a symbol"};

inline constexpr spine::Column symbol_hhi_columns[] = {
    {"symbol", spine::text},
    spine::Column{"hhi", spine::real, "sum of squared venue shares, 0..1"}.nullable(),
    {"venue_count", spine::integer},
};
inline constexpr spine::Dataset symbol_hhi{"otc_symbol_hhi",
                                           spine::KeyedBy::capture,
                                           "week_ending|tier",
                                           symbol_hhi_columns,
                                           "symbol",
                                           "How concentrated a symbol is on few venues"};

inline constexpr spine::Column tier_split_columns[] = {
    {"symbol", spine::text},
    {"tier", spine::text},
    {"tier_volume", spine::integer},
    spine::Column{"tier_share", spine::real, "a fraction of all tiers, 0..1"}.nullable(),
    {"tiers_present", spine::integer, "tiers of the week that were there"},
    {"is_complete", spine::boolean, "all 3 tiers"},
};
inline constexpr spine::Dataset tier_split{"otc_tier_split",
                                           spine::KeyedBy::inputs,
                                           "week_ending",
                                           tier_split_columns,
                                           "symbol|tier",
                                           "How a symbol is split over the tiers"};

// ---- columns that came later
// -----------------------------------------------------------------------

// A number of shares is exact: the column of its name holds the whole shares (floored), this one
// the millionths, 0..999999. NULL, which is 0, in rows that are older than the column.
inline constexpr spine::Column total_shares_millionths =
    spine::Column{"total_shares_millionths", spine::integer, "the fraction of total_shares"}
        .nullable();
inline constexpr spine::Column total_volume_millionths =
    spine::Column{"total_volume_millionths", spine::integer, "the fraction of total_volume"}
        .nullable();
inline constexpr spine::Column venue_volume_millionths =
    spine::Column{"venue_volume_millionths", spine::integer, "the fraction of venue_volume"}
        .nullable();
inline constexpr spine::Column tier_volume_millionths =
    spine::Column{"tier_volume_millionths", spine::integer, "the fraction of tier_volume"}
        .nullable();
inline constexpr spine::Column min_volume_millionths =
    spine::Column{"min_volume_millionths", spine::integer, "the fraction of min_volume"}.nullable();
inline constexpr spine::Column max_volume_millionths =
    spine::Column{"max_volume_millionths", spine::integer, "the fraction of max_volume"}.nullable();

// Evidence costs nothing where the columns spell the line byte for byte, as they do in published
// files: NULL as tier|symbol|issue|venue|mpid|shares|trades|date, an empty text as
// week|tier|symbol|mpid|shares|trades (schema/line.hpp), the tier as the first row has it.
inline constexpr spine::Column raw_line_text =
    spine::Column{"line_text", spine::text, "the line, where the columns do not spell it"}
        .nullable();

// ---- the steps by which they came
// -----------------------------------------------------------------

inline constexpr spine::MigrationStep otc_tables[] = {
    spine::create(raw),
    spine::create(venue_volume),
    spine::create(symbol_summary),
    spine::create(venue_share),
    spine::create(symbol_rolling),
};
inline constexpr spine::MigrationStep otc_liquidity[] = {spine::create(liquidity_score)};
inline constexpr spine::MigrationStep otc_concentration[] = {
    spine::create(symbol_venue_share),
    spine::create(symbol_hhi),
    spine::create(tier_split),
};
inline constexpr spine::MigrationStep otc_exact_shares[] = {
    spine::add_column("otc_raw", total_shares_millionths),
    spine::add_column("otc_venue_volume", total_shares_millionths),
    spine::add_column("otc_symbol_summary", total_volume_millionths),
    spine::add_column("otc_venue_share", total_volume_millionths),
    spine::add_column("otc_liquidity_score", total_volume_millionths),
    spine::add_column("otc_symbol_rolling_6w", min_volume_millionths),
    spine::add_column("otc_symbol_rolling_6w", max_volume_millionths),
    spine::add_column("otc_symbol_venue_share", venue_volume_millionths),
    spine::add_column("otc_tier_split", tier_volume_millionths),
};
inline constexpr spine::MigrationStep otc_line_text[] = {
    spine::add_column("otc_raw", raw_line_text),
};

inline constexpr spine::Migration migrations[] = {
    {20, "otc_tables", otc_tables},
    {25, "otc_liquidity_score", otc_liquidity},
    {30, "otc_concentration", otc_concentration},
    {35, "otc_exact_shares", otc_exact_shares},
    {40, "otc_line_text", otc_line_text},
};

} // namespace finra
