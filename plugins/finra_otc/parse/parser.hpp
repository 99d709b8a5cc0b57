// The published files, from bytes to rows and rejected lines. Two layouts, told by their header:
//
//   A  tierDescription | issueSymbolIdentifier | issueName | marketParticipantName | MPID |
//      totalWeeklyShareQuantity | totalWeeklyTradeCount | lastUpdateDate (without the blanks), with
//      a column WeekEnding or weekStartDate wherever it stands
//   B  WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades, whose header may be missing
//
// A line that cannot be read into these columns is a reject and the next one is read; a file that
// is no such file is refused whole. Fields are separated by `|` and never quoted. Shares are
// decimal numbers with up to six decimals, trades whole numbers.
//
// Text is UTF-8. In a line that is not, the bytes that are no UTF-8 are read as Windows-1252, and
// counted; the line is a reject if Windows-1252 does not define one of them.
#pragma once

#include "schema/record.hpp"
#include "schema/refusal.hpp"
#include "schema/reject.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace finra::parse {

/// Takes what a file holds, in the order of its lines.
class Sink : public RejectSink {
public:
    /// The texts are borrowed for the call.
    virtual void row(const RawRow& row) = 0;
};

/// How many data lines state one tier, and where the first of them is.
struct TierLines {
    Tier tier = Tier::nms_tier_1;
    std::int64_t lines = 0;
    std::int64_t first_line = 0;

    bool operator==(const TierLines&) const = default;
};

/// How many data lines state one week, by the day of it that is published, and where the first of
/// them is.
struct WeekLines {
    Date week;
    std::int64_t lines = 0;
    std::int64_t first_line = 0;

    bool operator==(const WeekLines&) const = default;
};

/// What was in a file that could be read. Always data_lines = rows + rejects.
struct Summary {
    Layout layout = Layout::finra;
    bool has_week_column = false;
    /// Whether that column holds the first day of the week, not its last.
    bool weeks_are_starts = false;
    std::int64_t data_lines = 0;
    std::int64_t rows = 0;
    std::int64_t rejects = 0;
    /// Lines of the right shape in which the symbol, the venue (MPID and firm's name), shares,
    /// trades or the week (where the layout has one) is empty, whether they became rows or rejects.
    /// An empty tier refuses the file.
    std::int64_t lines_with_null = 0;
    bool last_newline_missing = false;
    /// Rows in which a byte was read as Windows-1252.
    std::int64_t rows_of_windows_1252 = 0;
    bool last_line_rejected = false;
    /// In the order of their first lines; more than one of either is a file that mixes them.
    std::vector<TierLines> tiers;
    std::vector<WeekLines> weeks;
    /// Lines whose week was none of the first `weeks_max` ones.
    std::int64_t lines_of_further_weeks = 0;
    /// The lastUpdateDate of the first row that has one, and the newest of all.
    std::optional<Date> first_last_update{};
    std::optional<Date> newest_last_update{};

    bool operator==(const Summary&) const = default;
};

/// Reads one file, handed over in pieces of any size; where the pieces are cut makes no difference.
///
/// Threads: one at a time.
/// Lives:   must not outlive the sink.
/// Fails:   never throws but for want of memory, of which it keeps one line at most; a file that is
/// refused is an
///          answer, after which nothing more reaches the sink.
class Parser {
public:
    /// A longer line is a reject; of it only the beginning is kept.
    static constexpr std::size_t line_size_max = 65536;
    static constexpr std::size_t weeks_max = 16;
    /// A file that ends with more NUL bytes is refused: they are space that was set aside and never
    /// written.
    static constexpr std::uint64_t nul_tail_max = 512;

    explicit Parser(Sink& sink) : sink_(sink) {}

    /// False once the file is refused; the rest of it need not be read then.
    bool feed(std::string_view bytes);

    /// The end of the file, once.
    Answer<Summary> finish();

private:
    /// Fields of the longest line of a known layout, and one more to see that a line has too many.
    static constexpr std::size_t fields_max = 10;
    static constexpr std::size_t absent = fields_max;
    using Fields = std::array<std::string_view, fields_max>;

    enum class WeekColumn : std::uint8_t { none, ending, start };

    /// Where each column stands; `absent` for one that the layout lacks.
    struct Columns {
        std::size_t count = 0;
        std::size_t tier = absent;
        std::size_t symbol = absent;
        std::size_t issue_name = absent;
        std::size_t venue_name = absent;
        std::size_t mpid = absent;
        std::size_t shares = absent;
        std::size_t trades = absent;
        std::size_t last_update = absent;
        std::size_t week = absent;
        WeekColumn week_column = WeekColumn::none;
    };

    /// A date and the text that it was read from: neighbouring rows mostly repeat it.
    struct SeenDate {
        std::string text;
        std::optional<Date> date;
    };

    void count_nul_tail(std::string_view bytes);
    void keep(std::string_view piece);
    void line(std::string_view text);
    void first_line(std::string_view text);
    void header_of_finra(const Fields& fields, std::size_t count, std::string_view text);
    void data_line(std::string_view text);
    bool state_tier(std::string_view text, std::size_t column);
    bool read_week(std::string_view text, std::optional<Date>& week);
    static bool read_date(std::string_view text, SeenDate& seen);
    bool read_shares(std::string_view text, Quantity& value);
    bool read_trades(std::string_view text, std::int64_t& value);
    void tell_number(std::string_view what, std::string_view text, std::string_view fault);
    /// Whether the row's fields spell the line they were read from, whose week and date are given.
    bool is_spelled(const Fields& fields, const RawRow& row) const;
    void reject(std::string_view text, std::optional<std::int64_t> shares = std::nullopt);
    std::optional<std::int64_t> shares_in(const Fields& fields, std::size_t count) const;
    void refuse(std::string what, std::size_t column, std::string hint);

    Sink& sink_;
    Columns columns_;
    Summary summary_;
    std::optional<Refusal> refusal_;
    std::int64_t line_ = 0;
    std::int64_t last_reject_ = 0;
    /// The line begun in an earlier piece; of an overlong one its beginning only.
    std::string carry_;
    bool line_open_ = false;
    bool overlong_ = false;

    /// Of the first row: the spelling that is remembered for all.
    std::string first_tier_text_;
    std::string tier_text_;
    Tier tier_ = Tier::nms_tier_1;
    SeenDate last_update_;
    SeenDate week_;
    std::string detail_;
    std::string raw_text_;
    /// A line whose bytes were read as Windows-1252.
    std::string decoded_;
    /// How many of the last bytes so far are NUL.
    std::uint64_t nul_tail_ = 0;
};

} // namespace finra::parse
