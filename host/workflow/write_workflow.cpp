#include "workflow/core_schema.hpp"
#include "workflow/json.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace spine::workflow {
namespace {

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words that readers of YAML 1.1 take for booleans or nothing.
bool is_word_of_old(std::string_view text) {
    std::string lower;
    for (const char c : text)
        lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    static constexpr std::array<std::string_view, 9> words{"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    return std::ranges::find(words, lower) != words.end();
}

/// Stands without quotes anywhere, in flow lists too, and is a text to every reader: dates and what begins like a number are not.
bool is_plain(std::string_view text) {
    constexpr std::size_t bytes_max = 200;
    if (text.empty() || text.size() > bytes_max || text.back() == ' ')
        return false;
    if (!is_letter(text.front()) && text.front() != '_' && text.front() != '$' && text.front() != '/')
        return false;
    const auto fits = [](char c) {
        return is_letter(c) || is_digit(c) || std::string_view{" _.$/-+@=()"}.find(c) != std::string_view::npos;
    };
    return std::ranges::all_of(text, fits) && !is_word_of_old(text) && reads_as_text(text);
}

/// The well-formed character that begins at `at`.
std::uint32_t character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
    switch (utf8_length(text, at)) {
    case 2: return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3: return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    case 4: return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    default: return byte(0);
    }
}

/// What a person does not see, or what turns around or hides what stands beside it: C1 controls, line ends of other readers, marks of direction and
/// format, tags, what is no character at all. A text that holds one is written so that it is seen.
bool is_unseen(std::uint32_t character) {
    struct Range {
        std::uint32_t first, last;
    };
    static constexpr std::array<Range, 19> ranges{{{0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},     {0x61c, 0x61c},
                                                   {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
                                                   {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},
                                                   {0xfeff, 0xfeff},   {0xfff0, 0xffff},   {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}}};
    return std::ranges::any_of(ranges, [&](const Range& range) { return character >= range.first && character <= range.last; });
}

std::string escaped(std::uint32_t character) {
    static constexpr char hex[] = "0123456789ABCDEF";
    const unsigned digits = character < 0x100 ? 2 : character < 0x10000 ? 4 : 8;
    std::string out{digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U"};
    for (auto digit = digits; digit > 0; --digit)
        out += hex[character >> (4 * (digit - 1)) & 15];
    return out;
}

/// Can be written as the lines of a literal block, and read back without a difference.
bool is_block(std::string_view text) {
    if (text.find('\n') == std::string_view::npos || text.front() == '\n' || text.front() == ' ' || text.ends_with("\n\n"))
        return false;
    std::size_t at = 0;
    bool line_begins = true;
    while (at < text.size()) {
        const auto length = utf8_length(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        if (length == 0 || byte == 0x7f || (byte < 0x20 && byte != '\n') ||
            (line_begins && byte == ' ' && text.find_first_not_of(' ', at) == text.find('\n', at)) || is_unseen(character_at(text, at)))
            return false;
        line_begins = byte == '\n';
        at += length;
    }
    return true;
}

std::string double_quoted(std::string_view text) {
    std::string out{"\""};
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text, at);
        if (length == 0) { // no YAML could carry it
            out += "\\uFFFD";
            ++at;
            continue;
        }
        const auto character = text.substr(at, length);
        at += length;
        if (character == "\"" || character == "\\")
            out.append("\\").append(character);
        else if (character == "\n")
            out += "\\n";
        else if (character == "\t")
            out += "\\t";
        else if (character == "\r")
            out += "\\r";
        else if (const auto code = character_at(character, 0); code < 0x20 || is_unseen(code))
            out += escaped(code);
        else
            out += character;
    }
    return out + "\"";
}

std::string in_one_line(std::string_view text) { return is_plain(text) ? std::string{text} : double_quoted(text); }

std::string number_text(double number) {
    constexpr double exact_max = 9007199254740992.0;
    if (std::abs(number) < exact_max && number == std::floor(number) && !std::signbit(number))
        return json_text(boost::json::value(static_cast<std::int64_t>(number)));
    return json_text(boost::json::value(number));
}

/// Writes nested blocks. Each line is begun by what stands in it, so that the first member of a list's item can follow its dash.
class Writer {
public:
    std::string take() {
        if (!out_.empty())
            out_.push_back('\n');
        return std::move(out_);
    }

    /// `name:` in a line of its own; what follows belongs to it.
    void key(std::string_view name) {
        constexpr std::size_t implicit_max = 200; // longer ones could pass the 1,024 bytes of an implicit key once escaped
        line();
        const auto written = in_one_line(name);
        if (written.size() > implicit_max) {
            out_ += "? " + written;
            line();
            out_ += ":";
        } else {
            out_ += written + ":";
        }
    }
    void text(std::string_view name, std::string_view value) {
        if (value.empty())
            return;
        key(name);
        scalar(value);
    }
    void plain(std::string_view name, const std::string& value) {
        key(name);
        out_ += " " + value;
    }
    void number(std::string_view name, const std::optional<double>& value) {
        if (value)
            plain(name, number_text(*value));
    }
    void natural(std::string_view name, const std::optional<std::int64_t>& value) {
        if (value)
            plain(name, std::to_string(*value));
    }
    void texts(std::string_view name, const std::vector<std::string>& values) {
        if (values.empty())
            return;
        boost::json::array array;
        for (const auto& value : values)
            array.emplace_back(value);
        member(name, array);
    }
    void object(std::string_view name, const boost::json::object& object) {
        if (!object.empty())
            member(name, object);
    }
    void member(std::string_view name, const boost::json::value& value) {
        key(name);
        follow(value);
    }

    void open() { indent_ += 2; }
    void shut() { indent_ -= 2; }
    /// An item of a list: what is written until `shut` stands behind its dash.
    void dash() {
        line();
        out_ += "- ";
        indent_ += 2;
        joined_ = true;
    }
    void empty_mapping() { out_ += " {}"; }

private:
    void line() {
        if (joined_)
            joined_ = false;
        else if (!out_.empty())
            out_.append(1, '\n').append(indent_, ' ');
    }

    void scalar(std::string_view value) {
        if (!is_block(value)) {
            out_ += " " + in_one_line(value);
            return;
        }
        out_ += value.ends_with('\n') ? " |" : " |-";
        if (value.ends_with('\n'))
            value.remove_suffix(1);
        while (true) {
            const auto end = value.find('\n');
            out_.push_back('\n');
            if (end != 0 && !value.empty())
                out_.append(indent_ + 2, ' ').append(value.substr(0, end));
            if (end == std::string_view::npos)
                return;
            value.remove_prefix(end + 1);
        }
    }

    static bool is_short_list(const boost::json::array& array) {
        constexpr std::size_t bytes_max = 80;
        std::size_t bytes = 0;
        for (const auto& item : array) {
            if (item.is_structured())
                return false;
            bytes += item.is_string() ? item.get_string().size() + 4 : 12;
        }
        return bytes <= bytes_max;
    }

    static std::string word(const boost::json::value& value) {
        return value.is_string() ? in_one_line({value.get_string().data(), value.get_string().size()}) : json_text(value);
    }

    /// Behind a key or a dash.
    void follow(const boost::json::value& value) {
        if (value.is_string()) {
            scalar({value.get_string().data(), value.get_string().size()});
        } else if (value.is_object() && !value.get_object().empty()) {
            open();
            for (const auto& [name, inner] : value.get_object())
                member(name, inner);
            shut();
        } else if (value.is_array() && !is_short_list(value.get_array())) {
            open();
            for (const auto& item : value.get_array())
                this->item(item);
            shut();
        } else if (value.is_array()) {
            std::string all;
            for (const auto& item : value.get_array())
                all += (all.empty() ? "" : ", ") + word(item);
            out_ += " [" + all + "]";
        } else {
            out_ += value.is_object() ? std::string{" {}"} : " " + word(value);
        }
    }

    void item(const boost::json::value& value) {
        const bool nested = (value.is_object() && !value.get_object().empty()) || (value.is_array() && !is_short_list(value.get_array()));
        if (!nested) {
            line();
            out_.push_back('-');
            follow(value);
            return;
        }
        dash();
        if (value.is_object()) {
            for (const auto& [name, inner] : value.get_object())
                member(name, inner);
        } else {
            for (const auto& inner : value.get_array())
                item(inner);
        }
        shut();
    }

    std::string out_;
    std::size_t indent_ = 0;
    bool joined_ = false; ///< the next line's text follows a dash
};

std::string_view word_of(OnError on_error) {
    return on_error == OnError::stop ? "stop" : on_error == OnError::go_on ? "continue" : "retry";
}

void write_steps(Writer& out, const std::vector<Step>& steps);

struct KindWriter {
    Writer& out;

    void operator()(const PipelineStep& step) const { out.text("pipeline", step.pipeline); }
    void operator()(const LambdaStep& step) const { out.text("handler", step.handler); }
    void operator()(const ChoiceStep& step) const {
        out.text("condition", step.condition);
        out.text("then_step", step.then_step);
        out.text("else_step", step.else_step.value_or(""));
    }
    void operator()(const MapStep& step) const {
        out.member("items", step.items);
        if (step.item_name != "item")
            out.text("item_name", step.item_name);
        if (step.partition_by)
            out.member("partition_by", *step.partition_by);
        out.natural("max_concurrency", step.max_concurrency);
        write_steps(out, step.steps);
    }
    void operator()(const WorkflowStep& step) const {
        out.text("workflow", step.workflow);
        if (!step.inherit_context)
            out.plain("inherit_context", "false");
        if (!step.wait)
            out.plain("wait", "false");
    }
    void operator()(const WaitStep& step) const {
        if (step.seconds)
            out.member("seconds", *step.seconds);
        if (step.until)
            out.member("until", *step.until);
    }
    void operator()(const ApprovalStep& step) const {
        out.texts("approvers", step.approvers);
        out.text("message", step.message);
        out.texts("context_fields", step.context_fields);
        out.number("timeout_hours", step.timeout_hours);
        out.text("on_timeout", step.on_timeout);
        out.texts("auto_approve_envs", step.auto_approve_envs);
    }
};

void write_retry(Writer& out, const RetryRule& rule) {
    out.key("retry");
    if (rule == RetryRule{}) {
        out.empty_mapping();
        return;
    }
    out.open();
    out.natural("max_attempts", rule.max_attempts);
    out.number("initial_delay_seconds", rule.initial_delay_seconds);
    out.number("backoff_multiplier", rule.backoff_multiplier);
    out.number("max_delay_seconds", rule.max_delay_seconds);
    out.texts("retryable_categories", rule.retryable_categories);
    out.shut();
}

void write_step(Writer& out, const Step& step) {
    out.text("name", step.name);
    out.text("type", type_of(step));
    std::visit(KindWriter{out}, step.kind);
    out.texts("depends_on", step.depends_on);
    out.text("when", step.when);
    out.object("params", step.params);
    out.object("config", step.config);
    out.text("stage", step.stage);
    if (step.on_error != OnError::stop)
        out.text("on_error", word_of(step.on_error));
    if (step.retry)
        write_retry(out, *step.retry);
    out.number("timeout_seconds", step.timeout_seconds);
    out.text("next", step.next);
    if (step.end)
        out.plain("end", "true");
}

void write_steps(Writer& out, const std::vector<Step>& steps) {
    out.key("steps");
    out.open();
    for (const auto& step : steps) {
        out.dash();
        write_step(out, step);
        out.shut();
    }
    out.shut();
}

void write_metadata(Writer& out, const Workflow& workflow) {
    out.text("name", workflow.name);
    out.text("domain", workflow.domain);
    out.text("description", workflow.description);
    if (workflow.version != 1)
        out.natural("version", workflow.version);
    out.texts("tags", workflow.tags);
}

void write_policy(Writer& out, const Workflow& workflow) {
    if (!workflow.execution && !workflow.max_concurrency && !workflow.on_failure && !workflow.timeout_seconds)
        return;
    out.key("policy");
    out.open();
    if (workflow.execution)
        out.text("execution", *workflow.execution == Execution::parallel ? "parallel" : "sequential");
    out.natural("max_concurrency", workflow.max_concurrency);
    if (workflow.on_failure)
        out.text("on_failure", *workflow.on_failure == OnFailure::stop ? "stop" : "continue");
    out.number("timeout_seconds", workflow.timeout_seconds);
    out.shut();
}

void write_concurrency(Writer& out, const Concurrency& concurrency) {
    out.key("concurrency");
    if (concurrency == Concurrency{}) {
        out.empty_mapping();
        return;
    }
    static constexpr std::array<std::string_view, 3> conflicts{"queue", "skip", "cancel_existing"};
    out.open();
    out.natural("max_concurrent_runs", concurrency.max_concurrent_runs);
    if (concurrency.on_conflict)
        out.text("on_conflict", conflicts[static_cast<std::size_t>(*concurrency.on_conflict)]);
    out.number("queue_timeout_seconds", concurrency.queue_timeout_seconds);
    out.shut();
}

void write_body(Writer& out, const Workflow& workflow) {
    out.object("defaults", workflow.defaults);
    boost::json::object flags;
    for (const auto& [name, on] : workflow.flags)
        flags.emplace(name, on);
    out.object("flags", flags);
    write_policy(out, workflow);
    if (workflow.concurrency)
        write_concurrency(out, *workflow.concurrency);
    write_steps(out, workflow.steps);
    if (!workflow.failure_handler)
        return;
    out.key("on_failure");
    out.open();
    out.key("step");
    out.open();
    write_step(out, *workflow.failure_handler);
    out.shut();
    out.shut();
}

} // namespace

std::string write_workflow(const Workflow& workflow, Spelling spelling) {
    Writer out;
    if (spelling == Spelling::flat) {
        write_metadata(out, workflow);
        write_body(out, workflow);
        return out.take();
    }
    out.text("apiVersion", "spine.io/v1");
    out.text("kind", "Workflow");
    out.key("metadata");
    out.open();
    write_metadata(out, workflow);
    out.shut();
    out.key("spec");
    out.open();
    write_body(out, workflow);
    out.shut();
    return out.take();
}

} // namespace spine::workflow
