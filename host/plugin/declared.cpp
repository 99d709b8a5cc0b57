#include "plugin/declared.hpp"

#include <algorithm>

namespace spine::plugin {

namespace {

std::string checked(spine_str text, const std::string& what, std::size_t bytes_max, bool lines) {
    const auto view = view_of(text, bytes_max);
    if (!view)
        refuse({"text",
                what + (text.data == nullptr ? " without its bytes"
                                             : " of " + std::to_string(text.size) + " bytes"),
                "a text of at most " + std::to_string(bytes_max) + " bytes",
                "mend the plugin's tables"});
    if (!is_utf8(*view))
        refuse({"text",
                what + " " + quoted(*view) + " that is not UTF-8",
                "UTF-8",
                "save the plugin's sources as UTF-8"});
    const bool steers = std::any_of(view->begin(), view->end(), [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && !(lines && (c == '\n' || c == '\t'))) || byte == 0x7f;
    });
    if (steers)
        refuse({"text",
                what + " " + quoted(*view) + " with control characters",
                "plain text",
                "take them out"});
    return std::string{*view};
}

} // namespace

std::string line_of(spine_str text, const std::string& what, std::size_t bytes_max) {
    return checked(text, what, bytes_max, false);
}

std::string prose_of(spine_str text, const std::string& what, std::size_t bytes_max) {
    return checked(text, what, bytes_max, true);
}

std::string name_of(spine_str text,
                    const std::string& what,
                    bool (*is_sound)(std::string_view) noexcept,
                    const char* form) {
    auto name = line_of(text, what, name_bytes_max);
    if (!is_sound(name))
        refuse({"name", what + " " + quoted(name), form, "rename it"});
    return name;
}

std::vector<std::string> names_of(spine_str text,
                                  const std::string& what,
                                  bool (*is_sound)(std::string_view) noexcept,
                                  const char* form) {
    auto names = split_bars(line_of(text, what));
    for (auto name = names.begin(); name != names.end(); ++name) {
        if (!is_sound(*name))
            refuse({"name",
                    what + " with " + quoted(*name),
                    std::string{form} + " separated by '|'",
                    "rename it"});
        if (std::find(names.begin(), name, *name) != name)
            refuse({"name",
                    what + " with " + quoted(*name) + " twice",
                    "each name once",
                    "take one out"});
    }
    return names;
}

} // namespace spine::plugin
