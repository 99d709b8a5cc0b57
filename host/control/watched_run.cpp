#include "control/watched_run.hpp"

#include "error.hpp"
#include "process/guests.hpp"

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace spine::control {
namespace {

constexpr std::chrono::milliseconds look_every{20};

/// Shared with the thread, which may be there when everybody else has gone.
struct Watched {
    explicit Watched(const run::CancelToken& process) : token{&process} {}

    run::CancelToken token;
    std::mutex mutex; ///< of what follows
    std::condition_variable ended;
    process::Guest* guest = nullptr;
    std::string execution_id;
    std::optional<run::Result> result;
    std::exception_ptr error;

    bool over() const { return result || error; }
};

unit::Failure not_come_back(const run::CancelToken& token, const std::string& where) {
    const bool late = token.why() == run::CancelToken::Why::timed_out;
    unit::Failure failure;
    failure.category = late ? unit::Category::timeout : unit::Category::cancelled;
    failure.retry = unit::Retry::never;
    failure.message = (late ? "its time was over, and it did not stop" : "it was told to stop, and did not") +
                      (where.empty() ? std::string{} : " (" + where + ")");
    failure.hint = "the plugin must look at is_cancelled, or use the host's calls, while it works";
    failure.exit_code = late ? unit::exit_code(failure.category) : spine::exit_code(ErrorCode::interrupted);
    return failure;
}

} // namespace

run::Result execute_watched(const Execute& execute, run::Journal& journal, const run::CancelToken& process, env::Clock& clock,
                            std::chrono::nanoseconds grace) {
    const auto watched = std::make_shared<Watched>(process);
    std::thread thread{[watched, execute] {
        const process::Minded minded;
        {
            const std::lock_guard lock{watched->mutex};
            watched->guest = process::this_guest();
        }
        std::optional<run::Result> result;
        std::exception_ptr error;
        try {
            result = execute(watched->token, [&](const std::string& execution_id) {
                const std::lock_guard lock{watched->mutex};
                watched->execution_id = execution_id;
            });
        } catch (...) {
            error = std::current_exception();
        }
        const std::lock_guard lock{watched->mutex};
        watched->result = std::move(result);
        watched->error = error;
        watched->ended.notify_all();
    }};
    const auto begun_at = clock.monotonic();
    std::optional<std::chrono::nanoseconds> told;
    std::unique_lock lock{watched->mutex};
    while (!watched->ended.wait_for(lock, look_every, [&] { return watched->over(); })) {
        if (process::is_late(watched->guest))
            watched->token.cancel(run::CancelToken::Why::timed_out);
        const auto now = clock.monotonic();
        if (!told && watched->token.cancelled())
            told = now;
        const auto where = process::doing(watched->guest);
        if (!told || now - *told < grace || !process::forsake(watched->guest))
            continue;
        thread.detach();
        run::Result result;
        result.failure = not_come_back(watched->token, where);
        result.status = result.failure->category == unit::Category::cancelled ? run::Result::Status::cancelled : run::Result::Status::failed;
        result.execution_id = watched->execution_id;
        result.attempts = 1;
        result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_at);
        if (!result.execution_id.empty())
            journal.fail(result.execution_id, *result.failure);
        return result;
    }
    lock.unlock();
    thread.join();
    if (watched->error)
        std::rethrow_exception(watched->error);
    return std::move(*watched->result);
}

} // namespace spine::control
