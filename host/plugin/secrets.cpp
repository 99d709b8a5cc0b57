#include "plugin/secrets.hpp"

#include "error.hpp"
#include "plugin/text.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::plugin {
namespace {

constexpr std::size_t secret_bytes_max = std::size_t{64} << 10;
constexpr std::size_t name_bytes_max = 128;
constexpr int depth_max = 4;
constexpr std::string_view prefix = "secret:";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_variable_name(std::string_view name) {
    return !name.empty() && name.size() <= name_bytes_max && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}
bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= name_bytes_max && name.front() != '.' &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; });
}

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

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

constexpr std::string_view variable_prefix = "secret:env:", file_prefix = "secret:file:", default_prefix = "default:";

/// One source of a chain.
struct Source {
    enum class Kind { variable, file, unknown } kind = Kind::unknown;
    std::string name;
};
Source source_from(std::string_view text) {
    if (text.starts_with(variable_prefix) && is_variable_name(text.substr(variable_prefix.size())))
        return {Source::Kind::variable, std::string{text.substr(variable_prefix.size())}};
    if (text.starts_with(file_prefix) && is_file_name(text.substr(file_prefix.size())))
        return {Source::Kind::file, std::string{text.substr(file_prefix.size())}};
    return {};
}

/// Takes the first source with its '|' off; what is left of a default is no source.
std::string_view take_source(std::string_view& rest) {
    const auto end = std::min(rest.find('|'), rest.size());
    const auto source = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return source;
}
bool is_default(std::string_view rest) { return trimmed(rest).starts_with(default_prefix); }

/// Whether all of its sources are some: a password may well begin with "secret:".
bool is_sound(std::string_view reference) {
    while (!reference.empty() && !is_default(reference))
        if (source_from(take_source(reference)).kind == Source::Kind::unknown)
            return false;
    return true;
}

unit::Failure failure_of_reference(std::string_view reference, const std::string& why, std::string hint) {
    unit::Failure failure;
    failure.category = unit::Category::configuration;
    failure.exit_code = exit_code(ErrorCode::invalid);
    failure.retry = unit::Retry::never;
    failure.message = "the secret '" + escaped(reference, 400) + "' cannot be resolved: " + why;
    failure.hint = std::move(hint);
    return failure;
}

/// Asks the sources of one reference in turn.
class Chain {
public:
    Chain(std::string_view reference, Secrets& secrets, Redactor& redactor)
        : reference_{reference}, secrets_{secrets}, redactor_{redactor} {}

    std::variant<std::string, unit::Failure> resolve(int depth) {
        for (auto rest = reference_; !rest.empty();) {
            if (is_default(rest))
                return std::string{rest.substr(rest.find(':') + 1)}; // to the very end, so that it may hold anything
            const auto written = take_source(rest);
            const auto source = source_from(written);
            if (source.kind == Source::Kind::unknown)
                return failure_of_reference(reference_, quoted(written) + " is no source",
                                            "a reference is secret:env:NAME, secret:file:NAME, or several with | between them and default:TEXT at the end");
            auto answer = source.kind == Source::Kind::variable ? secrets_.variable(source.name) : secrets_.file(source.name);
            if (answer.how == Secrets::How::broken)
                return failure_of_reference(reference_, said(answer.text), "repair it, or take it out of the reference");
            if (answer.how == Secrets::How::found)
                return source.kind == Source::Kind::variable ? follow(std::move(answer.text), depth) : noted(std::move(answer.text));
            tried_ += (tried_.empty() ? "" : "; ") + answer.text;
        }
        return failure_of_reference(reference_, said({}), "provide one of them, or add |default:TEXT to the reference");
    }

private:
    std::string noted(std::string text) {
        redactor_.add(text);
        return text;
    }

