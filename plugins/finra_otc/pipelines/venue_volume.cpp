#include "pipelines/venue_volume.hpp"

#include "calc/normalise.hpp"
#include "calc/number.hpp"
#include "calc/quality.hpp"
#include "pipelines/partition.hpp"
#include "pipelines/report.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace finra {

namespace {

/// Hands rejected rows on to the host.
class HostRejects : public RejectSink {
public:
    HostRejects(spine::Attempt& attempt, std::uint32_t output, Rejects rejects)
        : attempt_(attempt), output_(output), rejects_(rejects) {}

    void reject(const RejectedRow& row) override {
        cost_.lose(row.shares);
        Tally& tally = tallies_[static_cast<std::size_t>(row.reason)];
        if (++tally.rows == 1)
            tally.first = "line " + std::to_string(row.line) + ": " + std::string(row.detail);
        if (rejects_ == Rejects::record)
            attempt_.reject(
                code(row.reason), row.detail, row.raw_text, row.line, "otc_raw", output_);
    }

    calc::RejectCost& cost() { return cost_; }

    CommonestReason commonest() const {
        const auto most = std::max_element(
            tallies_.begin(), tallies_.end(), [](const Tally& left, const Tally& right) {
                return left.rows < right.rows;
            });
        return {std::string(code(static_cast<Reason>(most - tallies_.begin()))),
                most->rows,
                most->first};
    }

private:
    struct Tally {
        std::int64_t rows = 0;
        std::string first;
    };

    spine::Attempt& attempt_;
    std::uint32_t output_;
    Rejects rejects_;
    calc::RejectCost cost_;
    std::array<Tally, reason_count> tallies_;
};

/// Dates that repeat from row to row are read once.
class DateMemory {
public:
    std::optional<Date> of(std::optional<std::string_view> text) {
        if (!text)
            return std::nullopt;
        if (!date_ || *text != text_) {
            text_ = *text;
            date_ = date_from_iso(*text);
        }
        return date_;
    }

private:
    std::string text_;
    std::optional<Date> date_;
};

/// How the file spells its tier. Read from its first row alone: a text that repeats costs a look-up
/// a row, and where a row spells it otherwise its line is kept.
std::string tier_as_published(const spine::Attempt& attempt, std::int64_t capture_seq) {
    std::string text;
    for (auto [published] : attempt.select<std::string_view>(
             "SELECT tier_description FROM otc_raw WHERE capture_seq = ? "
             "ORDER BY line_number LIMIT 1",
             capture_seq))
        text = published;
    return text;
}

calc::Normalised normalise(const spine::Attempt& attempt,
                           std::int64_t capture_seq,
                           TierWeek of,
                           RejectSink& rejects) {
    calc::Normaliser normaliser(rejects);
    const std::string tier_text = tier_as_published(attempt, capture_seq);
    DateMemory last_update;
    for (auto [line,
               symbol,
               issue_name,
               venue_name,
               mpid,
               shares,
               millionths,
               trades,
               updated,
               line_text] : attempt.select<std::int64_t,
                                           std::string_view,
                                           std::optional<std::string_view>,
                                           std::optional<std::string_view>,
                                           std::string_view,
                                           std::int64_t,
                                           std::int64_t,
                                           std::int64_t,
                                           std::optional<std::string_view>,
                                           std::optional<std::string_view>>(
             "SELECT line_number, symbol, issue_name, venue_name, mpid, "
             "total_shares, COALESCE(total_shares_millionths, 0), total_trades, "
             "source_last_update_date, line_text FROM otc_raw "
             "WHERE capture_seq = ? ORDER BY line_number",
             capture_seq)) {
        RawRow row;
        row.line = line;
        row.tier = of.tier;
        row.tier_text = tier_text;
        row.symbol = symbol;
        row.issue_name = issue_name.value_or(std::string_view{});
        row.venue_name = venue_name.value_or(std::string_view{});
        row.mpid = mpid;
        row.shares = {shares, millionths};
        row.trades = trades;
        row.last_update = last_update.of(updated);
        row.week = of.week;
        row.layout = line_text && line_text->empty() ? Layout::simple : Layout::finra;
        row.line_text = line_text.value_or(std::string_view{});
        row.is_spelled = row.line_text.empty();
        normaliser.add(row);
    }
    return normaliser.finish();
}

void write(spine::Attempt& attempt, spine_rowset rowset, const calc::Normalised& normalised) {
    auto rows = attempt.replace<std::string_view,
                                std::string_view,
                                std::optional<std::string_view>,
                                std::string_view,
                                std::int64_t,
                                std::int64_t,
                                std::optional<double>,
                                std::optional<std::string_view>,
                                std::int64_t>(
        "otc_venue_volume",
        rowset,
        "symbol|mpid|issue_name|venue_name|total_shares|total_trades|avg_trade_size|"
        "source_last_update_date|total_shares_millionths");
    DateText last_update;
    for (const calc::NormalisedRow& row : normalised.rows) {
        const std::string_view issue = normalised.issue_names.text(row.issue_name);
        const std::string_view venue = normalised.venue_names.text(row.venue_name);
        rows.add(row.volume.symbol.view(),
                 row.volume.mpid.view(),
                 issue.empty() ? std::nullopt : std::optional(issue),
                 venue.empty() ? row.volume.mpid.view() : venue,
                 row.volume.shares.shares,
                 row.volume.trades,
                 calc::average_trade_size(row.volume.shares, row.volume.trades),
                 last_update.of(row.volume.last_update),
                 row.volume.shares.millionths);
    }
    rows.finish();
}

} // namespace

