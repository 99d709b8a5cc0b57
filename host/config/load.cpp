#include "config/load.hpp"

#include "config/layers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace spine::config {
namespace {

namespace fs = std::filesystem;

template <class T, std::size_t n>
struct Words {
    std::array<std::pair<const char*, T>, n> words;
};
constexpr Words<Output, 4> outputs{{{{"table", Output::table}, {"json", Output::json}, {"csv", Output::csv},
                                     {"yaml", Output::yaml}}}};
constexpr Words<Color, 3> colors{{{{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}}};
constexpr Words<LogLevel, 5> levels{{{{"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn},
                                      {"error", LogLevel::error}, {"off", LogLevel::off}}}};
constexpr Words<LogFormat, 2> formats{{{{"text", LogFormat::text}, {"json", LogFormat::json}}}};
constexpr Words<bool, 2> switches{{{{"true", true}, {"false", false}}}};
constexpr Words<bool, 6> flag_words{
    {{{"true", true}, {"false", false}, {"on", true}, {"off", false}, {"1", true}, {"0", false}}}};

/// The candidates of one setting, the strongest first; null: none.
std::vector<Candidate>* find(Candidates& candidates, const std::string& name) {
    const auto found = candidates.find(name);
    return found == candidates.end() || found->second.empty() ? nullptr : &found->second;
}

/// "env:NAME" in a file -> NAME; empty: the text is meant as it is.
std::string variable_named(const Candidate& candidate) {
    constexpr std::string_view prefix = "env:";
    const bool in_file = candidate.layer == Candidate::Layer::profile || candidate.layer == Candidate::Layer::project;
    return in_file && candidate.text.starts_with(prefix) ? candidate.text.substr(prefix.size()) : std::string{};
}

struct Loading {
    Layers layers;
    Environment variables; ///< of the process, and behind them of the .env file
    Settings settings;
    Faults faults;

    /// The one that counts; it and what it hides are noted under `key`.
    const Candidate* note(const std::string& key, std::vector<Candidate>* candidates) {
        if (candidates != nullptr)
            look_up(candidates->front());
        settings.sources[key] = candidates == nullptr ? "default" : candidates->front().source;
        if (candidates == nullptr)
            return nullptr;
        for (std::size_t i = 1; i < candidates->size(); ++i)
            settings.shadowed[key].push_back({(*candidates)[i].text, (*candidates)[i].source});
        return &candidates->front();
    }
    /// What is hidden may name a variable that nobody has set.
    void look_up(Candidate& candidate) {
        const auto name = variable_named(candidate);
        if (name.empty())
            return;
        if (auto text = variables(name)) {
            candidate.text = std::move(*text);
            candidate.source += " (env:" + name + ")";
            candidate.looked_up = true;
        } else {
            fault(candidate, "variable " + name.substr(0, 128) + " is not set",
                  "set it in the environment or in the .env file" + (layers.env_file.empty() ? std::string{} : " " + layers.env_file));
        }
    }
    const Candidate* strongest(const std::string& name) { return note(name, find(layers.settings, name)); }

    void fault(const Candidate& candidate, std::string message, std::string hint) {
        Fault fault = candidate.at;
        fault.message = std::move(message);
        fault.hint = std::move(hint);
        faults.push_back(std::move(fault));
    }

    /// The folder that was named, or the one that is looked in unasked; `what` is for messages.
    std::string folder(const std::string& name, const std::string& what, std::string otherwise) {
        const Candidate* named = strongest(name);
        if (named == nullptr)
            return otherwise;
        if (named->text.empty())
            fault(*named, "the " + what + " folder is empty", "write a path, or leave it out");
        return absolute(named->text, named->folder);
    }

    /// What a candidate means; a fault if nothing. `what` is what it should be a value of.
    template <class T, std::size_t n>
    std::optional<T> meaning(const Candidate& candidate, const std::string& what, const Words<T, n>& words) {
        if (!candidate.looked_up && !variable_named(candidate).empty())
            return std::nullopt; // told where it counts
        std::string valid;
        for (const auto& [word, value] : words.words) {
            if (candidate.text == word)
                return value;
            valid += (valid.empty() ? "" : ", ") + std::string{word};
        }
        fault(candidate, "'" + candidate.text + "' is not a value of " + what, "valid are " + valid);
        return std::nullopt;
    }

    template <class T, std::size_t n>
    void choose(const std::string& name, T& setting, const Words<T, n>& words) {
        const Candidate* winner = strongest(name);
        // Every candidate is checked, so that a fault does not hide behind a stronger flag or in another profile.
        for (const auto* candidates : {find(layers.settings, name), find(layers.unchosen, name)}) {
            if (candidates == nullptr)
                continue;
            for (const auto& candidate : *candidates)
                if (const auto value = meaning(candidate, name, words); value && &candidate == winner)
                    setting = *value;
        }
    }

    /// A number of seconds; a fault for anything else.
    void choose_seconds(const std::string& name, std::chrono::seconds& setting) {
        constexpr int most = 86'400;
        const Candidate* winner = strongest(name);
        for (const auto* candidates : {find(layers.settings, name), find(layers.unchosen, name)}) {
            if (candidates == nullptr)
                continue;
            for (const auto& candidate : *candidates) {
                int seconds = 0;
                const auto* end = candidate.text.data() + candidate.text.size();
                const auto read = std::from_chars(candidate.text.data(), end, seconds);
                if (read.ec != std::errc{} || read.ptr != end || seconds < 0 || seconds > most)
                    fault(candidate, "'" + candidate.text + "' is no number of seconds for " + name, "write a whole number from 0 to 86400");
                else if (&candidate == winner)
                    setting = std::chrono::seconds{seconds};
            }
        }
    }

    void choose_flags() {
        for (auto& [name, candidates] : layers.flags) {
            const auto* winner = note("flags." + name, &candidates);
            for (const auto& candidate : candidates)
                if (const auto value = meaning(candidate, "flag " + name, flag_words); value && &candidate == winner)
                    settings.flags[name] = *value;
        }
        for (const auto& [name, candidates] : layers.unchosen_flags)
            for (const auto& candidate : candidates)
                meaning(candidate, "flag " + name, flag_words);
    }
};

/// The names between commas and blanks.
std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of(", ", at), text.size());
        if (end > at)
            names.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return names;
}

/// A path in a store's URL that stands in a file begins beside that file.
std::string database_url(const Candidate& candidate) {
    constexpr std::string_view scheme = "sqlite:";
    if (!candidate.text.starts_with(scheme) || candidate.layer == Candidate::Layer::flag || candidate.layer == Candidate::Layer::environment)
        return candidate.text;
    return std::string{scheme} + absolute(candidate.text.substr(scheme.size()), candidate.folder);
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// `name` beside the program, or where an installation has it: `below` the prefix.
std::string default_folder(const Places& places, const char* name, const char* below) {
    if (places.program.empty())
        return {};
    const auto program_folder = fs::path{places.program}.parent_path();
    const auto beside = program_folder / name;
    const auto installed = (program_folder.parent_path() / below / "spine" / name).lexically_normal();
    return (!is_folder(beside) && is_folder(installed) ? installed : beside).string();
}

} // namespace

std::variant<Settings, Faults> load(const Flags& flags, const Environment& environment, const Places& places) {
    Loading loading;
    loading.layers = gather(flags, environment, places);
    std::map<std::string, std::string> in_file;
    for (const auto& variable : loading.layers.variables)
        in_file[variable.name] = variable.value;
    loading.variables = with_variables(environment, std::move(in_file));
    auto& settings = loading.settings;
    loading.faults = std::move(loading.layers.faults);
    settings.config_file = loading.layers.config_file;
    settings.env_file = loading.layers.env_file;
    loading.strongest("config");
    loading.strongest("env_file");
    if (const Candidate* named = loading.strongest("env"))
        settings.env = named->text;
    if (const Candidate* database = loading.strongest("db")) {
        settings.database = database_url(*database);
        if (database->text.empty())
            loading.fault(*database, "the store's URL is empty", "write sqlite:PATH");
    }
    settings.plugin_folder = loading.folder("plugins", "plugin", default_folder(places, "plugins", "lib"));
    settings.workflow_folder = loading.folder("workflows", "workflow", default_folder(places, "workflows", "share"));
    settings.secrets_folder = loading.folder("secrets", "secrets", settings.secrets_folder);
    loading.choose("output", settings.output, outputs);
    loading.choose("color", settings.color, colors);
    loading.choose("log_level", settings.log_level, levels);
    loading.choose("log_format", settings.log_format, formats);
    if (const Candidate* named = loading.strongest("log_file"); named != nullptr && !named->text.empty())
        settings.log_file = absolute(named->text, named->folder);
    loading.choose("quiet", settings.quiet, switches);
    loading.choose_seconds("lock_timeout", settings.lock_timeout);
    if (const Candidate* listed = loading.strongest("safe_plugins"))
        settings.safe_plugins = names_in(listed->text);
    settings.safe_mode = flags.safe_mode;
    settings.only_plugins = names_in(flags.only_plugins.value_or(""));
    settings.without_plugins = names_in(flags.without_plugins.value_or(""));
    if (settings.color == Color::automatic && (environment("NO_COLOR") || environment("TERM") == "dumb"))
        settings.color = Color::never;
    for (auto& [name, candidates] : loading.layers.values)
        settings.values[name] = loading.note("values." + name, &candidates)->text;
    loading.choose_flags();
    for (const auto& variable : loading.layers.variables)
        settings.variables[variable.name] = variable.value;

    if (!loading.faults.empty())
        return std::move(loading.faults);
    return std::move(loading.settings);
}

Environment with_variables(Environment environment, std::map<std::string, std::string> variables) {
    return [environment = std::move(environment), variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        if (auto value = environment(name))
            return value;
        const auto found = variables.find(name);
        if (found == variables.end() || found->second.empty())
            return std::nullopt;
        return found->second;
    };
}

Places process_places() {
    std::error_code error;
    const auto here = fs::current_path(error);
    return {error ? std::string{} : here.string(), program_path()};
}

} // namespace spine::config
