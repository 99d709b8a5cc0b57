#include "cli/object_table.hpp"
#include "cli/run_story.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "cli/watch_commands.hpp"
#include "control/manage_runs.hpp"
#include "error.hpp"
#include "workflow/json.hpp"

#include <boost/json/string.hpp>
#include <chrono>
#include <map>

namespace spine::cli {
namespace {

namespace json = boost::json;
using control::RunNow;
using control::StepSeen;

constexpr auto look_every = std::chrono::milliseconds{200};
constexpr int looks_per_owner = 5; ///< nothing is written when an owner dies, so that one looks for it now and then
constexpr std::size_t told_before = 20;

/// What has happened to the run, made ready to be printed.
struct Event {
    std::string text;
    json::object document;
};
/// By their numbers: with steps side by side the rows are in another order.
struct Events {
    std::map<std::int64_t, Event> by_number;
    std::size_t dropped = 0;
};

json::value value_of(std::string_view text) { return text.empty() ? json::value(nullptr) : json::value(text); }

std::string padded(std::string text) {
    constexpr std::size_t width = 9;
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string line(std::string_view at, std::string what, const std::string& more) {
    return std::string{at} + "  " + padded(std::move(what)) + "  " + more;
}

std::string named(const StepSeen& step) {
    return std::string{step.step} + (step.attempt > 1 ? " #" + std::to_string(step.attempt) : std::string{});
}

bool waits(std::string_view type) { return type == "wait" || type == "approval" || type == "workflow"; }

json::object document_of(const StepSeen& step, std::string_view at, std::string_view what, std::int64_t number) {
    json::object document;
    document["at"] = value_of(at);
    document["event"] = what;
    document["no"] = number;
    document["step"] = step.step;
    document["type"] = step.type;
    document["generation"] = step.generation;
    document["attempt"] = step.attempt;
    document["wake_at"] = value_of(step.wake_at);
    document["child_run_id"] = value_of(step.child_run_id);
    document["execution_id"] = value_of(step.execution_id);
    return document;
}

Event beginning(const StepSeen& step) {
    const bool waiting = waits(step.type);
    auto document = document_of(step, step.started_at, waiting ? "waiting" : "begun", step.begun_no);
    const bool open = step.ended_no == 0;
    const auto until = open && !step.wake_at.empty() ? ", until " + std::string{step.wake_at} : std::string{};
    const auto child = step.child_run_id.empty() || !waiting ? std::string{} : ", for run " + std::string{step.child_run_id};
    const auto message = open && !step.reason.empty() ? ": " + std::string{step.reason} : std::string{};
    return {line(step.started_at, waiting ? "waiting" : "begun", named(step) + child + until + message), std::move(document)};
}

std::string took(const StepSeen& step) {
    if (step.started_at.empty() || step.finished_at.empty() || step.begun_no == step.ended_no)
        return {};
    return " (" + seconds_text(env::time_from(std::string{step.finished_at}) - env::time_from(std::string{step.started_at})) + ")";
}

Event ending(const StepSeen& step) {
    const bool mark = step.step.starts_with('@');
    const std::string what{mark ? std::string_view{"course"} : step.status};
    auto document = document_of(step, step.finished_at, what, step.ended_no);
    document["status"] = step.status;
    document["reason"] = value_of(step.reason);
    document["error_category"] = value_of(step.error_category);
    document["error"] = value_of(step.error_message);
    document["output"] = meant(step.output);
    const auto why = !step.error_message.empty() ? ": " + std::string{step.error_category} + ": " + std::string{step.error_message}
                     : step.reason.empty()       ? std::string{}
                                                 : ": " + std::string{step.reason};
    const auto again = step.wake_at.empty() ? std::string{} : "; is tried again at " + std::string{step.wake_at};
    return {line(step.finished_at, what, mark ? mark_text(step) : named(step) + took(step) + why + again), std::move(document)};
}

/// What stands in the journal after that event; of the first look the newest ones alone, unless all are wanted.
Events events_after(control::RunTrace& trace, const std::string& run_id, std::int64_t after, std::size_t most) {
    Events found;
    const auto add = [&](std::int64_t number, Event event) {
        found.by_number.insert_or_assign(number, std::move(event));
        if (found.by_number.size() > most) {
            found.by_number.erase(found.by_number.begin());
            ++found.dropped;
        }
    };
    trace.visit_steps(run_id, after, [&](const StepSeen& step) {
        if (step.begun_no > after && step.begun_no != step.ended_no)
            add(step.begun_no, beginning(step));
        if (step.ended_no > after)
            add(step.ended_no, ending(step));
        return true;
    });
    return found;
}

/// "interrupted" of a run whose process is gone, "due" of one that nobody has taken up yet.
std::string status_of(const RunNow& now) {
    if (now.due)
        return "due";
    return now.status == run::RunStatus::running && !now.driven ? "interrupted" : std::string{to_text(now.status)};
}

Event standing(const RunNow& now, const std::string& at) {
    const auto status = status_of(now);
    const auto why = now.failure      ? ": " + std::string{unit::to_text(now.failure->category)} + ": " + now.failure->message
                     : now.reason.empty() ? std::string{}
                                          : ": " + now.reason;
    const bool waiting = now.status == run::RunStatus::waiting || now.status == run::RunStatus::pending;
    json::object document{{"at", at}, {"event", "run"}, {"run_id", now.run_id}, {"status", status}, {"reason", value_of(now.reason)}};
    document["wake_at"] = value_of(now.wake_at);
    document["error_step"] = value_of(now.error_step);
    document["error"] = now.failure ? json::value(now.failure->message) : json::value(nullptr);
    return {line(at, "run", status + (waiting && !now.wake_at.empty() && now.reason.find(now.wake_at) == std::string::npos ? ", until " + now.wake_at : "") + why), std::move(document)};
}

/// As `workflow run` ends.
int code_of(const RunNow& now) {
    run::RunRow row;
    row.status = now.status;
    row.failure = now.failure;
    switch (now.status) {
    case run::RunStatus::pending: return control::not_ended_exit_code;
    case run::RunStatus::waiting: return now.reason.starts_with("blocked") ? exit_code(ErrorCode::unavailable) : control::not_ended_exit_code;
    case run::RunStatus::paused:
    case run::RunStatus::running: return exit_code(ErrorCode::interrupted);
    case run::RunStatus::completed:
    case run::RunStatus::failed:
    case run::RunStatus::cancelled: return control::exit_code(row);
    }
    return 0;
}

void print(Session& session, const Event& event) {
    session.out().write(session.output() == config::Output::json ? workflow::json_text(event.document) + "\n" : printable(event.text) + "\n");
}

} // namespace

int watch_run(Session& session, const Invocation& invocation) {
    if (session.output() == config::Output::csv || session.output() == config::Output::yaml)
        return refuse_usage(session, {{"-o", "'spine runs watch' prints lines or, with -o json, one JSON object a line", {}, 0, 0}});
    const auto store = session.stores.open(control::Access::read);
    const auto named_run = control::run_named(*store, invocation.arguments.at(0));
    if (const auto* refusal = std::get_if<control::Refusal>(&named_run)) {
        session.words.error(refusal->message, refusal->hint);
        return refusal->exit_code;
    }
    const auto& run_id = std::get<std::string>(named_run);
    auto& trace = store->run_trace();
    session.world.hold_interrupts();
    constexpr auto every = static_cast<std::size_t>(-1);
    auto most = invocation.has("all") ? every : told_before;
    std::int64_t seen = 0;
    std::optional<RunNow> before;
    for (;;) {
        const auto version = trace.version();
        const auto now = trace.now(run_id); // before the steps: what is over when it is read has all of its steps
        if (!now)
            throw Error{ErrorCode::not_found, "run '" + run_id + "' is gone"};
        const auto events = events_after(trace, run_id, seen, most);
        if (events.dropped > 0)
            session.words.note(std::to_string(events.dropped) + " earlier events are not shown; --all shows them");
        for (const auto& [number, event] : events.by_number) {
            print(session, event);
            seen = std::max(seen, number);
        }
        most = every;
        const bool rests = status_of(*now) != "running";
        if (before ? status_of(*before) != status_of(*now) || before->reason != now->reason || before->wake_at != now->wake_at : rests)
            print(session, standing(*now, now->finished_at.empty() ? env::to_text(session.world.clock.now()) : now->finished_at));
        session.out().flush();
        if (is_final(now->status) || (rests && invocation.has("until-waiting")))
            return code_of(*now);
        if (rests && !now->driven && (!before || status_of(*before) != status_of(*now)))
            session.words.note("nobody drives the run now; 'spine runs resume " + run_id + "' goes on with it");
        before = now;
        int looks = 0;
        do {
            if (session.world.cancel.cancelled() || !session.out().open())
                return exit_code(ErrorCode::interrupted);
            session.world.clock.sleep(look_every);
        } while (trace.version() == version && ++looks < looks_per_owner);
    }
}

} // namespace spine::cli
