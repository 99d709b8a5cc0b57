#include "plugin/session.hpp"

#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/text.hpp"
#include "workflow/parameters.hpp"
#include "workflow/secret.hpp"
#include "workflow/sha256.hpp"

#include <algorithm>
#include <new>
#include <variant>

namespace spine::plugin {

namespace {

constexpr std::size_t outputs_bytes_max = std::size_t{1} << 20;
constexpr std::size_t log_bytes_max = 4096;
constexpr std::size_t cleaned_bytes_max = 16 * log_bytes_max;
constexpr auto wait_slice = std::chrono::milliseconds{20};
constexpr auto no_deadline = std::chrono::nanoseconds::max();

std::chrono::nanoseconds deadline_of(const Setting& setting) {
    auto most = no_deadline;
    if (setting.work == Work::plan)
        most = process::plan_max;
    if (setting.pipeline != nullptr && setting.pipeline->seconds_max != 0)
        most = std::min<std::chrono::nanoseconds>(most, std::chrono::seconds{setting.pipeline->seconds_max});
    return most == no_deadline ? no_deadline : setting.clock->monotonic() + most;
}

/// What external systems know the work of a workflow's step by. A digest, because paths are long
/// and have characters that a header or a file name may not have. The operation is a part of it, so
/// that the children of a composite have others.
std::string key_of_step(const std::string& run,
                        const std::string& step,
                        int generation,
                        const std::string& operation) {
    const auto part = [](const std::string& text) {
        return std::to_string(text.size()) + ":" + text + "\n";
    };
    return workflow::sha256_hex(part(run) + part(step) + part(std::to_string(generation)) +
                                part(operation));
}

env::LogWeight weight_of(std::uint32_t level) noexcept {
    switch (level) {
    case SPINE_LOG_DEBUG:
        return env::LogWeight::debug;
    case SPINE_LOG_WARN:
        return env::LogWeight::warn;
    case SPINE_LOG_ERROR:
        return env::LogWeight::error;
    default:
        return env::LogWeight::info;
    }
}

const char* name_of(env::LogWeight weight) noexcept {
    return weight == env::LogWeight::debug  ? "DEBUG"
           : weight == env::LogWeight::warn ? "WARN"
           : weight == env::LogWeight::error ? "ERROR"
                                             : "INFO";
}

spine_str borrow(std::string_view text) noexcept { return {text.data(), text.size()}; }

} // namespace

Session::Session(const Setting& setting)
    : setting_{setting}, deadline_{deadline_of(setting)}, plan_{setting.catalogue} {
    run_ = run_functions();
    run_.struct_size = sizeof(spine_run);
    run_.ctx = this;
    run_.attempt = 1;
    if (const auto* call = setting_.call) {
        // Built from what every attempt of this work shares.
        idempotency_key_ =
            call->run_id.empty()
                ? call->execution_id
                : key_of_step(call->run_id, call->step, call->generation, setting_.pipeline->name);
        run_.step = borrow(call->step);
        run_.flags = (call->force ? SPINE_RUN_FORCE : 0u) | (call->dry ? SPINE_RUN_DRY : 0u);
        run_.attempt = static_cast<std::uint32_t>(std::max(call->attempt, 1));
        run_.execution_id = borrow(call->execution_id);
        run_.batch_id = borrow(call->batch_id);
        run_.idempotency_key = borrow(idempotency_key_);
    }
    if (const auto* call = setting_.lambda) {
        if (!call->run_id.empty())
            idempotency_key_ =
                key_of_step(call->run_id, call->step, call->generation, setting_.handler->name);
        run_.attempt = static_cast<std::uint32_t>(std::max(call->attempt, 1));
        run_.step = borrow(call->step);
        run_.idempotency_key = borrow(idempotency_key_);
    }
    run_.pipeline =
        borrow(setting_.pipeline != nullptr ? setting_.pipeline->name : setting_.handler->name);
}

Session::~Session() = default;

Session* Session::of(const spine_run* run) noexcept {
    return run == nullptr ? nullptr : static_cast<Session*>(run->ctx);
}

const boost::json::object& Session::params() const {
    return setting_.lambda != nullptr ? setting_.lambda->params : setting_.call->params;
}

const std::vector<workflow::Parameter>& Session::declared() const {
    static const std::vector<workflow::Parameter> none;
    return setting_.pipeline != nullptr ? setting_.pipeline->parameters : none;
}

const PartitionKeys& Session::partition_keys() {
    if (!partition_keys_)
        partition_keys_.emplace(*setting_.catalogue, *setting_.pipeline);
    return *partition_keys_;
}

const boost::json::object& Session::configuration() {
    if (configuration_)
        return *configuration_;
    workflow::Written written;
    for (const auto& parameter : setting_.domain->config)
        for (const auto& owner :
             {setting_.domain->name, setting_.domain->alias, setting_.plugin->id})
            if (const auto found = setting_.configuration->find(owner + "." + parameter.name);
                !owner.empty() && found != setting_.configuration->end()) {
                written.emplace_back(parameter.name, found->second);
                break;
            }
    auto bound = workflow::bind(setting_.domain->config, written);
    if (const auto* faults = std::get_if<workflow::Diagnostics>(&bound))
        throw Error{ErrorCode::invalid,
                    "configuration of " + setting_.domain->name + ": " + faults->front().where +
                        ": " + faults->front().message,
                    faults->front().hint};
    return configuration_.emplace(std::get<boost::json::object>(std::move(bound)));
}

Session::Stop Session::stop() const noexcept {
    const auto why =
        setting_.cancel != nullptr ? setting_.cancel->why() : run::CancelToken::Why::not_cancelled;
    if (why != run::CancelToken::Why::not_cancelled)
        return why == run::CancelToken::Why::timed_out ? Stop::timed_out : Stop::cancelled;
    const bool late = deadline_ != no_deadline && setting_.clock->monotonic() >= deadline_;
    return late ? Stop::timed_out : Stop::none;
}

std::variant<boost::json::value, spine_status>
Session::revealed(const boost::json::value& value) {
    const bool recorded = setting_.work == Work::plan || setting_.work == Work::composite;
    if (recorded || !workflow::holds_secret(value))
        return value;
    // A plugin that asks whether a secret is there must not take one that cannot be had for one that was not given.
    const auto withheld = [&](spine_status status, unit::Failure failure) {
        withheld_ = failure;
        return refuse(status, std::move(failure));
    };
    if (setting_.work == Work::lambda) {
        auto failure = failure_of(SPINE_DENIED, "it is a secret, and lambdas are given none");
        failure.hint = "ask for it in a pipeline";
        return withheld(SPINE_DENIED, std::move(failure));
    }
    if (setting_.secrets == nullptr || setting_.redactor == nullptr)
        return withheld(SPINE_INVALID_ARG,
                        failure_of(SPINE_INVALID_ARG, "it is a secret, and this program has none to give"));
    auto resolved = resolve(value, *setting_.secrets, *setting_.redactor);
    if (auto* failure = std::get_if<unit::Failure>(&resolved))
        return withheld(SPINE_INVALID_ARG, std::move(*failure));
    return std::get<boost::json::value>(std::move(resolved));
}

std::string Session::clean(std::string_view text) const {
    return setting_.redactor == nullptr ? std::string{text} : setting_.redactor->clean(text);
}

bool Session::is_stopped() const noexcept { return stop() != Stop::none; }

std::optional<unit::Failure> Session::stopped_before() const {
    const auto why = stop();
    return why == Stop::none ? std::nullopt : std::optional{failure_of_stop(why)};
}

unit::Failure Session::failure_of_stop(Stop why) const {
    if (why == Stop::cancelled)
        return failure_of(SPINE_CANCELLED, "cancelled");
    // Whoever watches over the attempt may have said the same at that moment; which limit it was is known here.
    const bool own = deadline_ != no_deadline && setting_.clock->monotonic() >= deadline_;
    if (!own && setting_.cancel != nullptr && setting_.cancel->cancelled())
        return failure_of(
            SPINE_TIMEOUT,
            "the attempt took longer than the timeout_seconds of its step or its run");
    if (setting_.work == Work::plan)
        return failure_of(SPINE_TIMEOUT, "the plan of " + setting_.pipeline->name + " took longer than it may");
    return failure_of(SPINE_TIMEOUT,
                      "the attempt took longer than the " +
                          std::to_string(setting_.pipeline->seconds_max) + " s that " +
                          setting_.pipeline->name + " may take");
}

spine_status Session::stopped() noexcept {
    if (broken_)
        return SPINE_UNAVAILABLE;
    const auto why = stop();
    if (why == Stop::none)
        return SPINE_OK;
    const auto status = why == Stop::cancelled ? SPINE_CANCELLED : SPINE_TIMEOUT;
    try {
        return refuse(status, failure_of_stop(why));
    } catch (...) {
        speechless_ = true;
        return status;
    }
}

spine_status Session::enter(const char* function, Effect effect) noexcept {
    if (std::this_thread::get_id() != owner_) {
        foreign_call_.store(
            function, std::memory_order_relaxed); // nothing else of this object may be touched here
        return SPINE_INVALID_STATE;
    }
    function_ = function;
    effect_ = effect;
    return stopped();
}

spine_status Session::refuse(spine_status status, std::string message, std::string hint) {
    auto failure = failure_of(status, std::move(message));
    failure.hint = std::move(hint);
    return refuse(status, std::move(failure));
}

spine_status Session::refuse(spine_status status, unit::Failure failure) {
    if (effect_ == Effect::writes && !poisoned_)
        poisoned_ = failure;
    refused_ = Refused{status, std::move(failure)};
    return status;
}

spine_status Session::refuse_as_held(std::string message, std::string hint) {
    auto failure = failure_of(SPINE_CONFLICT, std::move(message));
    failure.hint = std::move(hint);
    failure.elsewhere = true;
    held_elsewhere_ = true;
    return refuse(SPINE_CONFLICT, std::move(failure));
}

spine_status Session::translate() noexcept {
    try {
        try {
            throw;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::commit_failed || error.code() == ErrorCode::interrupted)
                broken_ = std::current_exception();
            if (error.code() == ErrorCode::interrupted && stop() != Stop::none) { // a SELECT that took too long
                broken_ = nullptr;
                return stopped();
            }
            auto failure = failure_of(error);
            if (error.code() == ErrorCode::usage) {
                failure.message = std::string{function_} + ": " + failure.message;
                failure.retry = unit::Retry::never;
            }
            return refuse(status_of(error.code()), std::move(failure));
        } catch (const std::bad_alloc&) {
            return refuse(SPINE_RESOURCE, std::string{function_} + ": out of memory");
        } catch (const std::exception& error) {
            return refuse(SPINE_INTERNAL, std::string{function_} + ": " + error.what());
        } catch (...) {
            return refuse(SPINE_INTERNAL,
                          std::string{function_} + ": an unknown exception inside the host");
        }
    } catch (...) {
        speechless_ = true;
        return SPINE_RESOURCE;
    }
}

