/// A plugin that tells what it should not: it is given a secret and puts it, in every form that it can think of, wherever a
/// plugin may put words. For secrets.sh.
#include <spine/plugin.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

std::string hexadecimal(std::string_view bytes, std::string_view before_each) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += before_each;
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j)
            out += i + j <= bytes.size() ? letters[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

/// What is told: the text as it is, encoded, and inside of other things.
std::vector<std::string> forms(const std::string& text) {
    return {text,
            "before " + text + " behind",
            base64(text),
            base64("ann:" + text),
            base64("an:" + text),
            hexadecimal(text, ""),
            hexadecimal(text, "%"),
            "postgres://ann:" + text + "@db/x",
            std::string{text.rbegin(), text.rend()}};
}

std::string all_of(const std::string& text) {
    std::string out;
    for (const auto& form : forms(text))
        out += form + " | ";
    return out;
}

void tell(spine::Attempt& attempt) {
    const std::string text{attempt.text("key")};
    const std::string from_config{attempt.config_text("token")};
    const auto output = attempt.claim({{"name", attempt.text("name")}});
    int number = 0;
    for (const auto& form : forms(text)) {
        attempt.info("log " + form);
        attempt.warn("warning " + form);
        attempt.output("form_" + std::to_string(++number), form);
        attempt.reject("CODE", "detail " + form, "raw," + form, number, "file:" + form, output);
        attempt.check("check " + form, SPINE_INTEGRITY_CHECK, SPINE_CHECK_WARN, form, "not " + form, {}, output);
        attempt.anomaly(SPINE_SEVERITY_WARN, "CANARY", "anomaly " + form, R"({"form":")" + form + R"("})", output);
    }
    attempt.output("config", from_config);
    // Long enough to be cut, in the middle of the secret.
    attempt.reject("CODE", "cut", std::string(4096 - 9, '.') + text, 99, {}, output);
    attempt.info(std::string(4096 - 9, '.') + text);
    if (attempt.flag("fail"))
        throw spine::Error{SPINE_INVALID_DATA, "failed with " + all_of(text), SPINE_RETRY_NEVER, 0,
                           R"({"hint":"hint )" + text + R"(","key":")" + all_of(text) + R"("})"};
}

void claim(spine::Attempt& attempt) { attempt.claim({{"name", attempt.text("key")}}); }

constexpr spine::Param tell_params[] = {
    spine::Param{"key", spine::text, spine::required, "what is told"},
    spine::Param{"name", spine::text, spine::required, "the partition"},
    spine::Param{"fail", spine::boolean, spine::optional, "whether it fails in the end"}.otherwise("false"),
};
constexpr spine::Param claim_params[] = {spine::Param{"key", spine::text, spine::required, "the partition"}};
constexpr spine::Param config[] = {spine::Param{"token", spine::text, spine::optional, "a secret of the configuration"}};
constexpr spine::Stage stages[] = {{"TOLD", 1}};
constexpr spine::Domain domains[] = {{"canary.domain", "canary", "canary_", stages, config}};
constexpr spine::Pipeline pipelines[] = {
    {"tell", "Tells a text everywhere", tell_params, &tell},
    {"claim", "Makes a text its partition", claim_params, &claim},
};
constexpr spine::Plugin plugin{"canary", "1.0.0", {"Tells what it should not"}, domains, pipelines};

} // namespace

SPINE_EXPORT const spine_plugin* spine_plugin_query(std::uint32_t major, std::uint32_t minor) noexcept {
    return spine::answer(plugin, major, minor);
}
