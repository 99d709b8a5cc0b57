// Measured expectations and numbers on their way to the host.
#pragma once

#include "calc/quality.hpp"
#include "schema/date.hpp"

#include <array>
#include <optional>
#include <span>
#include <spine/plugin.hpp>
#include <string_view>

namespace finra {

void record(spine::Attempt& attempt, std::span<const calc::Check> checks, std::uint32_t output);

/// The figures that every pipeline tells of its work.
struct Figures {
    std::int64_t row_count = 0;
    std::int64_t reject_count = 0;
    /// Rows with an empty required field, and of how many rows they are.
    std::int64_t null_count = 0;
    std::int64_t rows_read = 0;
};
/// Tells them as outputs: row_count, reject_count, error_count (the same number), null_count and
/// null_rate.
void tell(spine::Attempt& attempt, const Figures& figures);

/// Tells what rejects cost as outputs, which the manifest keeps with the stage: kept_lines,
/// kept_shares, rejected_lines, rejected_shares, lines_without_shares; and reject_rows_share and
/// reject_shares_share, which are null of nothing.
void tell(spine::Attempt& attempt, const calc::RejectCost& cost);
/// What a stage has told of it, from its manifest row; nullopt if it has told nothing.
std::optional<calc::RejectCost> reject_cost_of(std::string_view metrics);

/// Hundredths as the double that reads as the same decimal.
inline double decimal(std::int64_t hundredths) { return static_cast<double>(hundredths) / 100.0; }
inline std::optional<double> decimal(std::optional<std::int64_t> hundredths) {
    return hundredths ? std::optional(decimal(*hundredths)) : std::nullopt;
}

/// The ISO text of a date; neighbouring rows mostly repeat it. The view is valid until the next
/// call.
class DateText {
public:
    std::optional<std::string_view> of(std::optional<Date> date) {
        if (!date)
            return std::nullopt;
        if (date_ != date) {
            date_ = date;
            text_ = iso_chars(*date);
        }
        return std::string_view{text_.data(), text_.size()};
    }

private:
    std::optional<Date> date_;
    std::array<char, 10> text_{};
};

} // namespace finra