void Session::progress(std::uint64_t done, std::uint64_t total, std::string what) noexcept {
    if (setting_.progress == nullptr || !*setting_.progress || is_stopped())
        return;
    try {
        const std::lock_guard lock{progress_mutex_};
        (*setting_.progress)(
            {std::string{run_.pipeline.data, run_.pipeline.size}, done, total, clean(what)});
    } catch (...) { // NOLINT(bugprone-empty-catch): a display that fails must not fail the work
    }
}

spine_status Session::wait(std::chrono::milliseconds duration) noexcept {
    const auto until = setting_.clock->monotonic() + duration;
    for (;;) {
        if (const auto status = stopped(); status != SPINE_OK)
            return status;
        const auto left = until - setting_.clock->monotonic();
        if (left <= std::chrono::nanoseconds::zero())
            return SPINE_OK;
        setting_.clock->sleep(std::min<std::chrono::nanoseconds>(left, wait_slice));
    }
}

void Session::log(std::uint32_t level, std::string_view message) {
    const auto weight = weight_of(level);
    auto* log = setting_.log;
    const bool told = log != nullptr && log->wants(weight);
    if (!told && weight == env::LogWeight::debug)
        return;
    // Before it is cut, since half a secret would not be known.
    auto text = escaped(clean(cut(message, cleaned_bytes_max)), log_bytes_max);
    if (told) {
        const auto* run = setting_.lambda != nullptr ? &setting_.lambda->run_id
                          : setting_.call != nullptr ? &setting_.call->run_id
                                                     : nullptr;
        const auto view = [](spine_str value) { return std::string_view{value.data, value.size}; };
        log->write(weight,
                   text,
                   {{"pipeline", view(run_.pipeline)},
                    {"execution", view(run_.execution_id)},
                    {"run", run == nullptr ? std::string_view{} : std::string_view{*run}},
                    {"step", view(run_.step)},
                    {"attempt", std::to_string(run_.attempt)}});
    }
    kept_log_.add({env::to_text(setting_.clock->now()), name_of(weight), std::move(text)});
}

