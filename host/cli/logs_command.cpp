#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/watch_commands.hpp"
#include "control/manage_runs.hpp"
#include "error.hpp"
#include "workflow/json.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <array>
#include <boost/json/string.hpp>

namespace spine::cli {
namespace {

namespace json = boost::json;

constexpr auto look_every = std::chrono::milliseconds{200};
constexpr int looks_per_owner = 5;
constexpr std::array<const char*, 4> levels{"DEBUG", "INFO", "WARN", "ERROR"};
const std::vector<std::string> columns{"step", "generation", "attempt", "line", "at", "level", "text"};

/// What is asked for, or what is wrong with that.
std::variant<control::LogFilter, workflow::Diagnostics> filter_of(const Invocation& invocation) {
    control::LogFilter filter;
    workflow::Diagnostics faults;
    constexpr std::int64_t attempts_max = 1'000'000;
    if (invocation.arguments.size() > 1)
        filter.step = invocation.arguments[1];
    if (invocation.has("attempt")) {
        const auto read = workflow::read_literal(workflow::Type::integer, invocation.value("attempt"));
        const auto* number = std::get_if<json::value>(&read);
        if (number != nullptr && number->get_int64() >= 1 && number->get_int64() <= attempts_max)
            filter.attempt = static_cast<int>(number->get_int64());
        else
            faults.push_back({"--attempt '" + invocation.value("attempt") + "'", "is no number of an attempt", "the first one is 1", 0, 0});
    }
    if (invocation.has("level")) {
        const auto wanted = workflow::lower_case(invocation.value("level"));
        const auto least = std::ranges::find(levels, wanted, [](const char* level) { return workflow::lower_case(level); });
        if (least == levels.end())
            faults.push_back({"--level '" + invocation.value("level") + "'", "is none", "there are debug, info, warn and error", 0, 0});
        else
            filter.levels.assign(least, levels.end());
    }
    if (!faults.empty())
        return faults;
    return filter;
}

/// Prints lines as they come.
class LogPrinter {
public:
    LogPrinter(const Session& session, bool follows) : session_{session}, follows_{follows && session.output() == config::Output::json} {
        if (!follows_ && session.output() != config::Output::table) {
            printer_ = make_row_printer(session.output(), session.out(), session.look());
            printer_->columns(columns);
        }
    }
    void line(const control::LogSeen& seen) {
        ++count_;
        if (follows_) {
            json::object document;
            document["step"] = seen.step.empty() ? json::value(nullptr) : json::value(seen.step);
            document["generation"] = seen.generation;
            document["attempt"] = seen.attempt;
            document["line"] = seen.line_no;
            document["at"] = seen.at;
            document["level"] = seen.level;
            document["text"] = seen.text;
            session_.out().write(workflow::json_text(document) + "\n");
        } else if (printer_) {
            printer_->row({seen.step.empty() ? json::value(nullptr) : json::value(seen.step),
                           json::value(seen.generation),
                           json::value(seen.attempt),
                           json::value(seen.line_no),
                           json::value(seen.at),
                           json::value(seen.level),
                           json::value(seen.text)});
        } else {
            session_.out().write(printable(text_of(seen)) + "\n");
        }
    }
    void end() {
        if (printer_)
            printer_->end();
        session_.out().flush();
    }
    std::size_t count() const { return count_; }

private:
    static std::string text_of(const control::LogSeen& seen) {
        constexpr std::size_t level_width = 5;
        std::string level{seen.level};
        level.resize(std::max(level.size(), level_width), ' ');
        return std::string{seen.at} + "  " + level + "  " + std::string{seen.step} + (seen.step.empty() ? "" : seen.attempt > 1 ? " #" + std::to_string(seen.attempt) + "  " : "  ") +
               std::string{seen.text};
    }
    const Session& session_;
    bool follows_;
    std::unique_ptr<RowPrinter> printer_;
    std::size_t count_ = 0;
};

/// A run, or else a single execution; throws Error{not_found}.
void name(control::Store& store, const std::string& id, control::LogFilter& filter) {
    const auto named = control::run_named(store, id);
    if (const auto* run_id = std::get_if<std::string>(&named)) {
        filter.run_id = *run_id;
        return;
    }
    try {
        filter.execution_id = cell_text(store.execution(id).at("execution_id"));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found)
            throw;
        constexpr std::size_t columns_max = 200;
        throw Error{ErrorCode::not_found, "there is no run and no execution '" + cut(id, columns_max) + "'", error.hint()};
    }
}

/// Whether more lines may come: the run, or the execution, is being done.
bool goes_on(control::Store& store, const control::LogFilter& filter) {
    if (filter.run_id.empty())
        return cell_text(store.execution(filter.execution_id).at("status")) == "running";
    const auto now = store.run_trace().now(filter.run_id);
    return now && now->driven && !is_final(now->status);
}

} // namespace

int show_logs(Session& session, const Invocation& invocation) {
    auto asked = filter_of(invocation);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&asked))
        return refuse_usage(session, *faults);
    auto& filter = std::get<control::LogFilter>(asked);
    const bool follows = invocation.has("follow");
    const auto store = session.stores.open(control::Access::read);
    name(*store, invocation.arguments.at(0), filter);
    if (!filter.run_id.empty() && !filter.step.empty())
        if (const auto refusal = control::unknown_step(*store, filter.run_id, filter.step)) {
            session.words.error(refusal->message, refusal->hint);
            return refusal->exit_code;
        }
    auto& trace = store->run_trace();
    if (follows)
        session.world.hold_interrupts();
    LogPrinter printer{session, follows};
    for (;;) {
        const auto version = trace.version();
        const bool more = follows && goes_on(*store, filter); // before the lines: what is over then has said all
        trace.visit_logs(filter, [&](const control::LogSeen& seen) {
            printer.line(seen);
            filter.after = seen.seq;
            return session.out().open();
        });
        if (!more)
            break;
        session.out().flush();
        int looks = 0;
        do {
            if (session.world.cancel.cancelled() || !session.out().open()) {
                printer.end();
                return exit_code(ErrorCode::interrupted);
            }
            session.world.clock.sleep(look_every);
        } while (trace.version() == version && ++looks < looks_per_owner);
    }
    printer.end();
    if (printer.count() == 0)
        session.words.note("no lines were kept");
    return 0;
}

} // namespace spine::cli
