#include "examples.hpp"
#include "text.hpp"

#include <cmath>

namespace examples {

namespace {

void tell(spine::Check& check, std::string_view source, double eps, double revenue) {
    check.output("source", source).output("eps", eps).output("revenue", revenue);
}

} // namespace

void fetch_bloomberg(spine::Check& check) { tell(check, "bloomberg", 1.52, 391e9); }
void fetch_factset(spine::Check& check) { tell(check, "factset", 1.50, 390e9); }

void merge_sources(spine::Check& check) {
    const double bloomberg = number_at(check, "fetch_bloomberg.eps");
    const double factset = number_at(check, "fetch_factset.eps");
    check.output("consensus_eps", (bloomberg + factset) / 2)
        .output("eps_spread", rounded(std::abs(bloomberg - factset), 6))
        .output("sources_merged", 2);
}

} // namespace examples
