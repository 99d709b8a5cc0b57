#include "plugin/redact.hpp"

#include "plugin/redacted_unit.hpp"
#include "error.hpp"
#include "support/memory_unit.hpp"
#include "workflow/json.hpp"

#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <random>
#include <thread>

using spine::plugin::Redactor;

namespace {

/// The encoders of this test are its own and plain, so that they share no mistake with the redactor.
std::string base64(const std::string& bytes, const std::string& last_two = "+/", bool padded = true) {
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last_two;
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j)
            if (i + j <= bytes.size())
                out += letters[group >> (18 - 6 * j) & 63];
            else if (padded)
                out += '=';
    }
    return out;
}
std::string coded(const std::string& bytes, const char* form) {
    std::string out;
    for (const char c : bytes) {
        char text[8];
        std::snprintf(text, sizeof text, form, static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += text;
    }
    return out;
}
/// As a URI has it: letters, digits and -._~ as they are.
std::string percent(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string{"-._~"}.find(c) != std::string::npos;
        out += plain ? std::string(1, c) : coded(std::string(1, c), "%%%02X");
    }
    return out;
}
std::string json_string(const std::string& text) { return spine::workflow::json_text(boost::json::value(text)); }

std::string clean(const std::string& secret, const std::string& text) {
    Redactor redactor;
    redactor.add(secret);
    return redactor.clean(text);
}

const std::string canary = "S3CR3T-0b5e/7+f? \"x\\y\"=&%@:";

struct Form {
    const char* name;
    std::string text;
};
std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.name; }

