/// Random expressions, and random damage to them, evaluated by ours and by the reference: equal values, or faults from both.
/// SPINE_FUZZ_COUNT says how many (a few thousand without it), SPINE_FUZZ_SEED where to begin; a failure prints its seed.
#include "host/workflow/reference_evaluator.hpp"
#include "workflow/expression.hpp"
#include "workflow/json.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>
#include <string>

using namespace spine::workflow;
namespace json = boost::json;

namespace {

const char* const params_text = R"({"n": 3, "m": -7, "z": 0, "exact": 9007199254740993, "lowest": -9223372036854775808,
    "highest": 9223372036854775807, "wide": 18446744073709551615, "half": 0.5, "even": 9007199254740992.0, "t": "OTC", "u": "äöü",
    "yes": true, "no": false, "e": null, "l": [1, 2.0, 3], "lt": ["OTC", "", null, true], "odd name": 4, "o": {"a": 1, "in": [0.5]},
    "android": 1, "notice": "n", "inner": true, "size": 6, "params": {"x": 1}, "_": 9})";
const char* const outputs_text = R"({"ingest": {"row_count": 50, "skipped": false, "parts": [5, "x"]},
    "fetch": {"row_count": 1, "pipeline_result": {"metrics": {"rows": 9, "part": {"a": 1}}}}, "e": {}, "7": {"_": 2}})";

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Expressions, mostly of fitting types: what does not fit at the top hides everything below it.
class Writer {
public:
    explicit Writer(std::uint64_t seed) : random_{seed} {}

    std::string any(int depth) {
        switch (below(5)) {
        case 0: return number(depth);
        case 1: return text(depth);
        case 2: return list(depth);
        default: return condition(depth);
        }
    }

    std::string damaged(std::string text) {
        static const std::string pieces[] = {"(", ")", "[", "]", "'", "\"", "\\", "-", "+", ".", "$", ",", " ", "\n", "not ", " in ", " and ",
                                             " or ", "null", "==", "<", ">", "!", "=", "%", "/", "0", "9", "1e9", ".5", "_", "a", "has(",
                                             "size(", "params.", "outputs.", "[0]", "['a']", "true", "ä", "9223372036854775808", "\x01", "\xff"};
        for (auto edits = 1 + below(4); edits > 0; --edits) {
            const auto at = below(text.size() + 1);
            const auto length = std::min<std::size_t>(below(4), text.size() - at);
            switch (below(5)) {
            case 0: text.erase(at, length); break;
            case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
            case 2: text.replace(at, length, pieces[below(std::size(pieces))]); break;
            case 3: text.insert(at, std::string{text, below(text.size() + 1), below(8)}); break;
            default:
                if (at + 1 < text.size())
                    std::swap(text[at], text[at + 1]);
            }
        }
        return text;
    }

    std::string garbage() {
        static const std::string alphabet = "()[]'\"\\-+*/%.,$_ \n\t=<>!andortisyez0189eE&|^~@#{};:";
        std::string out;
        for (auto length = below(below(8) == 0 ? 4200 : 60); length > 0; --length)
            out += below(20) == 0 ? static_cast<char>(below(256)) : alphabet[below(alphabet.size())];
        return out;
    }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

private:
    std::string one_of(std::initializer_list<const char*> choices) { return *(choices.begin() + below(choices.size())); }
    std::string blank() { return one_of({"", "", "", " ", " ", "\t", " \n "}); }
    /// A blank that a word needs beside it; none would be another expression, and a fine one at times.
    std::string gap() { return one_of({" ", " ", " ", " ", "\n", "  ", ""}); }
    std::string join(const std::string& a, const std::string& symbol, const std::string& b) { return a + blank() + symbol + blank() + b; }
    std::string join_word(const std::string& a, const std::string& word, const std::string& b) { return a + gap() + word + gap() + b; }
    std::string bracketed(const std::string& inner) { return "(" + blank() + inner + blank() + ")"; }
    bool ends(int depth) { return depth <= 0 || below(5) == 0; }

    std::string path() {
        return one_of({"n", "m", "z", "t", "u", "yes", "no", "e", "l", "lt", "o", "nothing", "params.n", "$.params.n", "$.params['odd name']",
                       "params[\"odd name\"]", "$['params'].n", "outputs.ingest.row_count", "$.outputs.ingest.skipped", "outputs.ingest",
                       "outputs.ingest.parts[1]", "$.outputs.ingest.parts[2]", "outputs.fetch.pipeline_result.metrics.rows",
                       "outputs.ingest.pipeline_result.metrics.rows", "outputs.ingest.pipeline_result.metrics.parts[0]",
                       "outputs.fetch.pipeline_result.metrics.part.b", "$.outputs.7._", "params.o.in[0]", "params.o.in", "android", "notice",
                       "inner", "size", "has", "params", "_", "params.l[0]", "params.l['0']", "exact", "wide", "params.e.x"});
    }

    std::string number(int depth) {
        if (ends(depth))
            return one_of({"0", "1", "2", "3", "7", "10", "0.5", "1.0", "2.5e3", "1e-3", "1e300", "5e-324", "9223372036854775807", "n", "m", "z", "half",
                           "exact", "even", "lowest", "highest", "wide", "-9223372036854775808", "outputs.ingest.row_count",
                           "$.params['odd name']", "android", "size", "9007199254740993", "9007199254740992.0", "4294967296"});
        switch (below(9)) {
        case 0: return "-" + blank() + number(depth - 1);
        case 1: return bracketed(number(depth - 1));
        case 2: return "size(" + (below(2) == 0 ? text(depth - 1) : list(depth - 1)) + ")";
        case 3: return join(number(depth - 1), "*", number(depth - 1));
        case 4: return join(number(depth - 1), "/", number(depth - 1));
        case 5: return join(number(depth - 1), "%", number(depth - 1));
        case 6: return path();
        default: return join(number(depth - 1), one_of({"+", "-"}), number(depth - 1));
        }
    }