    /// A variable may say where the secret really is.
    std::variant<std::string, unit::Failure> follow(std::string text, int depth) {
        if (!is_reference(text) || !is_sound(text))
            return noted(std::move(text));
        if (depth == depth_max)
            return failure_of_reference(reference_, "it leads from one reference to the next more than " + std::to_string(depth_max) + " times",
                                        "let it name the secret itself");
        return Chain{text, secrets_, redactor_}.resolve(depth + 1);
    }

    std::string said(const std::string& last) const { return tried_ + (tried_.empty() || last.empty() ? "" : "; ") + last; }

    std::string_view reference_;
    Secrets& secrets_;
    Redactor& redactor_;
    std::string tried_;
};

} // namespace

Secrets::Answer KeptSecrets::variable(const std::string& name) {
    auto value = environment_(name);
    if (!value || value->empty())
        return {How::absent, "variable " + name + " is not set"};
    if (value->size() > secret_bytes_max)
        return {How::broken, "variable " + name + " is longer than " + std::to_string(secret_bytes_max) + " bytes"};
    if (!is_utf8(*value))
        return {How::broken, "variable " + name + " is not UTF-8"};
    return {How::found, std::move(*value)};
}

Secrets::Answer KeptSecrets::file(const std::string& name) {
    const auto path = folder_ + "/" + name;
    const auto broken = [&](const std::string& why) { return Answer{How::broken, "file '" + path + "' " + why}; };
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever. Links are followed, because containers mount secrets as links.
    const Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (descriptor.number() < 0) {
        const int why = errno;
        if (why == ENOENT || why == ENOTDIR)
            return {How::absent, "file '" + path + "' is not there"};
        return broken(std::string{"cannot be read: "} + std::strerror(why));
    }
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return broken("is no regular file");
    std::string text;
    char buffer[16384];
    while (text.size() <= secret_bytes_max) {
        const auto count = ::read(descriptor.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return broken(std::string{"cannot be read: "} + std::strerror(errno));
        if (count == 0)
            break;
        text.append(buffer, static_cast<std::size_t>(count));
    }
    if (text.size() > secret_bytes_max)
        return broken("is larger than " + std::to_string(secret_bytes_max) + " bytes");
    if (text.ends_with("\r\n"))
        text.pop_back();
    if (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    if (text.empty())
        return {How::absent, "file '" + path + "' is empty"};
    if (!is_utf8(text))
        return broken("is not UTF-8");
    return {How::found, std::move(text)};
}

bool is_reference(std::string_view text) noexcept { return text.starts_with(prefix); }

bool holds_reference(const boost::json::value& value) noexcept {
    if (const auto* text = value.if_string())
        return is_reference(std::string_view{*text});
    if (const auto* array = value.if_array())
        return std::ranges::any_of(*array, [](const auto& item) { return holds_reference(item); });
    if (const auto* object = value.if_object())
        return std::ranges::any_of(*object, [](const auto& member) { return holds_reference(member.value()); });
    return false;
}

std::variant<std::string, unit::Failure> resolve(std::string_view reference, Secrets& secrets, Redactor& redactor) {
    return Chain{reference, secrets, redactor}.resolve(0);
}

std::variant<boost::json::value, unit::Failure> resolve(boost::json::value value, Secrets& secrets, Redactor& redactor) {
    std::optional<unit::Failure> failure;
    const auto walk = [&](const auto& self, boost::json::value& at) -> void {
        if (failure)
            return;
        if (const auto* text = at.if_string(); text != nullptr && is_reference(std::string_view{*text})) {
            auto found = resolve(std::string_view{*text}, secrets, redactor);
            if (auto* why = std::get_if<unit::Failure>(&found))
                failure = std::move(*why);
            else
                at = std::get<std::string>(found);
        } else if (auto* array = at.if_array()) {
            for (auto& item : *array)
                self(self, item);
        } else if (auto* object = at.if_object()) {
            for (auto& member : *object)
                self(self, member.value());
        }
    };
    walk(walk, value);
    if (failure)
        return std::move(*failure);
    return value;
}

} // namespace spine::plugin
