#include "workflow/yaml_document.hpp"

#include "workflow/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace spine::workflow {
namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 20;
/// What yaml-cpp gets to read: it takes about 0.15 us a byte and keeps whole flow collections as tokens of 250 bytes, so that a megabyte of
/// brackets would cost half a second and 250 MB. A mark or a line end weighs as three bytes, a bracket that opens as five; the worst that is let
/// through takes a quarter of a second and 75 MB. Files that people write weigh 1.1 to 1.3 a byte.
constexpr std::size_t weight_max = std::size_t{1} << 20;
constexpr std::size_t texts_max = std::size_t{2} << 20;
constexpr std::size_t depth_max = 64;
constexpr std::size_t aliases_max = 100;
constexpr std::size_t nodes_max = 100'000;
constexpr std::size_t key_bytes_max = 1024;
constexpr std::size_t faults_max = 1'000; ///< the reader of the model shortens the list further

/// Thrown through yaml-cpp's parser, which has no other way to be stopped, and caught in `read_yaml_document`.
struct Stop {};

/// Lines and columns by offset. Marks come nearly in order, so that each step is short, whatever the length of the lines.
class Locator {
public:
    explicit Locator(std::string_view text) : text_{text} {}

    Place at(std::size_t offset) {
        offset = std::min(offset, text_.size());
        while (at_ < offset)
            forward();
        while (at_ > offset)
            back();
        return {line_, column_};
    }

private:
    bool begins_character(std::size_t at) const { return (static_cast<unsigned char>(text_[at]) & 0xc0) != 0x80; }

