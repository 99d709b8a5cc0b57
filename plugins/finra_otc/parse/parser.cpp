#include "parse/parser.hpp"

#include "parse/utf8.hpp"
#include "schema/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace finra::parse {

namespace {

constexpr std::array<std::string_view, 8> finra_header{"tierDescription",
                                                       "issueSymbolIdentifier",
                                                       "issueName",
                                                       "marketParticipantName",
                                                       "MPID",
                                                       "totalWeeklyShareQuantity",
                                                       "totalWeeklyTradeCount",
                                                       "lastUpdateDate"};
constexpr std::array<std::string_view, 6> simple_header{
    "WeekEnding", "Tier", "Symbol", "MPID", "TotalShares", "TotalTrades"};

constexpr std::string_view two_headers =
    "the first line must be "
    "tierDescription|issueSymbolIdentifier|issueName|marketParticipantName|MPID|"
    "totalWeeklyShareQuantity|totalWeeklyTradeCount|lastUpdateDate, or "
    "WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades";

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// How much of a text a message quotes.
constexpr std::size_t quote_max = 64;

std::string quoted(std::string_view text) {
    std::string printable;
    write_escaped(text, quote_max, printable);
    return "'" + printable + (text.size() > quote_max ? "…'" : "'");
}

/// The number of fields, of which the first ones are put into `fields`; as many as there is room
/// for at the most.
template <std::size_t N>
std::size_t split(std::string_view line, std::array<std::string_view, N>& fields) {
    const char* at = line.data();
    const char* const end = at + line.size();
    for (std::size_t count = 0; count < N; ++count) {
        const auto left = static_cast<std::size_t>(end - at);
        const auto* bar =
            left == 0 ? nullptr : static_cast<const char*>(std::memchr(at, '|', left));
        if (bar == nullptr) {
            fields[count] = {at, left};
            return count + 1;
        }
        fields[count] = {at, static_cast<std::size_t>(bar - at)};
        at = bar + 1;
    }
    return N;
}

bool looks_like_utf16(std::string_view line) {
    return line.substr(0, 2) == "\xFF\xFE" || line.substr(0, 2) == "\xFE\xFF" ||
           classify(line) == Bytes::has_nul;
}

/// The whole part of a number, with or without decimals; nullopt of anything else.
std::optional<std::int64_t> leading_number(std::string_view text) {
    const std::string_view trimmed = trim(text);
    const char* const end = trimmed.data() + trimmed.size();
    std::int64_t value = 0;
    const auto [last, error] = std::from_chars(trimmed.data(), end, value);
    if (error != std::errc{} || (last != end && *last != '.'))
        return std::nullopt;
    const bool decimals = std::all_of(last == end ? end : last + 1, end, is_digit);
    return decimals ? std::optional(value) : std::nullopt;
}

template <std::size_t N, std::size_t M>
bool is_header(const std::array<std::string_view, N>& fields,
               std::size_t count,
               const std::array<std::string_view, M>& header) {
    static_assert(M < N);
    return count == M &&
           std::equal(header.begin(), header.end(), fields.begin(), [](auto name, auto field) {
               return same_ignoring_case(name, trim(field));
           });
}

/// A whole number as it would be written again: digits without zeros before them.
bool is_plain(std::string_view text) {
    return !text.empty() && (text.front() != '0' || text.size() == 1) &&
           std::all_of(text.begin(), text.end(), is_digit);
}

} // namespace

bool Parser::feed(std::string_view bytes) {
    count_nul_tail(bytes);
    while (!bytes.empty() && !refusal_) {
        const auto* newline =
            static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
        if (newline == nullptr) {
            keep(bytes);
            break;
        }
        const auto size = static_cast<std::size_t>(newline - bytes.data());
        const std::string_view piece = bytes.substr(0, size);
        bytes.remove_prefix(size + 1);
        if (line_open_ || piece.size() > line_size_max) {
            keep(piece);
            line_open_ = false;
            line(carry_);
            carry_.clear();
            overlong_ = false;
        } else {
            line(piece);
        }
    }
    return !refusal_;
}

/// A disk that lost its power leaves blocks of NUL at the end of what was being written.
void Parser::count_nul_tail(std::string_view bytes) {
    const std::size_t text_end = bytes.find_last_not_of('\0');
    if (text_end == std::string_view::npos)
        nul_tail_ += bytes.size();
    else
        nul_tail_ = bytes.size() - text_end - 1;
}

