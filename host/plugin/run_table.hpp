/// The functions of a `spine_run` and the interfaces that it offers.
#pragma once

#include "plugin/session.hpp"
#include "spine/abi.h"

#include <string_view>

namespace spine::plugin {

/// A run with its functions and nothing else.
spine_run run_functions() noexcept;

/// The interface of this id, or null: unknown, or not offered to this kind of work.
const void* interface_of(Work work, std::string_view id) noexcept;

// One table each, constant.
const spine_log_1& log_interface() noexcept;
const spine_config_1& config_interface() noexcept;
const spine_clock_1& clock_interface() noexcept;
const spine_manifest_1& manifest_interface() noexcept;
const spine_plan_1& plan_interface() noexcept;
const spine_partition_1& partition_interface() noexcept;
const spine_source_1& source_interface() noexcept;
const spine_capture_1& capture_interface() noexcept;
const spine_db_1& db_interface() noexcept;
const spine_append_1& append_interface() noexcept;
const spine_rejects_1& rejects_interface() noexcept;
const spine_quality_1& quality_interface() noexcept;
const spine_anomalies_1& anomalies_interface() noexcept;
const spine_dispatch_1& dispatch_interface() noexcept;
const spine_step_1& step_interface() noexcept;
const spine_course_1& course_interface() noexcept;

} // namespace spine::plugin
