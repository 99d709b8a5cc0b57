#include "plugin/ownership.hpp"

#include "plugin/refusal.hpp"
#include "plugin/text.hpp"

namespace spine::plugin {

namespace {

/// "otc_" and "otc_x_" overlap: a table otc_x_y would belong to both.
bool overlap(const std::string& a, const std::string& b) {
    return !a.empty() && !b.empty() && (a.starts_with(b) || b.starts_with(a));
}

bool share_name(const workflow::Domain& a, const workflow::Domain& b) {
    const auto called = [](const workflow::Domain& domain, const std::string& name) {
        return !name.empty() && (domain.name == name || domain.alias == name);
    };
    return called(a, b.name) || called(a, b.alias);
}

void check_domain(const workflow::Domain& domain,
                  const workflow::Domain& other,
                  const std::string& by) {
    if (share_name(domain, other))
        refuse({"domains",
                "domain " + quoted(domain.name) + " (alias " + quoted(domain.alias) + "), which " +
                    by + " brings as " + quoted(other.name) + " (alias " + quoted(other.alias) +
                    ")",
                "names that no other plugin has",
                "remove one of the files or rename the domain"});
    if (overlap(domain.table_prefix, other.table_prefix))
        refuse({"tables",
                "table_prefix " + quoted(domain.table_prefix) +
                    ", so it declares a table that is not its own: " + by + " has " +
                    quoted(other.table_prefix),
                "a prefix that no other plugin has",
                "rename its tables"});
}

} // namespace

void check_ownership(const workflow::Plugin& plugin, const std::vector<workflow::Plugin>& loaded) {
    for (const auto& other : loaded) {
        const auto by = "plugin " + quoted(other.id) + " (" + other.file + ")";
        if (other.id == plugin.id)
            refuse({"id",
                    quoted(plugin.id) + ", which is loaded from " + other.file,
                    "one file for each plugin",
                    "remove one of them"});
        for (const auto& domain : plugin.domains)
            for (const auto& taken : other.domains)
                check_domain(domain, taken, by);
    }
}

} // namespace spine::plugin
