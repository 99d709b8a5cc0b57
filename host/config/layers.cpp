#include "config/layers.hpp"

#include "config/yaml_file.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

namespace spine::config {
namespace {

namespace fs = std::filesystem;

/// What a file and a profile may set besides values and flags; its variable, if it has one.
struct Known {
    const char* name;
    const char* variable;
};
constexpr std::array<Known, 12> known_settings{{{"db", "SPINE_DB"},
                                               {"plugins", "SPINE_PLUGINS"},
                                               {"workflows", "SPINE_WORKFLOWS"},
                                               {"secrets", "SPINE_SECRETS"},
                                               {"output", nullptr},
                                               {"color", nullptr},
                                               {"log_level", "SPINE_LOG_LEVEL"},
                                               {"log_format", "SPINE_LOG_FORMAT"},
                                               {"log_file", "SPINE_LOG_FILE"},
                                               {"quiet", nullptr},
                                               {"lock_timeout", "SPINE_LOCK_TIMEOUT"},
                                               {"safe_plugins", nullptr}}};
constexpr std::string_view flag_prefix = "SPINE_FLAG_";

bool is_known(const std::string& name) {
    return std::ranges::any_of(known_settings, [&](const auto& known) { return name == known.name; });
}

/// `[a-z][a-z0-9_]{0,62}`
bool is_flag_name(std::string_view name) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= 63 && is_letter(name.front()) && std::ranges::all_of(name, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
    });
}

/// SPINE_FLAG_NEW_PARSER -> new_parser; empty: no flag's variable.
std::string flag_of(std::string_view variable) {
    if (!variable.starts_with(flag_prefix))
        return {};
    std::string name{variable.substr(flag_prefix.size())};
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return is_flag_name(name) ? name : std::string{};
}

bool is_environment_name(std::string_view name) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 63 && is_plain(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_plain(c) || c == '_' || c == '-' || c == '.'; });
}

std::string joined(const std::set<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : ", ") + word;
    return out;
}

/// Files whole, before it is known which of their profiles counts.
struct Gathering {
    Layers layers;
    std::vector<Entry> entries; ///< of the configuration file

    void fault(Fault at, std::string message, std::string hint) {
        at.message = std::move(message);
        at.hint = std::move(hint);
        layers.faults.push_back(std::move(at));
    }
    void take_faults(const Faults& faults) { layers.faults.insert(layers.faults.end(), faults.begin(), faults.end()); }

    /// The strongest of flag and variable.
    static std::optional<Candidate> file_named(const std::optional<std::string>& flag, const char* flag_name,
                                               const std::optional<std::string>& variable, const char* variable_name,
                                               const std::string& here) {
        if (!flag && !variable)
            return std::nullopt;
        const std::string source = flag ? flag_name : variable_name;
        return Candidate{flag ? *flag : *variable, source, here, Fault{source, {}, {}, 0, 0},
                         flag ? Candidate::Layer::flag : Candidate::Layer::environment};
    }

    void read_configuration(const Candidate& named) {
        if (named.text.empty())
            return fault(named.at, "the configuration file's name is empty", "write a path, or leave it out");
        const auto path = absolute(named.text, named.folder);
        layers.config_file = path;
        layers.settings["config"].push_back(named);
        auto read = read_yaml(read_file(path), path);
        if (const auto* faults = std::get_if<Faults>(&read))
            take_faults(*faults);
        else
            entries = std::get<std::vector<Entry>>(std::move(read));
    }

    /// The named one, else the one beside the configuration file if it is there.
    void read_variables(const std::optional<Candidate>& named) {
        std::string path;
        if (named) {
            if (named->text.empty())
                return fault(named->at, "the .env file's name is empty", "write a path, or leave it out");
            path = absolute(named->text, named->folder);
            layers.settings["env_file"].push_back(*named);
        } else if (!layers.config_file.empty()) {
            path = (fs::path{layers.config_file}.parent_path() / ".env").string();
            std::error_code error;
            if (!fs::exists(fs::symlink_status(path, error)))
                return;
            layers.settings["env_file"].push_back({path, "beside the configuration file", {}, Fault{path, {}, {}, 0, 0},
                                                   Candidate::Layer::project});
        } else {
            return;
        }
        layers.env_file = path;
        auto read = read_env(read_file(path, {".env file", env_file_bytes_max, "check --env-file and SPINE_ENV_FILE"}), path);
        if (const auto* faults = std::get_if<Faults>(&read))
            return take_faults(*faults);
        layers.variables = std::get<std::vector<Variable>>(std::move(read));
        for (const auto& variable : layers.variables)
            if (variable.name == "SPINE_CONFIG" || variable.name == "SPINE_ENV_FILE")
                fault({path, {}, {}, variable.line, 1}, "'" + variable.name + "' has no effect in an .env file",
                      "it says which files are read; set it in the environment, or give --config and --env-file");
    }

