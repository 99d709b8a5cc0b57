#include "cli/who.hpp"

#include "config/account.hpp"
#include "error.hpp"

namespace spine::cli {

std::string who_asks(const Session& session, const Invocation& invocation, const std::string& option) {
    auto by = invocation.value(option);
    for (const auto* variable : {"SPINE_USER", "USER"})
        if (by.empty())
            by = session.world.environment(variable).value_or("");
    if (by.empty())
        by = config::account_name();
    if (by.empty())
        throw Error{ErrorCode::usage,
                    "who does it is not known: neither SPINE_USER nor USER is set, and this account has no name",
                    "add --" + option + " NAME"};
    return by;
}

} // namespace spine::cli
