/// spine.rejects/1, spine.quality/1 and spine.anomalies/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/sized.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"

#include <array>
#include <limits>
#include <string>

namespace spine::plugin {

namespace {

constexpr std::uint64_t rejects_max = 1'000'000;
constexpr std::uint64_t findings_max = 10'000;
constexpr std::size_t raw_bytes_max = 4096;
constexpr std::size_t text_bytes_max = 65'536;

/// A code or a name: short, and there.
std::string code_from(spine_str text, const char* what) {
    const auto code = text_from(text, what, 256);
    if (code.empty())
        throw Error{ErrorCode::usage, std::string{what} + " is empty"};
    return std::string{code};
}

/// As much as is kept; only that must be sound.
std::string raw_from(spine_str text) {
    const auto view = view_of(text, std::numeric_limits<std::int32_t>::max());
    if (!view)
        throw Error{ErrorCode::usage, "raw_text is null with a size, or longer than 2 GiB"};
    const auto kept = cut(*view, raw_bytes_max);
    return std::string{text_from({kept.data(), kept.size()}, "raw_text")};
}

template <typename T> T sized_from(const T* item, const char* what) {
    if (item == nullptr || !is_plausible_size(size_of(item), first_size<T>))
        throw Error{ErrorCode::usage,
                    std::string{what} + " is null or has a struct_size that no SDK has"};
    return copy_sized<T>(item, size_of(item));
}

template <std::size_t N>
std::string
word_from(const std::array<const char*, N>& words, std::uint32_t number, const char* what) {
    if (number >= N)
        throw Error{ErrorCode::usage,
                    std::string{what} + " " + std::to_string(number) + " does not exist"};
    return words.at(number);
}

unit::Reject reject_from(const spine_reject& raw) {
    unit::Reject reject;
    reject.output = raw.output;
    reject.line_number = raw.line_number;
    if (reject.line_number < 0)
        throw Error{ErrorCode::usage,
                    "line number " + std::to_string(raw.line_number) + " is negative"};
    reject.reason_code = code_from(raw.reason_code, "reason_code");
    reject.reason_detail = text_from(raw.reason_detail, "reason_detail", text_bytes_max);
    reject.raw_text = raw_from(raw.raw_text);
    reject.source_locator = text_from(raw.source_locator, "source_locator", text_bytes_max);
    return reject;
}

spine_status add(const spine_run* run, const spine_reject* rejects, std::uint32_t count) noexcept {
    return serve(run, "rejects.add", Effect::writes, [&](Session& session) {
        if (count == 0)
            return SPINE_OK;
        if (rejects == nullptr)
            throw Error{ErrorCode::usage,
                        "rejects are null with a count of " + std::to_string(count)};
        // The data is at fault, not the plugin: such a source is not what the pipeline reads.
        session.count("rejects", count, rejects_max, ErrorCode::bad_data);
        // The elements stand as far apart as the plugin's build made them.
        const auto stride = size_of(rejects);
        const auto* at = static_cast<const char*>(static_cast<const void*>(rejects));
        for (std::uint32_t i = 0; i < count; ++i, at += stride) {
            const auto raw = sized_from(
                static_cast<const spine_reject*>(static_cast<const void*>(at)), "a reject");
            if (raw.struct_size != stride)
                throw Error{ErrorCode::usage,
                            "reject " + std::to_string(i) +
                                " has another struct_size than the first"};
            session.require_output(raw.output);
            session.unit().reject(reject_from(raw));
        }
        return SPINE_OK;
    });
}

spine_status record_check(const spine_run* run, const spine_check* raw) noexcept {
    return serve(run, "quality.record", Effect::writes, [&](Session& session) {
        static constexpr std::array categories{"INTEGRITY", "COMPLETENESS", "BUSINESS_RULE"};
        static constexpr std::array statuses{"PASS", "WARN", "FAIL", "NOT_ASKED"};
        const auto from = sized_from(raw, "the check");
        session.count("quality checks", 1, findings_max);
        session.require_output(from.output);
        unit::Check check;
        check.output = from.output;
        check.name = code_from(from.name, "name");
        check.category = word_from(categories, from.category, "category");
        check.status = word_from(statuses, from.status, "status");
        check.actual = text_from(from.actual, "actual", text_bytes_max);
        check.expected = text_from(from.expected, "expected", text_bytes_max);
        check.details = json_text_from(from.details, "details");
        if (from.status == SPINE_CHECK_NOT_ASKED && check.actual.empty())
            throw Error{ErrorCode::usage,
                        "the check " + check.name + " was not asked, and `actual` does not say why"};
        session.unit().check(std::move(check));
        return SPINE_OK;
    });
}

spine_status record_anomaly(const spine_run* run, const spine_anomaly* raw) noexcept {
    return serve(run, "anomalies.record", Effect::writes, [&](Session& session) {
        static constexpr std::array severities{"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"};
        const auto from = sized_from(raw, "the anomaly");
        session.count("anomalies", 1, findings_max);
        unit::Anomaly anomaly;
        if (from.output != std::numeric_limits<std::uint32_t>::max()) {
            session.require_output(from.output);
            anomaly.output = from.output;
        }
        anomaly.severity = word_from(severities, from.severity, "severity");
        anomaly.category = code_from(from.category, "category");
        anomaly.message = text_from(from.message, "message", text_bytes_max);
        anomaly.metadata = json_text_from(from.metadata, "metadata");
        session.unit().anomaly(std::move(anomaly));
        return SPINE_OK;
    });
}

} // namespace

const spine_rejects_1& rejects_interface() noexcept {
    static constexpr spine_rejects_1 table{sizeof(spine_rejects_1), 0, &add};
    return table;
}
const spine_quality_1& quality_interface() noexcept {
    static constexpr spine_quality_1 table{sizeof(spine_quality_1), 0, &record_check};
    return table;
}
const spine_anomalies_1& anomalies_interface() noexcept {
    static constexpr spine_anomalies_1 table{sizeof(spine_anomalies_1), 0, &record_anomaly};
    return table;
}

} // namespace spine::plugin
