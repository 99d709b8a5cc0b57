#include "workflow/read_workflow_fields.hpp"

#include "workflow/catalogue.hpp"
#include "workflow/core_schema.hpp"
#include "workflow/expression.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

namespace spine::workflow {
namespace {

constexpr std::size_t path_bytes_max = 256; ///< what stands deeper has the place of what is above it

std::string below(const std::string& path, std::string_view name) {
    return path.size() > path_bytes_max ? path : path + "/" + std::string{name};
}

/// Null for what is no plain scalar, or means nothing that can be kept.
boost::json::value plain_value(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::plain)
        return nullptr;
    auto value = core_schema(node.text);
    auto* kept = std::get_if<boost::json::value>(&value);
    return kept == nullptr ? boost::json::value{} : std::move(*kept);
}

} // namespace

void Reading::fault(Place place, std::string message, std::string hint) {
    faults.push_back({file, std::move(message), std::move(hint), place.line, place.column});
}

std::string Reading::nearest_of(std::string_view name, const std::vector<std::string>& candidates) const {
    constexpr std::size_t compared_max = 1'000;
    return faults.size() > compared_max ? std::string{} : nearest(name, candidates);
}

void Reading::note(const std::string& path, Place place) {
    if (path.size() <= path_bytes_max)
        places.insert_or_assign(path, place);
}

std::string quoted(std::string_view text) {
    constexpr std::size_t shown_max = 60;
    std::size_t cut = 0;
    while (cut < text.size() && cut < shown_max)
        cut += std::max<std::size_t>(utf8_length(text, cut), 1);
    cut = std::min(cut, text.size());
    return "'" + std::string{text.substr(0, cut)} + (cut < text.size() ? "...'" : "'");
}

std::string found(const YamlNode& node) {
    switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::plain: return (reads_as_text(node.text) ? "the text " : "") + quoted(node.text);
    case YamlNode::Kind::quoted: return "the text " + quoted(node.text);
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::mapping: return "a mapping";
    }
    return {};
}

std::string Fields::path_of(std::string_view name) const {
    return path_.empty() ? std::string{name} : path_ + "/" + std::string{name};
}

void Fields::fault(const YamlNode& node, const std::string& name, const std::string& message, std::string hint) {
    reading_.fault(node.place, what_ + ": '" + name + "' " + message, std::move(hint));
}

bool Fields::has(std::string_view name) const {
    const auto* node = mapping_.find(name);
    return node != nullptr && node->kind != YamlNode::Kind::null;
}

const YamlNode* Fields::take(std::initializer_list<std::string_view> spellings) {
    const YamlNode* taken = nullptr;
    std::string_view first;
    for (const auto spelling : spellings) {
        known_.push_back(spelling);
        const auto member = std::ranges::find(mapping_.members, spelling, &YamlNode::Member::key);
        if (member == mapping_.members.end())
            continue;
        taken_.push_back(member->key);
        if (member->value->kind == YamlNode::Kind::null)
            continue;
        if (taken != nullptr) {
            reading_.fault(member->place,
                           what_ + ": '" + std::string{first} + "' and '" + std::string{spelling} + "' are the same field",
                           "keep one of the two");
            continue;
        }
        taken = member->value;
        first = spelling;
    }
    if (taken != nullptr)
        reading_.note(path_of(*spellings.begin()), taken->place);
    return taken;
}

std::optional<std::string> Fields::scalar_text(const YamlNode& node, const std::string& name) {
    if (node.is_scalar())
        return node.text;
    fault(node, name, "is a text, found is " + found(node), "write " + name + ": TEXT");
    return std::nullopt;
}

std::string Fields::text(std::initializer_list<std::string_view> spellings) {
    const auto* node = take(spellings);
    return node == nullptr ? std::string{} : scalar_text(*node, std::string{*spellings.begin()}).value_or("");
}

std::string Fields::required_text(std::string_view name, std::string_view example) { return required_text({name}, example); }

