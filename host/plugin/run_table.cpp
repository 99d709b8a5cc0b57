#include "plugin/run_table.hpp"

#include "error.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace spine::plugin {

namespace {

constexpr std::size_t message_bytes_max = 64 << 10;

const void* get_interface(const spine_run* run, spine_str id) noexcept {
    const Session* session = Session::of(run);
    const auto name = view_of(id, 256);
    return session == nullptr || !name ? nullptr : interface_of(session->setting().work, *name);
}

spine_status param(const spine_run* run, spine_str name, spine_value* out) noexcept {
    return serve(run, "run.param", Effect::reads, [&](Session& session) {
        const auto wanted = text_from(name, "the name", 128);
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        const auto* value = session.params().if_contains(wanted);
        if (value == nullptr || value->is_null())
            return spine_status{SPINE_NOT_FOUND};
        const auto& declared = session.declared();
        const auto found = std::find_if(
            declared.begin(), declared.end(), [&](const auto& p) { return p.name == wanted; });
        const auto revealed = session.revealed(*value);
        if (const auto* refused = std::get_if<spine_status>(&revealed))
            return *refused;
        *out = to_abi(std::get<boost::json::value>(revealed),
                      found == declared.end() ? std::nullopt : std::optional{found->type},
                      session.arena());
        return spine_status{SPINE_OK};
    });
}

std::int32_t is_cancelled(const spine_run* run) noexcept {
    const Session* session = Session::of(run);
    return session == nullptr || session->is_stopped() ? 1 : 0;
}

void progress(const spine_run* run,
              std::uint64_t done,
              std::uint64_t total,
              spine_str what) noexcept {
    const process::HostCall inside;
    Session* session = Session::of(run);
    if (session == nullptr)
        return;
    try {
        session->progress(done, total, escaped(view_of(what, message_bytes_max).value_or(""), 200));
    } catch (...) { // NOLINT(bugprone-empty-catch): progress is for the eye only
    }
}

spine_status wait(const spine_run* run, std::uint64_t milliseconds) noexcept {
    return serve(run, "run.wait", Effect::reads, [&](Session& session) {
        constexpr std::uint64_t year = std::uint64_t{366} * 24 * 3600 * 1000;
        if (milliseconds > year)
            throw Error{ErrorCode::usage,
                        std::to_string(milliseconds) + " ms are more than a year"};
        return session.wait(std::chrono::milliseconds{milliseconds});
    });
}

/// Not through `serve`: a plugin must be able to say why it stops after it was cancelled, too.
spine_status fail(const spine_run* run,
                  spine_status status,
                  spine_retry retry,
                  std::uint64_t backoff_ms,
                  spine_str message,
                  spine_str details) noexcept {
    const process::HostCall inside;
    Session* session = Session::of(run);
    if (session == nullptr)
        return SPINE_INVALID_ARG;
    const auto entered = session->enter("run.fail", Effect::reads);
    if (entered == SPINE_INVALID_STATE || entered == SPINE_UNAVAILABLE)
        return entered;
    try {
        const bool is_failure = is_known(status) && status != SPINE_OK;
        const auto text = view_of(message, std::size_t{1} << 30);
        const auto more = view_of(details, std::size_t{4} << 20);
        if (!is_failure || !text || !more || !is_utf8(*text) || !is_utf8(*more)) {
            const auto said = text ? escaped(*text, message_bytes_max) : std::string{"(no text)"};
            const char* what = !is_failure ? "the status is none of a failure: "
                               : !text || !is_utf8(*text)
                                   ? "the message is not UTF-8: "
                                   : "the details are not UTF-8; the message: ";
            auto failure = failure_of(is_known(status) ? SPINE_INVALID_ARG : status,
                                      "run.fail: " + (what + said));
            failure.retry = unit::Retry::never;
            session->say(std::move(failure));
            return is_known(status) ? SPINE_INVALID_ARG : status;
        }
        auto failure = failure_of(status, std::string{cut(*text, message_bytes_max)});
        if (failure.message.empty())
            failure.message = "the plugin failed with " + to_text(status) + " and an empty message";
        failure.retry = retry_of(retry);
        failure.backoff =
            std::chrono::milliseconds{std::min<std::uint64_t>(backoff_ms, 86'400'000)};
        add_details(failure, *more);
        session->say(std::move(failure));
        return status;
    } catch (...) {
        return session->translate();
    }
}

std::size_t size_of_value(const spine_value& value) noexcept {
    return sizeof(std::int64_t) + static_cast<std::size_t>(value.text.size);
}

spine_status emit(const spine_run* run, spine_str name, const spine_value* value) noexcept {
    return serve(run, "run.emit", Effect::writes, [&](Session& session) {
        const std::string key{text_from(name, "the name", 128)};
        if (key.empty() || value == nullptr)
            throw Error{ErrorCode::usage, key.empty() ? "the name is empty" : "the value is null"};
        auto json = unreferring(json_from(*value), key);
        session.spend(key, key.size() + size_of_value(*value));
        session.outputs()[key] = std::move(json);
        return SPINE_OK;
    });
}

struct Offer {
    std::string_view id;
    const void* (*table)() noexcept;
    bool plan, pipeline, composite, lambda;
};

template <auto Get> const void* table() noexcept { return &Get(); }

// Who is offered what. A lambda gets nothing that has an effect, no clock and no database.
constexpr std::array offers{
    Offer{SPINE_LOG_ID, &table<&log_interface>, true, true, true, true},
    Offer{SPINE_CONFIG_ID, &table<&config_interface>, true, true, true, true},
    Offer{SPINE_MANIFEST_ID, &table<&manifest_interface>, true, true, true, true},
    Offer{SPINE_CLOCK_ID, &table<&clock_interface>, true, true, true, false},
    Offer{SPINE_PLAN_ID, &table<&plan_interface>, true, false, false, false},
    Offer{SPINE_PARTITION_ID, &table<&partition_interface>, false, true, false, false},
    Offer{SPINE_SOURCE_ID, &table<&source_interface>, false, true, true, false},
    Offer{SPINE_CAPTURE_ID, &table<&capture_interface>, false, true, false, false},
    Offer{SPINE_DB_ID, &table<&db_interface>, false, true, false, false},
    Offer{SPINE_APPEND_ID, &table<&append_interface>, false, true, false, false},
    Offer{SPINE_REJECTS_ID, &table<&rejects_interface>, false, true, false, false},
    Offer{SPINE_QUALITY_ID, &table<&quality_interface>, false, true, false, false},
    Offer{SPINE_ANOMALIES_ID, &table<&anomalies_interface>, false, true, true, false},
    Offer{SPINE_DISPATCH_ID, &table<&dispatch_interface>, false, false, true, false},
    Offer{SPINE_STEP_ID, &table<&step_interface>, false, false, false, true},
    Offer{SPINE_COURSE_ID, &table<&course_interface>, false, false, false, true},
};

} // namespace

spine_run run_functions() noexcept {
    spine_run run{};
    run.get_interface = &get_interface;
    run.param = &param;
    run.is_cancelled = &is_cancelled;
    run.progress = &progress;
    run.wait = &wait;
    run.fail = &fail;
    run.emit = &emit;
    return run;
}

const void* interface_of(Work work, std::string_view id) noexcept {
    for (const auto& offer : offers) {
        if (offer.id != id)
            continue;
        const bool offered = work == Work::plan        ? offer.plan
                             : work == Work::pipeline  ? offer.pipeline
                             : work == Work::composite ? offer.composite
                                                       : offer.lambda;
        return offered ? offer.table() : nullptr;
    }
    return nullptr;
}

} // namespace spine::plugin
