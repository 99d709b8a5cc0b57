#include "plugin/library.hpp"

#include "plugin/caller.hpp"
#include "plugin/elf.hpp"
#include "plugin/ownership.hpp"
#include "plugin/probe.hpp"
#include "plugin/refusal.hpp"
#include "plugin/text.hpp"
#include "plugin/trust.hpp"
#include "process/guests.hpp"
#include "process/lent.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace spine::plugin {

namespace {

/// The loaded plugins with everything that they were made from.
class Library final : public control::Library {
public:
    Library(env::Clock& clock, Origin origin)
        : origin_{std::move(origin)}, caller_{{&clock,
                                               &catalogue_,
                                               &origin_.configuration,
                                               origin_.log,
                                               origin_.host_version,
                                               origin_.secrets,
                                               origin_.redactor},
                                              plugins_} {
        std::vector<Candidate> candidates;
        for (const auto& built_in : origin_.built_ins)
            consider(candidates, "built in", built_in.name, [&] {
                auto loaded = std::make_unique<Loaded>();
                loaded->described = describe(built_in.query);
                loaded->described.plugin.sha256 = "built in";
                return loaded;
            });
        if (auto fault = folder_fault(origin_.folder))
            catalogue_.refused.push_back({origin_.folder, std::move(*fault), false});
        else
            for (const auto& name : chosen_files())
                consider(candidates, origin_.folder + "/" + name, name, [&] {
                    if (origin_.probes && !is_in_use(origin_.folder + "/" + name))
                        if (const auto spoilt = probe_fault(origin_.folder + "/" + name))
                            throw Error{ErrorCode::invalid, *spoilt};
                    if (origin_.log != nullptr)
                        origin_.log->write(env::LogWeight::debug, "loading", {{"file", origin_.folder + "/" + name}});
                    return load_file(origin_.folder + "/" + name);
                });
        admit(std::move(candidates));
        std::sort(catalogue_.plugins.begin(),
                  catalogue_.plugins.end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
    }
    ~Library() override {
        if (!process::has_forsaken()) {
            caller_.shut_down();
            return;
        }
        for (auto& [id, plugin] : plugins_) // a thread is inside of one of them for ever
            static_cast<void>(plugin.release());
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    const workflow::Catalogue& catalogue() const override { return catalogue_; }
    run::Invoker& invoker() override { return caller_; }
    run::Lambdas& lambdas() override { return caller_; }

private:
    /// What it brings, for whoever looks for why something is not there.
    void tell(const workflow::Plugin& plugin) const {
        if (!env::debugs(origin_.log))
            return;
        const auto tell = [this](std::string_view what, env::LogFields fields) { origin_.log->write(env::LogWeight::debug, what, fields); };
        tell("plugin registered", {{"plugin", plugin.id}, {"version", plugin.version}, {"file", plugin.file}, {"sha256", plugin.sha256}});
        for (const auto& pipeline : plugin.pipelines)
            tell("pipeline registered", {{"plugin", plugin.id}, {"pipeline", pipeline.name}, {"stage", pipeline.stage}});
        for (const auto& handler : plugin.handlers)
            tell("lambda registered", {{"plugin", plugin.id}, {"lambda", handler.name}});
    }

    /// Whether these bytes have done work in this store: every other command loads them as well, without a trial.
    bool is_in_use(const std::string& path) {
        if (!origin_.known)
            return false;
        if (!known_)
            known_ = origin_.known();
        const auto sha256 = read_trusted(path).sha256;
        const bool in_use = std::any_of(known_->begin(), known_->end(), [&](const auto& plugin) { return plugin.sha256 == sha256; });
        if (!in_use && env::debugs(origin_.log))
            origin_.log->write(env::LogWeight::debug, "loaded for a trial in a process of its own", {{"file", path}});
        return in_use;
    }

    struct Candidate {
        std::string name;
        std::unique_ptr<Loaded> loaded;
    };

    /// A plugin that is refused is noted, and the next one has its turn.
    template <typename Body> void noting_refusals(const std::string& file, const std::string& name, Body&& body) {
        try {
            body();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::invalid)
                throw;
            catalogue_.refused.push_back({file, escaped(name, 200) + ": " + error.what(), false});
        }
    }
    template <typename Load>
    void consider(std::vector<Candidate>& candidates, const std::string& file, const std::string& name, Load&& load_it) {
        noting_refusals(file, name, [&] {
            std::unique_ptr<Loaded> loaded = load_it();
            if (const auto changed = process::put_back(); !changed.empty() && origin_.log != nullptr)
                origin_.log->write(env::LogWeight::warn,
                                   quoted(file) + " has changed, while it was loaded, what belongs to the whole process: " + changed + ". It was put back",
                                   {});
            loaded->described.plugin.file = file;
            candidates.push_back({name, std::move(loaded)});
        });
    }
    void admit(std::vector<Candidate> candidates) {
        std::vector<const workflow::Plugin*> found;
        for (const auto& candidate : candidates)
            found.push_back(&candidate.loaded->described.plugin);
        const auto setbacks = settle(found, origin_.known);
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            auto& [name, loaded] = candidates[i];
            auto& plugin = loaded->described.plugin;
            if (setbacks[i]) {
                auto reason = escaped(name, 200) + ": " + setbacks[i]->reason;
                const bool told = setbacks[i]->chosen && origin_.log != nullptr; // else the plugin is missing, and whoever asks for it is told
                if (told)
                    origin_.log->write(env::LogWeight::warn, reason, {});
                catalogue_.refused.push_back({plugin.file, std::move(reason), told});
                continue;
            }
            noting_refusals(plugin.file, name, [&, &loaded = loaded] {
                check_prefixes(plugin, catalogue_.plugins);
                tell(plugin);
                auto id = plugin.id;
                catalogue_.plugins.push_back(std::move(plugin));
                plugins_.emplace(std::move(id), std::move(loaded));
            });
        }
    }

