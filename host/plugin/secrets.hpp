/// What references to secrets (workflow/secret.hpp) stand for: a variable of the environment or of the .env file behind it, a file of the secrets'
/// folder without the newline at its end, or a default, which is no secret.
///
/// A reference is what is written, recorded and digested; what it stands for exists in the call that asks for it.
#pragma once

#include "plugin/redact.hpp"
#include "unit/outcome.hpp"

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace spine::plugin {

/// Where secrets are kept.
///
/// Threads: any. Fails: a secret that cannot be had is a value.
class Secrets {
public:
    enum class How { found, absent, broken };
    struct Answer {
        How how = How::absent;
        std::string text; ///< the secret; or why there is none, for people
    };
    virtual ~Secrets() = default;
    virtual Answer variable(const std::string& name) = 0;
    virtual Answer file(const std::string& name) = 0;
};

/// Secrets as variables of an environment and as files of a folder; looked up anew each time, so that a changed one counts. What is empty is absent. A
/// file is regular and has at most 64 KiB of UTF-8.
class KeptSecrets final : public Secrets {
public:
    using Look = std::function<std::optional<std::string>(const std::string& name)>;
    KeptSecrets(Look environment, std::string folder) : environment_{std::move(environment)}, folder_{std::move(folder)} {}
    Answer variable(const std::string& name) override;
    Answer file(const std::string& name) override;

private:
    Look environment_;
    std::string folder_;
};

/// What a reference stands for, noted in `redactor`; or a failure of category CONFIGURATION that says what was tried. A source that is there and
/// cannot be read ends the chain: to go on would quietly take a weaker one. A variable may hold a reference itself. A failure repeats no
/// default that stood in a variable, nor anything of a reference that is not sound: somebody may have pasted the secret itself.
std::variant<std::string, unit::Failure> resolve(std::string_view reference, Secrets& secrets, Redactor& redactor);
/// The value with every reference in it resolved.
std::variant<boost::json::value, unit::Failure> resolve(boost::json::value value, Secrets& secrets, Redactor& redactor);

} // namespace spine::plugin
