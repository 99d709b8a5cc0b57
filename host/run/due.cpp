#include "run/due.hpp"

#include "workflow/json.hpp"

#include <algorithm>

namespace spine::run {

namespace json = boost::json;

namespace {

json::object shape(const workflow::Pipeline& pipeline, const json::object& params) {
    json::object chosen;
    for (const auto& parameter : pipeline.parameters)
        if (parameter.in_digest)
            if (const auto* value = params.if_contains(parameter.name))
                chosen[parameter.name] = *value;
    return {{"calc_version", pipeline.calc_version}, {"params", chosen}};
}

bool feeds(const unit::Input& input, std::uint32_t output) {
    return !input.output || *input.output == output;
}

} // namespace

std::string inputs_digest(const workflow::Pipeline& pipeline,
                          const json::object& params,
                          const std::vector<unit::Input>& inputs,
                          std::uint32_t output) {
    auto content = shape(pipeline, params);
    json::array made_from;
    for (const auto& input : inputs)
        if (feeds(input, output))
            // The input's own digest says how its rows were made: a new calculation upstream makes this stage due too.
            made_from.push_back(json::object{{"domain", input.row.partition.domain},
                                             {"partition", input.row.partition.key},
                                             {"stage", input.row.stage},
                                             {"capture_id", input.row.capture_id},
                                             {"inputs_sha256", input.row.inputs_sha256}});
    content["inputs"] = made_from;
    return sha256_hex(workflow::canonical_json(content));
}

std::string source_digest(const workflow::Pipeline& pipeline,
                          const json::object& params,
                          std::string_view content_sha256) {
    auto content = shape(pipeline, params);
    content["content_sha256"] = content_sha256;
    return sha256_hex(workflow::canonical_json(content));
}

void add_digests(Plan& plan, const workflow::Pipeline& pipeline, const json::object& params) {
    plan.digests.clear();
    for (std::uint32_t output = 0; output < plan.outputs.size(); ++output) {
        const bool derived =
            std::any_of(plan.inputs.begin(), plan.inputs.end(), [&](const unit::Input& input) {
                return feeds(input, output);
            });
        plan.digests.push_back(derived || !pipeline.plans
                                   ? inputs_digest(pipeline, params, plan.inputs, output)
                                   : std::string{});
    }
}

std::optional<unit::ManifestRow> recorded_row(unit::State& state,
                                              const unit::Partition& output,
                                              const std::string& stage,
                                              const std::string& digest) {
    if (!digest.empty())
        if (auto row = state.made_from(output, stage, digest))
            return row;
    return state.manifest(output, stage);
}

std::optional<unit::ManifestRow> input_row(unit::State& state, const unit::Partition& partition, const std::string& stage, bool across) {
    return across ? state.published(partition, stage) : state.manifest(partition, stage);
}

bool still_pinned(unit::State& state, const unit::Input& input) {
    const auto now = input_row(state, input.row.partition, input.row.stage, input.across);
    return now && now->current && now->capture_seq == input.row.capture_seq && now->inputs_sha256 == input.row.inputs_sha256;
}

Due decide_due(const workflow::Pipeline& pipeline,
               const Plan& plan,
               const std::vector<std::optional<unit::ManifestRow>>& recorded,
               bool force) {
    Due due;
    due.outputs.assign(plan.outputs.size(), true);
    if (pipeline.stage.empty()) {
        due.reason = "it reaches no stage, so it is done whenever asked for";
        return due;
    }
    if (plan.historic) {
        due.reason = "history is derived whenever asked for";
        return due;
    }
    if (force) {
        due.reason = "forced";
        return due;
    }
    if (plan.outputs.empty()) {
        due.reason = "its source decides";
        return due;
    }
    std::string why, why_not;
    for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
        const auto& row = recorded.at(i);
        const auto name = pipeline.stage + " of " + plan.outputs[i].key;
        if (plan.digests.at(i).empty())
            why = "its source decides";
        else if (!row)
            why = name + " has not been reached";
        else if (row->inputs_sha256 != plan.digests[i])
            why = "what " + name + " is made from has changed";
        else if (row->withheld)
            why = name + " is not published, since a check failed: it is judged again";
        else {
            due.outputs[i] = false;
            if (why_not.empty())
                why_not = name + " is already done from the same inputs" +
                          (row->capture_id.empty() ? "" : " (capture " + row->capture_id + ")");
        }
        if (due.outputs[i] && due.reason.empty())
            due.reason = why;
    }
    due.any = std::find(due.outputs.begin(), due.outputs.end(), true) != due.outputs.end();
    if (!due.any)
        due.reason =
            plan.outputs.size() == 1
                ? why_not
                : why_not + ", and so are its " + std::to_string(plan.outputs.size() - 1) +
                      " other partitions";
    return due;
}