void Session::spend(const std::string& name, std::size_t bytes) {
    auto& before = spent_[name];
    if (spent_total_ - before + bytes > outputs_bytes_max)
        throw Error{ErrorCode::usage, "the outputs together exceed 1 MiB with " + quoted(name)};
    spent_total_ = spent_total_ - before + bytes;
    before = bytes;
}

void Session::count(const char* what, std::uint64_t more, std::uint64_t most, ErrorCode code) {
    auto& so_far = counts_[what];
    if (more > most - so_far)
        throw Error{code, "more than " + std::to_string(most) + " " + what + " in one attempt"};
    so_far += more;
}

void Session::require_output(std::uint32_t output) const {
    const auto count = setting_.unit->outputs().size();
    if (output >= count)
        throw Error{ErrorCode::usage,
                    count == 0 ? "the attempt has claimed no partition yet"
                               : "output " + std::to_string(output) +
                                     " does not exist, there are " + std::to_string(count)};
}

void Session::note_capture(bool unchanged, const std::string& capture_id) {
    all_unchanged_ = all_unchanged_ && unchanged;
    unchanged_capture_ = capture_id;
}

std::optional<std::string> Session::unneeded() const {
    if (unchanged_capture_.empty() || !all_unchanged_ || wrote_)
        return std::nullopt;
    return "the source has the same content as capture " + unchanged_capture_;
}