Answer<Summary> Parser::finish() {
    if (!refusal_ && line_ > 0 && nul_tail_ > nul_tail_max)
        refuse("the file ends with " + std::to_string(nul_tail_) +
                   " NUL bytes: it is cut short, its end was never written",
               0,
               "fetch the file again");
    if (!refusal_ && line_open_) {
        summary_.last_newline_missing = true;
        line(carry_);
    }
    if (!refusal_ && (line_ == 0 || (columns_.count == 0 && summary_.data_lines == 0)))
        refuse("the file is empty", 0, std::string(two_headers));
    if (!refusal_ && summary_.data_lines == 0)
        refuse("the file has a header and no data lines", 0, "check that it was downloaded whole");
    if (refusal_)
        return *refusal_;
    summary_.last_line_rejected = last_reject_ == line_;
    return summary_;
}

/// Keeps a piece of a line that goes on in the next one, or is overlong.
void Parser::keep(std::string_view piece) {
    line_open_ = true;
    if (overlong_)
        return;
    if (carry_.size() + piece.size() <= line_size_max) {
        carry_.append(piece);
        return;
    }
    overlong_ = true;
    if (carry_.size() < raw_text_max)
        carry_.append(piece.substr(0, raw_text_max - carry_.size()));
    carry_.resize(raw_text_max);
    // Nothing can make a header of it, and the end of the line may be far.
    if (line_ == 0)
        line(carry_);
}

void Parser::line(std::string_view text) {
    if (refusal_)
        return;
    ++line_;
    if (line_ == 1) {
        first_line(text);
        return;
    }
    data_line(text);
}

void Parser::first_line(std::string_view text) {
    if (looks_like_utf16(text)) {
        refuse("the file is UTF-16 or binary", 1, "convert it to UTF-8 first");
        return;
    }
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
        text.remove_prefix(byte_order_mark.size());
    if (!text.empty() && text.back() == '\r')
        text.remove_suffix(1);
    if (text.empty()) {
        // Alone it is an empty file, which the end of the file tells from a blank line before the
        // header.
        if (line_open_)
            return;
        refuse("the first line is empty", 1, std::string(two_headers));
        return;
    }
    if (overlong_ || classify(text) == Bytes::invalid) {
        refuse(overlong_ ? "the first line is longer than 65536 bytes"
                         : "the first line is not UTF-8",
               1,
               std::string(two_headers));
        return;
    }

    Fields fields;
    const std::size_t count = split(text, fields);
    const bool simple = is_header(fields, count, simple_header);
    const bool simple_data = count == simple_header.size() && date_from_iso(trim(fields[0]));
    if (!simple && !simple_data) {
        header_of_finra(fields, count, text);
        return;
    }
    summary_.layout = Layout::simple;
    summary_.has_week_column = true;
    columns_.count = simple_header.size();
    columns_.week = 0;
    columns_.week_column = WeekColumn::ending;
    columns_.tier = 1;
    columns_.symbol = 2;
    columns_.mpid = 3;
    columns_.shares = 4;
    columns_.trades = 5;
    if (simple_data)
        data_line(text);
}

void Parser::header_of_finra(const Fields& fields, std::size_t count, std::string_view text) {
    const auto column_of = [&](std::size_t field) {
        return static_cast<std::size_t>(fields[field].data() - text.data()) + 1;
    };
    std::array<std::size_t, finra_header.size()> places{};
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view field = trim(fields[i]);
        const bool ending = same_ignoring_case(field, "WeekEnding");
        const bool start = same_ignoring_case(field, "weekStartDate");
        if ((ending || start) && columns_.week_column == WeekColumn::none) {
            columns_.week = i;
            columns_.week_column = ending ? WeekColumn::ending : WeekColumn::start;
            continue;
        }
        if (found == finra_header.size()) {
            refuse("the header has a column too many: " + quoted(field),
                   column_of(i),
                   std::string(two_headers));
            return;
        }
        if (!same_ignoring_case(field, finra_header[found])) {
            refuse("the header is not that of a FINRA weekly file: field " + std::to_string(i + 1) +
                       " is " + quoted(field) + ", expected '" + std::string(finra_header[found]) +
                       "'",
                   column_of(i),
                   std::string(two_headers));
            return;
        }
        places[found++] = i;
    }
    if (found != finra_header.size()) {
        refuse("the header ends too early: expected '" + std::string(finra_header[found]) +
                   "' next",
               text.size() + 1,
               std::string(two_headers));
        return;
    }
    summary_.layout = Layout::finra;
    summary_.has_week_column = columns_.week_column != WeekColumn::none;
    summary_.weeks_are_starts = columns_.week_column == WeekColumn::start;
    columns_.count = count;
    columns_.tier = places[0];
    columns_.symbol = places[1];
    columns_.issue_name = places[2];
    columns_.venue_name = places[3];
    columns_.mpid = places[4];
    columns_.shares = places[5];
    columns_.trades = places[6];
    columns_.last_update = places[7];
}