std::string Fields::required_text(std::initializer_list<std::string_view> spellings, std::string_view example) {
    const std::string name{*spellings.begin()};
    const auto* node = take(spellings);
    if (node == nullptr) {
        reading_.fault(mapping_.place, what_ + ": '" + name + "' is missing", "write " + name + ": " + std::string{example});
        return {};
    }
    auto text = scalar_text(*node, name);
    if (text && text->empty())
        fault(*node, name, "is empty", "write " + name + ": " + std::string{example});
    return std::move(text).value_or("");
}

std::vector<std::string> Fields::texts(std::initializer_list<std::string_view> spellings) {
    const std::string name{*spellings.begin()};
    std::vector<std::string> all;
    const auto* node = take(spellings);
    if (node == nullptr)
        return all;
    if (node->kind != YamlNode::Kind::list) {
        fault(*node, name, "is a list of texts, found is " + found(*node),
              node->is_scalar() ? "write " + name + ": [" + node->text.substr(0, 40) + "]" : "write " + name + ": [A, B]");
        return all;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        const auto& item = *node->items[i];
        reading_.note(path_of(name) + "/" + std::to_string(i), item.place);
        if (item.is_scalar())
            all.push_back(item.text);
        else
            fault(item, name, "is a list of texts, found in it is " + found(item), "write texts only");
    }
    return all;
}

std::optional<bool> Fields::boolean(std::initializer_list<std::string_view> spellings) {
    const std::string name{*spellings.begin()};
    const auto* node = take(spellings);
    if (node == nullptr)
        return std::nullopt;
    if (const auto value = plain_value(*node); value.is_bool())
        return value.get_bool();
    fault(*node, name, "is a boolean, found is " + found(*node), "write true or false, without quotes");
    return std::nullopt;
}

std::optional<std::int64_t> Fields::natural(std::initializer_list<std::string_view> spellings) {
    constexpr std::int64_t most = 1'000'000;
    const std::string name{*spellings.begin()};
    const auto* node = take(spellings);
    if (node == nullptr)
        return std::nullopt;
    if (const auto value = plain_value(*node); value.is_int64() && value.get_int64() >= 1 && value.get_int64() <= most)
        return value.get_int64();
    fault(*node, name, "is an integer from 1 to " + std::to_string(most) + ", found is " + found(*node),
          "write digits only, without quotes, such as 4");
    return std::nullopt;
}

std::optional<double> Fields::number(std::initializer_list<std::string_view> spellings, Zero zero) {
    const std::string name{*spellings.begin()};
    const auto* node = take(spellings);
    if (node == nullptr)
        return std::nullopt;
    constexpr double most = 1e9;
    const auto value = plain_value(*node);
    std::optional<double> number;
    if (value.is_double())
        number = value.get_double();
    if (value.is_int64())
        number = static_cast<double>(value.get_int64());
    if (number && *number <= most && (zero == Zero::allowed ? *number >= 0 : *number > 0))
        return number;
    fault(*node, name,
          std::string{"is a number "} + (zero == Zero::allowed ? "from 0" : "above 0") + " to 1e9, found is " + found(*node),
          "write it without quotes, such as 30 or 0.5");
    return std::nullopt;
}

std::optional<boost::json::value> Fields::value(std::initializer_list<std::string_view> spellings) {
    const auto* node = take(spellings);
    if (node == nullptr)
        return std::nullopt;
    return json_of(reading_, *node, path_of(*spellings.begin()));
}

boost::json::object Fields::object(std::initializer_list<std::string_view> spellings) {
    const auto* node = mapping(spellings);
    if (node == nullptr)
        return {};
    return std::move(json_of(reading_, *node, path_of(*spellings.begin())).get_object());
}

std::optional<std::size_t> Fields::word(std::initializer_list<std::string_view> spellings,
                                        const std::vector<std::string>& words) {
    const std::string name{*spellings.begin()};
    const auto* node = take(spellings);
    if (node == nullptr)
        return std::nullopt;
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (node->is_scalar() && node->text == words[i])
            return i;
        all += (i == 0 ? "" : ", ") + words[i];
    }
    const auto meant = node->is_scalar() ? reading_.nearest_of(node->text, words) : std::string{};
    fault(*node, name, "is one of " + all + "; found is " + found(*node),
          meant.empty() ? "write " + name + ": " + words.front() : "did you mean '" + meant + "'?");
    return std::nullopt;
}