    const Variable* variable(const char* name) const {
        const auto found = std::ranges::find(layers.variables, name, &Variable::name);
        return found == layers.variables.end() || found->value.empty() ? nullptr : &*found;
    }

    Candidate from(const Variable& variable) const {
        return {variable.value, layers.env_file + ":" + std::to_string(variable.line),
                fs::path{layers.env_file}.parent_path().string(), Fault{layers.env_file, {}, {}, variable.line, 1},
                Candidate::Layer::env_file};
    }

    Candidate from(const Entry& entry) const {
        return {entry.value, layers.config_file + ":" + std::to_string(entry.line),
                fs::path{layers.config_file}.parent_path().string(),
                Fault{layers.config_file, {}, {}, entry.line, entry.column}, Candidate::Layer::project};
    }

    /// What stands in the file at the top, or below a profile: `path` without the profile's name in front. `where` gets it, by kind.
    struct Kinds {
        Candidates *settings, *values, *flags;
    };
    void place(const Entry& entry, const std::vector<std::string>& path, const Candidate& candidate, Kinds where) {
        const auto& top = path.front();
        std::string name;
        for (std::size_t i = 1; i < path.size(); ++i)
            name += (i == 1 ? "" : ".") + path[i];
        const auto put = [&](Candidates& candidates) {
            auto& all = candidates[name];
            if (std::ranges::any_of(all, [&](const auto& one) { return one.layer == candidate.layer && one.folder == candidate.folder; }))
                fault(candidate.at, "'" + name + "' is given twice", "keep one of the two");
            else
                all.push_back(candidate);
        };
        if ((top == "values" || top == "flags") && path.size() == 1) {
            if (!entry.mapping)
                fault(candidate.at, "'" + top + "' is no mapping",
                      top == "values" ? "write DOMAIN.KEY: VALUE lines under it" : "write NAME: true lines under it");
        } else if (entry.mapping && top != "values") {
            fault(candidate.at, "'" + path.back() + "' is a mapping, wanted is one value", "only values, flags and profiles have names under them");
        } else if (top == "values") {
            if (!entry.mapping)
                put(*where.values);
        } else if (top == "flags") {
            if (is_flag_name(name))
                put(*where.flags);
            else
                fault(candidate.at, "'" + name + "' is no name of a flag", "small letters, digits and _, at most 63");
        } else if (path.size() > 1) {
            fault(candidate.at, "'" + top + "' is a mapping, wanted is one value", "only values, flags and profiles have names under them");
        } else if (is_known(top)) {
            (*where.settings)[top].push_back(candidate);
        } else {
            fault(candidate.at, "'" + top + "' is no setting",
                  "known are db, plugins, workflows, secrets, output, color, log_level, log_format, log_file, quiet, lock_timeout, safe_plugins, values and flags, and outside of profiles env and "
                  "profiles; a domain's key belongs under values");
        }
    }

    /// The name of the environment, from flag, variable, .env file or file; it chooses the profile.
    std::string choose_environment(const Flags& flags, const Environment& environment, const std::string& here) {
        auto& candidates = layers.settings["env"];
        if (flags.profile)
            candidates.push_back({*flags.profile, "--profile", here, Fault{"--profile", {}, {}, 0, 0}, Candidate::Layer::flag});
        if (const auto named = environment("SPINE_ENV"))
            candidates.push_back({*named, "SPINE_ENV", here, Fault{"SPINE_ENV", {}, {}, 0, 0}, Candidate::Layer::environment});
        if (const auto* named = variable("SPINE_ENV"))
            candidates.push_back(from(*named));
        for (const auto& entry : entries)
            if (entry.path == std::vector<std::string>{"env"} && !entry.mapping)
                candidates.push_back(from(entry));
        for (const auto& candidate : candidates)
            if (!is_environment_name(candidate.text))
                fault(candidate.at, "'" + candidate.text.substr(0, 80) + "' is no name of an environment",
                      "letters, digits, '_', '-' and '.', at most 63, such as dev or prod");
        if (!candidates.empty())
            return candidates.front().text;
        layers.settings.erase("env");
        return {};
    }