void Parser::data_line(std::string_view text) {
    ++summary_.data_lines;
    if (overlong_) {
        detail_ = "the line is longer than 65536 bytes";
        reject(text);
        return;
    }
    if (!text.empty() && text.back() == '\r')
        text.remove_suffix(1);
    const Bytes bytes = classify(text);
    const bool is_windows_1252 = bytes == Bytes::invalid && read_windows_1252(text, decoded_);
    if (bytes == Bytes::has_nul || (bytes == Bytes::invalid && !is_windows_1252)) {
        detail_ = bytes == Bytes::has_nul ? "the line holds a NUL byte"
                                          : "the line is neither UTF-8 nor Windows-1252";
        reject(text);
        return;
    }
    const std::string_view line = is_windows_1252 ? std::string_view(decoded_) : text;

    Fields fields;
    const std::size_t count = split(line, fields);
    if (count != columns_.count) {
        detail_ = text.empty()
                      ? "the line is empty"
                      : (count == fields_max ? "more than " + std::to_string(fields_max - 1)
                                             : std::to_string(count)) +
                            (count == 1 ? " field" : " fields");
        detail_ += ", expected " + std::to_string(columns_.count) + " fields";
        reject(text, shares_in(fields, count));
        return;
    }
    const auto field = [&](std::size_t column) {
        return column == absent ? std::string_view{} : fields[column];
    };

    const std::string_view tier_text = field(columns_.tier);
    if (!state_tier(tier_text, static_cast<std::size_t>(tier_text.data() - line.data()) + 1))
        return;

    RawRow row;
    row.line = line_;
    row.layout = summary_.layout;
    row.tier = tier_;
    row.tier_text = tier_text;
    row.symbol = field(columns_.symbol);
    row.issue_name = field(columns_.issue_name);
    row.venue_name = field(columns_.venue_name);
    row.mpid = field(columns_.mpid);
    const std::string_view shares = trim(field(columns_.shares));
    const std::string_view trades = trim(field(columns_.trades));
    const bool states_week = columns_.week_column != WeekColumn::none;
    const bool has_venue = !trim(row.mpid).empty() || !trim(row.venue_name).empty();
    if (trim(row.symbol).empty() || !has_venue || shares.empty() || trades.empty() ||
        (states_week && trim(field(columns_.week)).empty()))
        ++summary_.lines_with_null;

    if (states_week && !read_week(field(columns_.week), row.week)) {
        reject(text, shares_in(fields, count));
        return;
    }
    if (!read_shares(shares, row.shares) || !read_trades(trades, row.trades)) {
        reject(text, shares_in(fields, count));
        return;
    }
    if (const std::string_view updated = trim(field(columns_.last_update)); !updated.empty()) {
        if (!read_date(updated, last_update_)) {
            detail_ = "lastUpdateDate " + quoted(updated) + " is no date (YYYY-MM-DD)";
            reject(text, shares_in(fields, count));
            return;
        }
        row.last_update = last_update_.date;
        if (!summary_.first_last_update)
            summary_.first_last_update = row.last_update;
        summary_.newest_last_update = std::max(summary_.newest_last_update, row.last_update);
    }
    if (summary_.rows == 0)
        first_tier_text_ = tier_text;
    row.line_text = text;
    if (is_windows_1252 || has_escapes(text)) {
        write_escaped(text, raw_text_max, raw_text_);
        row.line_text = raw_text_;
    } else {
        row.is_spelled = is_spelled(fields, row);
    }
    summary_.rows_of_windows_1252 += is_windows_1252 ? 1 : 0;
    ++summary_.rows;
    sink_.row(row);
}

