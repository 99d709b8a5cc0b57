/// spine.source/1 and spine.capture/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/sized.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace spine::plugin {

namespace {

constexpr std::size_t location_bytes_max = 8192;

/// The path, or nothing with the refusal recorded.
std::optional<std::string> path_for(Session& session, std::string_view location) {
    auto path = path_of(location);
    if (!path)
        session.refuse(SPINE_UNSUPPORTED,
                       quoted(location) + " is not a file; this spine reads files only",
                       "download it first and name the file");
    const auto& folder = session.setting().call->folder;
    if (path && !folder.empty() && path->front() != '/')
        path = folder + "/" + *path;
    return path;
}

spine_status open(const spine_run* run, spine_str location, spine_source** out) noexcept {
    return serve(run, "source.open", Effect::reads, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        *out = nullptr;
        if (session.setting().work == Work::composite)
            return session.refuse(SPINE_DENIED,
                                  "a composite may see whether a source exists, but not read it");
        const auto path =
            path_for(session, text_from(location, "the location", location_bytes_max));
        if (!path)
            return spine_status{SPINE_UNSUPPORTED};
        auto source = std::make_unique<spine_source>();
        source->session = &session;
        source->source = std::make_unique<Source>(*path);
        *out = session.handles().add(std::move(source));
        return spine_status{SPINE_OK};
    });
}

const spine_run* run_of(const spine_source* source) noexcept {
    return source == nullptr ? nullptr : source->session->run();
}

Source& opened(const spine_source& source) {
    if (source.source == nullptr)
        throw Error{ErrorCode::usage, "the source is closed"};
    return *source.source;
}

spine_status read(spine_source* source, spine_bytes* out) noexcept {
    return serve(run_of(source), "source.read", Effect::reads, [&](Session&) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        const auto bytes = opened(*source).read();
        *out = {static_cast<const std::uint8_t*>(static_cast<const void*>(bytes.data())),
                bytes.size()};
        return SPINE_OK;
    });
}

spine_status info(const spine_source* source, spine_source_info* out) noexcept {
    return serve(run_of(source), "source.info", Effect::reads, [&](Session&) {
        const auto& from = opened(*source);
        spine_source_info info{};
        info.finished = from.finished() ? 1 : 0;
        info.uri = {from.uri().data(), from.uri().size()};
        info.name = {from.name().data(), from.name().size()};
        info.bytes = from.bytes();
        info.sha256 = {from.sha256().data(), from.sha256().size()};
        if (!write_sized(out, info))
            throw Error{ErrorCode::usage, "out is null or has a struct_size that no SDK has"};
        return SPINE_OK;
    });
}

/// Also after cancellation: a file is freed whenever it can be.
void close(spine_source* source) noexcept {
    if (source != nullptr &&
        source->session->enter("source.close", Effect::reads) != SPINE_INVALID_STATE)
        source->source.reset();
}

spine_status exists(const spine_run* run, spine_str location, std::int32_t* out) noexcept {
    return serve(run, "source.exists", Effect::reads, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        const auto path =
            path_for(session, text_from(location, "the location", location_bytes_max));
        if (!path)
            return spine_status{SPINE_UNSUPPORTED};
        *out = is_source(*path) ? 1 : 0;
        return spine_status{SPINE_OK};
    });
}

bool is_date(std::string_view text) noexcept {
    return text.size() == 10 && std::all_of(text.begin(), text.end(), [&](const char& c) {
               const auto at = &c - text.data();
               return at == 4 || at == 7 ? c == '-' : c >= '0' && c <= '9';
           });
}

spine_status
declare(const spine_run* run, const spine_capture_request* request, spine_capture* out) noexcept {
    return serve(run, "capture.declare", Effect::writes, [&](Session& session) {
        if (request == nullptr ||
            !is_plausible_size(size_of(request), first_size<spine_capture_request>) ||
            out == nullptr || !is_plausible_size(size_of(out), first_size<spine_capture>))
            throw Error{ErrorCode::usage,
                        "request or out is null or has a struct_size that no SDK has"};
        const auto wish = copy_sized<spine_capture_request>(request, size_of(request));
        if (!session.handles().holds(wish.source))
            throw Error{ErrorCode::usage, "the source is none that this attempt opened"};
        const auto& source = opened(*wish.source);
        if (!source.finished())
            throw Error{ErrorCode::usage, "the source has not been read to its end"};
        unit::Observation seen;
        seen.content_sha256 = source.sha256();
        seen.source_uri = source.uri();
        seen.source_bytes = static_cast<std::int64_t>(source.bytes());
        seen.source_last_update = text_from(wish.source_last_update, "source_last_update", 64);
        if (!seen.source_last_update.empty() && !is_date(seen.source_last_update))
            throw Error{ErrorCode::usage,
                        "source_last_update " + quoted(seen.source_last_update) + " is no date"};
        seen.week_source = text_from(wish.week_source, "week_source", 64);
        constexpr std::array<std::string_view, 4> ways{"", "given", "column", "derived"};
        if (std::find(ways.begin(), ways.end(), seen.week_source) == ways.end())
            throw Error{ErrorCode::usage,
                        "week_source " + quoted(seen.week_source) +
                            " is neither given, column, derived nor empty"};
        session.require_output(wish.output);
        const auto observed = session.unit().observe(wish.output, seen);
        session.note_capture(observed.unchanged, observed.capture_id);
        spine_capture capture{};
        capture.unchanged = observed.unchanged ? 1 : 0;
        capture.rowset = observed.rowset;
        capture.capture_id = session.arena().keep(observed.capture_id);
        write_sized(out, capture);
        return SPINE_OK;
    });
}

} // namespace

const spine_source_1& source_interface() noexcept {
    static constexpr spine_source_1 table{
        sizeof(spine_source_1), 0, &open, &read, &info, &close, &exists};
    return table;
}

const spine_capture_1& capture_interface() noexcept {
    static constexpr spine_capture_1 table{sizeof(spine_capture_1), 0, &declare};
    return table;
}

} // namespace spine::plugin
