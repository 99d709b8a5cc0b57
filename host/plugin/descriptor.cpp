#include "plugin/descriptor.hpp"

#include "plugin/declared.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>

namespace spine::plugin {

namespace {

std::string abi_of(std::uint32_t host_minor) {
    return std::to_string(SPINE_ABI_MAJOR) + "." + std::to_string(host_minor);
}

spine_plugin answer_of(spine_plugin_query_fn query, std::uint32_t host_minor) {
    const spine_plugin* answer = nullptr;
    const auto threw = [](const std::string& what) {
        refuse({"query",
                "an exception out of " SPINE_QUERY_SYMBOL + what,
                "a function that throws nothing",
                "return null to decline"});
    };
    try {
        answer = query(SPINE_ABI_MAJOR, host_minor);
    } catch (const std::exception& error) {
        threw(" (" + escaped(error.what(), 200) + ")");
    } catch (...) {
        threw("");
    }
    if (answer == nullptr)
        refuse({"query",
                "null from " SPINE_QUERY_SYMBOL,
                "a spine_plugin for ABI " + abi_of(host_minor),
                "build it with the SDK of this spine"});
    std::uint32_t head[2] = {0, 0};
    std::memcpy(head, answer, sizeof head);
    if (head[0] != SPINE_PLUGIN_MAGIC)
        refuse({"magic", "another number", "SPINE_PLUGIN_MAGIC", "build it with the SDK"});
    if (!is_plausible_size(head[1], first_size<spine_plugin>))
        refuse({"struct_size",
                std::to_string(head[1]) + " for spine_plugin",
                std::to_string(first_size<spine_plugin>) + " to " + std::to_string(struct_size_max),
                "build it with the SDK"});
    return copy_sized<spine_plugin>(answer, head[1]);
}

void negotiate(const spine_plugin& plugin, std::uint32_t host_minor) {
    if (plugin.abi_major != SPINE_ABI_MAJOR)
        refuse({"ABI",
                "ABI major " + std::to_string(plugin.abi_major),
                std::to_string(SPINE_ABI_MAJOR),
                plugin.abi_major > SPINE_ABI_MAJOR ? "upgrade spine"
                                                   : "rebuild it with the SDK of this spine"});
    if (plugin.min_host_minor > host_minor)
        refuse({"ABI",
                "that it needs ABI " + std::to_string(plugin.abi_major) + "." +
                    std::to_string(plugin.min_host_minor),
                "at most " + abi_of(host_minor),
                "upgrade spine"});
}

spine_plugin_desc descriptor_of(const spine_plugin& plugin) {
    if (plugin.desc == nullptr)
        refuse({"descriptor", "null", "a spine_plugin_desc", "mend the plugin's tables"});
    const auto size = size_of(plugin.desc);
    if (!is_plausible_size(size, first_size<spine_plugin_desc>))
        refuse({"struct_size",
                std::to_string(size) + " for spine_plugin_desc",
                std::to_string(first_size<spine_plugin_desc>) + " to " +
                    std::to_string(struct_size_max),
                "build it with the SDK"});
    return copy_sized<spine_plugin_desc>(plugin.desc, size);
}

bool is_table_prefix(std::string_view prefix) {
    return is_name(prefix) && prefix.size() >= 2 && prefix.back() == '_';
}

std::vector<workflow::Stage> stages_of(const spine_table& table, const std::string& what) {
    std::vector<workflow::Stage> stages;
    std::set<std::string> seen;
    const auto once = [&](const std::string& name) {
        if (!seen.insert(name).second)
            refuse({"stages",
                    "stage " + quoted(name) + " twice in " + what,
                    "each name and alias once",
                    "rename one"});
    };
    for (const auto& item : items_of<spine_stage>(table, "stages of " + what)) {
        workflow::Stage stage;
        stage.name = name_of(item.value.name, "a stage of " + what, &is_stage_name, stage_form);
        stage.rank = item.value.rank;
        stage.aliases = names_of(item.value.aliases,
                                 "the aliases of stage " + quoted(stage.name),
                                 &is_stage_name,
                                 stage_form);
        stage.publishes = (item.value.flags & SPINE_STAGE_PUBLISHES) != 0;
        if (stage.publishes && std::any_of(stages.begin(), stages.end(), [](const auto& s) { return s.publishes; }))
            refuse({"stages",
                    "stage " + quoted(stage.name) + " publishes, and so does another one of " + what,
                    "at most one stage that publishes",
                    "take the flag from one of them"});
        if (const auto same = std::find_if(stages.begin(), stages.end(), [&](const auto& s) { return s.rank == stage.rank; });
            same != stages.end())
            refuse({"stages",
                    "stages " + quoted(same->name) + " and " + quoted(stage.name) + " of rank " + std::to_string(stage.rank) +
                        " in " + what,
                    "a rank for each stage",
                    "give one of them another rank"});
        once(stage.name);
        std::for_each(stage.aliases.begin(), stage.aliases.end(), once);
        stages.push_back(std::move(stage));
    }
    return stages;
}

workflow::Domain domain_of(const spine_domain_desc& raw, const std::string& plugin) {
    workflow::Domain domain;
    domain.plugin = plugin;
    domain.name = name_of(raw.name, "a domain", &is_dotted_name, dotted_form);
    const auto what = "domain " + quoted(domain.name);
    domain.alias = line_of(raw.alias, "the alias of " + what, name_bytes_max);
    if (!domain.alias.empty() && !is_name(domain.alias))
        refuse({"name", "alias " + quoted(domain.alias) + " of " + what, name_form, "rename it"});
    domain.table_prefix = line_of(raw.table_prefix, "the table_prefix of " + what, name_bytes_max);
    if (!domain.table_prefix.empty() && !is_table_prefix(domain.table_prefix))
        refuse({"tables",
                "table_prefix " + quoted(domain.table_prefix) + " of " + what,
                "[a-z][a-z0-9_]*_",
                "rename it"});
    for (const std::string_view reserved : {"core_", "sqlite_", "spine_"})
        if (domain.table_prefix.starts_with(reserved))
            refuse({"tables",
                    "table_prefix " + quoted(domain.table_prefix) + " of " + what +
                        ", so it declares a table that is not its own",
                    "a prefix other than core_, sqlite_ and spine_",
                    "rename it"});
    domain.stages = stages_of(raw.stages, what);
    domain.config = parameters_of(raw.config, what);
    return domain;
}

std::vector<workflow::Domain> domains_of(const spine_table& table, const std::string& plugin) {
    std::vector<workflow::Domain> domains;
    std::set<std::string> names, prefixes;
    for (const auto& item : items_of<spine_domain_desc>(table, "domains")) {
        auto domain = domain_of(item.value, plugin);
        const auto fresh = [&](const std::string& name) {
            return name.empty() || names.insert(name).second;
        };
        if (!fresh(domain.name) || (domain.alias != domain.name && !fresh(domain.alias)))
            refuse({"domains",
                    quoted(domain.name) + " twice, as name or alias",
                    "each name once",
                    "rename one"});
        if (!domain.table_prefix.empty() && !prefixes.insert(domain.table_prefix).second)
            refuse({"tables",
                    "table_prefix " + quoted(domain.table_prefix) + " in two domains",
                    "a prefix for each domain",
                    "rename one"});
        domains.push_back(std::move(domain));
    }
    if (domains.empty())
        refuse({"domains", "none", "at least one", "declare the plugin's domain"});
    return domains;
}

const workflow::Domain& domain_named(const std::vector<workflow::Domain>& domains,
                                     spine_str name,
                                     const std::string& what) {
    const auto text = line_of(name, "the domain of " + what, name_bytes_max);
    if (text.empty())
        return domains.front();
    const auto found =
        std::find_if(domains.begin(), domains.end(), [&](const auto& d) { return d.name == text; });
    if (found == domains.end())
        refuse({"domains",
                quoted(text) + " as the domain of " + what,
                "a domain that the plugin declares",
                "declare it"});
    return *found;
}

bool declares(const workflow::Domain& domain, const std::string& stage) {
    return std::any_of(
        domain.stages.begin(), domain.stages.end(), [&](const auto& s) { return s.name == stage; });
}

void check_pipeline(const workflow::Pipeline& pipeline,
                    const workflow::Domain& domain,
                    const std::string& what) {
    const auto stage_fault = [&](const std::string& stage, const char* role) {
        refuse({"stages",
                what + " that " + role + " " + quoted(stage),
                "a stage that domain " + quoted(domain.name) + " declares",
                "declare it or rename it"});
    };
    for (const auto& stage : pipeline.needs)
        if (!declares(domain, stage))
            stage_fault(stage, "needs");
    if (!pipeline.stage.empty() && !declares(domain, pipeline.stage))
        stage_fault(pipeline.stage, "reaches");
    if (!pipeline.stage.empty() && pipeline.calc_version.empty())
        refuse({"pipelines",
                what + " that reaches " + quoted(pipeline.stage) + " without a calculation version",
                "a version, since a new one makes the stage due again",
                "name it, such as .version(\"1.0.0\")"});
    if (!pipeline.plans && !pipeline.needs.empty() && pipeline.partition_keys.empty())
        refuse({"pipelines",
                what + " that needs a stage but has no partition",
                "partition keys, or a plan",
                "name them"});
    // Without a plan the host itself makes the partition, out of the parameters; a pipeline that
    // needs nothing may learn it.
    if (!pipeline.plans && !pipeline.needs.empty())
        for (const auto& key : pipeline.partition_keys)
            if (std::none_of(pipeline.parameters.begin(),
                             pipeline.parameters.end(),
                             [&](const auto& parameter) { return parameter.name == key; }))
                refuse({"pipelines",
                        what + " with partition key " + quoted(key),
                        "one of its parameters, since it has no plan",
                        "declare the parameter"});
    if (pipeline.composite && !pipeline.stage.empty())
        refuse({"pipelines",
                what + " that is a composite and reaches a stage",
                "stages reached by its children only",
                "take the stage out"});
}

/// A partition key is a parameter of its pipeline, or a key of a dataset of its domain: anything else is a slip of the pen, and would hold partitions
/// that no other pipeline and no reader can name.
void check_partition_keys(const workflow::Plugin& plugin) {
    const auto datasets = workflow::fold(plugin.migrations);
    for (const auto& pipeline : plugin.pipelines) {
        std::vector<std::string> known;
        for (const auto& parameter : pipeline.parameters)
            known.push_back(parameter.name);
        for (const auto& dataset : datasets)
            if (dataset.domain == pipeline.domain)
                known.insert(known.end(), dataset.partition_keys.begin(), dataset.partition_keys.end());
        for (const auto& key : pipeline.partition_keys) {
            if (std::find(known.begin(), known.end(), key) != known.end())
                continue;
            const auto meant = workflow::nearest(key, known);
            refuse({"pipelines",
                    "pipeline " + quoted(pipeline.name) + " with partition key " + quoted(key),
                    "one of its parameters, or a partition key of a dataset of domain " + quoted(pipeline.domain),
                    meant.empty() ? "mend the partition, or declare the parameter" : "did you mean " + quoted(meant) + "?"});
        }
    }
}

workflow::Pipeline pipeline_of(const spine_pipeline_desc& raw,
                               const std::string& plugin,
                               const std::vector<workflow::Domain>& domains) {
    const auto bare = name_of(raw.name, "a pipeline", &is_name, name_form);
    const auto what = "pipeline " + quoted(bare);
    const auto& domain = domain_named(domains, raw.domain, what);
    workflow::Pipeline pipeline;
    pipeline.name = domain.name + "." + bare;
    pipeline.domain = domain.name;
    pipeline.plugin = plugin;
    pipeline.title = line_of(raw.title, "the title of " + what);
    pipeline.parameters = parameters_of(raw.params, what);
    pipeline.partition_keys =
        names_of(raw.partition_keys, "the partition keys of " + what, &is_name, name_form);
    pipeline.needs = names_of(raw.needs, "the needs of " + what, &is_stage_name, stage_form);
    pipeline.stage = line_of(raw.stage, "the stage of " + what, name_bytes_max);
    pipeline.exports = names_of(raw.exports, "the exports of " + what, &is_name, name_form);
    pipeline.calc_version =
        line_of(raw.calc_version, "the calculation's version of " + what, name_bytes_max);
    pipeline.composite = (raw.flags & SPINE_PIPELINE_COMPOSITE) != 0;
    pipeline.plans = raw.plan != nullptr;
    pipeline.external_effects = raw.effects == SPINE_EFFECTS_EXTERNAL;
    pipeline.seconds_max = raw.max_seconds;
    if (raw.effects > SPINE_EFFECTS_NONE)
        refuse({"pipelines",
                what + " with effects " + std::to_string(raw.effects),
                "0, 1 or 2",
                "mend the table"});
    if (raw.run == nullptr)
        refuse({"functions", what + " without a run function", "a function", "point `run` at one"});
    check_pipeline(pipeline, domain, what);
    return pipeline;
}

workflow::Handler handler_of(const spine_handler_desc& raw,
                             const std::string& plugin,
                             const std::vector<workflow::Domain>& domains) {
    const auto bare = name_of(raw.name, "a lambda", &is_dotted_name, dotted_form);
    const auto what = "lambda " + quoted(bare);
    const auto& domain = domain_named(domains, raw.domain, what);
    if (raw.call == nullptr)
        refuse(
            {"functions", what + " without a call function", "a function", "point `call` at one"});
    workflow::Handler handler;
    handler.name = domain.name + "." + bare;
    handler.domain = domain.name;
    handler.plugin = plugin;
    handler.title = line_of(raw.title, "the title of " + what);
    handler.config = parameters_of(raw.config, what);
    return handler;
}

} // namespace

Described describe(spine_plugin_query_fn query, std::uint32_t host_minor) {
    const auto table = answer_of(query, host_minor);
    negotiate(table, host_minor);
    const auto raw = descriptor_of(table);

    Described described;
    described.init = table.init;
    described.shutdown = table.shutdown;
    auto& plugin = described.plugin;
    plugin.id = name_of(raw.id, "the plugin's id", &is_plugin_id, "[a-z][a-z0-9_.-]{0,62}");
    plugin.version = name_of(raw.version,
                             "the plugin's version",
                             &is_semantic_version,
                             "a semantic version such as 1.0.0");
    plugin.title = line_of(raw.title, "the plugin's title");
    plugin.vendor = line_of(raw.vendor, "the plugin's vendor");
    plugin.license = line_of(raw.license, "the plugin's license");
    plugin.url = line_of(raw.url, "the plugin's url");
    plugin.sdk_version = line_of(raw.sdk_version, "the plugin's sdk_version");
    plugin.built_with = line_of(raw.built_with, "the plugin's built_with");
    plugin.abi_major = table.abi_major;
    plugin.abi_minor = table.abi_minor;
    plugin.min_host_minor = table.min_host_minor;
    plugin.parallel = raw.thread_model == SPINE_THREADS_PARALLEL;
    plugin.domains = domains_of(raw.domains, plugin.id);

    for (const auto& item : items_of<spine_pipeline_desc>(raw.pipelines, "pipelines")) {
        auto pipeline = pipeline_of(item.value, plugin.id, plugin.domains);
        if (!described.pipelines
                 .try_emplace(pipeline.name,
                              PipelineEntry{item.original, item.value.plan, item.value.run})
                 .second)
            refuse({"pipelines", quoted(pipeline.name) + " twice", "each name once", "rename one"});
        plugin.pipelines.push_back(std::move(pipeline));
    }
    for (const auto& item : items_of<spine_handler_desc>(raw.handlers, "lambdas")) {
        auto handler = handler_of(item.value, plugin.id, plugin.domains);
        if (!described.handlers
                 .try_emplace(handler.name, HandlerEntry{item.original, item.value.call})
                 .second)
            refuse({"lambdas", quoted(handler.name) + " twice", "each name once", "rename one"});
        plugin.handlers.push_back(std::move(handler));
    }
    plugin.migrations = migrations_of(raw.migrations, plugin.id, plugin.domains);
    check_partition_keys(plugin);
    return described;
}

} // namespace spine::plugin
