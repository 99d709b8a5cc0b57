/// One call into a plugin, as the host sees it: what stands behind a `spine_run`.
#pragma once

#include "error.hpp"
#include "run/lambda.hpp"
#include "env/clock.hpp"
#include "env/log.hpp"
#include "plugin/arena.hpp"
#include "plugin/handles.hpp"
#include "plugin/kept_log.hpp"
#include "plugin/partition_keys.hpp"
#include "plugin/plan_builder.hpp"
#include "plugin/secrets.hpp"
#include "plugin/status.hpp"
#include "process/guests.hpp"
#include "run/invoker.hpp"
#include "spine/abi.h"
#include "unit/unit.hpp"
#include "workflow/catalogue.hpp"

#include <atomic>
#include <boost/json/object.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace spine::plugin {

/// The kind of work decides which interfaces are offered.
enum class Work { plan, pipeline, composite, lambda };

/// What a call is made of. Pointers may be null where the kind of work has no use for them;
/// everything outlives the call.
struct Setting {
    Work work = Work::pipeline;
    const workflow::Catalogue* catalogue = nullptr;
    const workflow::Plugin* plugin = nullptr;
    const workflow::Domain* domain = nullptr;
    const workflow::Pipeline* pipeline = nullptr;                      ///< null for a lambda
    const workflow::Handler* handler = nullptr;                        ///< null for a pipeline
    const std::map<std::string, std::string>* configuration = nullptr; ///< "DOMAIN.KEY" -> text
    env::Clock* clock = nullptr;
    env::Log* log = nullptr;
    const run::Call* call = nullptr;
    unit::State* state = nullptr;
    unit::Unit* unit = nullptr;
    const run::Dispatch* dispatch = nullptr;
    const run::CancelToken* cancel = nullptr;
    const run::ProgressSink* progress = nullptr;
    const run::LambdaCall* lambda = nullptr;
    Secrets* secrets = nullptr;   ///< null: there are none
    Redactor* redactor = nullptr; ///< null: nothing is blanked
};

/// Whether a failed host call may be shrugged off by the plugin. A failed `writes` may not: what it
/// was to write is not there.
enum class Effect { reads, writes };

/// Threads: one, the one that made it, except `is_stopped`, `progress` and the log.
/// Lives:   as long as the plugin's function runs.
/// Fails:   `verdict` throws what must not be turned into a plugin's failure: an
/// Error{commit_failed} out of a child.
class Session {
public:
    explicit Session(const Setting& setting);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// The session behind a run that a plugin hands back; null for null.
    static Session* of(const spine_run* run) noexcept;

    const spine_run* run() const noexcept { return &run_; }
    const Setting& setting() const noexcept { return setting_; }
    unit::State& state() const { return *setting_.state; }
    unit::Unit& unit() const { return *setting_.unit; }
    Arena& arena() noexcept { return arena_; }
    Handles& handles() noexcept { return handles_; }
    PlanBuilder& plan() noexcept { return plan_; }
    boost::json::object& outputs() noexcept { return outputs_; }
    /// What a lambda has said so far, besides its outputs.
    run::LambdaResult& step() noexcept { return step_; }
    /// The pinned inputs as the plugin sees them; made on first use.
    const std::vector<spine_input>& inputs();
    /// The keys that the pipeline's partitions have; made on first use.
    const PartitionKeys& partition_keys();
    const boost::json::object& params() const;
    /// The table that declares the parameters; empty for a lambda, whose parameters are the run's.
    const std::vector<workflow::Parameter>& declared() const;
    /// A parameter or a configuration value as the plugin may have it. A pipeline gets what
    /// references to secrets stand for; a plan and a composite, whose words are recorded, get the
    /// references; a lambda gets neither. Else the status with which it was refused; the call then
    /// fails for that reason, whatever the plugin makes of it.
    std::variant<boost::json::value, spine_status> revealed(const boost::json::value& value);
    /// The text without secrets.
    std::string clean(std::string_view text) const;
    /// The domain's configuration, read and checked once; throws Error{invalid}.
    const boost::json::object& configuration();