    /// The files of the folder but those that were left out.
    std::vector<std::string> chosen_files() const {
        const auto all = plugin_files(origin_.folder);
        for (const auto& name : origin_.without)
            if (std::none_of(all.begin(), all.end(), [&](const auto& file) { return names_file({name}, file); }))
                throw Error{ErrorCode::not_found,
                            "there is no file of a plugin called " + quoted(name) + " in " + quoted(origin_.folder),
                            "--without takes names of files, with or without .so"};
        std::vector<std::string> chosen;
        for (const auto& file : all)
            if (!names_file(origin_.without, file) && (!origin_.only || names_file(*origin_.only, file)))
                chosen.push_back(file);
            else if (origin_.log != nullptr)
                origin_.log->write(env::LogWeight::info, "left out: " + quoted(origin_.folder + "/" + file), {});
        return chosen;
    }

    /// Nothing of the file runs before everything that can be seen from outside has been checked.
    static std::unique_ptr<Loaded> load_file(const std::string& path) {
        const auto file = read_trusted(path);
        check_symbols(read_dynamic_symbols(file.bytes));
        auto loaded = std::make_unique<Loaded>();
        {
            // What runs here: constructors of static objects of the library and of those that it needs.
            const process::Visit visit{"file '" + path + "', while it is loaded", process::load_max};
            loaded->library.emplace(path);
        }
        if (!is_still(path, file))
            refuse({"file",
                    "that it changed while it was loaded",
                    "a file that stays as it is",
                    "start spine again"});
        {
            const process::Visit visit{"file '" + path + "', its spine_plugin_query", process::load_max};
            loaded->described = describe(loaded->library->query());
        }
        loaded->described.plugin.sha256 = file.sha256;
        return loaded;
    }

    static void check_symbols(const DynamicSymbols& symbols) {
        const auto is_sqlite = [](const std::string& name) { return name.starts_with("sqlite3_"); };
        for (const auto* list : {&symbols.imported, &symbols.exported})
            if (const auto found = std::find_if(list->begin(), list->end(), is_sqlite);
                found != list->end())
                refuse(
                    {"SQLite",
                     "that it " + std::string{list == &symbols.imported ? "imports " : "exports "} +
                         quoted(*found),
                     "no sqlite3_ symbol, because two copies of SQLite on one file can damage it",
                     "read and write through the host"});
        if (symbols.exported.size() == 1 && symbols.exported.front() == SPINE_QUERY_SYMBOL)
            return;
        constexpr std::size_t shown_max = 5;
        std::string names;
        for (std::size_t i = 0; i < std::min(symbols.exported.size(), shown_max); ++i)
            names += (i == 0 ? "" : ", ") + escaped(symbols.exported[i], 80);
        refuse({"exported symbols",
                symbols.exported.empty() ? "none"
                                         : std::to_string(symbols.exported.size()) + " (" + names +
                                               (symbols.exported.size() > shown_max ? ", …)" : ")"),
                "exactly one, " SPINE_QUERY_SYMBOL,
                "build it with spine_add_plugin()"});
    }

    Origin origin_;
    std::optional<std::vector<control::KnownPlugin>> known_;
    workflow::Catalogue catalogue_;
    Caller::Plugins plugins_;
    Caller caller_;
};

} // namespace

std::unique_ptr<control::Library> load(env::Clock& clock, Origin origin) {
    return std::make_unique<Library>(clock, std::move(origin));
}

} // namespace spine::plugin