const YamlNode* Fields::mapping(std::initializer_list<std::string_view> spellings) {
    const std::string name{*spellings.begin()};
    const auto* node = take(spellings);
    if (node == nullptr || node->kind == YamlNode::Kind::mapping)
        return node;
    fault(*node, name, "is a mapping, found is " + found(*node), "write " + name + ": {NAME: VALUE}");
    return nullptr;
}

void Fields::finish(std::string (*elsewhere)(std::string_view)) {
    if (taken_.size() == mapping_.members.size())
        return;
    std::ranges::sort(known_);
    const std::vector<std::string> known(known_.begin(), known_.end());
    std::string all;
    for (const auto& name : known)
        all += (all.empty() ? "" : ", ") + name;
    for (const auto& member : mapping_.members) {
        if (std::ranges::find(taken_, member.key) != taken_.end())
            continue;
        const auto place = elsewhere == nullptr ? std::string{} : elsewhere(member.key);
        const auto meant = reading_.nearest_of(member.key, known);
        reading_.fault(member.place,
                       what_ + ": unknown field " + quoted(member.key),
                       !place.empty()   ? place
                       : !meant.empty() ? "did you mean '" + meant + "'?"
                                        : "known are " + all);
    }
}

namespace {

/// A text that begins like a path must be one: a slip would be passed on as a text, which nobody expects.
void check_path(Reading& reading, const YamlNode& node) {
    if (!node.text.starts_with("$.params") && !node.text.starts_with("$.outputs"))
        return;
    const auto parsed = parse_path(node.text);
    const auto* fault = std::get_if<ExpressionFault>(&parsed);
    if (fault == nullptr)
        return;
    reading.fault(place_within(node, reading.source, fault->column - 1).value_or(node.place),
                  "the path " + quoted(node.text) + ": " + fault->message,
                  fault->hint.empty() ? "write $.outputs.STEP.FIELD or $.params.NAME" : fault->hint);
}

} // namespace

boost::json::value json_of(Reading& reading, const YamlNode& node, const std::string& path) {
    reading.note(path, node.place);
    switch (node.kind) {
    case YamlNode::Kind::null: return nullptr;
    case YamlNode::Kind::quoted: check_path(reading, node); return boost::json::value(node.text);
    case YamlNode::Kind::plain: {
        check_path(reading, node);
        auto value = core_schema(node.text);
        if (auto* misfit = std::get_if<ScalarFault>(&value)) {
            reading.fault(node.place, std::move(misfit->message), std::move(misfit->hint));
            return nullptr;
        }
        return std::get<boost::json::value>(std::move(value));
    }
    case YamlNode::Kind::list: {
        boost::json::array array;
        array.reserve(node.items.size());
        for (std::size_t i = 0; i < node.items.size(); ++i)
            array.push_back(json_of(reading, *node.items[i], below(path, std::to_string(i))));
        return array;
    }
    case YamlNode::Kind::mapping: {
        boost::json::object object;
        for (const auto& member : node.members)
            object.emplace(member.key, json_of(reading, *member.value, below(path, member.key)));
        return object;
    }
    }
    return nullptr;
}

void check_condition(Reading& reading, const YamlNode& node, const std::string& what) {
    const auto parsed = parse_expression(node.text);
    const auto* fault = std::get_if<ExpressionFault>(&parsed);
    if (fault == nullptr)
        return;
    const auto place = place_within(node, reading.source, fault->column - 1);
    reading.fault(place.value_or(node.place),
                  what + ": " + fault->message + (place ? "" : " (character " + std::to_string(fault->column) + " of the condition)"),
                  fault->hint.empty() ? "write it such as: outputs.ingest.row_count > 0 and not skip" : fault->hint);
}

} // namespace spine::workflow
