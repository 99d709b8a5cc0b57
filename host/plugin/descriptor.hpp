/// From a plugin's tables to the catalogue's values, with every check that needs no other plugin.
#pragma once

#include "spine/abi.h"
#include "workflow/catalogue.hpp"

#include <functional>
#include <map>
#include <string>

namespace spine::plugin {

struct PipelineEntry {
    const spine_pipeline_desc* self = nullptr;
    decltype(spine_pipeline_desc::plan) plan = nullptr;
    decltype(spine_pipeline_desc::run) run = nullptr;
};

struct HandlerEntry {
    const spine_handler_desc* self = nullptr;
    decltype(spine_handler_desc::call) call = nullptr;
};

/// What a plugin brings and where it is entered; by full name.
struct Described {
    workflow::Plugin plugin;
    std::map<std::string, PipelineEntry, std::less<>> pipelines;
    std::map<std::string, HandlerEntry, std::less<>> handlers;
    decltype(spine_plugin::init) init = nullptr;
    decltype(spine_plugin::shutdown) shutdown = nullptr;
};

/// Asks `query`, negotiates, checks and converts everything. An exception that crosses is caught
/// here. Fails: throws Error{invalid} with a refusal's sentence.
Described describe(spine_plugin_query_fn query, std::uint32_t host_minor = SPINE_ABI_MINOR);

} // namespace spine::plugin
