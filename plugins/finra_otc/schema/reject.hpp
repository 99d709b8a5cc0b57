// A refused row: data like any other, with its line, its reason and what was written there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace finra {

/// In the order in which the rules are applied; a row is rejected once, for the first rule that it
/// breaks.
enum class Reason : std::uint8_t {
    parse_error,
    empty_symbol,
    invalid_symbol,
    empty_mpid,
    invalid_mpid,
    negative_volume,
    negative_trades,
    zero_activity,
    duplicate_key,
    conflicting_duplicate,
};
inline constexpr std::size_t reason_count = 10;

/// The code as stored: `PARSE_ERROR`, `EMPTY_SYMBOL`, …
constexpr std::string_view code(Reason reason) {
    switch (reason) {
    case Reason::parse_error:
        return "PARSE_ERROR";
    case Reason::empty_symbol:
        return "EMPTY_SYMBOL";
    case Reason::invalid_symbol:
        return "INVALID_SYMBOL";
    case Reason::empty_mpid:
        return "EMPTY_MPID";
    case Reason::invalid_mpid:
        return "INVALID_MPID";
    case Reason::negative_volume:
        return "NEGATIVE_VOLUME";
    case Reason::negative_trades:
        return "NEGATIVE_TRADES";
    case Reason::zero_activity:
        return "ZERO_ACTIVITY";
    case Reason::duplicate_key:
        return "DUPLICATE_KEY";
    case Reason::conflicting_duplicate:
        return "CONFLICTING_DUPLICATE";
    }
    return "PARSE_ERROR";
}

/// The texts are borrowed for the call that hands the row over.
struct RejectedRow {
    std::int64_t line = 0;
    Reason reason = Reason::parse_error;
    /// What exactly is wrong, in words.
    std::string_view detail;
    /// The line as it stood in the file, without its end (LF or CR LF): evidence is never rebuilt.
    /// It is valid UTF-8 without NUL, at most `raw_text_max` bytes: a byte that is no text is
    /// written `\xE9`, and a backslash before an x, a backslash or such a byte is doubled, so that
    /// the bytes can be had again. Every other line stands here as it is.
    std::string_view raw_text;
    /// How many shares are lost with it, as far as that can be made out: none of a row that is
    /// kept elsewhere.
    std::optional<std::int64_t> shares{};
};

/// How much of a line is kept, in bytes; the host keeps no more either.
inline constexpr std::size_t raw_text_max = 4096;

/// Takes the rejected rows, in the order in which they are found.
class RejectSink {
public:
    virtual ~RejectSink() = default;
    virtual void reject(const RejectedRow& row) = 0;
};

} // namespace finra
