#include "lambdas/verdict.hpp"

#include "calc/quality.hpp"
#include "lambdas/step_outputs.hpp"
#include "pipelines/json_text.hpp"
#include "pipelines/limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace finra {

namespace {

constexpr std::size_t listed_max = 10;

std::string fixed(double number, int decimals) {
    std::array<char, 400> digits{}; // the longest double has 309 before the point
    const auto end = std::to_chars(digits.data(),
                                   digits.data() + digits.size(),
                                   number,
                                   std::chars_format::fixed,
                                   decimals)
                         .ptr;
    return {digits.data(), end};
}

std::string joined(const std::vector<std::string>& reasons) {
    std::string text;
    for (const std::string& reason : reasons)
        text.append(text.empty() ? "" : "; ").append(reason);
    return text;
}

spine::Error failed(std::string_view category, std::string message, std::string_view hint) {
    return {SPINE_INVALID_DATA,
            std::move(message),
            SPINE_RETRY_AFTER_INPUT_CHANGE,
            0,
            R"({"category":)" + spine::json_quoted(category) + R"(,"hint":)" +
                spine::json_quoted(hint) + "}"};
}

} // namespace

std::string percent(double fraction, int decimals) { return fixed(fraction * 100, decimals) + "%"; }

std::string percent(double limit) {
    std::string text = fixed(limit * 100, 4);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text + "%";
}

std::string listed(const std::vector<std::string>& texts) {
    std::string text;
    for (std::size_t i = 0; i < std::min(texts.size(), listed_max); ++i)
        text.append(i == 0 ? "" : ", ").append(texts[i]);
    if (texts.size() > listed_max)
        text += " and " + std::to_string(texts.size() - listed_max) + " more";
    return text;
}

void Findings::accept_losses() {
    accepted.insert(accepted.end(), losses.begin(), losses.end());
    losses.clear();
}

std::vector<std::string> Findings::reasons() const {
    std::vector<std::string> all = losses;
    all.insert(all.end(), faults.begin(), faults.end());
    return all;
}

bool accepts_loss(const spine::Check& check) {
    return check.has("accept_loss") && check.flag("accept_loss");
}

std::vector<std::string> reject_losses(const spine::Check& check, std::string_view step) {
    const auto kept_lines = told_count(check, step, "kept_lines");
    if (!kept_lines)
        return {};
    const auto told = [&](std::string_view field) {
        return told_count(check, step, field).value_or(0);
    };
    const calc::RejectCost cost{*kept_lines,
                                told("kept_shares"),
                                told("rejected_lines"),
                                told("rejected_shares"),
                                told("lines_without_shares")};
    std::vector<std::string> losses;
    for (const calc::Check& found : calc::reject_checks(cost, reject_limits(check)))
        if (found.status == calc::Status::fail)
            losses.push_back(found.name + " is " + found.actual + ", expected " + found.expected);
    return losses;
}

void tell_accepted(spine::Check& check, const Findings& findings) {
    const std::string list = json_list(findings.accepted);
    check.output("accepted", spine::Json{list});
    if (!findings.accepted.empty())
        check.event("loss_accepted", R"({"status":"WARN","accepted":)" + list + "}");
}

void tell(spine::Check& check, const std::vector<std::string>& reasons) {
    const std::string list = json_list(reasons);
    check.output("reasons", spine::Json{list});
}

spine::Error data_quality(const std::vector<std::string>& reasons, std::string_view hint) {
    return failed("DATA_QUALITY", joined(reasons), hint);
}

spine::Error failure_of(const Findings& findings, std::string_view hint) {
    return failed(findings.losses.empty() ? "DATA_QUALITY" : "QUALITY_GATE",
                  joined(findings.reasons()),
                  hint);
}

spine::Error quality_gate(const std::vector<std::string>& reasons, std::string_view hint) {
    return failed("QUALITY_GATE", "Quality gate failed: " + joined(reasons), hint);
}

} // namespace finra
