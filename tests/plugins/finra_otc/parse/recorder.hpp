// A sink that keeps what it was given, and whole files as texts.
#pragma once

#include "parse/parser.hpp"
#include "schema/line.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace finra {

inline std::ostream& operator<<(std::ostream& out, Quantity quantity) {
    return out << decimal_text(quantity);
}

} // namespace finra

namespace finra::parse {

struct KeptRow {
    std::int64_t line = 0;
    Tier tier = Tier::nms_tier_1;
    std::string tier_text, symbol, issue_name, venue_name, mpid;
    Quantity shares{};
    std::int64_t trades = 0;
    std::optional<Date> last_update, week;
    std::string line_text{};
    bool is_spelled = false;

    bool operator==(const KeptRow&) const = default;
};

struct KeptReject {
    std::int64_t line = 0;
    Reason reason = Reason::parse_error;
    std::string detail, raw_text;
    std::optional<std::int64_t> shares{};

    bool operator==(const KeptReject&) const = default;
};

struct Recorder : Sink {
    std::vector<KeptRow> rows;
    std::vector<KeptReject> rejects;
    int misspelled = 0;

    void row(const RawRow& row) override {
        rows.push_back({row.line,
                        row.tier,
                        std::string(row.tier_text),
                        std::string(row.symbol),
                        std::string(row.issue_name),
                        std::string(row.venue_name),
                        std::string(row.mpid),
                        row.shares,
                        row.trades,
                        row.last_update,
                        row.week,
                        std::string(row.line_text),
                        row.is_spelled});
        // What is called spelled is spelled, or a reject would show what never stood in the file.
        RawRow spelled = row;
        spelled.line_text = {};
        std::string line;
        write_line(spelled, line);
        misspelled += row.is_spelled && line != row.line_text ? 1 : 0;
    }
    void reject(const RejectedRow& row) override {
        rejects.push_back(
            {row.line, row.reason, std::string(row.detail), std::string(row.raw_text), row.shares});
    }
};

inline const std::string finra_header = "tierDescription|issueSymbolIdentifier|issueName|"
                                        "marketParticipantName|MPID|totalWeeklyShareQuantity|"
                                        "totalWeeklyTradeCount|lastUpdateDate\n";
inline const std::string simple_header = "WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n";

/// The answer about `file`, handed over in pieces of `piece` bytes.
inline Answer<Summary>
parsed(std::string_view file, Recorder& recorder, std::size_t piece = 1 << 20) {
    Parser parser(recorder);
    while (!file.empty() && parser.feed(file.substr(0, piece)))
        file.remove_prefix(std::min(piece, file.size()));
    return parser.finish();
}

inline std::optional<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

} // namespace finra::parse
