/// spine.partition/1
#include "error.hpp"
#include "plugin/rows_abi.hpp"
#include "plugin/run_table.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"

#include <limits>
#include <string>

namespace spine::plugin {

const std::vector<spine_input>& Session::inputs() {
    const auto& pinned = unit().inputs();
    for (auto i = inputs_.size(); i < pinned.size(); ++i) {
        spine_input input{};
        input.struct_size = sizeof input;
        input.output = pinned[i].output.value_or(std::numeric_limits<std::uint32_t>::max());
        input.row = to_abi(pinned[i].row, arena_);
        // Rows made from several captures are read, and derived from, by their derivation.
        const bool captured = pinned[i].row.capture_seq != 0;
        input.capture_seq = captured ? pinned[i].row.capture_seq : pinned[i].row.derivation_seq;
        input.rowset = captured ? unit().rowset_of(i) : spine_rowset{-1};
        inputs_.push_back(input);
    }
    return inputs_;
}

namespace {

spine_status claim(const spine_run* run,
                   const spine_field* keys,
                   std::uint32_t key_count,
                   std::uint32_t* output) noexcept {
    return serve(run, "partition.claim", Effect::writes, [&](Session& session) {
        if (output == nullptr)
            throw Error{ErrorCode::usage, "output is null"};
        const auto& pipeline = *session.setting().pipeline;
        const auto values = session.partition_keys().read(keys, key_count);
        const auto claimed = session.unit().claim({pipeline.domain, unit::partition_key(values)});
        if (!claimed.output)
            return session.refuse_as_held(pipeline.name + ": partition " + unit::partition_key(values) +
                                              " is being done by " + claimed.holder,
                                          "wait until that has ended, then run again");
        *output = *claimed.output;
        return spine_status{SPINE_OK};
    });
}

spine_status output(const spine_run* run, std::uint32_t index, spine_str* partition) noexcept {
    return serve(run, "partition.output", Effect::reads, [&](Session& session) {
        if (partition == nullptr)
            throw Error{ErrorCode::usage, "partition is null"};
        const auto& outputs = session.unit().outputs();
        if (index >= outputs.size())
            return SPINE_NOT_FOUND;
        *partition = session.arena().keep(outputs[index].key);
        return SPINE_OK;
    });
}

spine_status inputs(const spine_run* run, spine_table* out) noexcept {
    return serve(run, "partition.inputs", Effect::reads, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        const auto& all = session.inputs();
        *out = {all.empty() ? nullptr : all.data(),
                static_cast<std::uint32_t>(all.size()),
                sizeof(spine_input)};
        return SPINE_OK;
    });
}

spine_status derived(const spine_run* run, std::uint32_t index, spine_rowset* out) noexcept {
    return serve(run, "partition.derived", Effect::reads, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        session.require_output(index);
        *out = session.unit().derived(index);
        return SPINE_OK;
    });
}

spine_status reached(const spine_run* run,
                     std::uint32_t index,
                     spine_rowset rowset,
                     std::int64_t row_count,
                     const spine_field* metrics,
                     std::uint32_t metric_count) noexcept {
    return serve(run, "partition.reached", Effect::writes, [&](Session& session) {
        session.require_output(index);
        if (row_count < 0)
            throw Error{ErrorCode::usage,
                        "the row count " + std::to_string(row_count) + " is negative"};
        if (session.setting().pipeline->stage.empty())
            throw Error{ErrorCode::usage,
                        session.setting().pipeline->name + " declares no stage that it reaches"};
        session.note_write();
        session.unit().reached({index, rowset, row_count, object_from(metrics, metric_count)});
        return SPINE_OK;
    });
}

} // namespace

const spine_partition_1& partition_interface() noexcept {
    static constexpr spine_partition_1 table{
        sizeof(spine_partition_1), 0, &claim, &output, &inputs, &derived, &reached};
    return table;
}

} // namespace spine::plugin
