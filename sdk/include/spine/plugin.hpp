/// The C++17 layer over `spine/abi.h` for authors of plugins. It adds no capability, only safety: tables that are plain
/// constants, parameters and rows with types, and a barrier that turns every exception into a status.
///
/// A plugin is data (`Param`, `Column`, `Dataset`, `Migration`, `Pipeline`, `Lambda`, `Domain`, `Plugin`, all constexpr) and
/// functions that take an `Attempt&` (work), a `Plan&` (what the work will write and read) or a `Check&` (a lambda).
///
/// Threads: everything here may be used only on the thread that the function was called on, except `Attempt::log`,
///          `Attempt::progress` and `Attempt::cancelled`.
/// Lives:   texts and objects obtained from an attempt live until the function returns; a row's texts until the next row
///          is taken.
/// Fails:   every failed host call throws; let it pass. To fail yourself, throw `spine::Error`.
#pragma once

#include "spine/abi.h"
#include "spine/calls.hpp"
#include "spine/tables.hpp"

#if defined(__clang__)
#define SPINE_COMPILER_TEXT "clang " __clang_version__
#elif defined(__GNUC__)
#define SPINE_COMPILER_TEXT "gcc " __VERSION__
#else
#define SPINE_COMPILER_TEXT "unknown"
#endif

/// Before the definition of the one exported function.
#define SPINE_EXPORT extern "C" __attribute__((visibility("default")))

namespace spine {
inline namespace sdk_1 {

inline constexpr std::string_view sdk_version = "1.3.0";

/// `Pipeline{"normalize_week", "Apply the rules to a raw week", week_params, &normalize_week}.partition("tier|week_ending")
///      .needs("INGESTED").reaches("NORMALIZED").version("1.0.0")`
struct Pipeline : spine_pipeline_desc {
    constexpr Pipeline(std::string_view name_, std::string_view title_, List<Param> params_, void (*work_)(Attempt&))
        : spine_pipeline_desc{}, work{work_} {
        struct_size = sizeof(spine_pipeline_desc);
        name = str(name_);
        title = str(title_);
        params = params_.table;
        spine_pipeline_desc::run = &call_work;
    }
    /// Another domain than the plugin's first one.
    constexpr Pipeline in(std::string_view domain_) const {
        Pipeline copy{*this};
        copy.domain = str(domain_);
        return copy;
    }
    constexpr Pipeline partition(std::string_view keys) const {
        Pipeline copy{*this};
        copy.partition_keys = str(keys);
        return copy;
    }
    constexpr Pipeline needs(std::string_view stages) const {
        Pipeline copy{*this};
        copy.spine_pipeline_desc::needs = str(stages);
        return copy;
    }
    constexpr Pipeline reaches(std::string_view stage_) const {
        Pipeline copy{*this};
        copy.stage = str(stage_);
        return copy;
    }
    constexpr Pipeline exports(std::string_view names) const {
        Pipeline copy{*this};
        copy.spine_pipeline_desc::exports = str(names);
        return copy;
    }
    /// Raise it when the same input gives other rows.
    constexpr Pipeline version(std::string_view calc) const {
        Pipeline copy{*this};
        copy.calc_version = str(calc);
        return copy;
    }
    /// See `spine_pipeline_desc::plan`.
    constexpr Pipeline plans(void (*prepare_)(Plan&)) const {
        Pipeline copy{*this};
        copy.prepare = prepare_;
        copy.plan = &call_prepare;
        return copy;
    }
    constexpr Pipeline composite() const {
        Pipeline copy{*this};
        copy.flags |= SPINE_PIPELINE_COMPOSITE;
        return copy;
    }
    constexpr Pipeline external_effects() const {
        Pipeline copy{*this};
        copy.effects = SPINE_EFFECTS_EXTERNAL;
        return copy;
    }

    void (*work)(Attempt&);
    void (*prepare)(Plan&) = nullptr;

private:
    static spine_status call_work(const spine_pipeline_desc* self, const spine_run* run) noexcept {
        return guard(run, [&] {
            Attempt attempt{run};
            static_cast<const Pipeline*>(self)->work(attempt);
        });
    }
    static spine_status call_prepare(const spine_pipeline_desc* self, const spine_run* run) noexcept {
        return guard(run, [&] {
            Plan plan{run};
            static_cast<const Pipeline*>(self)->prepare(plan);
        });
    }
};

struct Lambda : spine_handler_desc {
    constexpr Lambda(std::string_view name_, std::string_view title_, List<Param> config_, void (*work_)(Check&))
        : spine_handler_desc{sizeof(spine_handler_desc), 0, str(name_), {}, str(title_), config_.table, &call_work},
          work{work_} {}
    /// Another domain than the plugin's first one.
    constexpr Lambda in(std::string_view domain_) const {
        Lambda copy{*this};
        copy.domain = str(domain_);
        return copy;
    }
    void (*work)(Check&);

private:
    static spine_status call_work(const spine_handler_desc* self, const spine_run* run) noexcept {
        return guard(run, [&] {
            Check check{run};
            static_cast<const Lambda*>(self)->work(check);
        });
    }
};

struct About {
    std::string_view title;
    std::string_view vendor = {};
    std::string_view license = {};
    std::string_view url = {};
};

/// What a plugin asks of its host.
struct Demands {
    std::uint32_t threads = SPINE_THREADS_PARALLEL; ///< serial: its functions share something that can change
    std::uint32_t min_host_minor = 0;               ///< 1 when it cannot do without `spine.course/1`
};

/// Everything a plugin brings. Must be a constexpr object of static storage.
class Plugin {
public:
    constexpr Plugin(std::string_view id, std::string_view version, About about, List<Domain> domains,
                     List<Pipeline> pipelines, List<Lambda> lambdas = {}, List<Migration> migrations = {},
                     Demands demands = {})
        : desc_{sizeof(spine_plugin_desc),
                demands.threads,
                str(id),
                str(version),
                str(about.title),
                str(about.vendor),
                str(about.license),
                str(about.url),
                str(sdk_version),
                str(SPINE_COMPILER_TEXT),
                domains.table,
                pipelines.table,
                lambdas.table,
                migrations.table},
          table_{SPINE_PLUGIN_MAGIC,
                 sizeof(spine_plugin),
                 SPINE_ABI_MAJOR,
                 SPINE_ABI_MINOR,
                 demands.min_host_minor,
                 0,
                 &desc_,
                 nullptr,
                 nullptr,
                 nullptr} {}
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    constexpr const spine_plugin* table() const noexcept { return &table_; }

private:
    spine_plugin_desc desc_;
    spine_plugin table_;
};

/// The body of `spine_plugin_query`.
inline const spine_plugin* answer(const Plugin& plugin, std::uint32_t host_major, std::uint32_t) noexcept {
    return host_major == SPINE_ABI_MAJOR ? plugin.table() : nullptr;
}

} // namespace sdk_1
} // namespace spine
