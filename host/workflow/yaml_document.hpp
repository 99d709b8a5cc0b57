/// YAML text as a tree of nodes with their places, made from yaml-cpp's parser events so that duplicate keys, cyclic anchors and floods
/// of aliases are seen. Says nothing about what the nodes mean.
#pragma once

#include "workflow/definition.hpp"
#include "workflow/diagnostic.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::workflow {

struct YamlNode {
    enum class Kind { null, plain, quoted, list, mapping };

    struct Member {
        std::string key;
        Place place;
        const YamlNode* value = nullptr;
    };

    Kind kind = Kind::null;
    std::string text; ///< of a scalar
    Place place;
    std::size_t offset = 0; ///< in the text, where the node begins: its anchor if it has one
    std::vector<const YamlNode*> items;
    std::vector<Member> members; ///< in the order of the text, each key once
    std::size_t nodes = 1;       ///< with everything below, aliases expanded
    std::size_t bytes = 0;       ///< of all scalars below, the same way
    std::size_t height = 0;      ///< lists and mappings on the way down, itself included

    bool is_scalar() const noexcept { return kind == Kind::plain || kind == Kind::quoted; }
    const YamlNode* find(std::string_view key) const;
};

/// Keeps the nodes of one text; an alias leads to the node of its anchor.
class YamlDocument {
public:
    const YamlNode* root = nullptr; ///< null: the text is empty or was not read to its end
    Diagnostics faults;

    YamlNode& add();

private:
    std::deque<YamlNode> nodes_;
};

/// All faults that do not end the reading, and the one that does. Limits: 1 MiB of text and 1 Mi of weight (a byte weighs 1, a mark of YAML or a
/// line end 3, a bracket that opens 5), depth 64, 100 aliases, 100,000 nodes and 2 MiB of texts with aliases expanded, keys of 1,024 bytes. Tags, merge keys, several documents, control characters and what is not UTF-8 are refused; a byte
/// order mark of UTF-8 is passed over.
YamlDocument read_yaml_document(std::string_view text, const std::string& file);

/// The place of the `character`th character (from 0) of a scalar's value, if the scalar stands in one line of the source without escapes
/// that would blur it.
std::optional<Place> place_within(const YamlNode& scalar, std::string_view source, std::size_t character);

} // namespace spine::workflow
