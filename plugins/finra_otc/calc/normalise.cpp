#include "calc/normalise.hpp"

#include "schema/ascii.hpp"
#include "schema/line.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace finra::calc {

namespace {

constexpr bool is_letter(char c) { return is_capital(upper(c)); }
constexpr bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }

/// Whether `suffix`, with the mark that it begins with, may end a symbol.
bool is_suffix(std::string_view suffix) {
    const char mark = suffix.front();
    constexpr std::string_view marks = ".-/+$= ";
    constexpr std::string_view stand_alone = "-+$=";
    const std::string_view rest = suffix.substr(1);
    if (marks.find(mark) == std::string_view::npos)
        return false;
    if (rest.empty())
        return stand_alone.find(mark) != std::string_view::npos;
    return rest.size() <= (mark == '$' ? 1U : 2U) &&
           std::all_of(rest.begin(), rest.end(), is_alphanumeric);
}

std::optional<Reason> broken_rule(const RawRow& row,
                                  const std::optional<Symbol>& symbol,
                                  const std::optional<Venue>& venue) {
    if (trim(row.symbol).empty())
        return Reason::empty_symbol;
    if (!symbol)
        return Reason::invalid_symbol;
    if (!venue)
        return trim(row.mpid).empty() ? Reason::empty_mpid : Reason::invalid_mpid;
    if (row.shares < 0)
        return Reason::negative_volume;
    if (row.trades < 0)
        return Reason::negative_trades;
    if (row.shares == 0 && row.trades == 0)
        return Reason::zero_activity;
    return std::nullopt;
}

std::string_view explanation(Reason reason) {
    switch (reason) {
    case Reason::empty_symbol:
        return "the symbol is empty";
    case Reason::invalid_symbol:
        return "the symbol is not a letter, then letters and digits, then at most one suffix of up "
               "to "
               "two of them (one after $), ten characters in all";
    case Reason::empty_mpid:
        return "there is no MPID, and no firm's name of up to 251 bytes in its place";
    case Reason::invalid_mpid:
        return "the MPID is not four letters or digits";
    case Reason::negative_volume:
        return "the share quantity is negative";
    case Reason::negative_trades:
        return "the trade count is negative";
    case Reason::zero_activity:
        return "there are neither shares nor trades";
    case Reason::duplicate_key:
    case Reason::conflicting_duplicate:
    case Reason::parse_error:
        break; // these name a line or a field
    }
    return "";
}

std::string figures_of(const VenueVolume& volume) {
    return decimal_text(volume.shares) + " shares in " + std::to_string(volume.trades) + " trades";
}

} // namespace

std::optional<Symbol> symbol_from_text(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.empty() || !is_letter(trimmed.front()))
        return std::nullopt;
    const auto end = std::find_if_not(trimmed.begin(), trimmed.end(), is_alphanumeric);
    const auto root = static_cast<std::size_t>(end - trimmed.begin());
    if (root < trimmed.size() && !is_suffix(trimmed.substr(root)))
        return std::nullopt;
    return Symbol::from(trimmed);
}

std::optional<Venue> participant_from_text(std::string_view text) {
    const std::string_view trimmed = trim(text);
    std::array<char, 4> capitals{};
    if (trimmed.size() != capitals.size() ||
        !std::all_of(trimmed.begin(), trimmed.end(), is_alphanumeric))
        return std::nullopt;
    std::transform(trimmed.begin(), trimmed.end(), capitals.begin(), upper);
    return Venue::from({capitals.data(), capitals.size()});
}

void Normaliser::add(const RawRow& row) {
    ++result_.raw_rows;
    const bool has_mpid = !trim(row.mpid).empty();
    const std::string_view firm = trim(row.venue_name);
    if (trim(row.symbol).empty() || (!has_mpid && firm.empty()))
        ++result_.rows_with_null;
    const auto symbol = symbol_from_text(row.symbol);
    auto venue = has_mpid ? participant_from_text(row.mpid) : Venue::firm(firm);
    if (const auto reason = broken_rule(row, symbol, venue)) {
        reject(row, *reason, explanation(*reason), row.shares.shares);
        return;
    }
    if (result_.rows.empty()) {
        tier_text_ = row.tier_text;
        common_.tier = row.tier;
        common_.layout = row.layout;
        common_.week = row.week;
    }
    // Later only the row is at hand, whose keys may be spelled otherwise than the line's.
    const bool spells_line = row.is_spelled && row.symbol == symbol->view() &&
                             row.mpid == (has_mpid ? venue->view() : "");
    if (!spells_line)
        write_line(row, raw_text_);
    result_.rows.push_back({{*symbol, std::move(*venue), row.shares, row.trades, row.last_update},
                            row.line,
                            result_.issue_names.add(row.issue_name),
                            result_.venue_names.add(row.venue_name),
                            spells_line ? 0 : result_.line_texts.add(raw_text_)});
}

Normalised Normaliser::finish() {
    const auto by_key_and_line = [](const NormalisedRow& left, const NormalisedRow& right) {
        return std::tie(left.volume.symbol, left.volume.mpid, left.line) <
               std::tie(right.volume.symbol, right.volume.mpid, right.line);
    };
    // Published files are sorted already.
    if (!std::is_sorted(result_.rows.begin(), result_.rows.end(), by_key_and_line))
        std::sort(result_.rows.begin(), result_.rows.end(), by_key_and_line);
    reject_duplicates();
    return std::move(result_);
}

void Normaliser::reject(const RawRow& row,
                        Reason reason,
                        std::string_view detail,
                        std::int64_t shares) {
    ++result_.rejects;
    write_line(row, raw_text_);
    rejects_.reject({row.line, reason, detail, raw_text_, shares});
}

void Normaliser::reject_duplicates() {
    std::vector<NormalisedRow>& rows = result_.rows;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const NormalisedRow& row = rows[i];
        const bool duplicate = kept > 0 && rows[kept - 1].volume.symbol == row.volume.symbol &&
                               rows[kept - 1].volume.mpid == row.volume.mpid;
        if (!duplicate) {
            if (kept != i)
                rows[kept] = std::move(rows[i]);
            ++kept;
            continue;
        }
        const NormalisedRow& first = rows[kept - 1];
        const bool conflicting =
            first.volume.shares != row.volume.shares || first.volume.trades != row.volume.trades;
        RawRow raw = common_;
        raw.line = row.line;
        raw.tier_text = tier_text_;
        raw.symbol = row.volume.symbol.view();
        raw.issue_name = result_.issue_names.text(row.issue_name);
        raw.venue_name = result_.venue_names.text(row.venue_name);
        raw.mpid = row.volume.mpid.is_firm() ? std::string_view{} : row.volume.mpid.view();
        raw.shares = row.volume.shares;
        raw.trades = row.volume.trades;
        raw.last_update = row.volume.last_update;
        raw.line_text = result_.line_texts.text(row.line_text);
        result_.conflicts += conflicting ? 1 : 0;
        const std::string earlier = std::to_string(first.line);
        reject(raw,
               conflicting ? Reason::conflicting_duplicate : Reason::duplicate_key,
               conflicting ? "line " + earlier + " says " + figures_of(first.volume) +
                                 ", this line says " + figures_of(row.volume) +
                                 " of the same symbol and venue; line " + earlier + " is kept"
                           : "symbol and venue are those of line " + earlier,
               // What is said twice is not lost.
               raw.shares == first.volume.shares ? 0 : raw.shares.shares);
    }
    rows.resize(kept);
}

} // namespace finra::calc
