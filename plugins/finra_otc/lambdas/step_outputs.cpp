#include "lambdas/step_outputs.hpp"

#include "calc/number.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/partition.hpp"

namespace finra {

namespace {

std::string path_of(std::string_view step, std::string_view field) {
    return std::string(step) + "." + std::string(field);
}

/// A step that does not do what the workflow takes for granted.
spine::Error step_error(std::string message, std::string_view hint) {
    return {SPINE_INVALID_STATE,
            std::move(message),
            SPINE_RETRY_NEVER,
            0,
            R"({"category":"STEP_ERROR","hint":)" + spine::json_quoted(hint) + "}"};
}

spine::Error wrong_output(const std::string& path, std::string_view wanted) {
    return step_error("Output " + path + " is no " + std::string(wanted),
                      "name a step that tells it, in `config`");
}

spine::Error no_output(std::string_view step, std::string_view field) {
    return step_error(
        "No output from " + std::string(step) + ": " + std::string(field) + " is not there",
        "place the step after '" + std::string(step) + "', or name another one in `config`");
}

spine::Error wrong_option(std::string_view name, const std::string& what) {
    return error(SPINE_INVALID_ARG, "config '" + std::string(name) + "' " + what, {});
}

spine_value option(const spine::Check& check, std::string_view name) {
    const auto value = check.option(name);
    if (!value)
        throw wrong_option(name, "is not set");
    return *value;
}

} // namespace

std::int64_t integer_option(const spine::Check& check, std::string_view name) {
    return option(check, name).integer;
}

std::string_view text_option(const spine::Check& check, std::string_view name) {
    return spine::view(option(check, name).text);
}

double fraction_option(const spine::Check& check, std::string_view name, double most) {
    const double value = option(check, name).real;
    if (!(value >= 0 && value <= most))
        throw wrong_option(name,
                           "is " + calc::double_text(value) + ", which is not from 0 to " +
                               calc::double_text(most));
    return value;
}

std::int64_t count_option(const spine::Check& check,
                          std::string_view name,
                          std::int64_t least,
                          std::int64_t most) {
    const std::int64_t value = integer_option(check, name);
    if (value < least || value > most)
        throw wrong_option(name,
                           "is " + std::to_string(value) + ", which is not from " +
                               std::to_string(least) + " to " + std::to_string(most));
    return value;
}

std::optional<std::int64_t>
told_count(const spine::Check& check, std::string_view step, std::string_view field) {
    const std::string path = path_of(step, field);
    const auto value = check.output_of(path);
    if (!value)
        return std::nullopt;
    if (value->type != SPINE_INT || value->integer < 0)
        throw wrong_output(path, "number of things");
    return value->integer;
}

std::optional<double>
told_rate(const spine::Check& check, std::string_view step, std::string_view field) {
    const std::string path = path_of(step, field);
    const auto value = check.output_of(path);
    if (!value)
        return std::nullopt;
    const double rate = value->type == SPINE_REAL  ? value->real
                        : value->type == SPINE_INT ? static_cast<double>(value->integer)
                                                   : -1.0;
    if (!(rate >= 0 && rate <= 1))
        throw wrong_output(path, "fraction from 0 to 1");
    return rate;
}

std::vector<std::string>
told_texts(const spine::Check& check, std::string_view step, std::string_view field) {
    const std::string path = path_of(step, field);
    const auto value = check.output_of(path);
    if (!value)
        return {};
    auto texts =
        value->type == SPINE_JSON ? texts_from_json(spine::view(value->text)) : std::nullopt;
    if (!texts)
        throw wrong_output(path, "list of texts");
    return *std::move(texts);
}

std::int64_t row_count_of(const spine::Check& check, std::string_view step) {
    for (const std::string_view field : {"row_count", "record_count"})
        if (const auto count = told_count(check, step, field))
            return *count;
    throw no_output(step, "row_count");
}

double null_rate_of(const spine::Check& check, std::string_view step) {
    if (const auto rate = told_rate(check, step, "null_rate"))
        return *rate;
    throw no_output(step, "null_rate");
}

} // namespace finra
