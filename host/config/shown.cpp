#include "config/shown.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace spine::config {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::array<std::string_view, 9> secret_words{"password",    "passwd",     "passphrase", "secret",    "token",
                                                       "api_key",     "apikey",     "credential", "private_key"};

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Userinfo ends at the last '@' before a blank or a quote, because passwords are often written with a '/' or '@' that they should not have.
std::string without_userinfo(std::string_view text) {
    std::string out;
    for (std::size_t at = 0;;) {
        const auto scheme = text.find("://", at);
        if (scheme == std::string_view::npos)
            return out += text.substr(at);
        const auto begin = scheme + 3;
        const auto end = std::min(text.find_first_of(" \t\r\n'\"", begin), text.size());
        const auto last = text.substr(begin, end - begin).rfind('@');
        const auto colon = text.substr(begin, end - begin).find(':');
        if (last == std::string_view::npos || colon == std::string_view::npos || colon > last) {
            out += text.substr(at, end - at);
        } else {
            out += text.substr(at, begin + colon + 1 - at);
            out += hidden;
            out += text.substr(begin + last, end - begin - last);
        }
        at = end;
    }
}

/// "password=x", "sslpassword='x y'", "api_key=x": in the query of a URL, or as libpq takes them.
std::string without_assignments(std::string_view text) {
    const auto low = lower(text);
    std::string out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=')
            continue;
        const bool names_one = std::ranges::any_of(secret_words, [&](auto word) { return std::string_view{low}.substr(0, i).ends_with(word); });
        if (!names_one || i < at)
            continue;
        auto end = i + 1;
        if (end < text.size() && (text[end] == '\'' || text[end] == '"'))
            end = std::min(text.find(text[end], end + 1), text.size() - 1) + 1;
        else
            end = std::min(text.find_first_of("&; \t\r\n'\"", end), text.size());
        if (end == i + 1)
            continue;
        out += text.substr(at, i + 1 - at);
        out += hidden;
        at = end;
    }
    return out += text.substr(at);
}

} // namespace

std::string without_passwords(std::string_view text) { return without_assignments(without_userinfo(text)); }

std::string shown(std::string_view name, std::string_view value) {
    const auto key = lower(name.substr(name.rfind('.') + 1));
    const bool is_secret = std::ranges::any_of(secret_words, [&](auto word) { return key.find(word) != std::string::npos; });
    if (is_secret && !value.empty() && !value.starts_with("secret:") && key != "secrets")
        return std::string{hidden};
    return without_passwords(value);
}

} // namespace spine::config