    void forward() {
        if (text_[at_] == '\n') {
            ++line_;
            column_ = 1;
        } else if (begins_character(at_)) {
            ++column_;
        }
        ++at_;
    }
    void back() {
        --at_;
        if (text_[at_] == '\n') {
            --line_;
            column_ = 1;
            for (auto from = at_; from > 0 && text_[from - 1] != '\n'; --from)
                column_ += begins_character(from - 1) ? 1 : 0;
        } else if (begins_character(at_)) {
            --column_;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    long line_ = 1;
    long column_ = 1;
};

/// For a fault's hint, from the words of yaml-cpp's own message.
std::string syntax_hint(std::string_view message) {
    const auto has = [&](std::string_view word) { return message.find(word) != std::string_view::npos; };
    if (has("tab"))
        return "indent with spaces";
    if (has("end of map flow") || has("flow map"))
        return "close the mapping with '}' and separate its members with commas";
    if (has("end of sequence flow") || has("flow end") || has("end of seq"))
        return "close each '[' with ']' and each '{' with '}', separate with commas, and put the items of a list in one column";
    if (has("illegal map value") || has("map value"))
        return "put texts that contain ': ' in quotes";
    if (has("end of map") || has("block entry"))
        return "align the members of a mapping in one column";
    if (has("EOF in scalar") || has("unknown escape") || has("escape"))
        return "close the quotes, and write a backslash in double quotes as \\\\";
    if (has("anchor") && has("referenced"))
        return "define the anchor before it is used, or put a text that begins with '*' in quotes";
    if (has("unknown token") || has("in scalar"))
        return "put texts that begin with @, `, %, &, * or ! in quotes";
    return "check the indentation and the quotes around this place";
}

class Builder final : public YAML::EventHandler {
public:
    Builder(std::string_view text, const std::string& file, YamlDocument& document)
        : file_{file}, places_{text}, document_{document} {}

    Place place(const YAML::Mark& mark) {
        return mark.is_null() ? Place{1, 1} : places_.at(static_cast<std::size_t>(std::max(mark.pos, 0)));
    }
    void fault(Place place, std::string message, std::string hint) {
        document_.faults.push_back({file_, std::move(message), std::move(hint), place.line, place.column});
        if (document_.faults.size() >= faults_max)
            throw Stop{};
    }
    [[noreturn]] void stop(Place where, std::string message, std::string hint) {
        document_.faults.push_back({file_, std::move(message), std::move(hint), where.line, where.column});
        throw Stop{};
    }
    bool seen_document() const { return seen_document_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (seen_document_)
            stop(place(mark), "a second document begins here", "write one workflow in one file, without '---' or '...' after it");
        seen_document_ = true;
    }
    void OnDocumentEnd() override {
        if (levels_.empty())
            document_.root = root_;
    }

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (in_key()) {
            fault(place(mark), "a key that is empty or null", "name the field; put the word null in quotes to use it as a name");
            drop_key();
            return;
        }
        YamlNode& node = made(mark, YamlNode::Kind::null);
        complete(node, anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto where = place(mark);
        if (++aliases_ > aliases_max)
            stop(where, "more than " + std::to_string(aliases_max) + " aliases", "write the values out, or use the workflow's defaults");
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            stop(where, "an alias inside of its own anchor", "an anchor can only be used after the value that it names has ended");
        if (in_key()) {
            fault(where, "an alias as a key", "write the key out");
            drop_key();
            return;
        }
        const YamlNode& node = *found->second;
        grow(node.nodes, node.bytes, where);
        if (levels_.size() + node.height > depth_max)
            too_deep(where);
        place_value(&node);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        const auto where = place(mark);
        check_tag(tag, where);
        if (utf8_fault(value) != std::string::npos || value.find('\0') != std::string::npos) {
            fault(where, "a text with a character that cannot be kept", "leave out NUL and half surrogate pairs");
        }
        if (in_key()) {
            if (value.size() > key_bytes_max)
                stop(where, "a key of more than " + std::to_string(key_bytes_max) + " bytes", "shorten it");
            if (value == "<<" && tag == "?") {
                fault(where, "a merge key '<<'; workflow files have none", "write the fields out, or put the key in quotes");
                drop_key();
                return;
            }
            if (!levels_.back().keys.insert(value).second) {
                fault(where, "'" + shown(value) + "' occurs twice in one mapping", "keep one of the two");
                drop_key();
                return;
            }
            grow(0, value.size(), where);
            levels_.back().node->bytes += value.size();
            take_key(value, where);
            return;
        }
        grow(0, value.size(), where);
        YamlNode& node = made(mark, tag == "?" ? YamlNode::Kind::plain : YamlNode::Kind::quoted);
        node.text = value;
        node.bytes = value.size();
        complete(node, anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, YamlNode::Kind::mapping);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        YamlNode* node = nullptr;
        YAML::anchor_t anchor = 0;
        bool expects_key = false; ///< in a mapping: the next node is a key
        bool drops = false;       ///< the value of a key that is no key
        std::string key;
        Place key_place;
        std::set<std::string> keys;
    };

    static std::string shown(const std::string& text) {
        std::size_t cut = 0;
        while (cut < text.size() && cut < 60)
            cut += std::max<std::size_t>(utf8_length(text, cut), 1);
        return cut < text.size() ? text.substr(0, cut) + "..." : text;
    }

    bool in_key() const { return !levels_.empty() && levels_.back().expects_key; }

    void take_key(const std::string& key, Place place) {
        auto& level = levels_.back();
        level.key = key;
        level.key_place = place;
        level.drops = false;
        level.expects_key = false;
    }
    /// The value that follows is read and dropped; the fault of its key is told already.
    void drop_key() {
        levels_.back().drops = true;
        levels_.back().expects_key = false;
    }

    void check_tag(const std::string& tag, Place where) {
        if (!tag.empty() && tag != "?" && tag != "!")
            fault(where, "the tag '" + shown(tag) + "'; workflow files have none",
                  "leave it out: quotes make a text, and plain numbers, true, false and null are what they look like");
    }

    void grow(std::size_t nodes, std::size_t bytes, Place where) {
        nodes_ += nodes;
        bytes_ += bytes;
        if (nodes_ > nodes_max)
            stop(where, "more than " + std::to_string(nodes_max) + " values, aliases expanded", "split the workflow, or use fewer aliases");
        if (bytes_ > texts_max)
            stop(where, "more than " + std::to_string(texts_max) + " bytes of texts, aliases expanded", "use fewer aliases of long texts");
    }

    [[noreturn]] void too_deep(Place where) {
        stop(where, "nested deeper than " + std::to_string(depth_max), "flatten the value");
    }

    YamlNode& made(const YAML::Mark& mark, YamlNode::Kind kind) {
        const auto where = place(mark);
        grow(1, 0, where);
        YamlNode& node = document_.add();
        node.kind = kind;
        node.place = where;
        node.offset = mark.is_null() ? 0 : static_cast<std::size_t>(std::max(mark.pos, 0));
        return node;
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
        const auto where = place(mark);
        check_tag(tag, where);
        if (in_key())
            stop(where, "a list or a mapping as a key", "keys are texts; put a text that begins with [ or { in quotes");
        if (levels_.size() == depth_max)
            too_deep(where);
        Level level;
        level.node = &made(mark, kind);
        level.node->height = 1;
        level.anchor = anchor;
        level.expects_key = kind == YamlNode::Kind::mapping;
        levels_.push_back(std::move(level));
    }

    void close() {
        auto level = std::move(levels_.back());
        levels_.pop_back();
        complete(*level.node, level.anchor);
    }

    void complete(YamlNode& node, YAML::anchor_t anchor) {
        if (anchor != 0)
            anchors_[anchor] = &node;
        place_value(&node);
    }

    void place_value(const YamlNode* node) {
        if (levels_.empty()) {
            root_ = node;
            return;
        }
        auto& level = levels_.back();
        YamlNode& parent = *level.node;
        parent.nodes += node->nodes;
        parent.bytes += node->bytes;
        parent.height = std::max(parent.height, node->height + 1);
        if (parent.kind == YamlNode::Kind::list) {
            parent.items.push_back(node);
            return;
        }
        if (!level.drops)
            parent.members.push_back({std::move(level.key), level.key_place, node});
        level.expects_key = true;
    }

    const std::string& file_;
    Locator places_;
    YamlDocument& document_;
    std::vector<Level> levels_;
    std::map<YAML::anchor_t, const YamlNode*> anchors_; ///< complete ones
    const YamlNode* root_ = nullptr;
    std::size_t aliases_ = 0;
    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;
    bool seen_document_ = false;
};

struct Refusal {
    std::size_t offset = 0;
    std::string message;
    std::string hint;
};

bool is_mark(unsigned char byte) {
    static constexpr auto table = [] {
        std::array<bool, 256> marks{};
        for (const char c : std::string_view{"[]{},:-?&*!'\"|>\n"})
            marks[static_cast<unsigned char>(c)] = true;
        return marks;
    }();
    return table[byte];
}

/// What must not reach the parser: it takes some control characters for the end of the text, and reads as UTF-16 what looks like it.
std::optional<Refusal> unfit(std::string_view text) {
    if (text.size() > bytes_max)
        return Refusal{0, "larger than " + std::to_string(bytes_max) + " bytes", "split the workflow, and keep data in files that it names"};
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return Refusal{0, "text in UTF-16", "save it as UTF-8"};
    std::size_t marks = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte == 0)
            return Refusal{at, "a NUL byte", "save it as UTF-8 text"};
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
            return Refusal{at, "a control character", "remove it, or write it in double quotes as \\x and two digits"};
        const auto length = utf8_length(text, at);
        if (length == 0)
            return Refusal{at, "a byte that is not UTF-8", "save it as UTF-8"};
        marks += byte == '[' || byte == '{' ? 2 : is_mark(byte) ? 1 : 0;
        if (at + length + 2 * marks > weight_max)
            return Refusal{at,
                           "too much for one workflow: its bytes, with line ends and the marks ] } , : - ? & * ! ' \" | > counted three times and "
                           "[ { five times, are more than " +
                               std::to_string(weight_max),
                           "split the workflow, and keep data in files that it names"};
        at += length;
    }
    return std::nullopt;
}

} // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &Member::key);
    return found == members.end() ? nullptr : found->value;
}

