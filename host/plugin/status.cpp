#include "plugin/status.hpp"

#include "plugin/text.hpp"
#include "workflow/json.hpp"

#include <array>
#include <cstddef>

namespace spine::plugin {

namespace {

struct Meaning {
    std::string_view name;
    unit::Category category;
    int exit_code;
};

constexpr std::array<Meaning, 16> meanings{{
    {"OK", unit::Category::internal, 1}, // never a failure
    {"INVALID_ARG", unit::Category::configuration, 3},
    {"INVALID_STATE", unit::Category::dependency, 7},
    {"INVALID_DATA", unit::Category::data_quality, 6},
    {"NOT_FOUND", unit::Category::dependency, 7},
    {"CONFLICT", unit::Category::transient, 5},
    {"INTEGRITY", unit::Category::data_quality, 6},
    {"IO", unit::Category::transient, 7},
    {"UNAVAILABLE", unit::Category::transient, 7},
    {"TIMEOUT", unit::Category::timeout, 7},
    {"CANCELLED", unit::Category::cancelled, 1},
    {"UNSUPPORTED", unit::Category::configuration, 3},
    {"DENIED", unit::Category::configuration, 8},
    {"RESOURCE", unit::Category::resource, 7},
    {"INTERNAL", unit::Category::internal, 1},
    {"PANIC", unit::Category::step_error, 1},
}};

const Meaning& meaning_of(spine_status status) noexcept {
    return meanings[static_cast<std::size_t>(is_known(status) ? status : SPINE_INTERNAL)];
}

} // namespace

bool is_known(spine_status status) noexcept { return status >= SPINE_OK && status <= SPINE_PANIC; }

std::string to_text(spine_status status) {
    return is_known(status) ? std::string{meaning_of(status).name} : std::to_string(status);
}

unit::Failure failure_of(spine_status status, std::string message) {
    unit::Failure failure;
    failure.category = meaning_of(status).category;
    failure.exit_code = meaning_of(status).exit_code;
    failure.message = std::move(message);
    return failure;
}

spine_status status_of(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::internal:
        return SPINE_INTERNAL;
    case ErrorCode::usage:
    case ErrorCode::invalid:
        return SPINE_INVALID_ARG;
    case ErrorCode::not_found:
        return SPINE_NOT_FOUND;
    case ErrorCode::conflict:
        return SPINE_CONFLICT;
    case ErrorCode::bad_data:
        return SPINE_INVALID_DATA;
    case ErrorCode::unavailable:
    case ErrorCode::commit_failed:
        return SPINE_UNAVAILABLE;
    case ErrorCode::denied:
        return SPINE_DENIED;
    case ErrorCode::interrupted:
        return SPINE_CANCELLED;
    }
    return SPINE_INTERNAL;
}

unit::Failure failure_of(const Error& error) {
    auto failure = failure_of(status_of(error.code()), error.what());
    failure.hint = error.hint();
    // A plugin that calls wrongly is a wrong definition; nobody has mistyped a command.
    failure.exit_code =
        exit_code(error.code() == ErrorCode::usage ? ErrorCode::invalid : error.code());
    return failure;
}

unit::Retry retry_of(spine_retry retry) noexcept {
    switch (retry) {
    case SPINE_RETRY_NEVER:
        return unit::Retry::never;
    case SPINE_RETRY_NOW:
        return unit::Retry::now;
    case SPINE_RETRY_BACKOFF:
        return unit::Retry::backoff;
    case SPINE_RETRY_AFTER_INPUT_CHANGE:
        return unit::Retry::after_input_change;
    default:
        return unit::Retry::by_category;
    }
}

void add_details(unit::Failure& failure, std::string_view details) {
    if (details.empty())
        return;
    boost::json::value value;
    try {
        value = workflow::json_from(details);
    } catch (const Error&) {
        value = boost::json::object{
            {"text", escaped(details, 4096)}}; // a reason is never lost for its form
    }
    if (!value.is_object()) {
        failure.details["value"] = std::move(value);
        return;
    }
    failure.details = std::move(value.get_object());
    const auto text = [&](const char* name) -> std::string_view {
        const auto* found = failure.details.if_contains(name);
        return found != nullptr && found->is_string() ? std::string_view{found->get_string()}
                                                      : std::string_view{};
    };
    failure.hint = escaped(text("hint"), 1000);
    if (!text("missing_file").empty())
        failure.exit_code = spine::exit_code(ErrorCode::not_found);
    if (const auto category = unit::category_from(text("category"))) {
        failure.category = *category;
        failure.exit_code = unit::exit_code(*category);
    }
}

} // namespace spine::plugin
