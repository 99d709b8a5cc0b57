#include "cli/plugin_commands.hpp"

#include "cli/session.hpp"
#include "control/known_plugins.hpp"
#include "error.hpp"
#include "workflow/parameters.hpp"

#include <algorithm>
#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string counted(std::size_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

json::array texts(const std::vector<std::string>& words) { return json::array(words.begin(), words.end()); }

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& things) {
    std::vector<std::string> names;
    for (const auto& thing : things)
        names.push_back(thing.name);
    return names;
}

json::object document_of(const workflow::Plugin& plugin) {
    json::object document;
    document["plugin"] = plugin.id;
    document["version"] = plugin.version;
    document["status"] = "loaded";
    document["title"] = plugin.title;
    document["vendor"] = plugin.vendor;
    document["license"] = plugin.license;
    document["url"] = plugin.url;
    document["abi"] = std::to_string(plugin.abi_major) + "." + std::to_string(plugin.abi_minor);
    document["sdk_version"] = plugin.sdk_version;
    document["built_with"] = plugin.built_with;
    document["file"] = plugin.file;
    document["sha256"] = plugin.sha256;
    document["domains"] = texts(names_of(plugin.domains));
    document["pipelines"] = texts(names_of(plugin.pipelines));
    document["lambdas"] = texts(names_of(plugin.handlers));
    return document;
}

/// "text", or the values that are allowed, as people read them in a table.
std::string values_of(const workflow::Parameter& parameter) {
    if (parameter.allowed.empty())
        return std::string{to_text(parameter.type)};
    std::vector<std::string> firsts;
    for (const auto& spellings : parameter.allowed)
        if (!spellings.empty())
            firsts.push_back(spellings.front());
    return joined(firsts, " | ");
}

control::Table parameter_table(const std::vector<workflow::Parameter>& parameters) {
    control::Table table{{"parameter", "value", "required", "default", "description"}, {}, false};
    for (const auto& parameter : parameters)
        table.rows.push_back({json::value(parameter.name),
                              json::value(values_of(parameter)),
                              json::value(parameter.required ? "yes" : "no"),
                              json::value(parameter.otherwise.value_or("")),
                              json::value(parameter.description)});
    return table;
}

std::string plugin_text(const Session& session, const workflow::Plugin& plugin) {
    auto text = fields_text({{"plugin", plugin.id},
                             {"version", plugin.version},
                             {"title", plugin.title},
                             {"vendor", plugin.vendor},
                             {"license", plugin.license},
                             {"url", plugin.url},
                             {"abi", std::to_string(plugin.abi_major) + "." + std::to_string(plugin.abi_minor)},
                             {"sdk", plugin.sdk_version},
                             {"built with", plugin.built_with},
                             {"file", plugin.file},
                             {"sha256", plugin.sha256}});
    control::Table domains{{"domain", "alias", "tables", "stages"}, {}, false};
    for (const auto& domain : plugin.domains)
        domains.rows.push_back({json::value(domain.name),
                                json::value(domain.alias),
                                json::value(domain.table_prefix + "*"),
                                json::value(joined(names_of(domain.stages), " > "))});
    control::Table operations{{"operation", "kind", "title"}, {}, false};
    for (const auto& pipeline : plugin.pipelines)
        operations.rows.push_back({json::value(pipeline.name),
                                   json::value(pipeline.composite ? "composite" : "pipeline"),
                                   json::value(pipeline.title)});
    for (const auto& handler : plugin.handlers)
        operations.rows.push_back({json::value(handler.name), json::value("lambda"), json::value(handler.title)});
    text += "\n" + table_text(session, domains);
    if (!operations.rows.empty())
        text += "\n" + table_text(session, operations);
    for (const auto& domain : plugin.domains)
        if (!domain.config.empty())
            text += "\nconfiguration of " + domain.name + ":\n" + table_text(session, parameter_table(domain.config));
    return text;
}

const workflow::Refused* find_refused(const workflow::Catalogue& catalogue, const std::string& name) {
    for (const auto& refused : catalogue.refused) {
        const auto file = file_name(refused.file);
        if (name == refused.file || name == file || name == file.substr(0, file.rfind('.')))
            return &refused;
    }
    return nullptr;
}

std::string kind_of(const workflow::Pipeline& pipeline) { return pipeline.composite ? "composite" : "pipeline"; }

json::object document_of(const workflow::Pipeline& pipeline) {
    json::object document;
    document["pipeline"] = pipeline.name;
    document["domain"] = pipeline.domain;
    document["plugin"] = pipeline.plugin;
    document["kind"] = kind_of(pipeline);
    document["title"] = pipeline.title;
    document["stage"] = pipeline.stage;
    document["partition_keys"] = texts(pipeline.partition_keys);
    document["needs"] = texts(pipeline.needs);
    document["exports"] = texts(pipeline.exports);
    document["calc_version"] = pipeline.calc_version;
    document["external_effects"] = pipeline.external_effects;
    document["seconds_max"] = pipeline.seconds_max;
    document["parameters"] = workflow::json_schema(pipeline.parameters, pipeline.name);
    return document;
}

std::string stage_text(const workflow::Catalogue& catalogue, const workflow::Pipeline& pipeline) {
    if (pipeline.stage.empty())
        return {};
    return pipeline.stage + " (rank " + std::to_string(catalogue.stage_rank(pipeline.domain, pipeline.stage)) + ")";
}