    void place_entries(const std::string& chosen) {
        std::set<std::string> profiles;
        Candidates unchosen_values;
        for (const auto& entry : entries)
            if (entry.path.front() != "profiles" && entry.path != std::vector<std::string>{"env"})
                place(entry, entry.path, from(entry), {&layers.settings, &layers.values, &layers.flags});
            else if (entry.path.front() == "env" && entry.mapping)
                fault(from(entry).at, "'env' is a mapping, wanted is one value", "such as env: prod");
        for (const auto& entry : entries) {
            if (entry.path.front() != "profiles")
                continue;
            auto candidate = from(entry);
            if (entry.path.size() == 1) {
                if (!entry.mapping)
                    fault(candidate.at, "'profiles' is no mapping", "write NAME: lines under it, and a profile's settings under its name");
                continue;
            }
            const auto& profile = entry.path[1];
            if (profiles.insert(profile).second && !is_environment_name(profile))
                fault(candidate.at, "'" + profile.substr(0, 80) + "' is no name of a profile", "letters, digits, '_', '-' and '.', at most 63");
            if (entry.path.size() == 2) {
                if (!entry.mapping)
                    fault(candidate.at, "profile '" + profile + "' is no mapping", "write settings under it");
                continue;
            }
            candidate.layer = Candidate::Layer::profile;
            candidate.source += " (profile " + profile + ")";
            const std::vector<std::string> rest(entry.path.begin() + 2, entry.path.end());
            if (profile == chosen) {
                place(entry, rest, candidate, {&layers.settings, &layers.values, &layers.flags});
            } else {
                candidate.folder = profile; // so that two profiles may say the same; a path in it is never looked at
                place(entry, rest, candidate, {&layers.unchosen, &unchosen_values, &layers.unchosen_flags});
            }
        }
        // A name that is no profile of a file that has some is a slip, and would quietly be another store.
        if (!chosen.empty() && !profiles.empty() && !profiles.contains(chosen))
            fault(layers.settings.at("env").front().at, "there is no profile '" + chosen + "' in " + layers.config_file,
                  "it has " + joined(profiles) + "; write '" + chosen + ": {}' under profiles if it needs none");
    }
};

} // namespace

std::string absolute(const std::string& path, const std::string& folder) {
    return (fs::path{folder} / path).lexically_normal().string();
}

Layers gather(const Flags& flags, const Environment& environment, const Places& places) {
    const auto& here = places.working_folder;
    Gathering gathering;
    auto& layers = gathering.layers;
    if (const auto named = Gathering::file_named(flags.config_file, "--config", environment("SPINE_CONFIG"), "SPINE_CONFIG", here))
        gathering.read_configuration(*named);
    gathering.read_variables(
        Gathering::file_named(flags.env_file, "--env-file", environment("SPINE_ENV_FILE"), "SPINE_ENV_FILE", here));

    const auto add = [&](const std::string& name, const std::optional<std::string>& text, const std::string& source, Candidate::Layer layer) {
        if (text)
            layers.settings[name].push_back({*text, source, here, Fault{source, {}, {}, 0, 0}, layer});
    };
    add("db", flags.database, "--db", Candidate::Layer::flag);
    add("plugins", flags.plugin_folder, "--plugins", Candidate::Layer::flag);
    add("workflows", flags.workflow_folder, "--workflows", Candidate::Layer::flag);
    add("secrets", flags.secrets_folder, "--secrets", Candidate::Layer::flag);
    add("output", flags.output, "--output", Candidate::Layer::flag);
    add("color", flags.color, "--color", Candidate::Layer::flag);
    add("log_level", flags.log_level, "--log-level", Candidate::Layer::flag);
    add("log_format", flags.log_format, "--log-format", Candidate::Layer::flag);
    add("log_file", flags.log_file, "--log-file", Candidate::Layer::flag);
    add("lock_timeout", flags.lock_timeout, "--lock-timeout", Candidate::Layer::flag);
    if (flags.quiet)
        add("quiet", "true", "--quiet", Candidate::Layer::flag);
    for (const auto& known : known_settings) {
        if (known.variable == nullptr)
            continue;
        add(known.name, environment(known.variable), known.variable, Candidate::Layer::environment);
        if (const auto* variable = gathering.variable(known.variable))
            layers.settings[known.name].push_back(gathering.from(*variable));
    }
    for (const auto& variable : environment.names())
        if (const auto name = flag_of(variable); !name.empty())
            if (const auto text = environment(variable))
                layers.flags[name].push_back({*text, variable, here, Fault{variable, {}, {}, 0, 0}, Candidate::Layer::environment});
    for (const auto& variable : layers.variables)
        if (const auto name = flag_of(variable.name); !name.empty() && !variable.value.empty())
            layers.flags[name].push_back(gathering.from(variable));

    const auto chosen = gathering.choose_environment(flags, environment, here);
    gathering.place_entries(chosen);
    // A profile says what is otherwise in its environment, and goes over the file's own keys wherever it stands.
    for (auto* candidates : {&layers.settings, &layers.values, &layers.flags})
        for (auto& [name, all] : *candidates)
            std::ranges::stable_sort(all, {}, &Candidate::layer);
    return std::move(gathering.layers);
}

} // namespace spine::config