    std::string text(int depth) {
        if (below(12) == 0 && depth > 0)
            return bracketed(text(depth - 1));
        return one_of({"'OTC'", "\"OTC\"", "''", "'a'", "'it\\'s'", "\"\\\\ \\t\\n\\\"\"", "'äöü'", "'and (or [ not'", "t", "u", "notice", "params.lt[0]"});
    }

    std::string list(int depth) {
        if (ends(depth))
            return one_of({"[]", "l", "lt", "[1]", "['OTC', 'b']", "params.o.in", "[ ]"});
        std::string out = "[" + blank();
        for (auto count = 1 + below(3); count > 0; --count)
            out += any(depth - 2) + blank() + (count > 1 ? "," : "") + blank();
        return out + "]";
    }

    std::string condition(int depth) {
        if (ends(depth))
            return one_of({"true", "false", "null", "yes", "no", "e", "nothing", "inner", "outputs.ingest.skipped", "has(n)", "has(nothing)"});
        switch (below(12)) {
        case 0: return "not" + gap() + condition(depth - 1);
        case 1: return bracketed(condition(depth - 1));
        case 2:
        case 3: return join_word(condition(depth - 1), "and", condition(depth - 1));
        case 4:
        case 5: return join_word(condition(depth - 1), "or", condition(depth - 1));
        case 6: return "has" + blank() + "(" + blank() + path() + blank() + ")";
        case 7: return join(text(depth - 1), one_of({"==", "!=", "<", "<=", ">", ">="}), text(depth - 1));
        case 8: return join(any(depth - 2), one_of({"==", "!=", "<", ">="}), any(depth - 2));
        case 9: return join_word(any(depth - 2), one_of({"in", "not in", "not  in"}), list(depth - 1));
        default: return join(number(depth - 1), one_of({"==", "!=", "<", "<=", ">", ">="}), number(depth - 1));
        }
    }

    std::mt19937_64 random_;
};

struct Fixture {
    json::object params = json_from(params_text).as_object();
    json::object outputs = json_from(outputs_text).as_object();

    /// JSON of the value, or "fault".
    std::string ours(std::string_view text) const {
        const auto parsed = parse_expression(text);
        const auto* const expression = std::get_if<Expression>(&parsed);
        if (expression == nullptr)
            return checked(text, std::get<ExpressionFault>(parsed));
        const auto result = evaluate(*expression, Scope{params, outputs});
        const auto* const fault = std::get_if<ExpressionFault>(&result);
        return fault != nullptr ? checked(text, *fault) : json_text(std::get<json::value>(result));
    }
    std::string reference(std::string_view text) const {
        if (utf8_fault(text) != std::string_view::npos)
            return "fault";
        const auto value = spine::test::reference_value(text, params, outputs);
        return value ? json_text(*value) : "fault";
    }
    /// A fault says something, in UTF-8, and its column lies in the text or just after it.
    static std::string checked(std::string_view text, const ExpressionFault& fault) {
        const bool good = !fault.message.empty() && utf8_fault(fault.message) == std::string_view::npos &&
                          utf8_fault(fault.hint) == std::string_view::npos && fault.column >= 1 && fault.column <= text.size() + 1;
        return good ? "fault" : "bad fault: " + std::to_string(fault.column) + ": " + fault.message;
    }
};

constexpr std::uint64_t count_otherwise = 4000;
constexpr std::uint64_t seed_otherwise = 20251219;

} // namespace

BOOST_FIXTURE_TEST_SUITE(fuzz_expression, Fixture)

BOOST_AUTO_TEST_CASE(random_expressions_have_the_values_that_the_reference_finds) {
    const auto count = number_from("SPINE_FUZZ_COUNT", count_otherwise);
    const auto seed = number_from("SPINE_FUZZ_SEED", seed_otherwise);
    std::uint64_t valued = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        Writer writer{seed + i};
        auto text = writer.any(static_cast<int>(writer.below(7)));
        const bool damaged = (seed + i) % 2 == 1;
        if (damaged)
            text = writer.damaged(std::move(text));
        if (text.size() > 4096)
            continue;
        const auto mine = ours(text);
        valued += mine != "fault" ? 1 : 0;
        BOOST_TEST_REQUIRE(mine == reference(text), "SPINE_FUZZ_SEED=" << seed + i << (damaged ? " (damaged)" : "") << ": " << text
                                                                       << "\n ours: " << mine << "\n reference: " << reference(text));
    }
    BOOST_TEST_MESSAGE(valued << " of " << count << " had a value");
    BOOST_TEST(valued > count / 10); // else nothing was compared
}

BOOST_AUTO_TEST_CASE(garbage_is_refused_or_read_but_never_kills) {
    const auto count = number_from("SPINE_FUZZ_COUNT", count_otherwise);
    const auto seed = number_from("SPINE_FUZZ_SEED", seed_otherwise);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto text = Writer{seed + i}.garbage();
        const auto said = ours(text);
        BOOST_TEST_REQUIRE(said.find("bad fault") == std::string::npos, "SPINE_FUZZ_SEED=" << seed + i << ": " << said);
        if (const auto path = parse_path("$." + text); const auto* const read = std::get_if<Path>(&path))
            BOOST_TEST_REQUIRE((std::get<Path>(parse_path(read->text())) == *read), "SPINE_FUZZ_SEED=" << seed + i << ": " << text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
