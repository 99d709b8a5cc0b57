#include "examples.hpp"
#include "text.hpp"

namespace examples {

void generate_daily(spine::Attempt& attempt) {
    attempt.info("a report is made for " + std::string(attempt.date("report_date")));
    attempt.output("report", "Daily P&L report for " + std::string(attempt.date("report_date")))
        .output("rows", 42);
}

void validate_report(spine::Check& check) {
    const double rows =
        number_at(check, std::string(spine::view(option(check, "step").text)) + ".rows");
    check.output("valid", rows > 0).output("message", "Report has " + text_of(rows) + " rows");
}

void send_email(spine::Check& check) {
    if (option(check, "valid").integer == 0) {
        check.output("sent", false).output("reason", "Report validation failed");
        return;
    }
    const std::string recipients(spine::view(option(check, "recipients").text));
    check.event("email",
                "{\"to\":" + recipients + ",\"about\":" +
                    spine::json_quoted(spine::view(option(check, "report").text)) + "}");
    check.output("sent", true).output("recipients", spine::Json{recipients});
}

} // namespace examples