const Form forms[] = {
    {"raw", canary},
    {"reversed", std::string{canary.rbegin(), canary.rend()}},
    {"hex", coded(canary, "%02x")},
    {"HEX", coded(canary, "%02X")},
    {"base64", base64(canary)},
    {"base64 of user:secret", base64("ann:" + canary)},
    {"base64 shifted by 1", base64("x" + canary + "tail")},
    {"base64 shifted by 2", base64("xy" + canary + "!")},
    {"base64 for URLs", base64(canary, "-_", false)},
    {"base64 for URLs, shifted", base64("?\?>z" + canary + "?", "-_", false)},
    {"percent", percent(canary)},
    {"percent of every byte", coded(canary, "%%%02x")},
    {"percent twice", percent(percent(canary))},
    {"as in a form", [] {
         auto text = percent(canary);
         for (auto at = text.find("%20"); at != std::string::npos; at = text.find("%20"))
             text.replace(at, 3, "+");
         return text;
     }()},
    {"percent of base64", percent(base64(canary))},
    {"JSON", json_string(canary)},
    {"JSON in JSON", json_string(json_string(canary))},
    {"\\x of every byte", coded(canary, "\\x%02x")},
    {"\\u of every byte", coded(canary, "\\u%04X")},
    {"userinfo", "postgres://ann:" + percent(canary) + "@host/db"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(redactor)

BOOST_DATA_TEST_CASE(every_form_of_a_secret_is_blanked_and_what_stands_around_it_stays, forms, form) {
    const auto cleaned = clean(canary, "before " + form.text + " behind");
    BOOST_TEST_CONTEXT(cleaned) {
        BOOST_TEST(cleaned.starts_with("before "));
        BOOST_TEST(cleaned.ends_with(" behind"));
        BOOST_TEST(cleaned.find("***") != std::string::npos);
        for (const auto& one : forms)
            BOOST_TEST(cleaned.find(one.text) == std::string::npos);
        BOOST_TEST(cleaned.find("S3CR3T") == std::string::npos);
        BOOST_TEST(cleaned.size() < form.text.size() + 14);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_stays_as_it_is) {
    const std::string text = "100 % of a+b \\ \"c\" %41 \\u0041 c2VjcmV0 {}\n";
    BOOST_TEST(clean(canary, text) == text);
    BOOST_TEST(Redactor{}.clean(text) == text);
    BOOST_TEST(clean(canary, "") == "");
}

BOOST_AUTO_TEST_CASE(an_empty_secret_blanks_nothing_and_a_short_one_only_a_whole_text) {
    BOOST_TEST(clean("", "anything") == "anything");
    BOOST_TEST(clean("", "") == "");
    BOOST_TEST(clean("a", "a banana") == "a banana");
    BOOST_TEST(clean("a", "a") == "***");
    BOOST_TEST(clean("abc", "abcd abc") == "abcd abc");
    BOOST_TEST(clean("abcd", "abcde") == "***e");
    BOOST_TEST(clean("abcd", "YWJjZA==") == "***==");
    Redactor redactor;
    redactor.add("");
    BOOST_TEST(redactor.empty());
}

BOOST_AUTO_TEST_CASE(secrets_that_overlap_touch_or_are_made_by_the_blanking_leave_nothing) {
    Redactor redactor;
    for (const auto* secret : {"abcdef", "defghi", "jklm", "****", "x***y"})
        redactor.add(secret);
    BOOST_TEST(redactor.clean("abcdefghijklm") == "***");
    BOOST_TEST(redactor.clean("-abcdef-") == "-***-");
    BOOST_TEST(redactor.clean("*jklm").find("****") == std::string::npos);
    BOOST_TEST(redactor.clean("xjklmy").find("x***y") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_line_of_a_key_and_the_beginning_of_a_long_secret_count) {
    const std::string key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END KEY-----";
    BOOST_TEST(clean(key, key) == "***");
    BOOST_TEST(clean(key, "line BKcwggSjAgEAAoIBAQC7") == "line ***");
    BOOST_TEST(clean(key, "-----BEGIN OTHER") == "-----BEGIN OTHER");
    BOOST_TEST(clean(std::string(30, 'a') + "0123456789012345678901234567890", "cut '" + std::string(30, 'a') + "012...'") ==
               "cut '***...'");
    // Where a text is long enough to have been cut, its end may be a secret's beginning.
    BOOST_TEST(clean("S3CR3T-12345678", std::string(4000, '.') + "S3CR3T-1").ends_with("..***"));
    BOOST_TEST(clean("S3CR3T-12345678", "S3CR3T-1") == "S3CR3T-1");
    BOOST_TEST(clean("S3CR3T-12345678", "'S3CR3T-1\u2026' is wrong") == "'***\u2026' is wrong");
}

BOOST_AUTO_TEST_CASE(a_blanked_text_is_still_utf_8) {
    const std::string secret = "g\xc3\xb6heim-\xe2\x82\xac-und-lang-genug-f\xc3\xbcr-den-Kopf";
    BOOST_TEST(clean(secret, "\xc3\xa4 " + secret + " \xc3\xbc") == "\xc3\xa4 *** \xc3\xbc");
    const std::string twisted = secret.substr(0, secret.find("\xc3\xbc")) + "\xc3\xa4!"; // the same first byte of another character
    BOOST_TEST(clean(secret, twisted) == "***!");
}

BOOST_AUTO_TEST_CASE(values_are_cleaned_at_any_depth_their_names_and_numbers_too) {
    Redactor redactor;
    redactor.add("hunter22");
    redactor.add("1234567");
    auto value = spine::workflow::json_from(R"({"a":["x hunter22",{"hunter22":true}],"n":1234567,"m":12345678,"k":7,"t":"plain"})");
    redactor.clean(value);
    BOOST_TEST(spine::workflow::json_text(value) == R"({"a":["x ***",{"***":true}],"n":"***","m":"***","k":7,"t":"plain"})");
    BOOST_TEST(redactor.clean_json(R"({"a":"hunter22"})") == R"({"a":"***"})");
    BOOST_TEST(redactor.clean_json("") == "");
}

BOOST_AUTO_TEST_CASE(no_form_of_any_secret_leaves_whatever_stands_around_it) {
    std::mt19937 random{1}; // the same every time: a test that is green by luck proves nothing
    const auto draw = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const std::string alphabet = "aA0+/=-_%\\\"x*u. é€";
    const auto word = [&](unsigned length) {
        std::string out;
        for (unsigned i = 0; i < length; ++i) {
            auto at = draw(static_cast<unsigned>(alphabet.size()));
            while ((static_cast<unsigned char>(alphabet[at]) & 0xc0) == 0x80)
                --at;
            do
                out += alphabet[at++];
            while (at < alphabet.size() && (static_cast<unsigned char>(alphabet[at]) & 0xc0) == 0x80);
        }
        return out;
    };
    for (int round = 0; round < 3000; ++round) {
        Redactor redactor;
        std::vector<std::string> secrets;
        for (unsigned i = 0; i <= draw(3); ++i) {
            secrets.push_back(word(4 + draw(20)));
            redactor.add(secrets.back());
        }
        std::string text;
        std::vector<std::string> written;
        for (unsigned i = 0; i <= draw(5); ++i) {
            const auto& secret = secrets[draw(static_cast<unsigned>(secrets.size()))];
            const std::string all[] = {secret,           percent(secret),   coded(secret, "%02x"),   coded(secret, "%%%02X"),
                                       base64(secret),   base64(secret, "-_", false), coded(secret, "\\x%02x"), json_string(secret)};
            const auto which = draw(8);
            const auto& form = all[which];
            text += word(draw(6)) + form;
            // The padding and the last character may carry nothing of it; a quote is not the secret's.
            written.push_back(which == 7 ? form.substr(1, form.size() - 2) : form);
            while (written.back().ends_with('='))
                written.back().pop_back();
        }
        const auto cleaned = redactor.clean(text);
        for (const auto& secret : secrets)
            BOOST_TEST_REQUIRE(cleaned.find(secret) == std::string::npos, "round " << round << " " << text << " -> " << cleaned);
        for (const auto& form : written)
            BOOST_TEST_REQUIRE(cleaned.find(form) == std::string::npos, "round " << round << " " << text << " -> " << cleaned);
        BOOST_TEST_REQUIRE(redactor.clean(cleaned) == cleaned);
    }
}

BOOST_AUTO_TEST_CASE(threads_may_add_and_clean_at_once) {
    Redactor redactor;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&redactor, t] {
            for (int i = 0; i < 50; ++i) {
                const auto secret = "secret-" + std::to_string(t) + "-" + std::to_string(i);
                redactor.add(secret);
                BOOST_TEST((redactor.clean(secret) == "***")); // nothing is known of it before `add` returns
            }
        });
    for (auto& thread : threads)
        thread.join();
}

BOOST_AUTO_TEST_CASE(what_an_attempt_writes_about_its_work_holds_no_secret) {
    using namespace spine;
    Redactor redactor;
    redactor.add("hunter22");
    test::MemoryState state;
    test::MemoryUnit memory{state};
    plugin::RedactedUnit unit{memory, redactor};
    unit.reject({0, 1, "hunter22", "a hunter22", "b,hunter22", "file:hunter22"});
    unit.check({0, "hunter22", "INTEGRITY", "FAIL", "hunter22", "not hunter22", R"({"hunter22":"hunter22"})"});
    unit.anomaly({std::nullopt, "ERROR", "hunter22", "it was hunter22", R"(["hunter22"])"});
    unit.reached({0, 0, 1, {{"key", "hunter22"}}});
    BOOST_TEST((memory.rejects.front().reason_code + memory.rejects.front().reason_detail + memory.rejects.front().raw_text +
                memory.rejects.front().source_locator) == "***a ***b,***file:***");
    BOOST_TEST((memory.checks.front().name + memory.checks.front().actual + memory.checks.front().expected + memory.checks.front().details) ==
               R"(******not ***{"***":"***"})");
    BOOST_TEST((memory.anomalies.front().category + memory.anomalies.front().message + memory.anomalies.front().metadata) ==
               R"(***it was ***["***"])");
    BOOST_TEST(workflow::json_text(memory.stages.front().metrics) == R"({"key":"***"})");
    BOOST_CHECK_EXCEPTION(unit.claim({"d", R"({"key":"hunter22"})"}), Error, [](const Error& error) {
        return error.code() == ErrorCode::usage && std::string{error.what()}.find("hunter22") == std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
