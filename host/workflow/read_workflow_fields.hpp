/// Takes the fields of a mapping one by one, notes every fault on the way, and remembers where things stand. For `read_workflow*.cpp` only.
#pragma once

#include "workflow/yaml_document.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::workflow {

/// What the readers of one text share.
struct Reading {
    std::string_view source;
    const std::string& file;
    Diagnostics faults;
    Places places;
    std::size_t steps = 0;

    void fault(Place place, std::string message, std::string hint);
    /// The nearest of some names, while somebody will still read it.
    std::string nearest_of(std::string_view name, const std::vector<std::string>& candidates) const;
    void note(const std::string& path, Place place);
};

/// One mapping. A field that is null counts as left out.
class Fields {
public:
    /// `what` begins its messages: "the workflow", "step 'ingest'".
    Fields(Reading& reading, const YamlNode& mapping, std::string what, std::string path)
        : reading_{reading}, mapping_{mapping}, what_{std::move(what)}, path_{std::move(path)} {}

    /// The field by its name or one of its other spellings; null when it is not there.
    const YamlNode* take(std::initializer_list<std::string_view> spellings);
    bool has(std::string_view name) const;

    std::string text(std::initializer_list<std::string_view> spellings);
    std::string required_text(std::string_view name, std::string_view example);
    std::string required_text(std::initializer_list<std::string_view> spellings, std::string_view example);
    std::vector<std::string> texts(std::initializer_list<std::string_view> spellings);
    std::optional<bool> boolean(std::initializer_list<std::string_view> spellings);
    std::optional<std::int64_t> natural(std::initializer_list<std::string_view> spellings);
    enum class Zero { allowed, refused };
    std::optional<double> number(std::initializer_list<std::string_view> spellings, Zero zero);
    std::optional<boost::json::value> value(std::initializer_list<std::string_view> spellings);
    boost::json::object object(std::initializer_list<std::string_view> spellings);
    /// One of `words`, by its index.
    std::optional<std::size_t> word(std::initializer_list<std::string_view> spellings,
                                    const std::vector<std::string>& words);
    /// A mapping; a fault when it is something else.
    const YamlNode* mapping(std::initializer_list<std::string_view> spellings);

    /// Tells of what nobody took. `elsewhere` says of a name where it belongs, or nothing.
    void finish(std::string (*elsewhere)(std::string_view name) = nullptr);

    const std::string& what() const { return what_; }
    std::string path_of(std::string_view name) const;
    void fault(const YamlNode& node, const std::string& name, const std::string& message, std::string hint);

private:
    std::optional<std::string> scalar_text(const YamlNode& node, const std::string& name);

    Reading& reading_;
    const YamlNode& mapping_;
    std::string what_;
    std::string path_;
    std::vector<std::string_view> known_; ///< names from the source: they outlive everything
    std::vector<std::string_view> taken_;
};

/// "a list", "the text 'x'", for messages.
std::string found(const YamlNode& node);
/// A text for a message, cut when it is long.
std::string quoted(std::string_view text);
/// A node as a value, by the core schema; texts that begin like a path must be one.
boost::json::value json_of(Reading& reading, const YamlNode& node, const std::string& path);
/// Faults of a condition, with their column in the file.
void check_condition(Reading& reading, const YamlNode& node, const std::string& what);

} // namespace spine::workflow
