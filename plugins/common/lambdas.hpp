// Light steps that any workflow can name, of no domain.
#pragma once

#include <spine/plugin.hpp>

namespace spine_common {

/// Tells that a run is over: an event for each configured channel and a line in the log, with what
/// is known of the run (week, tier, records, rolling; as a failure handler the step that failed and
/// why). It records the notification and sends nothing: `notification_recorded` is true and
/// `notification_sent` false until the program has channels to send through.
void send_completion_notification(spine::Check& check);

} // namespace spine_common
