/// How a definition names a secret without holding it. One text, tried from left to right, the first that is there counts:
///
///     secret:env:EDGAR_KEY
///     secret:env:EDGAR_KEY|secret:file:edgar_key|default:demo key
///
/// Names are those of variables of the environment and of files in the folder of secrets. `default:` stands last and takes all that follows.
#pragma once

#include "workflow/literal.hpp"

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spine::workflow {

struct SecretSource {
    enum class Kind { env, file, otherwise };
    Kind kind = Kind::env;
    std::string name; ///< of the variable or the file; the value itself of a default

    bool operator==(const SecretSource&) const = default;
};

/// Whether a text is meant as one: it begins with "secret:". What begins so and is none is a fault, never a text.
bool means_secret(std::string_view text);
/// 1 to 8 sources.
std::variant<std::vector<SecretSource>, Misfit> parse_secret(std::string_view text);
/// Whether a text that means a secret stands anywhere in a value.
bool holds_secret(const boost::json::value& value);

} // namespace spine::workflow
