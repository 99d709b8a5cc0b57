#include "plugin.hpp"

#include "lambdas.hpp"
#include "pipelines.hpp"

#include <spine/plugin.hpp>

namespace {

constexpr spine::Param sleep_params[] = {
    {"seconds", spine::real, spine::required, "how long, up to a day"},
};
constexpr spine::Param fail_params[] = {
    spine::Param{"category", spine::text, spine::optional, "the error category to fail with"}
        .one_of("DATA_QUALITY | QUALITY_GATE | STEP_ERROR | CONFIGURATION | TRANSIENT | "
                "DEPENDENCY | TIMEOUT | RESOURCE | INTERNAL")
        .otherwise("STEP_ERROR"),
    {"times", spine::integer, spine::optional, "how many attempts fail; else every one"},
};
constexpr spine::Pipeline pipelines[] = {
    {"noop", "Do nothing, successfully", {}, &spine_common::noop},
    {"sleep", "Wait, or until cancelled", sleep_params, &spine_common::sleep},
    {"fail", "Fail on purpose", fail_params, &spine_common::fail},
};
constexpr spine::Param notification_config[] = {
    {"slack_channel", spine::text, spine::optional, "the channel that it is meant for"},
    {"email_recipients", spine::json, spine::optional, "a list of the people it is meant for"},
    {"subject", spine::text, spine::optional, "its first line"},
    {"message", spine::text, spine::optional, "what else is to be said"},
    {"records_from",
     spine::text,
     spine::optional,
     "the output with the number of records; else that of validate_ingest or ingest"},
};
constexpr spine::Lambda lambdas[] = {
    {"steps.send_completion_notification",
     "Records that a run is over, in an event and the log",
     notification_config,
     &spine_common::send_completion_notification},
};
constexpr spine::Domain domains[] = {{"common", "", "common_"}};
constexpr spine::Plugin plugin{
    "common", "1.0.0", {"Work of no domain, to try things out"}, domains, pipelines, lambdas};

} // namespace

const spine_plugin* spine_common_query(uint32_t major, uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
