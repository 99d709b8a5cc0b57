#include "examples.hpp"
#include "text.hpp"

namespace examples {

void fetch_filings(spine::Attempt& attempt) {
    auto rows = attempt.replace<std::string_view, std::string_view>(
        "sec_filings", attempt.derived(), "cik|accession");
    rows.add("0000320193", "0000320193-25-000079");
    rows.add("0000789019", "0000950170-25-100235");
    const auto count = rows.finish();
    attempt.reached(attempt.derived(), count, {{"form_type", attempt.text("form_type")}});
    attempt.output("form_type", attempt.text("form_type"));
}

/// What each stage after the first does here: takes the filings over as they are.
void hand_on(spine::Attempt& attempt) {
    const auto filings = attempt.input().row.row_count;
    attempt.reached(attempt.derived(), static_cast<std::uint64_t>(filings), {{"filings", filings}});
    attempt.output("filings", filings);
}

void fetch_with_protection(spine::Check& check) {
    if (option(check, "circuit_open").integer != 0)
        throw spine::Error{SPINE_INVALID_STATE, "EDGAR API circuit open: backing off"};
    if (check.attempt_number() <= option(check, "fail_first").integer)
        throw spine::Error{SPINE_UNAVAILABLE,
                           "EDGAR did not answer (attempt " +
                               std::to_string(check.attempt_number()) + ")"};
    check.output("filings", spine::Json{R"([{"cik":"0000320193","form":"10-K"}])"})
        .output("attempts", check.attempt_number());
}

/// A failure handler: an API that did not answer is left alone for a while and asked again.
void rescue(spine::Check& check) {
    const auto error = check.output_of("failure.error");
    if (!error || spine::view(error->text).find("did not answer") == std::string_view::npos)
        return;
    const std::string step(spine::view(output(check, "failure.step").text));
    check.course()
        .insert_before(step, spine::Json{R"({"name":"cool_down","type":"wait","seconds":0.1})"})
        .retry(step);
}

/// Little data needs no heavy work.
void check_size(spine::Check& check) {
    if (option(check, "bytes").integer < 1'000'000)
        check.course().skip({"heavy", "gpu"}, "less than 1 MB");
}

void process_filings(spine::Attempt& attempt) { attempt.output("processed", 1); }

} // namespace examples
