// The rules that a published row must keep, and the order in which the accepted ones are stored.
#pragma once

#include "calc/text_pool.hpp"
#include "schema/record.hpp"
#include "schema/reject.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace finra::calc {

/// An accepted row; its names are numbers in the pools of the `Normalised` that holds it.
struct NormalisedRow {
    VenueVolume volume;
    std::int64_t line = 0;
    TextPool::Id issue_name = 0;
    TextPool::Id venue_name = 0;
    /// Its line as evidence, where the row does not spell it.
    TextPool::Id line_text = 0;

    bool operator==(const NormalisedRow&) const = default;
};

/// Always raw_rows = rows.size() + rejects.
struct Normalised {
    /// Sorted by symbol, then venue; no two rows share both.
    std::vector<NormalisedRow> rows;
    TextPool issue_names;
    TextPool venue_names;
    TextPool line_texts;
    std::int64_t raw_rows = 0;
    std::int64_t rejects = 0;
    /// Raw rows without a symbol, or with neither an MPID nor a firm's name.
    std::int64_t rows_with_null = 0;
    /// Rejects that contradict the row that was kept.
    std::int64_t conflicts = 0;
};

/// Applies the rules to the raw rows of one capture, in whatever order they come. A key is what the
/// file says: a symbol loses the blanks round it and nothing else, for its case tells securities
/// apart (`TW` and `Tw`). An MPID is four characters whose case means nothing, so it is put into
/// capitals. A row without one belongs to the firm that its marketParticipantName names
/// (schema/venue.hpp). The rules, of which the first broken one is the row's reason:
///
///   EMPTY_SYMBOL     no symbol
///   INVALID_SYMBOL   not what `symbol_from_text` takes
///   EMPTY_MPID       neither an MPID nor a firm's name, or one of over 251 bytes
///   INVALID_MPID     not four letters or digits
///   NEGATIVE_VOLUME, NEGATIVE_TRADES
///   ZERO_ACTIVITY    neither shares nor trades (trades without shares stay in)
///   DUPLICATE_KEY    symbol and venue, shares and trades of an earlier line
///   CONFLICTING_DUPLICATE  symbol and venue of an earlier line, with other shares or trades; nobody
///                    can tell which is right: the earlier one is kept, the reject tells both, and
///                    the check conflicting_duplicates fails.
///
/// Threads: one at a time.
/// Lives:   must not outlive the sink; duplicates reach it in `finish`.
/// Fails:   throws only for want of memory.
class Normaliser {
public:
    explicit Normaliser(RejectSink& rejects) : rejects_(rejects) {}

    void add(const RawRow& row);
    /// The end of the rows, once.
    Normalised finish();

private:
    void reject(const RawRow& row, Reason reason, std::string_view detail, std::int64_t shares);
    void reject_duplicates();

    RejectSink& rejects_;
    Normalised result_;
    /// What the rows of a capture have in common: tier, its spelling, layout and week.
    RawRow common_;
    std::string tier_text_;
    std::string raw_text_;
};

/// The symbol that `text` is without the blanks round it: a letter, then letters of either case and
/// digits, then at most one suffix, ten characters in all. A suffix is up to two letters or digits
/// after `.`, `-`, `/`, `+`, `=` or one blank, or one after `$`; only the marks `-`, `+`, `=` and
/// `$` stand without any behind them. So `BRK.B`, `BRK/B`, `BRK B`, `BAC$L`, `ABC+` and `Tw` are
/// symbols, `BAD$YM` is none.
std::optional<Symbol> symbol_from_text(std::string_view text);
/// The venue of this MPID, four letters or digits in either case, if it is one.
std::optional<Venue> participant_from_text(std::string_view text);

} // namespace finra::calc
