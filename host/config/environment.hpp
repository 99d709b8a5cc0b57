/// What the process was started with: its environment variables and the place of its program.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace spine::config {

/// Environment variables: by name, and which ones there are.
class Environment {
public:
    /// A variable by name; nothing when it is not set or empty.
    using Look = std::function<std::optional<std::string>(const std::string&)>;
    using Names = std::function<std::vector<std::string>()>;

    Environment() = default;
    Environment(Look look, Names names) : look_{std::move(look)}, names_{std::move(names)} {}
    /// One that tells variables by name only, for whoever writes it as a lambda.
    template <class Function>
        requires(!std::same_as<std::remove_cvref_t<Function>, Environment> && std::convertible_to<Function, Look>)
    Environment(Function look) : look_{std::move(look)} {} // NOLINT(google-explicit-constructor): a function is one

    std::optional<std::string> operator()(const std::string& name) const { return look_ ? look_(name) : std::nullopt; }
    /// Names of all variables, empty ones too; none when they are not known.
    std::vector<std::string> names() const { return names_ ? names_() : std::vector<std::string>{}; }

private:
    Look look_;
    Names names_;
};

/// The variables of this process. Threads: not while another one changes the environment; nothing here does.
Environment process_environment();

/// The absolute path of the running program; empty when the system does not tell.
std::string program_path();

} // namespace spine::config
