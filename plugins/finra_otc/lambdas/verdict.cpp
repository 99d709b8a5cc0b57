#include "lambdas/verdict.hpp"

#include "pipelines/json_text.hpp"

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

void tell(spine::Check& check, const std::vector<std::string>& reasons) {
    const std::string list = json_list(reasons);
    check.output("reasons", spine::Json{list});
}

spine::Error data_quality(const std::vector<std::string>& reasons, std::string_view hint) {
    return failed("DATA_QUALITY", joined(reasons), hint);
}

spine::Error quality_gate(const std::vector<std::string>& reasons, std::string_view hint) {
    return failed("QUALITY_GATE", "Quality gate failed: " + joined(reasons), hint);
}

} // namespace finra
