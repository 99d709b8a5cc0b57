#include "workflow/secret.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace spine::workflow {
namespace {

constexpr std::size_t sources_max = 8;
constexpr std::size_t name_bytes_max = 128;
constexpr std::string_view from_env = "secret:env:", from_file = "secret:file:", otherwise = "default:";
constexpr const char* form = "write secret:env:NAME or secret:file:NAME, joined by |, and last default:TEXT";

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_variable(std::string_view name) {
    return !name.empty() && name.size() <= name_bytes_max && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}
/// One name in the folder of secrets: no way out of it.
bool is_file(std::string_view name) {
    return !name.empty() && name.size() <= name_bytes_max && name.front() != '.' &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
}

} // namespace

bool means_secret(std::string_view text) { return text.starts_with("secret:"); }

std::variant<std::vector<SecretSource>, Misfit> parse_secret(std::string_view text) {
    std::vector<SecretSource> sources;
    for (;;) {
        while (!sources.empty() && text.starts_with(' '))
            text.remove_prefix(1);
        if (sources.size() == sources_max)
            return Misfit{"a secret has more than 8 sources", form};
        if (!sources.empty() && text.starts_with(otherwise)) {
            sources.push_back({SecretSource::Kind::otherwise, std::string{text.substr(otherwise.size())}});
            return sources;
        }
        const auto bar = text.find('|');
        const auto part = trimmed(text.substr(0, bar)); // blanks may stand around a |
        // A message never holds what was written: somebody may have pasted the secret itself.
        if (part.starts_with(from_env) && is_variable(part.substr(from_env.size())))
            sources.push_back({SecretSource::Kind::env, std::string{part.substr(from_env.size())}});
        else if (part.starts_with(from_file) && is_file(part.substr(from_file.size())))
            sources.push_back({SecretSource::Kind::file, std::string{part.substr(from_file.size())}});
        else if (part.starts_with(from_env))
            return Misfit{"the name of a secret's variable holds letters, digits and _", form};
        else if (part.starts_with(from_file))
            return Misfit{"the name of a secret's file holds letters, digits, _, - and dots, and is no path", form};
        else
            return Misfit{"source " + std::to_string(sources.size() + 1) + " of a secret is none that is known", form};
        if (bar == std::string_view::npos)
            return sources;
        text.remove_prefix(bar + 1);
    }
}

bool holds_secret(const boost::json::value& value) {
    std::vector<const boost::json::value*> open{&value};
    while (!open.empty()) {
        const auto& next = *open.back();
        open.pop_back();
        if (const auto* const text = next.if_string(); text != nullptr && means_secret({text->data(), text->size()}))
            return true;
        if (const auto* const list = next.if_array())
            for (const auto& item : *list)
                open.push_back(&item);
        if (const auto* const object = next.if_object())
            for (const auto& member : *object)
                open.push_back(&member.value());
    }
    return false;
}

} // namespace spine::workflow
