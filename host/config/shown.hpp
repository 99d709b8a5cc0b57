/// How settings are shown to people: without passwords.
#pragma once

#include <string>
#include <string_view>

namespace spine::config {

/// The text with *** for the password of every URL in it (scheme://user:PASSWORD@host) and for the values of password=, token= and their like.
std::string without_passwords(std::string_view text);

/// A setting's value as it may be shown: like `without_passwords`, and *** for the value of a key that by its name is a secret
/// (…password, …token, …secret, …api_key), unless it is a reference to one.
std::string shown(std::string_view name, std::string_view value);

} // namespace spine::config