YamlNode& YamlDocument::add() { return nodes_.emplace_back(); }

YamlDocument read_yaml_document(std::string_view text, const std::string& file) {
    YamlDocument document;
    const std::string_view mark = "\xef\xbb\xbf";
    if (text.starts_with(mark))
        text.remove_prefix(mark.size());
    Builder builder{text, file, document};
    try {
        if (const auto refusal = unfit(text))
            builder.stop(Locator{text}.at(refusal->offset), refusal->message, refusal->hint);
        std::istringstream in{std::string{text}};
        YAML::Parser parser{in};
        while (parser.HandleNextDocument(builder)) {
        }
        if (document.faults.empty() && document.root == nullptr)
            builder.fault({1, 1}, "no workflow: the file is empty", "write name: and steps:");
    } catch (const YAML::Exception& error) {
        document.root = nullptr;
        const auto place = builder.place(error.mark);
        document.faults.push_back({file, error.msg, syntax_hint(error.msg), place.line, place.column});
    } catch (const Stop&) { // the fault is noted
        document.root = nullptr;
    }
    return document;
}

std::optional<Place> place_within(const YamlNode& scalar, std::string_view source, std::size_t character) {
    const std::string_view mark = "\xef\xbb\xbf";
    if (source.starts_with(mark))
        source.remove_prefix(mark.size());
    if (!scalar.is_scalar() || scalar.offset >= source.size())
        return std::nullopt;
    auto rest = source.substr(scalar.offset);
    auto place = scalar.place;
    const char quote = scalar.kind == YamlNode::Kind::quoted ? rest.front() : '\0';
    if (scalar.kind == YamlNode::Kind::quoted) {
        if (quote != '\'' && quote != '"')
            return std::nullopt;
        rest.remove_prefix(1);
        ++place.column;
    }
    // The source is followed beside the value, so that a place is given only where they agree.
    std::size_t at = 0;
    for (std::size_t i = 0; i < character && at < scalar.text.size(); ++i) {
        const auto length = std::max<std::size_t>(utf8_length(scalar.text, at), 1);
        const auto value = std::string_view{scalar.text}.substr(at, length);
        const bool ordinary = value != "'" && value != "\"" && value != "\\";
        const bool stands_for_itself = quote == '\0' || (quote == '"' ? value == "'" : value != "'");
        const bool doubled = quote == '\'' && value == "'" && rest.starts_with("''");
        const bool escaped = quote == '"' && rest.starts_with('\\') && rest.substr(1).starts_with(value);
        if (rest.starts_with(value) && (ordinary || stands_for_itself)) {
            rest.remove_prefix(length);
            ++place.column;
        } else if (doubled || escaped) {
            rest.remove_prefix(2);
            place.column += 2;
        } else {
            return std::nullopt;
        }
        at += length;
    }
    return place;
}

} // namespace spine::workflow
