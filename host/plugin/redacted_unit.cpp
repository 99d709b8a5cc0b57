#include "plugin/redacted_unit.hpp"

#include "error.hpp"

namespace spine::plugin {

unit::Claimed RedactedUnit::claim(const unit::Partition& partition) {
    if (redactor_.clean(partition.key) != partition.key)
        throw Error{ErrorCode::usage, "a partition's key holds a secret", "keys are recorded and shown; choose another one"};
    return unit_.claim(partition);
}

unit::Observed RedactedUnit::observe(std::uint32_t output, const unit::Observation& source) {
    if (redactor_.empty())
        return unit_.observe(output, source);
    auto seen = source;
    seen.source_uri = redactor_.clean(seen.source_uri);
    return unit_.observe(output, seen);
}

void RedactedUnit::reject(unit::Reject reject) {
    for (auto* text : {&reject.reason_code, &reject.reason_detail, &reject.raw_text, &reject.source_locator})
        *text = redactor_.clean(*text);
    unit_.reject(std::move(reject));
}

void RedactedUnit::check(unit::Check check) {
    for (auto* text : {&check.name, &check.actual, &check.expected})
        *text = redactor_.clean(*text);
    check.details = redactor_.clean_json(check.details);
    unit_.check(std::move(check));
}

void RedactedUnit::anomaly(unit::Anomaly anomaly) {
    anomaly.category = redactor_.clean(anomaly.category);
    anomaly.message = redactor_.clean(anomaly.message);
    anomaly.metadata = redactor_.clean_json(anomaly.metadata);
    unit_.anomaly(std::move(anomaly));
}

void RedactedUnit::reached(unit::Reached reached) {
    redactor_.clean(reached.metrics);
    unit_.reached(std::move(reached));
}

void RedactedUnit::log(unit::LogLine line) {
    line.text = redactor_.clean(line.text);
    unit_.log(std::move(line));
}

void clean(unit::Failure& failure, const Redactor& redactor) {
    failure.message = redactor.clean(failure.message);
    failure.hint = redactor.clean(failure.hint);
    redactor.clean(failure.details);
}

} // namespace spine::plugin
