#include "pipelines.hpp"

#include <array>
#include <string>
#include <string_view>

namespace spine_common {

namespace {

struct Category {
    std::string_view name;
    spine_status status;
};

// The status that stands for each category at the boundary; QUALITY_GATE has none of its own.
constexpr std::array<Category, 9> categories{{
    {"DATA_QUALITY", SPINE_INVALID_DATA},
    {"QUALITY_GATE", SPINE_INVALID_DATA},
    {"STEP_ERROR", SPINE_PANIC},
    {"CONFIGURATION", SPINE_INVALID_ARG},
    {"TRANSIENT", SPINE_UNAVAILABLE},
    {"DEPENDENCY", SPINE_INVALID_STATE},
    {"TIMEOUT", SPINE_TIMEOUT},
    {"RESOURCE", SPINE_RESOURCE},
    {"INTERNAL", SPINE_INTERNAL},
}};

} // namespace

void fail(spine::Attempt& attempt) {
    const std::string_view wanted = attempt.text("category");
    const std::int64_t attempt_number = attempt.raw()->attempt;
    if (attempt.has("times")) {
        const std::int64_t times = attempt.integer("times");
        if (times < 0)
            throw spine::Error{SPINE_INVALID_ARG, "times must not be negative"};
        if (attempt_number > times) {
            attempt.output("failed_before", times);
            return;
        }
    }
    for (const Category& category : categories)
        if (category.name == wanted)
            throw spine::Error{category.status,
                               "failed on purpose with " + std::string(wanted) + " (attempt " +
                                   std::to_string(attempt_number) + ")",
                               SPINE_RETRY_BY_CATEGORY,
                               0,
                               "{\"category\":\"" + std::string(wanted) + "\"}"};
    throw spine::Error{SPINE_INVALID_ARG, "unknown category '" + std::string(wanted) + "'"};
}

} // namespace spine_common
