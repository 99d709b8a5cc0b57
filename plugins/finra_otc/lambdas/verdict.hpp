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

/// Tells the reasons as the output `reasons`.
void tell(spine::Check& check, const std::vector<std::string>& reasons);

/// The data are not as they must be (DATA_QUALITY); the message is `reasons`, joined by `; `.
spine::Error data_quality(const std::vector<std::string>& reasons, std::string_view hint);
/// A gate stays shut (QUALITY_GATE): `Quality gate failed: ` and the reasons.
spine::Error quality_gate(const std::vector<std::string>& reasons, std::string_view hint);

} // namespace finra
