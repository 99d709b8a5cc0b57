#include "config/load.hpp"

#include "config/yaml_file.hpp"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

namespace spine::config {
namespace {

namespace fs = std::filesystem;

/// A text on its way to becoming a setting.
struct Candidate {
    std::string text;
    std::string source; ///< "--db", "SPINE_DB", "spine.yaml:3"
    std::string folder; ///< where a relative path in it begins
    Fault at;           ///< for faults: where it stands
};

template <class T, std::size_t n>
struct Words {
    std::array<std::pair<const char*, T>, n> words;
};
constexpr Words<Output, 4> outputs{{{{"table", Output::table}, {"json", Output::json}, {"csv", Output::csv},
                                     {"yaml", Output::yaml}}}};
constexpr Words<Color, 3> colors{{{{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}}};
constexpr Words<LogLevel, 5> levels{{{{"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn},
                                      {"error", LogLevel::error}, {"off", LogLevel::off}}}};
constexpr Words<bool, 2> switches{{{{"true", true}, {"false", false}}}};

/// All candidates of one setting's name, the strongest first.
using Candidates = std::map<std::string, std::vector<Candidate>>;

std::string absolute(const std::string& path, const std::string& folder) {
    return (fs::path{folder} / path).lexically_normal().string();
}

struct Loading {
    Settings settings;
    Faults faults;
    Candidates candidates;

    const Candidate* strongest(const std::string& name) {
        const auto found = candidates.find(name);
        settings.sources[name] = found == candidates.end() ? "default" : found->second.front().source;
        return found == candidates.end() ? nullptr : &found->second.front();
    }

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

    template <class T, std::size_t n>
    void choose(const std::string& name, T& setting, const Words<T, n>& words) {
        // Every candidate is checked, so that a fault does not hide behind a stronger flag.
        std::string valid;
        for (const auto& [word, value] : words.words)
            valid += (valid.empty() ? "" : ", ") + std::string{word};
        const Candidate* winner = strongest(name);
        const auto found = candidates.find(name);
        if (found == candidates.end())
            return;
        for (const auto& candidate : found->second) {
            bool known = false;
            for (const auto& [word, value] : words.words) {
                if (candidate.text != word)
                    continue;
                known = true;
                if (&candidate == winner)
                    setting = value;
            }
            if (!known)
                fault(candidate, "'" + candidate.text + "' is not a value of " + name, "valid are " + valid);
        }
    }
};

void read_file_into(Loading& loading, const Candidate& file) {
    const auto path = absolute(file.text, file.folder);
    loading.settings.config_file = path;
    auto read = read_yaml(read_file(path), path);
    if (auto* faults = std::get_if<Faults>(&read)) {
        loading.faults = std::move(*faults);
        return;
    }
    const auto folder = fs::path{path}.parent_path().string();
    for (auto& entry : std::get<std::vector<Entry>>(read)) {
        const Fault at{path, {}, {}, entry.line, entry.column};
        const auto source = path + ":" + std::to_string(entry.line);
        const auto& top = entry.path.front();
        const auto refuse = [&](std::string message, std::string hint) {
            loading.fault({{}, {}, {}, at}, std::move(message), std::move(hint));
        };
        if (top == "values" && entry.path.size() > 1) {
            std::string name;
            for (std::size_t i = 1; i < entry.path.size(); ++i)
                name += (i == 1 ? "" : ".") + entry.path[i];
            if (!loading.settings.values.emplace(name, entry.value).second)
                refuse("'" + name + "' is given twice", "keep one of the two");
            loading.settings.sources["values." + name] = source;
        } else if (top == "values") {
            refuse("'values' is no mapping", "write DOMAIN.KEY: VALUE lines under it");
        } else if (entry.path.size() > 1) {
            refuse("'" + top + "' is a mapping, wanted is one value", "only 'values' has names under it");
        } else if (top == "db" || top == "plugins" || top == "workflows" || top == "output" || top == "color" ||
                   top == "log_level" || top == "quiet") {
            loading.candidates[top].push_back({entry.value, source, folder, at});
        } else {
            refuse("'" + top + "' is no setting",
                   "known are db, plugins, workflows, output, color, log_level, quiet and values; a domain's key belongs under values");
        }
    }
}

/// A path in a store's URL begins where the URL was written.
std::string database_url(const Candidate& candidate) {
    constexpr std::string_view scheme = "sqlite:";
    if (!candidate.text.starts_with(scheme) || candidate.source.starts_with("--") || candidate.source == "SPINE_DB")
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
    const auto& here = places.working_folder;
    const auto add = [&](const std::string& name, const std::optional<std::string>& text, const std::string& source) {
        if (text)
            loading.candidates[name].push_back({*text, source, here, Fault{source, {}, {}, 0, 0}});
    };
    add("db", flags.database, "--db");
    add("plugins", flags.plugin_folder, "--plugins");
    add("workflows", flags.workflow_folder, "--workflows");
    add("config", flags.config_file, "--config");
    add("output", flags.output, "--output");
    add("color", flags.color, "--color");
    add("log_level", flags.log_level, "--log-level");
    if (flags.quiet)
        add("quiet", "true", "--quiet");
    add("db", environment("SPINE_DB"), "SPINE_DB");
    add("plugins", environment("SPINE_PLUGINS"), "SPINE_PLUGINS");
    add("workflows", environment("SPINE_WORKFLOWS"), "SPINE_WORKFLOWS");
    add("config", environment("SPINE_CONFIG"), "SPINE_CONFIG");
    if (const Candidate* file = loading.strongest("config"))
        read_file_into(loading, *file);

    auto& settings = loading.settings;
    if (const Candidate* database = loading.strongest("db")) {
        settings.database = database_url(*database);
        if (database->text.empty())
            loading.fault(*database, "the store's URL is empty", "write sqlite:PATH");
    }
    settings.plugin_folder = loading.folder("plugins", "plugin", default_folder(places, "plugins", "lib"));
    settings.workflow_folder = loading.folder("workflows", "workflow", default_folder(places, "workflows", "share"));
    loading.choose("output", settings.output, outputs);
    loading.choose("color", settings.color, colors);
    loading.choose("log_level", settings.log_level, levels);
    loading.choose("quiet", settings.quiet, switches);
    if (settings.color == Color::automatic && (environment("NO_COLOR") || environment("TERM") == "dumb"))
        settings.color = Color::never;

    if (!loading.faults.empty())
        return std::move(loading.faults);
    return std::move(loading.settings);
}

Places process_places() {
    std::error_code error;
    const auto here = fs::current_path(error);
    return {error ? std::string{} : here.string(), program_path()};
}

} // namespace spine::config
