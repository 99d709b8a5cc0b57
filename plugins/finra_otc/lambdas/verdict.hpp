// How a check says no: a failure whose message holds every reason, and the reasons as an output.
#pragma once

#include <spine/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace finra {

/// `percent(0.02, 2)` is `2.00%`.
std::string percent(double fraction, int decimals);
/// A limit as a person writes it: `1%`, `0.5%`; up to four decimals.
std::string percent(double limit);

/// `A, B and 7 more`: the first ten of them.
std::string listed(const std::vector<std::string>& texts);

/// What a check found against the data. What a person has accepted (`accept_loss`) is a warning.
struct Findings {
    /// The data are not as they must be: DATA_QUALITY.
    std::vector<std::string> faults;
    /// Too little came in, or too much was lost: QUALITY_GATE.
    std::vector<std::string> losses;
    std::vector<std::string> accepted;

    /// Losses become what was accepted.
    void accept_losses();
    std::vector<std::string> reasons() const;
};

/// Whether the run was begun with `accept_loss` by a person.
bool accepts_loss(const spine::Check& check);

/// What the lines that were rejected up to `step` cost, where that is above the domain's limits
/// (reject_rows_fail, reject_shares_fail); nothing if the step tells nothing of it.
std::vector<std::string> reject_losses(const spine::Check& check, std::string_view step);

/// What to do about a loss.
inline constexpr std::string_view way_on =
    "look at the file and at its rejects; if the loss is right, say so: -p accept_loss=true";

/// Tells the reasons as the output `reasons`.
void tell(spine::Check& check, const std::vector<std::string>& reasons);
/// Tells what was accepted as the output `accepted`, and as an event.
void tell_accepted(spine::Check& check, const Findings& findings);

/// The data are not as they must be (DATA_QUALITY); the message is `reasons`, joined by `; `.
spine::Error data_quality(const std::vector<std::string>& reasons, std::string_view hint);
/// The same as QUALITY_GATE if anything of it is a loss.
spine::Error failure_of(const Findings& findings, std::string_view hint);
/// A gate stays shut (QUALITY_GATE): `Quality gate failed: ` and the reasons.
spine::Error quality_gate(const std::vector<std::string>& reasons, std::string_view hint);

} // namespace finra
