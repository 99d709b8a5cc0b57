#include "plugin/ownership.hpp"

#include "plugin/refusal.hpp"
#include "plugin/text.hpp"

namespace spine::plugin {

namespace {

/// "otc_" and "otc_x_" overlap: a table otc_x_y would belong to both.
bool overlap(const std::string& a, const std::string& b) {
    return !a.empty() && !b.empty() && (a.starts_with(b) || b.starts_with(a));
}

void check_domain(const workflow::Domain& domain,
                  const workflow::Domain& other,
                  const std::string& by) {
    if (overlap(domain.table_prefix, other.table_prefix))
        refuse({"tables",
                "table_prefix " + quoted(domain.table_prefix) +
                    ", so it declares a table that is not its own: " + by + " has " +
                    quoted(other.table_prefix),
                "a prefix that no other plugin has",
                "rename its tables"});
}

} // namespace

void check_prefixes(const workflow::Plugin& plugin, const std::vector<workflow::Plugin>& loaded) {
    for (const auto& other : loaded) {
        const auto by = "plugin " + quoted(other.id) + " (" + other.file + ")";
        for (const auto& domain : plugin.domains)
            for (const auto& taken : other.domains)
                check_domain(domain, taken, by);
    }
}

} // namespace spine::plugin
