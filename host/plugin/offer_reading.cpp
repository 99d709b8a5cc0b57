/// spine.log/1, spine.config/1, spine.clock/1 and spine.manifest/1
#include "env/clock.hpp"
#include "error.hpp"
#include "plugin/rows_abi.hpp"
#include "plugin/run_table.hpp"
#include "plugin/sized.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <string>

namespace spine::plugin {

spine_manifest_row to_abi(const unit::ManifestRow& row, Arena& arena) {
    spine_manifest_row out{};
    out.struct_size = sizeof out;
    out.current = row.current ? 1 : 0;
    out.domain = arena.keep(row.partition.domain);
    out.partition = arena.keep(row.partition.key);
    out.stage = arena.keep(row.stage);
    out.row_count = row.row_count;
    out.capture_seq = row.capture_seq;
    out.capture_id = arena.keep(row.capture_id);
    out.inputs_sha256 = arena.keep(row.inputs_sha256);
    out.captured_at = arena.keep(row.captured_at);
    out.metrics = arena.keep(workflow::json_text(row.metrics));
    return out;
}

namespace {

/// As manifest.get and manifest.list give it: `current` asks whether the work has reached the stage with the newest capture.
spine_manifest_row for_work(const unit::ManifestRow& row, Session& session) {
    auto out = to_abi(row, session.arena());
    if (row.capture_seq != 0) {
        const auto head = session.state().head(row.partition);
        out.current = head && head->seq == row.capture_seq ? 1 : 0;
    }
    return out;
}

/// From any thread, and after cancellation too.
void write(const spine_run* run, std::uint32_t level, spine_str message) noexcept {
    const process::HostCall inside;
    Session* session = Session::of(run);
    if (session == nullptr)
        return;
    try {
        session->log(level,
                     view_of(message, std::size_t{1} << 30)
                         .value_or("(a text that cannot be read)"));
    } catch (...) { // NOLINT(bugprone-empty-catch): a log that fails must not fail the work
    }
}

spine_status get_config(const spine_run* run, spine_str key, spine_value* out) noexcept {
    return serve(run, "config.get", Effect::reads, [&](Session& session) {
        const auto name = text_from(key, "the key", 128);
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        const auto& domain = *session.setting().domain;
        const auto declared = std::find_if(domain.config.begin(),
                                           domain.config.end(),
                                           [&](const auto& p) { return p.name == name; });
        if (declared == domain.config.end())
            throw Error{ErrorCode::usage,
                        "domain " + domain.name + " declares no key " + quoted(name)};
        const auto* value = session.configuration().if_contains(name);
        if (value == nullptr || value->is_null())
            return spine_status{SPINE_NOT_FOUND};
        const auto revealed = session.revealed(*value);
        if (const auto* refused = std::get_if<spine_status>(&revealed))
            return *refused;
        *out = to_abi(std::get<boost::json::value>(revealed), declared->type, session.arena());
        return spine_status{SPINE_OK};
    });
}

std::int64_t created_at_ms(const spine_run* run) noexcept {
    std::int64_t milliseconds = 0;
    serve(run, "clock.created_at_ms", Effect::reads, [&](Session& session) {
        milliseconds =
            env::time_from(session.setting().call->created_at).time_since_epoch().count();
        return SPINE_OK;
    });
    return milliseconds;
}

std::string domain_name(const Session& session, spine_str domain) {
    const std::string name{text_from(domain, "the domain", 256)};
    if (name.empty())
        return session.setting().domain->name;
    const auto* known = session.setting().catalogue->find_domain(name);
    return known == nullptr ? name
                            : known->name; // a domain whose plugin is gone still has its manifest
}

std::string stage_name(const Session& session, const std::string& domain, spine_str stage) {
    const auto name = text_from(stage, "the stage", 256);
    if (name.empty())
        throw Error{ErrorCode::usage, "the stage is empty"};
    return session.setting().catalogue->stage_name(domain, name);
}

spine_status get_row(const spine_run* run,
                     spine_str domain,
                     const spine_field* keys,
                     std::uint32_t key_count,
                     spine_str stage,
                     spine_manifest_row* out) noexcept {
    return serve(run, "manifest.get", Effect::reads, [&](Session& session) {
        const auto owner = domain_name(session, domain);
        const unit::Partition partition{owner, unit::partition_key(keys_from(keys, key_count))};
        const auto row = session.state().manifest(partition, stage_name(session, owner, stage));
        if (out == nullptr || !is_plausible_size(size_of(out), first_size<spine_manifest_row>))
            throw Error{ErrorCode::usage, "out is null or has a struct_size that no SDK has"};
        if (!row)
            return SPINE_NOT_FOUND;
        write_sized(out, for_work(*row, session));
        return SPINE_OK;
    });
}

spine_status list_rows(const spine_run* run,
                       spine_str domain,
                       const spine_field* keys,
                       std::uint32_t key_count,
                       spine_str stage,
                       spine_table* out) noexcept {
    return serve(run, "manifest.list", Effect::reads, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        const auto owner = domain_name(session, domain);
        const auto rows = session.state().manifest_rows(
            owner, keys_from(keys, key_count), stage_name(session, owner, stage));
        auto* items = session.arena().array<spine_manifest_row>(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            items[i] = for_work(rows[i], session);
        *out = {items, static_cast<std::uint32_t>(rows.size()), sizeof(spine_manifest_row)};
        return SPINE_OK;
    });
}

} // namespace

const spine_log_1& log_interface() noexcept {
    static constexpr spine_log_1 table{sizeof(spine_log_1), 0, &write};
    return table;
}
const spine_config_1& config_interface() noexcept {
    static constexpr spine_config_1 table{sizeof(spine_config_1), 0, &get_config};
    return table;
}
const spine_clock_1& clock_interface() noexcept {
    static constexpr spine_clock_1 table{sizeof(spine_clock_1), 0, &created_at_ms};
    return table;
}
const spine_manifest_1& manifest_interface() noexcept {
    static constexpr spine_manifest_1 table{sizeof(spine_manifest_1), 0, &get_row, &list_rows};
    return table;
}

} // namespace spine::plugin
