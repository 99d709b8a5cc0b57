#include "cli/words.hpp"

#include "cli/text.hpp"

#include <algorithm>

namespace spine::cli {
namespace {

constexpr std::chrono::milliseconds redraw_every{100};

std::string grouped(std::uint64_t number) {
    auto digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string remaining_text(std::uint64_t seconds) {
    if (seconds < 60)
        return std::to_string(seconds) + " s";
    if (seconds < 3600)
        return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
    return std::to_string(seconds / 3600) + " h " + std::to_string(seconds % 3600 / 60) + " min";
}

/// A fault repeats what was written, which may be huge: 200 columns and what comes after it are enough to find it again.
std::string shortened(const std::string& text) {
    constexpr std::size_t whole_max = 500, head = 200, tail = 100;
    if (text.size() <= whole_max)
        return text;
    auto from = text.size() - tail;
    while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0) == 0x80) // not in the middle of a character
        ++from;
    return cut(text, head) + text.substr(from);
}

/// "FILE:3:5" or the object alone.
template <class Fault>
std::string place(const Fault& fault) {
    auto where = fault.where;
    if (fault.line > 0)
        where += ":" + std::to_string(fault.line);
    if (fault.line > 0 && fault.column > 0)
        where += ":" + std::to_string(fault.column);
    return where;
}

} // namespace

void Words::labelled(std::string_view color, std::string_view label, std::string_view message) {
    take_line_away();
    std::string line;
    if (manner_.color)
        line.append("\x1b[").append(color).append("m");
    line.append(label);
    if (manner_.color)
        line.append("\x1b[0m");
    line.append(" ").append(printable(message)).append("\n");
    sink_.write(line);
    sink_.flush();
}

/// Called with the mutex held: to the file, and to standard error as text or as JSON.
void Words::tell(const LogLine& line, std::string_view color, std::string_view label) {
    const bool json = manner_.format == config::LogFormat::json;
    if (manner_.file)
        manner_.file->append(json ? json_text(line) : plain_text(line));
    if (json) {
        sink_.write(json_text(line) + "\n");
        sink_.flush();
        return;
    }
    labelled(color, label, line.message + fields_of(line));
    if (!line.hint.empty())
        labelled("36", "hint:", line.hint);
}

void Words::set(Manner manner) {
    const std::lock_guard guard{mutex_};
    manner_ = std::move(manner);
}

void Words::error(std::string_view message, std::string_view hint) {
    const std::lock_guard guard{mutex_};
    tell({clock_.now(), env::LogWeight::error, std::string{message}, std::string{hint}, {}}, "1;31", "error:");
}

void Words::error(const workflow::Diagnostic& fault) {
    error(shortened(place(fault)) + (fault.line > 0 ? ": " : " ") + shortened(fault.message), shortened(fault.hint));
}

void Words::error(const config::Fault& fault) { error(place(fault) + ": " + fault.message, fault.hint); }

void Words::warning(std::string_view message) {
    const std::lock_guard guard{mutex_};
    tell({clock_.now(), env::LogWeight::warn, std::string{message}, {}, {}}, "1;33", "warning:");
}

void Words::note(std::string_view message) {
    const std::lock_guard guard{mutex_};
    if (!manner_.quiet)
        tell({clock_.now(), env::LogWeight::info, std::string{message}, {}, {}}, "2", "note:");
}

void Words::event(const LogLine& line) {
    const std::lock_guard guard{mutex_};
    switch (line.weight) {
    case env::LogWeight::error: return tell(line, "1;31", "error:");
    case env::LogWeight::warn: return tell(line, "1;33", "warning:");
    case env::LogWeight::info:
    case env::LogWeight::debug: return tell(line, "2", env::to_text(line.at) + " " + std::string{to_text(line.weight)});
    }
}

void Words::plain(std::string_view text) {
    const std::lock_guard guard{mutex_};
    take_line_away();
    sink_.write(text);
    sink_.flush();
}

void Words::progress(const run::Progress& progress) {
    const std::lock_guard guard{mutex_};
    if (manner_.quiet || manner_.format == config::LogFormat::json || !sink_.is_terminal())
        return;
    const auto now = clock_.monotonic();
    if (progress.pipeline != pipeline_) {
        pipeline_ = progress.pipeline;
        begun_ = now;
    } else if (line_shown_ && now - drawn_ < redraw_every) {
        return;
    }
    drawn_ = now;
    draw(printable(progress_text(progress, now - begun_)));
}

void Words::step(const run::StepNews& step) {
    const std::lock_guard guard{mutex_};
    if (manner_.quiet || manner_.format == config::LogFormat::json || !sink_.is_terminal())
        return;
    if (!step.ended) {
        draw(printable(step.step + " (" + step.type + ") ..."));
        return;
    }
    pipeline_.clear(); // the next step's progress is measured anew
    labelled("2", step.step + ":", std::string{run::to_text(step.status)} + (step.reason.empty() ? "" : ", " + step.reason));
}

void Words::draw(const std::string& text) {
    line_shown_ = true;
    const auto columns = sink_.width();
    sink_.write("\r" + (columns > 1 ? cut(text, columns - 1) : text) + "\x1b[K");
    sink_.flush();
}

void Words::end_progress() {
    const std::lock_guard guard{mutex_};
    take_line_away();
}

void Words::take_line_away() {
    if (!line_shown_)
        return;
    line_shown_ = false;
    sink_.write("\r\x1b[K");
    sink_.flush();
}

std::string progress_text(const run::Progress& progress, std::chrono::nanoseconds elapsed) {
    const auto dot = progress.pipeline.rfind('.');
    auto text = dot == std::string::npos ? progress.pipeline : progress.pipeline.substr(dot + 1);
    const auto unit = progress.what.empty() ? std::string{"rows"} : progress.what;
    text += "  " + grouped(progress.done);
    if (progress.total > 0) {
        const auto share = std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
        text += " of " + grouped(progress.total) + " " + unit + " (" + std::to_string(static_cast<int>(share * 100)) + " %)";
    } else {
        text += " " + unit;
    }
    const auto seconds = std::chrono::duration<double>(elapsed).count();
    if (seconds < 0.5 || progress.done == 0)
        return text;
    const auto rate = static_cast<double>(progress.done) / seconds;
    text += ", " + grouped(static_cast<std::uint64_t>(rate)) + " a second";
    if (progress.total > progress.done)
        text += ", " + remaining_text(static_cast<std::uint64_t>(static_cast<double>(progress.total - progress.done) / rate + 0.5)) +
                " left";
    return text;
}

} // namespace spine::cli