/// False if the text names no tier, which refuses the file: a row must not end up in the wrong one.
bool Parser::state_tier(std::string_view text, std::size_t column) {
    if (summary_.tiers.empty() || text != tier_text_) {
        const auto tier = tier_from_text(text);
        if (!tier) {
            refuse("unknown tier " + quoted(text),
                   column,
                   "the tiers are " + std::string(valid_tiers));
            return false;
        }
        tier_text_ = text;
        tier_ = *tier;
    }
    auto seen = std::find_if(summary_.tiers.begin(),
                             summary_.tiers.end(),
                             [&](const TierLines& lines) { return lines.tier == tier_; });
    if (seen == summary_.tiers.end())
        seen = summary_.tiers.insert(seen, {tier_, 0, line_});
    ++seen->lines;
    return true;
}

bool Parser::read_week(std::string_view text, std::optional<Date>& week) {
    const std::string_view trimmed = trim(text);
    const bool starts = columns_.week_column == WeekColumn::start;
    if (!read_date(trimmed, week_)) {
        detail_ = (starts ? "weekStartDate " : "WeekEnding ") + quoted(trimmed) +
                  " is no date (YYYY-MM-DD)";
        return false;
    }
    week = *week_.date;
    auto seen = std::find_if(summary_.weeks.begin(),
                             summary_.weeks.end(),
                             [&](const WeekLines& lines) { return lines.week == *week; });
    if (seen == summary_.weeks.end()) {
        if (summary_.weeks.size() == weeks_max) {
            ++summary_.lines_of_further_weeks;
            return true;
        }
        seen = summary_.weeks.insert(seen, {*week, 0, line_});
    }
    ++seen->lines;
    return true;
}

bool Parser::read_date(std::string_view text, SeenDate& seen) {
    if (seen.date && text == seen.text)
        return true;
    const auto date = date_from_iso(text);
    if (!date)
        return false;
    seen.text = text;
    seen.date = date;
    return true;
}

bool Parser::read_shares(std::string_view text, Quantity& value) {
    const auto answer = quantity_from_text(text);
    if (const auto* quantity = std::get_if<Quantity>(&answer)) {
        value = *quantity;
        return true;
    }
    switch (std::get<QuantityFault>(answer)) {
    case QuantityFault::no_number:
        tell_number("shares", text, "is no number");
        break;
    case QuantityFault::beyond_64_bits:
        tell_number("shares", text, "is beyond 64 bits");
        break;
    case QuantityFault::beyond_millionths:
        tell_number("shares", text, "has more than six decimals");
        break;
    }
    return false;
}

bool Parser::read_trades(std::string_view text, std::int64_t& value) {
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && last == end)
        return true;
    const bool too_large = error == std::errc::result_out_of_range && last == end;
    tell_number("trades", text, too_large ? "is beyond 64 bits" : "is no whole number");
    return false;
}

void Parser::tell_number(std::string_view what, std::string_view text, std::string_view fault) {
    detail_ = std::string(what) + " " + quoted(text) + " ";
    detail_ += text.empty() ? "is empty" : fault;
}

bool Parser::is_spelled(const Fields& fields, const RawRow& row) const {
    const auto field = [&](std::size_t column) { return fields[column]; };
    if (row.tier_text != first_tier_text_ || !is_plain(field(columns_.shares)) ||
        !is_plain(field(columns_.trades)))
        return false;
    // A date that was read is ten bytes long; what is longer has blanks round it.
    if (summary_.layout == Layout::simple)
        return field(columns_.week).size() == 10;
    return columns_.week_column == WeekColumn::none &&
           field(columns_.last_update).size() == (row.last_update ? 10U : 0U);
}

void Parser::reject(std::string_view text, std::optional<std::int64_t> shares) {
    ++summary_.rejects;
    last_reject_ = line_;
    write_escaped(text, raw_text_max, raw_text_);
    sink_.reject({line_, Reason::parse_error, detail_, raw_text_, shares});
}

/// The number of shares of a line that is refused. Where fields are missing they may be so before
/// it or behind it; of two numbers the larger one counts, for shares are no fewer than trades.
std::optional<std::int64_t> Parser::shares_in(const Fields& fields, std::size_t count) const {
    std::optional<std::int64_t> found;
    if (columns_.shares < count)
        found = leading_number(fields[columns_.shares]);
    if (const std::size_t behind = columns_.count - columns_.shares;
        count < columns_.count && behind <= count)
        found = std::max(found, leading_number(fields[count - behind]));
    return found;
}

void Parser::refuse(std::string what, std::size_t column, std::string hint) {
    refusal_ = Refusal{std::move(what), line_, static_cast<long>(column), std::move(hint)};
}

} // namespace finra::parse
