#include "plugin/partition_keys.hpp"

#include "error.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"
#include "unit/partition.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace spine::plugin {

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + quoted(names[i]);
    return text;
}

bool is_of(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What is wrong with a key's value; empty: nothing.
std::string misfit(const std::string& text, spine_type given, workflow::Type wanted) {
    if (given == SPINE_INT && wanted != workflow::Type::integer)
        return "the integer " + text + " was given";
    const auto read = workflow::read_literal(wanted, text);
    if (const auto* fault = std::get_if<workflow::Misfit>(&read))
        return fault->message;
    return {};
}

} // namespace

PartitionKeys::PartitionKeys(const workflow::Catalogue& catalogue, const workflow::Pipeline& pipeline) {
    const auto add_type = [&](const workflow::Parameter& parameter) { types_.try_emplace(parameter.name, parameter.type); };
    std::for_each(pipeline.parameters.begin(), pipeline.parameters.end(), add_type);
    if (const auto* plugin = catalogue.find_plugin(pipeline.plugin))
        for (const auto& other : plugin->pipelines)
            if (other.domain == pipeline.domain)
                std::for_each(other.parameters.begin(), other.parameters.end(), add_type);
    const auto add = [&](Names names) {
        std::sort(names.begin(), names.end());
        if (!names.empty() && std::find(sets_.begin(), sets_.end(), names) == sets_.end())
            sets_.push_back(std::move(names));
    };
    if (!pipeline.partition_keys.empty()) {
        add(pipeline.partition_keys);
        return;
    }
    for (const auto& dataset : catalogue.datasets())
        if (dataset.domain == pipeline.domain)
            add(dataset.partition_keys);
}

/// Of several sets the one that shares most with what was given.
const PartitionKeys::Names& PartitionKeys::meant_by(const std::map<std::string, std::string>& values) const {
    const auto differences = [&](const Names& names) {
        const auto missing = std::count_if(names.begin(), names.end(), [&](const auto& name) { return !values.contains(name); });
        const auto over = std::count_if(values.begin(), values.end(), [&](const auto& value) { return !is_of(names, value.first); });
        return missing + over;
    };
    return *std::min_element(sets_.begin(), sets_.end(), [&](const Names& a, const Names& b) { return differences(a) < differences(b); });
}

std::map<std::string, std::string> PartitionKeys::read(const spine_field* keys, std::uint32_t key_count) const {
    auto values = keys_from(keys, key_count);
    if (values.empty())
        throw Error{ErrorCode::usage, "a partition has at least one key"};
    const auto partition = [&] { return "partition " + unit::partition_key(values); };
    if (!sets_.empty()) {
        const auto& wanted = meant_by(values);
        const auto hint = "the keys of this partition are " + joined(wanted);
        for (const auto& [name, value] : values)
            if (!is_of(wanted, name))
                throw Error{ErrorCode::usage,
                            partition() + ": key " + quoted(name) + " was given (" + quoted(value) + "), wanted are " + joined(wanted), hint};
        for (const auto& name : wanted)
            if (!values.contains(name))
                throw Error{ErrorCode::usage, partition() + ": key " + quoted(name) + " is missing, wanted are " + joined(wanted), hint};
    }
    for (const auto& field : fields_from(keys, key_count)) {
        const std::string name{text_from(field.name, "a key's name")};
        const auto type = types_.find(name);
        if (type == types_.end())
            continue;
        if (const auto fault = misfit(values.at(name), field.value.type, type->second); !fault.empty())
            throw Error{ErrorCode::usage,
                        partition() + ": key " + quoted(name) + ": " + fault + ", wanted is " + std::string{workflow::to_text(type->second)}};
    }
    return values;
}

} // namespace spine::plugin
