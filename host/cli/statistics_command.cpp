#include "cli/statistics_command.hpp"

#include "cli/age_text.hpp"
#include "cli/session.hpp"
#include "cli/sparkline.hpp"
#include "cli/text.hpp"
#include "control/run_statistics.hpp"
#include "error.hpp"
#include "workflow/catalogue.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cstdio>

namespace spine::cli {
namespace {

namespace json = boost::json;
using control::RunStatistics;
using std::chrono::milliseconds;

json::value seconds_of(const std::optional<milliseconds>& lasted) {
    return lasted ? json::value(static_cast<double>(lasted->count()) / 1000.0) : json::value(nullptr);
}

std::string seconds_cell(const std::optional<milliseconds>& lasted) { return lasted ? seconds_text(*lasted) : std::string{}; }

milliseconds mean_of(const control::StepTimes& step) { return milliseconds{(step.total.count() + step.attempts / 2) / step.attempts}; }

json::object document_of(const std::string& workflow, const std::string& since, const RunStatistics& statistics) {
    json::array slowest, days;
    for (const auto& step : statistics.slowest)
        slowest.push_back(json::object{{"step", step.step},
                                       {"type", step.type},
                                       {"attempts", step.attempts},
                                       {"failed", step.failed},
                                       {"mean_seconds", static_cast<double>(step.total.count()) / static_cast<double>(step.attempts) / 1000.0},
                                       {"max_seconds", seconds_of(step.longest)}});
    for (const auto& day : statistics.days)
        days.push_back(json::object{{"day", day.day}, {"runs", day.runs}, {"failed", day.failed}, {"median_seconds", seconds_of(day.median)}});
    json::object failures;
    for (const auto& failure : statistics.failures)
        failures[failure.category] = failure.runs;
    json::object document;
    document["workflow"] = workflow;
    document["since"] = since;
    document["total_runs"] = statistics.runs;
    document["completed"] = statistics.completed;
    document["failed"] = statistics.failed;
    document["cancelled"] = statistics.cancelled;
    document["unfinished"] = statistics.unfinished;
    document["forks"] = statistics.forks;
    document["success_rate"] = statistics.success_rate ? json::value(*statistics.success_rate) : json::value(nullptr);
    document["duration_seconds"] =
        json::object{{"p50", seconds_of(statistics.p50)}, {"p90", seconds_of(statistics.p90)}, {"p99", seconds_of(statistics.p99)}};
    document["failures"] = std::move(failures);
    document["slowest_steps"] = std::move(slowest);
    document["daily"] = std::move(days);
    document["complete"] = !statistics.runs_cut && !statistics.steps_cut;
    return document;
}

/// Blocks where a terminal is known to understand them.
Bars bars_for(const Session& session) {
    return session.settings.color != config::Color::never && session.draws_blocks() ? Bars::blocks : Bars::plain;
}

/// Every day from the first one with runs to the last one, at most the last 60.
std::string trend_text(const Session& session, const std::vector<control::DayTrend>& days) {
    constexpr int days_shown = 60;
    if (days.empty())
        return {};
    const auto last = std::chrono::floor<std::chrono::days>(env::time_from(days.back().day));
    const auto first = std::max(std::chrono::floor<std::chrono::days>(env::time_from(days.front().day)), last - std::chrono::days{days_shown - 1});
    std::vector<double> runs, failed, median;
    auto at = days.begin();
    std::int64_t most = 0, most_failed = 0;
    milliseconds longest{0};
    for (auto day = first; day <= last; day += std::chrono::days{1}) {
        while (at != days.end() && std::chrono::floor<std::chrono::days>(env::time_from(at->day)) < day)
            ++at;
        const bool has = at != days.end() && std::chrono::floor<std::chrono::days>(env::time_from(at->day)) == day;
        const auto lasted = has ? at->median.value_or(milliseconds{0}) : milliseconds{0};
        runs.push_back(has ? static_cast<double>(at->runs) : 0);
        failed.push_back(has ? static_cast<double>(at->failed) : 0);
        median.push_back(static_cast<double>(lasted.count()));
        most = std::max(most, has ? at->runs : 0);
        most_failed = std::max(most_failed, has ? at->failed : 0);
        longest = std::max(longest, lasted);
    }
    const auto bars = bars_for(session);
    const auto from = env::to_text(env::TimePoint{first}).substr(0, 10);
    return "\nby day, " + from + " to " + days.back().day + ":\n" +
           fields_text({{"runs", sparkline(runs, bars) + "  at most " + std::to_string(most)},
                        {"failed", sparkline(failed, bars) + "  at most " + std::to_string(most_failed)},
                        {"median", sparkline(median, bars) + "  at most " + seconds_text(longest)}});
}

std::string percent_text(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", share * 100);
    return text;
}

std::string text_of(const Session& session, const std::string& workflow, const std::string& since, const RunStatistics& statistics) {
    const auto counted = [](std::int64_t count, const char* what) {
        return count == 0 ? std::string{} : ", " + std::to_string(count) + " " + what;
    };
    auto text = fields_text({{"workflow", workflow},
                             {"since", since},
                             {"runs", std::to_string(statistics.runs) + counted(statistics.completed, "completed") + counted(statistics.failed, "failed") +
                                          counted(statistics.cancelled, "cancelled") + counted(statistics.unfinished, "unfinished") +
                                          counted(statistics.forks, "of them forks")},
                             {"success", statistics.success_rate ? percent_text(*statistics.success_rate) : std::string{}},
                             {"p50", seconds_cell(statistics.p50)},
                             {"p90", seconds_cell(statistics.p90)},
                             {"p99", seconds_cell(statistics.p99)}});
    text += trend_text(session, statistics.days);
    control::Table failures{{"category", "runs"}, {}, false};
    for (const auto& failure : statistics.failures)
        failures.rows.push_back({json::value(failure.category), json::value(failure.runs)});
    if (!failures.rows.empty())
        text += "\nfailures:\n" + table_text(session, failures);
    control::Table slowest{{"step", "type", "attempts", "failed", "mean", "longest"}, {}, false};
    for (const auto& step : statistics.slowest)
        slowest.rows.push_back({json::value(step.step),
                                json::value(step.type),
                                json::value(step.attempts),
                                json::value(step.failed),
                                json::value(seconds_text(mean_of(step))),
                                json::value(seconds_text(step.longest))});
    if (!slowest.rows.empty())
        text += "\nslowest steps:\n" + table_text(session, slowest);
    return text;
}

/// Throws when no run of that name ever was, with the name that may be meant.
void check_known(control::RunHistory& history, const std::string& workflow) {
    std::vector<std::string> names;
    for (const auto& totals : history.totals())
        names.push_back(totals.workflow);
    if (std::ranges::find(names, workflow) != names.end())
        return;
    const auto meant = workflow::nearest(workflow, names);
    throw Error{ErrorCode::not_found,
                "workflow '" + cut(workflow, 200) + "' never had a run",
                meant.empty() ? "'spine runs list' shows what was run" : "did you mean '" + meant + "'?"};
}

} // namespace

int show_statistics(Session& session, const Invocation& invocation) {
    const auto written = invocation.has("since") ? invocation.value("since") : std::string{"30d"};
    const auto age = age_from(written);
    if (!age)
        return refuse_usage(session, {{"--since '" + written + "'", "is no age", "write 12h, 30d or 8w", 0, 0}});
    const auto& workflow = invocation.arguments.at(0);
    const auto since = session.world.clock.now() - *age;
    const auto store = session.stores.open(control::Access::read);
    const auto statistics = control::run_statistics(store->run_history(), workflow, since);
    if (statistics.runs == 0)
        check_known(store->run_history(), workflow);
    store->close();
    const auto from = env::to_text(since);
    show(session, document_of(workflow, from, statistics), session.for_people() ? text_of(session, workflow, from, statistics) : std::string{});
    session.out().flush();
    if (statistics.runs == 0)
        session.words.note("no run began since then; --since 8w looks further back");
    if (statistics.runs_cut || statistics.steps_cut)
        session.words.note("there is more: only the newest million " + std::string{statistics.runs_cut ? "runs" : "attempts of steps"} + " were counted");
    return 0;
}

} // namespace spine::cli
