/// What is said on standard error: errors, notes, events, and the line that shows progress. For people as text, for machines as JSON, a line each.
#pragma once

#include "cli/log_file.hpp"
#include "cli/log_line.hpp"
#include "cli/sink.hpp"
#include "config/fault.hpp"
#include "config/settings.hpp"
#include "control/workflows.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace spine::cli {

/// Threads: any; a plugin may log and tell its progress from threads of its own. Lives: not longer than its sink.
class Words {
public:
    Words(Sink& sink, env::Clock& clock) : sink_{sink}, clock_{clock} {}

    struct Manner {
        bool quiet = false; ///< no notes, no progress
        bool color = false;
        config::LogFormat format = config::LogFormat::text;
        std::unique_ptr<LogFile> file{}; ///< hears all that is told; null: none
    };
    void set(Manner manner);

    /// What is wrong, and what to do about it. Never held back.
    void error(std::string_view message, std::string_view hint = {});
    void error(const workflow::Diagnostic& fault);
    void error(const config::Fault& fault);
    void warning(std::string_view message);
    /// Held back by --quiet.
    void note(std::string_view message);
    /// An event with its fields. In text, one below a warning has its time before it.
    void event(const LogLine& line);
    /// Text that is laid out already: help. In no log.
    void plain(std::string_view text);

    /// Redraws the line, on a terminal only and at most ten times a second.
    void progress(const run::Progress& progress);
    /// A step that begins is shown in the line, one that has ended gets a line of its own; on a terminal only.
    void step(const run::StepNews& step);
    /// Takes the line away.
    void end_progress();

private:
    // Called with the mutex held.
    void tell(const LogLine& line, std::string_view color, std::string_view label);
    void labelled(std::string_view color, std::string_view label, std::string_view message);
    void take_line_away();
    void draw(const std::string& text);

    std::mutex mutex_;
    Sink& sink_;
    env::Clock& clock_;
    Manner manner_;
    bool line_shown_ = false;
    std::string pipeline_;              ///< whose progress is measured
    std::chrono::nanoseconds begun_{0}; ///< when it was first heard of
    std::chrono::nanoseconds drawn_{0};
};

/// "ingest_week  45,000 of 128,072 rows (35 %), 120,000 a second, 2 s left"
std::string progress_text(const run::Progress& progress, std::chrono::nanoseconds elapsed);

} // namespace spine::cli
