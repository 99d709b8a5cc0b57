#include "cli/config_command.hpp"

#include "config/shown.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <utility>

namespace spine::cli {
namespace {

namespace json = boost::json;

template <class T>
struct Word {
    T value;
    const char* text;
};
template <class T, std::size_t n>
std::string word_of(T value, const Word<T> (&words)[n]) {
    for (const auto& word : words)
        if (word.value == value)
            return word.text;
    return {};
}

/// Every setting with its value, in the order in which people look for them.
std::vector<std::pair<std::string, std::string>> all_settings(const config::Settings& settings) {
    using config::Color, config::LogFormat, config::LogLevel, config::Output;
    static constexpr Word<Output> outputs[] = {
        {Output::table, "table"}, {Output::json, "json"}, {Output::csv, "csv"}, {Output::yaml, "yaml"}};
    static constexpr Word<Color> colors[] = {{Color::automatic, "auto"}, {Color::always, "always"}, {Color::never, "never"}};
    static constexpr Word<LogLevel> levels[] = {{LogLevel::debug, "debug"}, {LogLevel::info, "info"}, {LogLevel::warn, "warn"},
                                                {LogLevel::error, "error"}, {LogLevel::off, "off"}};
    static constexpr Word<LogFormat> formats[] = {{LogFormat::text, "text"}, {LogFormat::json, "json"}};
    std::vector<std::pair<std::string, std::string>> all{{"env", settings.env},
                                                         {"config", settings.config_file},
                                                         {"env_file", settings.env_file},
                                                         {"db", settings.database},
                                                         {"plugins", settings.plugin_folder},
                                                         {"workflows", settings.workflow_folder},
                                                         {"secrets", settings.secrets_folder},
                                                         {"output", word_of(settings.output, outputs)},
                                                         {"color", word_of(settings.color, colors)},
                                                         {"log_level", word_of(settings.log_level, levels)},
                                                         {"log_format", word_of(settings.log_format, formats)},
                                                         {"log_file", settings.log_file},
                                                         {"quiet", settings.quiet ? "true" : "false"},
                                                         {"lock_timeout", std::to_string(settings.lock_timeout.count())}};
    if (!settings.safe_plugins.empty())
        all.emplace_back("safe_plugins", joined(settings.safe_plugins, ","));
    for (const auto& [name, value] : settings.values)
        all.emplace_back("values." + name, value);
    for (const auto& [name, on] : settings.flags)
        all.emplace_back("flags." + name, on ? "true" : "false");
    return all;
}

/// "finra.otc" and "policy" of "finra.otc.policy".
std::pair<std::string, std::string> owner_and_key(const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == std::string::npos ? std::pair{std::string{}, name} : std::pair{name.substr(0, dot), name.substr(dot + 1)};
}

/// "spine.yaml:3 (profile prod)" as the place of a fault.
config::Fault place_of(const config::Settings& settings, const std::string& name) {
    const auto found = settings.sources.find("values." + name);
    return {found == settings.sources.end() ? std::string{"values"} : found->second, {}, {}, 0, 0};
}

} // namespace

int view_configuration(Session& session, const Invocation& invocation) {
    const bool with_shadowed = invocation.has("show-sources");
    const auto& settings = session.settings;
    json::array documents;
    control::Table rows{{"setting", "value", "source"}, {}, false};
    for (const auto& [name, value] : all_settings(settings)) {
        const auto& source = settings.sources.at(name);
        const auto told = config::shown(name, value);
        json::object document{{"setting", name}, {"value", told}, {"source", source}};
        rows.rows.push_back({json::value(name), json::value(told), json::value(source)});
        if (with_shadowed) {
            json::array hidden;
            if (const auto found = settings.shadowed.find(name); found != settings.shadowed.end())
                for (const auto& one : found->second) {
                    const auto hidden_value = config::shown(name, one.value);
                    hidden.push_back(json::object{{"value", hidden_value}, {"source", one.source}});
                    rows.rows.push_back({json::value("  hidden"), json::value(hidden_value), json::value(one.source)});
                }
            document["hidden"] = std::move(hidden);
        }
        documents.push_back(std::move(document));
    }
    show(session, documents, rows);
    return 0;
}

UnknownValues unknown_values(const config::Settings& settings, const workflow::Catalogue& catalogue) {
    std::map<std::string, std::vector<std::string>> keys; // by every name of an owner
    std::vector<std::string> whole;
    const auto declare = [&](const std::string& owner, const std::vector<workflow::Parameter>& declared) {
        if (owner.empty())
            return;
        auto& own = keys[owner];
        for (const auto& parameter : declared) {
            own.push_back(parameter.name);
            whole.push_back(owner + "." + parameter.name);
        }
    };
    for (const auto& plugin : catalogue.plugins)
        for (const auto& domain : plugin.domains)
            for (const auto& owner : {domain.name, domain.alias, plugin.id})
                declare(owner, domain.config);
    UnknownValues unknown;
    for (const auto& [name, value] : settings.values) {
        const auto [owner, key] = owner_and_key(name);
        const auto found = keys.find(owner);
        if (found != keys.end() && std::ranges::find(found->second, key) != found->second.end())
            continue;
        const auto meant = workflow::nearest(name, whole);
        auto fault = place_of(settings, name);
        if (found == keys.end() && meant.empty() && !owner.empty()) {
            unknown.warnings.push_back(fault.where + ": '" + name + "' belongs to no plugin that is loaded");
            continue;
        }
        fault.message = owner.empty() ? "'" + name + "' is no DOMAIN.KEY" : "'" + name + "' is no key that a loaded plugin declares";
        fault.hint = !meant.empty() ? "did you mean '" + meant + "'?"
                     : found == keys.end() ? "write DOMAIN.KEY: VALUE"
                     : found->second.empty() ? "'" + owner + "' declares no keys"
                                             : "'" + owner + "' declares " + joined(found->second);
        unknown.faults.push_back(std::move(fault));
    }
    return unknown;
}

json::object run_settings(const config::Settings& settings) {
    json::object flags, values;
    for (const auto& [name, on] : settings.flags)
        flags[name] = on;
    for (const auto& [name, value] : settings.values)
        if (config::shown("values." + name, value) == value)
            values[name] = value;
    return {{"env", settings.env}, {"flags", std::move(flags)}, {"config", std::move(values)}};
}

} // namespace spine::cli
