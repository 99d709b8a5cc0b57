#include "cli/run_story.hpp"

#include "cli/object_table.hpp"
#include "cli/outcome_text.hpp"
#include "cli/session.hpp"
#include "cli/text.hpp"
#include "control/run_progress.hpp"
#include "error.hpp"
#include "workflow/course.hpp"
#include "workflow/read_workflow.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <limits>
#include <map>
#include <set>

namespace spine::cli {
namespace {

namespace json = boost::json;
using control::StepSeen;

constexpr std::size_t event_columns_max = 160;

bool waits(std::string_view type) { return type == "wait" || type == "approval" || type == "workflow"; }

std::string text_of(const json::value* value) {
    if (value == nullptr)
        return {};
    if (!value->is_array())
        return cell_text(*value);
    std::string all;
    for (const auto& one : value->get_array())
        all += (all.empty() ? "" : ", ") + cell_text(one);
    return all;
}
std::string text_in(const json::object& object, std::string_view name) { return text_of(object.if_contains(name)); }

std::string by_text(const json::object& output) {
    const auto by = text_in(output, "by");
    return by.empty() ? by : " by " + by;
}

/// A granted request in words.
std::string request_text(std::string_view asker, const json::object& request) {
    const auto who = "'" + std::string{asker} + "' ";
    const auto step_name = [&] {
        const auto* step = request.if_contains("step");
        return step != nullptr && step->is_object() ? "'" + text_in(step->get_object(), "name") + "'" : std::string{"a step"};
    };
    if (request.contains("skip")) {
        const auto reason = text_in(request, "reason");
        return who + "skipped " + text_in(request, "skip") + (reason.empty() ? "" : ": " + reason);
    }
    if (request.contains("insert_before"))
        return who + "put " + step_name() + " before '" + text_in(request, "insert_before") + "'";
    if (request.contains("insert_after"))
        return who + "put " + step_name() + " after '" + text_in(request, "insert_after") + "'";
    if (request.contains("replace"))
        return who + "replaced '" + text_in(request, "replace") + "' by " + step_name();
    if (request.contains("retry"))
        return who + "had '" + text_in(request, "retry") + "' done once more";
    if (request.contains("spawn"))
        return who + "began a run of '" + text_in(request, "workflow") + "' as '" + text_in(request, "spawn") + "'" + (request.contains("run_id") ? ": " + text_in(request, "run_id") : "");
    if (request.contains("continue_as_new"))
        return who + "ended the run and began a new one in its place";
    return who + "changed the course";
}

/// "approved by ann": of an approval that has its answer and waits for its run to go on; else nothing.
std::string answer_text(const StepSeen& step) {
    if (step.type != "approval" || step.status != "waiting" || step.answer.empty())
        return {};
    const auto answer = object_meant(step.answer);
    const auto* approved = answer.if_contains("approved");
    return (approved != nullptr && approved->is_bool() && approved->get_bool() ? "approved" : "refused") + by_text(answer);
}

std::string grouped(std::int64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string progress_text(const control::MapProgress& map) {
    return grouped(map.completed) + " of " + grouped(map.of) + " done" + (map.failed == 0 ? "" : ", " + grouped(map.failed) + " failed") +
           (map.active == 0 ? "" : ", " + grouped(map.active) + " being done");
}

/// Of a map that has ended.
std::optional<control::MapProgress> progress_in(const json::object& output) {
    const auto number = [&](const char* name) {
        const auto* value = output.if_contains(name);
        return value != nullptr && value->is_int64() ? value->get_int64() : 0;
    };
    if (!output.contains("count"))
        return std::nullopt;
    return control::MapProgress{number("count"), number("completed"), number("failed"), 0};
}

class Gathering {
public:
    Gathering(control::Store& store, const json::object& run, env::TimePoint now, StoryExtent extent)
        : store_{store}, run_{run}, run_id_{member_text(run, "run_id")}, error_step_{member_text(run, "error_step")},
          most_{extent == StoryExtent::telling ? story_lines_max : std::numeric_limits<std::size_t>::max()},
          folds_{extent == StoryExtent::telling}, lists_{extent == StoryExtent::lists} {
        const auto started = member_text(run, "started_at"), finished = member_text(run, "finished_at");
        over_ = !finished.empty();
        if (!started.empty())
            story_.from = env::time_from(started);
        story_.until = started.empty() ? story_.from : over_ ? env::time_from(finished) : std::max(now, story_.from);
        if (const auto* generation = run.if_contains("generation"); generation != nullptr && generation->is_int64())
            generation_ = generation->get_int64();
        const auto read = workflow::read_workflow(store.run_trace().definition(run_id_), "the definition of run '" + run_id_ + "'");
        if (const auto* definition = std::get_if<workflow::Definition>(&read))
            workflow_ = definition->workflow;
    }

    RunStory gather() && {
        store_.run_trace().visit_steps(run_id_, 0, [this](const StepSeen& step) {
            take(step);
            return true;
        });
        fill_maps();
        take_waits();
        take_unreached();
        return std::move(story_);
    }

private:
    void take(const StepSeen& step) {
        if (step.step.starts_with('@')) {
            tell(mark_text(step));
            if (step.step == control::pruned_step)
                workflow_.reset(); // nothing is known of what was reached
            return;
        }
        seen_names_.insert(std::string{step.step.substr(0, step.step.find('['))});
        if (step.type == "approval")
            take_approval(step);
        note_wait(step);
        take_requests(step);
        if (step.step == error_step_ && story_.hint.empty())
            story_.hint = member_text(object_meant(step.error), "hint");
        if (lists_ || (folds_ && step.step.find('[') != std::string_view::npos))
            return;
        take_line(step);
        take_time(step);
        take_findings(step);
    }

    void take_line(const StepSeen& step) {
        if (story_.lines.size() >= most_) {
            ++story_.more;
            return;
        }
        auto label = std::string{step.step};
        if (step.attempt > 1)
            label += " #" + std::to_string(step.attempt);
        if (step.generation < generation_)
            label += ", generation " + std::to_string(step.generation);
        if (step.type == "map" && step.ended_no == 0 && step.finished_at.empty())
            open_maps_[std::string{step.step}] = story_.lines.size();
        story_.lines.push_back({std::move(label), std::string{step.type}, std::string{step.status}, took(step), outcome(step)});
    }

    static std::string took(const StepSeen& step) {
        if (step.started_at.empty() || step.finished_at.empty())
            return {};
        return seconds_text(env::time_from(std::string{step.finished_at}) - env::time_from(std::string{step.started_at}));
    }

    static std::string outcome(const StepSeen& step) {
        const auto error = step.error_message.empty() ? std::string{} : std::string{step.error_category} + ": " + std::string{step.error_message};
        const auto again = step.wake_at.empty() || step.status == "waiting" ? std::string{} : "; tried again at " + std::string{step.wake_at};
        if (const auto answered = answer_text(step); !answered.empty())
            return answered + ", goes on with the run";
        if (step.status == "waiting") {
            const auto until = step.wake_at.empty() ? std::string{} : "until " + std::string{step.wake_at};
            const auto what = step.child_run_id.empty() ? std::string{step.reason} : "for run " + std::string{step.child_run_id};
            return what + (what.empty() || until.empty() ? "" : ", ") + until;
        }
        const auto output = object_meant(step.output);
        if (step.type == "map")
            if (const auto map = progress_in(output))
                return progress_text(*map) + (error.empty() ? "" : "; " + error) + again;
        const auto child = step.child_run_id.empty() ? std::string{} : "run " + std::string{step.child_run_id};
        const auto said = outcome_text(step.type, error.empty() ? std::string{step.reason} : error, step.type == "workflow" ? json::object{} : output);
        return child + (child.empty() || said.empty() ? "" : ": ") + said + again;
    }

    void take_time(const StepSeen& step) {
        if (step.started_at.empty() || step.status == "skipped" || story_.until <= story_.from)
            return;
        auto found = timed_.find(step.step);
        if (found == timed_.end()) {
            if (story_.times.size() >= most_)
                return;
            found = timed_.emplace(step.step, story_.times.size()).first;
            story_.times.push_back({std::string{step.step}, {}});
        }
        auto& stretches = story_.times[found->second].stretches;
        const auto begin = env::time_from(std::string{step.started_at});
        const auto end = step.finished_at.empty() ? story_.until : env::time_from(std::string{step.finished_at});
        stretches.push_back({begin, end, waits(step.type)});
        if (!step.finished_at.empty() && !step.wake_at.empty()) // until its next attempt
            stretches.push_back({end, env::time_from(std::string{step.wake_at}), true});
    }

    void take_findings(const StepSeen& step) {
        if (const auto quality = object_meant(step.quality); !quality.empty() && story_.measured.size() < most_) {
            json::object row{{"step", step.step}};
            for (const auto& member : quality)
                row[member.key()] = member.value();
            story_.measured.push_back(std::move(row));
        }
        if (step.events.empty())
            return;
        const auto events = meant(step.events);
        if (const auto* list = events.if_array())
            for (const auto& event : *list)
                if (story_.events.size() < most_)
                    story_.events.emplace_back(step.step, cut(pairs_text(event), event_columns_max));
    }

    void take_approval(const StepSeen& step) {
        if (story_.approvals.size() >= most_)
            return;
        const auto output = object_meant(step.output);
        const auto answer = step.status == "waiting" ? object_meant(step.answer) : output;
        ApprovalLine line{std::string{step.step}, std::string{step.status}, text_in(answer, "by"), text_in(answer, "reason"), text_in(answer, "at"), {}};
        if (const auto* approved = answer.if_contains("approved"); approved != nullptr && approved->is_bool())
            line.status = answer.contains("timed_out") ? "timed out" : approved->get_bool() ? "approved" : "refused";
        if (line.status == "waiting") {
            line.why = text_in(output, "message");
            line.by = text_in(output, "approvers");
            line.until = step.wake_at;
        }
        story_.approvals.push_back(std::move(line));
    }

    void note_wait(const StepSeen& step) {
        const std::string path{step.step};
        open_waits_.erase(path);
        if (over_)
            return;
        if (const auto answered = answer_text(step); !answered.empty()) {
            open_waits_[path] = {path, "the run to go on: " + answered, {}};
            story_.answered = true;
        } else if (step.status == "waiting")
            open_waits_[path] = {path,
                                 step.type == "approval"      ? "an answer"
                                 : !step.child_run_id.empty() ? "run " + std::string{step.child_run_id}
                                                              : "its time",
                                 std::string{step.wake_at}};
        else if (!step.wake_at.empty())
            open_waits_[path] = {path, "attempt " + std::to_string(step.attempt + 1), std::string{step.wake_at}};
    }

    void take_requests(const StepSeen& step) {
        if (step.requests.empty())
            return;
        const auto value = meant(step.requests);
        const auto* list = value.if_array();
        if (list == nullptr)
            return;
        for (const auto& one : *list)
            if (one.is_object())
                tell(request_text(step.step, one.get_object()));
        if (!workflow_)
            return;
        const auto requests = workflow::read_course(*list);
        if (const auto* granted = std::get_if<std::vector<workflow::CourseRequest>>(&requests))
            for (const auto& request : *granted)
                workflow::apply(request, *workflow_);
    }

    void tell(std::string words) {
        if (story_.course.size() < most_)
            story_.course.push_back(std::move(words));
    }

    void fill_maps() {
        if (open_maps_.empty() || over_)
            return;
        try {
            const auto maps = control::maps_in_progress(store_, run_id_);
            for (const auto& [step, at] : open_maps_)
                if (const auto found = maps.find(step); found != maps.end())
                    story_.lines[at].outcome = progress_text(found->second);
        } catch (const Error& error) { // the rest of the story is worth telling
            if (error.code() != ErrorCode::invalid)
                throw;
        }
    }

    void take_waits() {
        for (auto& [path, line] : open_waits_)
            if (story_.waits.size() < most_)
                story_.waits.push_back(std::move(line));
    }

    void take_unreached() {
        if (!workflow_)
            return;
        for (const auto& step : workflow_->steps) {
            if (seen_names_.contains(step.name))
                continue;
            const std::string type{workflow::type_of(step)};
            story_.pending.push_back({step.name, type});
            if (story_.lines.size() < most_)
                story_.lines.push_back({step.name, type, "pending", {}, {}});
            else
                ++story_.more;
        }
    }

    control::Store& store_;
    const json::object& run_;
    std::string run_id_, error_step_;
    std::size_t most_;
    bool folds_, lists_;
    bool over_ = false;
    std::int64_t generation_ = 1;
    std::optional<workflow::Workflow> workflow_; ///< with its course as it was changed so far
    std::set<std::string> seen_names_;           ///< of steps of the root
    std::map<std::string, std::size_t> open_maps_;
    std::map<std::string, std::size_t, std::less<>> timed_;
    std::map<std::string, WaitLine> open_waits_;
    RunStory story_;
};

} // namespace

std::string mark_text(const StepSeen& step) {
    const auto output = object_meant(step.output);
    if (step.step == "@retry") {
        const auto from = text_in(output, "from"), forgotten = text_in(output, "steps");
        return "retried" + by_text(output) + (from.empty() ? "" : " from '" + from + "'") +
               (forgotten.empty() ? "" : "; done again: " + forgotten);
    }
    if (step.step == "@params")
        return "parameters set" + by_text(output) + ": " + pairs_text(object_meant(step.updates));
    if (step.step == "@forked")
        return "forked" + by_text(output) + " from run " + text_in(output, "run_id") + " at '" + text_in(output, "at") + "'";
    if (step.step == "@clock") {
        const auto* waits = output.if_contains("waits");
        const auto started = text_in(output, "started");
        return "the clock had been ahead" + (waits == nullptr ? std::string{} : "; these wait anew: " + pairs_text(*waits)) +
               (started.empty() ? std::string{} : "; the run's own time counts from " + started);
    }
    if (step.step == "@timeout")
        return "its time was over: " + std::string{step.error_message};
    if (step.step == control::pruned_step)
        return "its steps were pruned at " + text_in(output, "at") + " (" + text_in(output, "steps") + " records)";
    return std::string{step.step};
}

RunStory read_story(control::Store& store, const json::object& run, env::TimePoint now, StoryExtent extent) {
    return Gathering{store, run, now, extent}.gather();
}

} // namespace spine::cli