std::optional<unit::Failure> Session::verdict(spine_status returned) {
    if (broken_)
        std::rethrow_exception(broken_);
    if (const char* function = foreign_call_.load()) {
        auto failure =
            failure_of(SPINE_INVALID_STATE, std::string{function} + ": called from another thread");
        failure.hint = "call it on the thread that the plugin was called on";
        failure.retry = unit::Retry::never;
        return failure;
    }
    if (withheld_)
        return withheld_;
    if (returned != SPINE_OK) {
        auto failure = unsaid(returned);
        if (failure && returned == SPINE_CONFLICT && held_elsewhere_)
            failure->elsewhere = true;
        return failure;
    }
    if (poisoned_)
        return poisoned_;
    if (speechless_)
        return failure_of(SPINE_RESOURCE, "out of memory");
    if (const auto* unfinished = handles_.unfinished()) {
        auto failure =
            failure_of(SPINE_INVALID_STATE, "append to " + *unfinished + " was never finished");
        failure.hint = "call finish when the rows are whole";
        failure.retry = unit::Retry::never;
        return failure;
    }
    return std::nullopt;
}

/// What the plugin said; that it was cancelled, when its time was over, means that time.
std::optional<unit::Failure> Session::said(spine_status returned) const {
    auto failure = *said_;
    if (returned == SPINE_CANCELLED && failure.category == unit::Category::cancelled &&
        stop() == Stop::timed_out) {
        const auto late = failure_of_stop(Stop::timed_out);
        failure.category = late.category;
        failure.exit_code = late.exit_code;
        failure.message = late.message + ": " + failure.message;
    }
    return failure;
}

std::optional<unit::Failure> Session::unsaid(spine_status returned) const {
    if (!is_known(returned)) {
        auto failure = failure_of(returned,
                                  "the plugin returned status " + std::to_string(returned) +
                                      ", which does not exist");
        failure.retry = unit::Retry::never;
        return failure;
    }
    if (said_)
        return said(returned);
    // A plugin that stops because of the deadline may call that cancelled.
    const auto stops = [](spine_status status) {
        return status == SPINE_CANCELLED || status == SPINE_TIMEOUT;
    };
    if (const auto why = stop(); why != Stop::none && stops(returned))
        return failure_of_stop(why);
    if (refused_ && (refused_->status == returned || (stops(refused_->status) && stops(returned))))
        return refused_->failure;
    if (speechless_)
        return failure_of(SPINE_RESOURCE, "out of memory");
    auto failure =
        failure_of(returned, "the plugin returned " + to_text(returned) + " without saying why");
    if (refused_)
        failure.message += "; the last host call that failed said: " + refused_->failure.message;
    failure.hint = "the plugin's author should call run->fail";
    return failure;
}

} // namespace spine::plugin
