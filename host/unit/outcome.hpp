/// How an attempt ends, as a value.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace spine::unit {

/// The public list of error categories.
enum class Category {
    data_quality,
    quality_gate,
    step_error,
    configuration,
    transient,
    dependency,
    timeout,
    resource,
    cancelled,
    crash,
    internal
};
std::string_view to_text(Category category);
std::optional<Category> category_from(std::string_view text);
/// Whether the category is tried again when the failure does not say.
bool retries_by_default(Category category);
/// The exit code of a command that ends with this category, when nothing more specific is known.
int exit_code(Category category);

enum class Retry { by_category, never, now, backoff, after_input_change };

struct Failure {
    Category category = Category::internal;
    std::string message;
    std::string hint;
    Retry retry = Retry::by_category;
    std::chrono::milliseconds backoff{0};
    int exit_code = 1;
    boost::json::object details;
    /// Another process has the work, said by the host alone: no failure of the work's own. Whoever wants it looks again later. What a plugin calls a
    /// conflict is a failure like any other.
    bool elsewhere = false;

    bool operator==(const Failure&) const = default;
};

/// The work is done; `outputs` are its named results.
struct Done {
    boost::json::object outputs;
};
/// There was nothing to do after all (the source was unchanged, the plan said so).
struct Unneeded {
    std::string reason;
    boost::json::object outputs;
};

using Outcome = std::variant<Done, Unneeded, Failure>;

} // namespace spine::unit