std::optional<unit::Partition> named_partition(const workflow::Catalogue& catalogue, const workflow::Pipeline& pipeline, const json::object& params) {
    std::vector<std::vector<std::string>> sets;
    if (!pipeline.partition_keys.empty())
        sets.push_back(pipeline.partition_keys);
    else
        for (const auto& dataset : catalogue.datasets())
            if (dataset.domain == pipeline.domain)
                sets.push_back(dataset.partition_keys);
    std::map<std::string, std::string> fullest;
    for (const auto& keys : sets) {
        std::map<std::string, std::string> values;
        for (const auto& key : keys)
            if (const auto* value = params.if_contains(key); value != nullptr && !value->is_null())
                values[key] = value->is_string() ? std::string{value->get_string()} : workflow::json_text(*value);
        if (values.size() == keys.size() && values.size() > fullest.size())
            fullest = std::move(values);
    }
    if (fullest.empty())
        return std::nullopt;
    return unit::Partition{pipeline.domain, unit::partition_key(fullest)};
}

Plan only_due(const Plan& plan, const Due& due) {
    Plan kept = plan;
    kept.outputs.clear();
    kept.digests.clear();
    kept.inputs.clear();
    std::vector<std::optional<std::uint32_t>> index(plan.outputs.size());
    for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
        if (!due.outputs.at(i))
            continue;
        index[i] = static_cast<std::uint32_t>(kept.outputs.size());
        kept.outputs.push_back(plan.outputs[i]);
        kept.digests.push_back(plan.digests.at(i));
    }
    for (const auto& input : plan.inputs) {
        if (!input.output) {
            kept.inputs.push_back(input);
        } else if (const auto moved = index.at(*input.output)) {
            kept.inputs.push_back(input);
            kept.inputs.back().output = moved;
        }
    }
    return kept;
}

DefaultPlan default_plan(const workflow::Pipeline& pipeline,
                         const json::object& params,
                         unit::State& state) {
    DefaultPlan result;
    if (pipeline.partition_keys.empty())
        return result;
    std::map<std::string, std::string> values;
    for (const auto& key : pipeline.partition_keys) {
        const auto* value = params.if_contains(key);
        if (value == nullptr || value->is_null())
            return result; // learned while working
        values[key] = value->is_string() ? std::string{value->get_string()}
                                         : workflow::json_text(*value);
    }
    const unit::Partition partition{pipeline.domain, unit::partition_key(values)};
    result.plan.outputs.push_back(partition);
    for (const auto& stage : pipeline.needs) {
        auto row = state.manifest(partition, stage);
        if (!row || !row->current) {
            result.missing = MissingStage{partition, stage, row.has_value()};
            return result;
        }
        result.plan.inputs.push_back({0, std::move(*row), false});
    }
    return result;
}

unit::Failure missing_stage(const workflow::Catalogue& catalogue, const MissingStage& missing) {
    unit::Failure failure;
    failure.category = unit::Category::dependency;
    failure.exit_code = unit::exit_code(failure.category);
    failure.message = missing.stage + " of " + missing.partition.key +
                      (missing.stale ? " was made from an older capture" : " has not been reached") +
                      (catalogue.publishing_stage(missing.partition.domain) != nullptr &&
                               !catalogue.before_publishing(missing.partition.domain, missing.stage)
                           ? (missing.stale ? " than the published one" : " by a published capture")
                           : "");
    for (const auto& plugin : catalogue.plugins)
        for (const auto& pipeline : plugin.pipelines)
            if (failure.hint.empty() && pipeline.domain == missing.partition.domain &&
                pipeline.stage == missing.stage) {
                failure.hint = "run first: spine run " + pipeline.name;
                for (const auto& [name, value] : unit::partition_values(missing.partition.key))
                    if (std::any_of(pipeline.parameters.begin(),
                                    pipeline.parameters.end(),
                                    [&](const auto& p) { return p.name == name; }))
                        failure.hint += " -p " + name + "=" + value;
                for (const auto& parameter : pipeline.parameters)
                    if (parameter.required && failure.hint.find(" " + parameter.name + "=") ==
                                                  std::string::npos)
                        failure.hint += " -p " + parameter.name + "=…";
            }
    return failure;
}

} // namespace spine::run
