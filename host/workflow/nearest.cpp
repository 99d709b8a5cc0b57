#include "workflow/catalogue.hpp"

#include <algorithm>

namespace spine::workflow {
namespace {

constexpr std::size_t name_max = 256;

std::string lowered(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

} // namespace

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
    if (name.empty() || name.size() > name_max)
        return {};
    const auto meant = lowered(name);
    std::string best;
    std::size_t best_distance = 0;
    for (const auto& candidate : candidates) {
        if (candidate.empty() || candidate.size() > name_max)
            continue;
        const auto apart = distance(meant, lowered(candidate));
        // A third of the longer one may be wrong, and something must be left of the shorter one.
        const auto allowed = std::max<std::size_t>(1, std::max(name.size(), candidate.size()) / 3);
        if (apart > allowed || apart >= std::min(name.size(), candidate.size()))
            continue;
        if (best.empty() || apart < best_distance) {
            best = candidate;
            best_distance = apart;
        }
    }
    return best;
}

} // namespace spine::workflow
