#include "pipelines/json_text.hpp"

#include "calc/normalise.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <spine/plugin.hpp>
#include <system_error>
#include <utility>

namespace finra {

namespace {

/// Reads lists of plain texts. A symbol or a tier needs no escape, so a text with one is none of
/// them.
class Reader {
public:
    explicit Reader(std::string_view json) : left_(json) {}

    bool take(char wanted) {
        skip_space();
        if (left_.empty() || left_.front() != wanted)
            return false;
        left_.remove_prefix(1);
        return true;
    }

    std::optional<std::string_view> text() {
        if (!take('"'))
            return std::nullopt;
        const std::size_t end = left_.find_first_of("\"\\");
        if (end == std::string_view::npos || left_[end] == '\\')
            return std::nullopt;
        const std::string_view text = left_.substr(0, end);
        left_.remove_prefix(end + 1);
        return text;
    }

    /// The texts of a list; nullopt if it is none.
    std::optional<std::vector<std::string_view>> list() {
        std::vector<std::string_view> texts;
        if (!take('['))
            return std::nullopt;
        if (take(']'))
            return texts;
        do {
            const auto item = text();
            if (!item)
                return std::nullopt;
            texts.push_back(*item);
        } while (take(','));
        return take(']') ? std::optional(std::move(texts)) : std::nullopt;
    }

    bool at_end() {
        skip_space();
        return left_.empty();
    }

private:
    void skip_space() {
        left_.remove_prefix(std::min(left_.find_first_not_of(" \t\n\r"), left_.size()));
    }

    std::string_view left_;
};

Refusal malformed(std::string what) {
    return {std::move(what),
            0,
            0,
            R"(write ["A","AA"], or {"NMS_TIER_1":["A"],"OTC":["AABB"]} for lists by tier)"};
}

} // namespace

std::string json_list(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
        if (json.size() > 1)
            json += ',';
        json += spine::json_quoted(text);
    }
    json += ']';
    return json;
}

std::optional<std::vector<std::string>> texts_from_json(std::string_view json) {
    Reader reader(json);
    const auto texts = reader.list();
    if (!texts || !reader.at_end())
        return std::nullopt;
    return std::vector<std::string>(texts->begin(), texts->end());
}

std::optional<std::int64_t> json_integer(std::string_view json, std::string_view name) {
    // A quote inside a text is escaped, so this stands nowhere but at a member.
    const std::string member = "\"" + std::string(name) + "\":";
    const auto at = json.find(member);
    if (at == std::string_view::npos)
        return std::nullopt;
    const std::string_view value = json.substr(at + member.size());
    const char* const end = value.data() + value.size();
    std::int64_t number = 0;
    const auto [last, failed] = std::from_chars(value.data(), end, number);
    const bool whole = failed == std::errc{} && last != end && (*last == ',' || *last == '}');
    return whole ? std::optional(number) : std::nullopt;
}

Answer<std::vector<Symbol>> expected_symbols(std::string_view json, Tier tier) {
    const Refusal neither = malformed("expected_symbols is neither a list of symbols nor a mapping "
                                      "of tiers to lists");
    Reader reader(json);
    std::vector<std::string_view> texts;
    if (reader.take('{')) {
        if (!reader.take('}')) {
            do {
                const auto key = reader.text();
                if (!key || !reader.take(':'))
                    return neither;
                auto list = reader.list();
                if (!list)
                    return neither;
                const auto of = tier_from_text(*key);
                if (!of)
                    return malformed("expected_symbols: unknown tier '" + std::string(*key) +
                                     "'; the tiers are " + std::string(valid_tiers));
                if (*of == tier)
                    texts = std::move(*list);
            } while (reader.take(','));
            if (!reader.take('}'))
                return neither;
        }
    } else {
        auto list = reader.list();
        if (!list)
            return neither;
        texts = std::move(*list);
    }
    if (!reader.at_end())
        return neither;

    std::vector<Symbol> symbols;
    for (const std::string_view text : texts) {
        const auto symbol = calc::symbol_from_text(text);
        if (!symbol)
            return malformed("expected_symbols: '" + std::string(text) + "' is no symbol");
        symbols.push_back(*symbol);
    }
    std::sort(symbols.begin(), symbols.end());
    symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
    return symbols;
}

} // namespace finra