    /// SPINE_OK if a host function may go on; else why not, recorded.
    spine_status enter(const char* function, Effect effect) noexcept;
    /// Records the exception that is being handled and gives the status for the plugin.
    spine_status translate() noexcept;
    /// Records why a host call fails. Returns the status.
    spine_status refuse(spine_status status, std::string message, std::string hint = {});
    spine_status refuse(spine_status status, unit::Failure failure);
    /// Another process has what the plugin claims: an attempt that ends with this conflict has not failed by itself, in whatever words it says so.
    spine_status refuse_as_held(std::string message, std::string hint);
    /// The plugin says why it fails.
    void say(unit::Failure failure) { said_ = std::move(failure); }

    bool is_stopped() const noexcept;
    /// Why the plugin need not be entered any more: it was told to stop while it waited for its turn.
    std::optional<unit::Failure> stopped_before() const;
    void progress(std::uint64_t done, std::uint64_t total, std::string what) noexcept;
    spine_status wait(std::chrono::milliseconds duration) noexcept;
    /// To the program's log, and from INFO on to what is kept with the attempt; `level` is one of spine_log_1.
    void log(std::uint32_t level, std::string_view message);
    /// What is to be kept, once.
    std::vector<unit::LogLine> take_log() { return kept_log_.take(); }

    /// Takes so many bytes out of what all outputs together may have; throws Error{usage} when
    /// there are none left.
    void spend(const std::string& name, std::size_t bytes);
    /// Counts something of which there may be only so many; throws an Error of this code.
    void count(const char* what,
               std::uint64_t more,
               std::uint64_t most,
               ErrorCode code = ErrorCode::usage);

    /// Throws Error{usage} when the attempt has no such output.
    void require_output(std::uint32_t output) const;
    /// Rows, checks of them or a stage were written.
    void note_write() noexcept { wrote_ = true; }
    void note_capture(bool unchanged, const std::string& capture_id);
    /// Why there was nothing to do: every source was as its head and nothing was written.
    std::optional<std::string> unneeded() const;

    /// How the call ended, after the plugin's function has returned this; nullopt: well.
    std::optional<unit::Failure> verdict(spine_status returned);

private:
    enum class Stop { none, cancelled, timed_out };
    Stop stop() const noexcept;
    unit::Failure failure_of_stop(Stop why) const;
    spine_status stopped() noexcept;
    std::optional<unit::Failure> said(spine_status returned) const;
    std::optional<unit::Failure> unsaid(spine_status returned) const;

    Setting setting_;
    std::thread::id owner_ = std::this_thread::get_id();
    std::chrono::nanoseconds deadline_;
    Arena arena_;
    Handles handles_;
    PlanBuilder plan_;
    boost::json::object outputs_;
    run::LambdaResult step_;
    std::map<std::string, std::size_t> spent_;
    std::size_t spent_total_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> counts_;
    std::optional<boost::json::object> configuration_;
    std::vector<spine_input> inputs_;
    std::optional<PartitionKeys> partition_keys_;
    bool wrote_ = false;
    bool all_unchanged_ = true;
    std::string unchanged_capture_; ///< empty: no source was declared

    const char* function_ = "";
    Effect effect_ = Effect::reads;
    std::atomic<const char*> foreign_call_{nullptr};
    std::exception_ptr broken_;
    std::optional<unit::Failure> said_;
    std::optional<unit::Failure> poisoned_; ///< the first write that failed
    std::optional<unit::Failure> withheld_; ///< why a secret that was asked for was not given
    struct Refused {
        spine_status status;
        unit::Failure failure;
    };
    std::optional<Refused> refused_; ///< the last host call that failed
    bool held_elsewhere_ = false;    ///< a claim was refused because another process has it
    bool speechless_ = false;        ///< there was no memory left to say why
    std::mutex progress_mutex_;
    KeptLog kept_log_;
    std::string idempotency_key_;
    spine_run run_{};
};

/// The barrier on the host's side: nothing leaves but a status.
template <typename Body>
spine_status
serve(const spine_run* run, const char* function, Effect effect, Body&& body) noexcept {
    const process::HostCall inside;
    Session* session = Session::of(run);
    if (session == nullptr)
        return SPINE_INVALID_ARG;
    if (const auto status = session->enter(function, effect); status != SPINE_OK)
        return status;
    try {
        return std::forward<Body>(body)(*session);
    } catch (...) {
        return session->translate();
    }
}

} // namespace spine::plugin
