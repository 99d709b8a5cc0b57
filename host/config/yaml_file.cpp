#include "config/yaml_file.hpp"

#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace spine::config {
namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 20;
constexpr std::size_t depth_max = 16;

/// Thrown through yaml-cpp's parser, which has no other way to be stopped, and caught in `read_yaml`.
struct Stop {};

class Reader final : public YAML::EventHandler {
public:
    explicit Reader(const std::string& file) : file_{file} {}

    std::vector<Entry> entries;
    Faults faults;

    void fault(const YAML::Mark& mark, std::string message, std::string hint = {}) {
        faults.push_back({file_, std::move(message), std::move(hint), mark.line + 1L, mark.column + 1L});
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (seen_document_) {
            fault(mark, "a second document", "write everything into one");
            throw Stop{};
        }
        seen_document_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        plain(mark, "?", anchor);
        if (in_key())
            fault(mark, "an empty key");
        else if (!path_.empty())
            fault(key_mark_, "'" + path_.back() + "' has no value", "write '' for an empty text, or leave the key out");
        step({});
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        fault(mark, "an alias; a configuration file has none");
        throw Stop{};
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        plain(mark, tag, anchor);
        if (levels_.empty()) {
            fault(mark, "the file is no mapping", "write KEY: VALUE lines, such as db: sqlite:spine.db");
            throw Stop{};
        }
        if (!in_key()) {
            entries.push_back({path_, value, mark.line + 1L, mark.column + 1L, false});
        } else {
            key_mark_ = mark;
            if (!levels_.back().keys.insert(value).second)
                fault(mark, "'" + value + "' occurs twice", "keep one of the two");
        }
        step(value);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
        fault(mark, "a list; a configuration file has none");
        throw Stop{};
    }
    void OnSequenceEnd() override {}

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        plain(mark, tag, anchor);
        if (in_key()) {
            fault(mark, "a mapping as a key");
            throw Stop{};
        }
        if (levels_.size() == depth_max) {
            fault(mark, "nested deeper than " + std::to_string(depth_max));
            throw Stop{};
        }
        levels_.emplace_back();
    }
    void OnMapEnd() override {
        if (levels_.back().keys.empty() && !path_.empty())
            entries.push_back({path_, {}, key_mark_.line + 1L, key_mark_.column + 1L, true});
        levels_.pop_back();
        if (!levels_.empty())
            step({});
    }

private:
    struct Level {
        std::set<std::string> keys;
        bool expects_key = true;
    };

    bool in_key() const { return !levels_.empty() && levels_.back().expects_key; }

    /// After a key its value is expected, after a value the next key.
    void step(const std::string& key) {
        if (levels_.empty())
            return;
        auto& level = levels_.back();
        if (level.expects_key)
            path_.push_back(key);
        else
            path_.pop_back();
        level.expects_key = !level.expects_key;
    }

    void plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != 0)
            fault(mark, "an anchor; a configuration file has none");
        if (!tag.empty() && tag != "?" && tag != "!")
            fault(mark, "the tag '" + tag + "'; a configuration file has none");
    }

    const std::string& file_;
    std::vector<Level> levels_;
    std::vector<std::string> path_;
    YAML::Mark key_mark_; ///< of the key that waits for its value
    bool seen_document_ = false;
};

class Descriptor {
public:
    explicit Descriptor(int number) : number_{number} {}
    ~Descriptor() {
        if (number_ >= 0)
            ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

} // namespace

std::variant<std::vector<Entry>, Faults> read_yaml(std::string_view text, const std::string& file) {
    Reader reader{file};
    if (text.size() > bytes_max) {
        reader.fault(YAML::Mark{}, "is larger than " + std::to_string(bytes_max) + " bytes");
        return std::move(reader.faults);
    }
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        reader.fault(YAML::Mark{}, "contains a NUL byte", "save it as UTF-8 text");
        return std::move(reader.faults);
    }
    try {
        std::istringstream in{std::string{text}};
        YAML::Parser parser{in};
        while (parser.HandleNextDocument(reader)) {
        }
    } catch (const YAML::Exception& error) {
        reader.fault(error.mark.is_null() ? YAML::Mark{} : error.mark, error.msg);
    } catch (const Stop&) {
        // the fault is noted
    }
    if (!reader.faults.empty())
        return std::move(reader.faults);
    return std::move(reader.entries);
}

std::string read_file(const std::string& file, const FileKind& kind) {
    const auto named = kind.what + " '" + file + "'";
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
    const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (descriptor.number() < 0) {
        const int why = errno;
        const auto code = why == EACCES || why == EPERM ? ErrorCode::denied : ErrorCode::not_found;
        throw Error{code,
                    named + ": " + std::strerror(why),
                    kind.hint};
    }
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error{ErrorCode::invalid, named + " is no regular file"};
    std::string text;
    char buffer[16384];
    while (text.size() <= kind.bytes_max) {
        const auto count = ::read(descriptor.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw Error{ErrorCode::unavailable, named + ": " + std::strerror(errno)};
        if (count == 0)
            break;
        text.append(buffer, static_cast<std::size_t>(count));
    }
    if (text.size() > kind.bytes_max)
        throw Error{ErrorCode::invalid,
                    named + " is larger than " + std::to_string(kind.bytes_max) + " bytes"};
    return text;
}

} // namespace spine::config
