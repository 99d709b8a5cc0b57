#include "lambdas.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spine_common {

namespace {

constexpr std::size_t preview_max = 200;
constexpr std::size_t line_max = 2000;

using Line = std::pair<std::string, std::string>; // label, value

/// The first `most` bytes, and no half character at the end.
std::string_view cut(std::string_view text, std::size_t most) {
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U)
        --most;
    return text.substr(0, most);
}

std::string text_of(const spine_value& value) {
    std::array<char, 32> digits{};
    switch (value.type) {
    case SPINE_BOOL:
        return value.integer != 0 ? "yes" : "no";
    case SPINE_INT:
        return std::to_string(value.integer);
    case SPINE_REAL:
        return {digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), value.real).ptr};
    default:
        return std::string(cut(spine::view(value.text), line_max));
    }
}

std::optional<std::string> option(const spine::Check& check, std::string_view name) {
    const auto value = check.option(name);
    return value ? std::optional(text_of(*value)) : std::nullopt;
}

std::optional<std::string> output(const spine::Check& check, std::string_view path) {
    const auto value = check.output_of(path);
    return value ? std::optional(text_of(*value)) : std::nullopt;
}

/// What a checking step has counted, else what came in.
std::optional<std::string> records(const spine::Check& check) {
    if (const auto path = option(check, "records_from"))
        return output(check, *path);
    for (const std::string_view path : {"validate_ingest.record_count", "ingest.row_count"})
        if (auto count = output(check, path))
            return count;
    return std::nullopt;
}

std::vector<Line> lines_of(const spine::Check& check, bool failed) {
    std::vector<Line> lines;
    const auto add = [&](const char* label, std::optional<std::string> value) {
        if (value && !value->empty())
            lines.emplace_back(label, *std::move(value));
    };
    for (const auto& [label, param] :
         {std::pair{"Week Ending", "week_ending"}, std::pair{"Tier", "tier"}})
        if (const auto text = check.maybe_text(param))
            add(label, std::string(cut(*text, line_max)));
    add("Records Ingested", records(check));
    if (failed) {
        add("Failed Step", output(check, "failure.step"));
        add("Error", output(check, "failure.error"));
        add("Category", output(check, "failure.category"));
    } else if (check.has("skip_rolling")) {
        add("Rolling Calculated", check.flag("skip_rolling") ? "No (insufficient history)" : "Yes");
    }
    return lines;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

void record(spine::Check& check, std::string_view channel, std::string_view to_json) {
    std::string details = R"({"type":"notification","channel":)" + spine::json_quoted(channel) +
                          R"(,"status":"recorded")";
    if (!to_json.empty())
        details.append(R"(,"to":)").append(to_json);
    check.event("notification", details + "}");
}

/// An event for each channel that is configured; the log alone otherwise.
void record_by_channel(spine::Check& check) {
    const auto slack = option(check, "slack_channel");
    const auto email = check.option("email_recipients");
    if (slack)
        record(check, "slack", spine::json_quoted(*slack));
    if (email)
        record(check, "email", spine::view(email->text));
    if (!slack && !email)
        record(check, "log", {});
}

} // namespace

void send_completion_notification(spine::Check& check) {
    const bool failed = check.output_of("failure.step").has_value();
    const std::string subject =
        option(check, "subject").value_or(failed ? "Workflow Failed" : "Workflow Complete");
    std::string message = subject + "\n" + std::string(characters(subject), '=');
    std::string line = subject;
    if (const auto text = option(check, "message")) {
        message.append("\n").append(*text);
        line.append(": ").append(*text);
    }
    for (const auto& [label, value] : lines_of(check, failed)) {
        message.append("\n").append(label).append(": ").append(value);
        line.append("; ").append(label).append(": ").append(value);
    }

    record_by_channel(check);
    check.info(line);
    check.output("notification_recorded", true)
        .output("notification_sent", false)
        .output("message", message)
        .output("message_preview", cut(message, preview_max));
}

} // namespace spine_common