VenueVolumeCounts rebuild_venue_volume(spine::Attempt& attempt,
                                       const spine_input& input,
                                       std::uint32_t output,
                                       Rejects rejects) {
    HostRejects sink(attempt, output, rejects);
    const TierWeek of = tier_week_of(spine::view(input.row.partition));
    const calc::Normalised normalised = normalise(attempt, input.capture_seq, of, sink);
    const auto checks = calc::normalise_checks(normalised);
    record(attempt, checks, output);
    write(attempt, input.rowset, normalised);
    if (normalised.conflicts > 0)
        attempt.anomaly(SPINE_SEVERITY_ERROR,
                        "DATA_QUALITY",
                        std::to_string(normalised.conflicts) +
                            " rows contradict an earlier row of their symbol and venue",
                        {},
                        output);
    for (const calc::Check& check : checks)
        if (check.name == "trades_without_volume" && check.findings > 0)
            attempt.anomaly(SPINE_SEVERITY_CRITICAL,
                            "BUSINESS_RULE",
                            check.actual + " rows have trades and no shares",
                            {},
                            output);
    for (const calc::NormalisedRow& row : normalised.rows)
        sink.cost().keep(row.volume.shares.shares);
    return {normalised.raw_rows,
            static_cast<std::int64_t>(normalised.rows.size()),
            normalised.rejects,
            normalised.rows_with_null,
            sink.cost(),
            sink.commonest()};
}

void require_rows(const VenueVolumeCounts& counts) {
    if (counts.accepted > 0)
        return;
    throw error(SPINE_INVALID_DATA,
                "none of the " + std::to_string(counts.raw_rows) +
                    " rows keeps the rules; the commonest reason is " + counts.commonest.code +
                    ", in " + std::to_string(counts.commonest.rows) + " of them, first in " +
                    counts.commonest.first,
                "correct the file, or fetch it again, and ingest it");
}

std::vector<VenueVolume>
read_venue_volume(const spine::Attempt& attempt, std::int64_t capture_seq, Dates dates) {
    std::vector<VenueVolume> rows;
    const auto add = [&](std::string_view symbol_text,
                         std::string_view mpid_text,
                         Quantity shares,
                         std::int64_t trades,
                         std::optional<Date> last_update) {
        const auto symbol = Symbol::from(symbol_text);
        auto venue = Venue::from(mpid_text);
        if (!symbol || !venue)
            throw spine::Error{SPINE_INTEGRITY,
                               "otc_venue_volume holds '" + std::string(symbol_text) + "', '" +
                                   std::string(mpid_text) + "', which are no symbol and venue"};
        rows.push_back({*symbol, std::move(*venue), shares, trades, last_update});
    };
    if (dates == Dates::leave_out) {
        for (auto [symbol, mpid, shares, millionths, trades] : attempt.select<std::string_view,
                                                                              std::string_view,
                                                                              std::int64_t,
                                                                              std::int64_t,
                                                                              std::int64_t>(
                 "SELECT symbol, mpid, total_shares, COALESCE(total_shares_millionths, 0), "
                 "total_trades FROM otc_venue_volume WHERE capture_seq = ? ORDER BY symbol, mpid",
                 capture_seq))
            add(symbol, mpid, {shares, millionths}, trades, std::nullopt);
        return rows;
    }
    DateMemory last_update;
    for (auto [symbol, mpid, shares, millionths, trades, updated] :
         attempt.select<std::string_view,
                        std::string_view,
                        std::int64_t,
                        std::int64_t,
                        std::int64_t,
                        std::optional<std::string_view>>(
             "SELECT symbol, mpid, total_shares, COALESCE(total_shares_millionths, 0), "
             "total_trades, source_last_update_date FROM otc_venue_volume WHERE capture_seq = ? "
             "ORDER BY symbol, mpid",
             capture_seq))
        add(symbol, mpid, {shares, millionths}, trades, last_update.of(updated));
    return rows;
}

std::vector<VenueVolume>
read_venue_volume(const spine::Attempt& attempt, const spine_input& input, Dates dates) {
    return read_venue_volume(attempt, input.capture_seq, dates);
}

} // namespace finra