std::string pipeline_text(const Session& session, const workflow::Catalogue& catalogue,
                          const workflow::Pipeline& pipeline) {
    auto text = fields_text({{"pipeline", pipeline.name},
                             {"title", pipeline.title},
                             {"plugin", pipeline.plugin},
                             {"kind", kind_of(pipeline)},
                             {"stage", stage_text(catalogue, pipeline)},
                             {"partition", joined(pipeline.partition_keys)},
                             {"needs", joined(pipeline.needs)},
                             {"exports", joined(pipeline.exports)},
                             {"version", pipeline.calc_version},
                             {"effects", pipeline.external_effects ? "outside of the store too" : ""}});
    if (pipeline.parameters.empty())
        return text + "\nit takes no parameters\n";
    return text + "\n" + table_text(session, parameter_table(pipeline.parameters));
}

} // namespace

int list_plugins(Session& session, const Invocation&) {
    session.libraries.try_first();
    const auto& catalogue = session.libraries.get().catalogue();
    json::array documents;
    control::Table rows{{"plugin", "version", "status", "detail"}, {}, false};
    for (const auto& plugin : catalogue.plugins) {
        documents.push_back(document_of(plugin));
        rows.rows.push_back({json::value(plugin.id),
                             json::value(plugin.version),
                             json::value("loaded"),
                             json::value(joined(names_of(plugin.domains)) + ": " + counted(plugin.pipelines.size(), "pipeline") +
                                         ", " + counted(plugin.handlers.size(), "lambda"))});
    }
    for (const auto& refused : catalogue.refused) {
        documents.push_back(json::object{{"plugin", file_name(refused.file)},
                                         {"status", "refused"},
                                         {"file", refused.file},
                                         {"reason", refused.reason}});
        rows.rows.push_back(
            {json::value(file_name(refused.file)), nullptr, json::value("refused"), json::value(refused.reason)});
    }
    try {
        for (const auto& missing : control::missing_plugins(session.stores, catalogue)) {
            documents.push_back(json::object{{"plugin", missing.id},
                                             {"version", missing.version},
                                             {"status", "missing"},
                                             {"datasets", missing.datasets}});
            rows.rows.push_back({json::value(missing.id),
                                 json::value(missing.version),
                                 json::value("missing"),
                                 json::value(counted(missing.datasets, "dataset") + " in the store, no file that is loaded")});
        }
    } catch (const Error& problem) { // the list is the answer
        session.words.warning(std::string{"which plugins the store misses is not known: "} + problem.what());
    }
    show(session, documents, rows);
    if (documents.empty())
        session.words.note("no plugins in '" + session.libraries.folder() + "'");
    return 0;
}

int show_plugin(Session& session, const Invocation& invocation) {
    const auto& name = invocation.arguments.at(0);
    session.libraries.try_first();
    const auto& catalogue = session.libraries.get().catalogue();
    if (const auto* plugin = catalogue.find_plugin(name)) {
        auto document = document_of(*plugin);
        json::object config;
        for (const auto& domain : plugin->domains)
            config[domain.name] = workflow::json_schema(domain.config, domain.name);
        document["configuration"] = std::move(config);
        show(session, document, plugin_text(session, *plugin));
        return 0;
    }
    if (const auto* refused = find_refused(catalogue, name))
        throw Error{ErrorCode::invalid, "plugin '" + refused->file + "' was refused: " + refused->reason};
    std::vector<std::string> names;
    for (const auto& plugin : catalogue.plugins)
        names.push_back(plugin.id);
    for (const auto& refused : catalogue.refused)
        names.push_back(file_name(refused.file));
    const auto meant = workflow::nearest(name, names);
    throw Error{ErrorCode::not_found,
                "plugin '" + name + "' is unknown in '" + session.libraries.folder() + "'",
                meant.empty() ? "'spine plugin list' shows what there is" : "did you mean '" + meant + "'?"};
}

int list_pipelines(Session& session, const Invocation& invocation) {
    const auto& catalogue = session.libraries.get().catalogue();
    const auto wanted = invocation.value("domain");
    const auto* domain = wanted.empty() ? nullptr : catalogue.find_domain(wanted);
    if (!wanted.empty() && domain == nullptr) {
        std::vector<std::string> names;
        for (const auto& plugin : catalogue.plugins)
            for (const auto& known : plugin.domains)
                names.insert(names.end(), {known.name, known.alias});
        const auto meant = workflow::nearest(wanted, names);
        throw Error{ErrorCode::not_found,
                    "domain '" + wanted + "' is unknown",
                    meant.empty() ? "'spine plugin list' shows the domains" : "did you mean '" + meant + "'?"};
    }
    json::array documents;
    control::Table rows{{"pipeline", "kind", "stage", "title"}, {}, false};
    for (const auto& plugin : catalogue.plugins) {
        for (const auto& pipeline : plugin.pipelines) {
            if (domain != nullptr && pipeline.domain != domain->name)
                continue;
            documents.push_back(document_of(pipeline));
            rows.rows.push_back({json::value(pipeline.name),
                                 json::value(kind_of(pipeline)),
                                 json::value(pipeline.stage),
                                 json::value(pipeline.title)});
        }
    }
    show(session, documents, rows);
    tell_refused(session, catalogue);
    return 0;
}

int show_pipeline(Session& session, const Invocation& invocation) {
    const auto& catalogue = session.libraries.get().catalogue();
    const auto* pipeline = catalogue.find_pipeline(invocation.arguments.at(0));
    if (pipeline == nullptr) {
        session.words.error(control::unknown_pipeline(catalogue, invocation.arguments.at(0)));
        return exit_code(ErrorCode::not_found);
    }
    show(session, document_of(*pipeline), pipeline_text(session, catalogue, *pipeline));
    return 0;
}

} // namespace spine::cli
