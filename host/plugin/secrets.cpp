#include "plugin/secrets.hpp"

#include "error.hpp"
#include "plugin/text.hpp"
#include "workflow/secret.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace spine::plugin {
namespace {

constexpr std::size_t secret_bytes_max = std::size_t{64} << 10;
constexpr int depth_max = 4;

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

using workflow::SecretSource;

unit::Failure unresolved(const std::string& secret, const std::string& why, std::string hint) {
    unit::Failure failure;
    failure.category = unit::Category::configuration;
    failure.exit_code = exit_code(ErrorCode::invalid);
    failure.retry = unit::Retry::never;
    failure.message = secret + " cannot be resolved: " + why;
    failure.hint = std::move(hint);
    return failure;
}

/// The chain for people. A default is no secret and is told, but not one that stood in a variable: that is where secrets are kept.
std::string shown(const std::vector<SecretSource>& sources, bool from_variable) {
    std::string text;
    for (const auto& source : sources) {
        text += text.empty() ? "" : "|";
        switch (source.kind) {
        case SecretSource::Kind::env: text += "secret:env:" + source.name; break;
        case SecretSource::Kind::file: text += "secret:file:" + source.name; break;
        case SecretSource::Kind::otherwise: text += "default:" + (from_variable ? "***" : source.name); break;
        }
    }
    return text;
}

/// Asks the sources of one reference in turn.
class Chain {
public:
    Chain(const std::vector<SecretSource>& sources, Secrets& secrets, Redactor& redactor)
        : sources_{sources}, secrets_{secrets}, redactor_{redactor} {}

    std::variant<std::string, unit::Failure> resolve(int depth) {
        from_variable_ = depth > 0;
        for (const auto& source : sources_) {
            if (source.kind == SecretSource::Kind::otherwise)
                return source.name;
            const bool variable = source.kind == SecretSource::Kind::env;
            auto answer = variable ? secrets_.variable(source.name) : secrets_.file(source.name);
            if (answer.how == Secrets::How::broken)
                return failure(said(answer.text), "repair it, or take it out of the reference");
            if (answer.how == Secrets::How::found)
                return variable ? follow(std::move(answer.text), depth) : noted(std::move(answer.text));
            tried_ += (tried_.empty() ? "" : "; ") + answer.text;
        }
        return failure(said({}), "provide one of them, or add |default:TEXT to the reference");
    }

private:
    std::string noted(std::string text) {
        redactor_.add(text);
        return text;
    }

    /// A variable may say where the secret really is; what is no sound reference is the secret itself, since a password may well begin with "secret:".
    std::variant<std::string, unit::Failure> follow(std::string text, int depth) {
        if (!workflow::means_secret(text))
            return noted(std::move(text));
        const auto parsed = workflow::parse_secret(text);
        const auto* sources = std::get_if<std::vector<SecretSource>>(&parsed);
        if (sources == nullptr)
            return noted(std::move(text));
        if (depth == depth_max)
            return failure("it leads from one reference to the next more than " + std::to_string(depth_max) + " times", "let it name the secret itself");
        return Chain{*sources, secrets_, redactor_}.resolve(depth + 1);
    }

    unit::Failure failure(const std::string& why, std::string hint) const { return unresolved("the secret '" + shown(sources_, from_variable_) + "'", why, std::move(hint)); }
    std::string said(const std::string& last) const { return tried_ + (tried_.empty() || last.empty() ? "" : "; ") + last; }

    const std::vector<SecretSource>& sources_;
    Secrets& secrets_;
    Redactor& redactor_;
    std::string tried_;
    bool from_variable_ = false;
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

std::variant<std::string, unit::Failure> resolve(std::string_view reference, Secrets& secrets, Redactor& redactor) {
    const auto parsed = workflow::parse_secret(reference);
    if (const auto* misfit = std::get_if<workflow::Misfit>(&parsed))
        return unresolved("a secret", misfit->message, misfit->hint);
    return Chain{std::get<std::vector<workflow::SecretSource>>(parsed), secrets, redactor}.resolve(0);
}

std::variant<boost::json::value, unit::Failure> resolve(boost::json::value value, Secrets& secrets, Redactor& redactor) {
    std::optional<unit::Failure> failure;
    const auto walk = [&](const auto& self, boost::json::value& at) -> void {
        if (failure)
            return;
        if (const auto* text = at.if_string(); text != nullptr && workflow::means_secret(std::string_view{*text})) {
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
