#include "calc/normalise.hpp"

#include "schema/ascii.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace finra::calc {

namespace {

/// `text` trimmed and in capitals, in `buffer`; nullopt if it is longer.
template <std::size_t N>
std::optional<std::string_view> in_capitals(std::string_view text, std::array<char, N>& buffer) {
    const std::string_view trimmed = trim(text);
    if (trimmed.size() > N)
        return std::nullopt;
    for (std::size_t i = 0; i < N && i < trimmed.size(); ++i)
        buffer[i] = upper(trimmed[i]);
    return std::string_view{buffer.data(), trimmed.size()};
}

std::optional<Reason> broken_rule(const RawRow& row,
                                  const std::optional<Symbol>& symbol,
                                  const std::optional<Mpid>& mpid) {
    if (trim(row.symbol).empty())
        return Reason::empty_symbol;
    if (!symbol)
        return Reason::invalid_symbol;
    if (!mpid)
        return Reason::invalid_mpid;
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
        return "the symbol is not a letter followed by up to nine letters, digits, dots or hyphens";
    case Reason::invalid_mpid:
        return "the MPID is not four letters or digits";
    case Reason::negative_volume:
        return "the share quantity is negative";
    case Reason::negative_trades:
        return "the trade count is negative";
    case Reason::zero_activity:
        return "there are neither shares nor trades";
    case Reason::duplicate_key:
    case Reason::parse_error:
        break; // these name a line or a field
    }
    return "";
}

/// The row as layout A spells it; a text that would not fit is cut, but never inside a character.
void write_raw_text(const RawRow& row, std::string& text) {
    text = row.tier_text;
    const auto put = [&](std::string_view field) {
        text += '|';
        text += field;
    };
    put(row.symbol);
    put(row.issue_name);
    put(row.venue_name);
    put(row.mpid);
    put(std::to_string(row.shares));
    put(std::to_string(row.trades));
    put(row.last_update ? iso(*row.last_update) : std::string());
    if (text.size() <= raw_text_max)
        return;
    std::size_t size = raw_text_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    text.resize(size);
}

} // namespace

std::optional<Symbol> symbol_from_text(std::string_view text) {
    std::array<char, Symbol::size_max> buffer{};
    const auto symbol = in_capitals(text, buffer);
    if (!symbol || symbol->empty() || !is_capital(symbol->front()))
        return std::nullopt;
    const bool sound = std::all_of(symbol->begin(), symbol->end(), [](char c) {
        return is_capital(c) || is_digit(c) || c == '.' || c == '-';
    });
    return sound ? Symbol::from(*symbol) : std::nullopt;
}

std::optional<Mpid> mpid_from_text(std::string_view text) {
    std::array<char, Mpid::size_max> buffer{};
    const auto mpid = in_capitals(text, buffer);
    if (!mpid || mpid->size() != Mpid::size_max)
        return std::nullopt;
    const bool sound = std::all_of(
        mpid->begin(), mpid->end(), [](char c) { return is_capital(c) || is_digit(c); });
    return sound ? Mpid::from(*mpid) : std::nullopt;
}

void Normaliser::add(const RawRow& row) {
    ++result_.raw_rows;
    if (trim(row.symbol).empty() || trim(row.mpid).empty())
        ++result_.rows_with_null;
    const auto symbol = symbol_from_text(row.symbol);
    const auto mpid = mpid_from_text(row.mpid);
    if (const auto reason = broken_rule(row, symbol, mpid)) {
        reject(row, *reason, explanation(*reason));
        return;
    }
    if (tier_text_.empty())
        tier_text_ = row.tier_text;
    result_.rows.push_back({{*symbol, *mpid, row.shares, row.trades, row.last_update},
                            row.line,
                            result_.issue_names.add(row.issue_name),
                            result_.venue_names.add(row.venue_name)});
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

void Normaliser::reject(const RawRow& row, Reason reason, std::string_view detail) {
    ++result_.rejects;
    write_raw_text(row, raw_text_);
    rejects_.reject({row.line, reason, detail, raw_text_});
}

void Normaliser::reject_duplicates() {
    std::vector<NormalisedRow>& rows = result_.rows;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const NormalisedRow& row = rows[i];
        const bool duplicate = kept > 0 && rows[kept - 1].volume.symbol == row.volume.symbol &&
                               rows[kept - 1].volume.mpid == row.volume.mpid;
        if (!duplicate) {
            rows[kept++] = row;
            continue;
        }
        RawRow raw;
        raw.line = row.line;
        raw.tier_text = tier_text_;
        raw.symbol = row.volume.symbol.view();
        raw.issue_name = result_.issue_names.text(row.issue_name);
        raw.venue_name = result_.venue_names.text(row.venue_name);
        raw.mpid = row.volume.mpid.view();
        raw.shares = row.volume.shares;
        raw.trades = row.volume.trades;
        raw.last_update = row.volume.last_update;
        reject(raw,
               Reason::duplicate_key,
               "symbol and MPID are those of line " + std::to_string(rows[kept - 1].line));
    }
    rows.resize(kept);
}

} // namespace finra::calc
