#include "workflow/sql_text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace spine::workflow {

namespace {

using Kind = SqlToken::Kind;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// As SQLite has it: every byte past ASCII belongs to names.
bool is_of_name(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

class Reader {
public:
    explicit Reader(std::string_view sql) : sql_{sql} {}

    std::vector<SqlToken> read() {
        std::vector<SqlToken> tokens;
        while (skip())
            tokens.push_back(next());
        if (open_)
            tokens.push_back({Kind::broken, "a comment that does not end"});
        return tokens;
    }

private:
    bool starts(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

    /// Goes to the next token; false at the end.
    bool skip() {
        while (at_ < sql_.size()) {
            if (is_blank(sql_[at_])) {
                ++at_;
            } else if (starts("--")) {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (starts("/*")) {
                const auto end = sql_.find("*/", at_ + 2);
                open_ = end == std::string_view::npos;
                at_ = open_ ? sql_.size() : end + 2;
            } else {
                return true;
            }
        }
        return false;
    }
    SqlToken next() {
        const char first = sql_[at_];
        if (first == '\'' || first == '"' || first == '`')
            return quotation(first, first == '\'' ? Kind::text : Kind::name);
        if (first == '[')
            return quotation(']', Kind::name);
        if (!is_of_name(first)) {
            ++at_;
            return {Kind::other, std::string(1, first)};
        }
        const auto from = at_;
        std::string text;
        while (at_ < sql_.size() && is_of_name(sql_[at_]))
            text += lower(sql_[at_++]);
        return {is_digit(sql_[from]) || first == '$' ? Kind::other : Kind::word, text};
    }
    SqlToken quotation(char end, Kind kind) {
        std::string text;
        for (++at_; at_ < sql_.size(); ++at_) {
            if (sql_[at_] != end)
                text += lower(sql_[at_]);
            else if (end != ']' && at_ + 1 < sql_.size() && sql_[at_ + 1] == end)
                text += sql_[at_++];
            else
                return ++at_, SqlToken{kind, text};
        }
        return {Kind::broken, "a quotation that does not end"};
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    bool open_ = false;
};

bool is_mark(const SqlToken& token, char mark) { return token.kind == Kind::other && token.text.size() == 1 && token.text[0] == mark; }
bool is_word(const SqlToken& token, std::string_view word) { return token.kind == Kind::word && token.text == word; }

/// The place after the bracket that closes the one at `open`.
std::size_t after_bracket(const std::vector<SqlToken>& tokens, std::size_t open) {
    int depth = 0;
    for (auto i = open; i < tokens.size(); ++i) {
        depth += is_mark(tokens[i], '(') ? 1 : is_mark(tokens[i], ')') ? -1 : 0;
        if (depth == 0)
            return i + 1;
    }
    return tokens.size();
}

/// What stands between the brackets of NAME AS (…) or NAME (columns) AS (…).
struct Common {
    std::string name;
    std::size_t from = 0;
    std::size_t to = 0;
};

/// Windows (WINDOW w AS (…)) are found too, and do no harm: they hold no names of tables.
std::vector<Common> common_tables(const std::vector<SqlToken>& tokens) {
    std::vector<Common> found;
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
        if (!is_word(tokens[i], "as"))
            continue;
        auto open = i + 1;
        while (open < tokens.size() && (is_word(tokens[open], "not") || is_word(tokens[open], "materialized")))
            ++open;
        if (open >= tokens.size() || !is_mark(tokens[open], '('))
            continue;
        auto name = i - 1;
        if (is_mark(tokens[name], ')')) {
            int depth = 0;
            do {
                depth += is_mark(tokens[name], ')') ? 1 : is_mark(tokens[name], '(') ? -1 : 0;
            } while (depth > 0 && name-- > 0);
            if (name == 0 || name > i)
                continue;
            --name;
        }
        found.push_back({tokens[name].text, open, after_bracket(tokens, open)});
    }
    return found;
}

/// What each common table comes to, found when it is first named; one that is being measured (a recursive one) counts once.
class CommonTables {
public:
    explicit CommonTables(std::vector<Common> common) : common_{std::move(common)}, values_(common_.size()), open_(common_.size()) {}

    /// The most that a table of the name comes to; nullopt: none is called so.
    template <typename Measure> std::optional<std::uint64_t> most(const std::string& name, Measure measure) {
        std::optional<std::uint64_t> most;
        for (std::size_t i = 0; i < common_.size(); ++i) {
            if (common_[i].name != name)
                continue;
            if (values_[i] == 0 && !open_[i]) {
                open_[i] = true;
                values_[i] = measure(common_[i]);
                open_[i] = false;
            }
            most = std::max({most.value_or(0), values_[i], std::uint64_t{1}});
        }
        return most;
    }
    bool is_body(std::size_t open) const {
        return std::any_of(common_.begin(), common_.end(), [&](const Common& common) { return common.from == open; });
    }

private:
    std::vector<Common> common_;
    std::vector<std::uint64_t> values_;
    std::vector<bool> open_;
};

/// Weighs from the innermost names outwards.
class Scales {
public:
    Scales(const std::vector<SqlToken>& tokens,
           const std::function<std::uint64_t(const std::string&)>& outside,
           std::vector<Common> common)
        : tokens_{tokens}, outside_{outside}, common_{std::move(common)} {}

    std::uint64_t weigh(std::size_t from, std::size_t to) {
        std::uint64_t sum = 1;
        for (auto i = from; i < to && sum <= sql_weight_max; ++i) {
            if (tokens_[i].kind == Kind::other)
                continue;
            sum += of_name(tokens_[i].text);
        }
        return std::min(sum, sql_weight_max + 1);
    }

private:
    std::uint64_t of_name(const std::string& name) {
        const auto weight = common_.most(name, [this](const Common& common) { return weigh(common.from, common.to); });
        return weight ? *weight : outside_(name);
    }

    const std::vector<SqlToken>& tokens_;
    const std::function<std::uint64_t(const std::string&)>& outside_;
    CommonTables common_;
};

/// Words that stand often in a SELECT and name nothing.
bool is_keyword(const std::string& word) {
    constexpr auto words = std::to_array<std::string_view>(
        {"all", "and", "as", "asc", "between", "by", "case", "cast", "coalesce", "count", "cross", "desc", "distinct", "else", "end", "exists", "from", "group",
         "having", "in", "inner", "integer", "is", "join", "left", "like", "limit", "materialized", "max", "min", "not", "null", "on", "or", "order",
         "over", "partition", "real", "round", "select", "sum", "text", "then", "union", "using", "values", "when", "where", "with"});
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Measures as the scales do, and multiplies: a level by the largest of what it names or holds.
class Spread {
public:
    Spread(const std::vector<SqlToken>& tokens, const std::function<std::uint64_t(const std::string&)>& outside, std::vector<Common> common)
        : tokens_{tokens}, outside_{outside}, common_{std::move(common)} {}

    std::uint64_t measure(std::size_t from, std::size_t to, int depth) {
        constexpr int depth_max = 300; // SQLite's parser gives up far before
        if (depth > depth_max)
            return sql_spread_max + 1;
        std::map<std::string_view, std::uint64_t> uses;
        std::uint64_t most = 1, inner = 1;
        for (auto i = from; i < to; ++i) {
            const auto& token = tokens_[i];
            if (is_mark(token, '(') && i + 1 < to && i > from &&
                (is_word(tokens_[i + 1], "select") || is_word(tokens_[i + 1], "with") || is_word(tokens_[i + 1], "values"))) {
                const auto end = std::min(after_bracket(tokens_, i), to);
                // A common table's body counts where the table is named.
                if (!common_.is_body(i))
                    inner = std::max(inner, measure(i, end, depth + 1));
                i = end - 1;
                continue;
            }
            if (token.kind == Kind::other || (token.kind == Kind::word && is_keyword(token.text)) || (i + 1 < to && is_mark(tokens_[i + 1], '.')))
                continue;
            most = std::max(most, ++uses[token.text]);
            inner = std::max(inner, of_name(token.text, depth));
        }
        return most > sql_spread_max / inner ? sql_spread_max + 1 : most * inner;
    }

private:
    std::uint64_t of_name(const std::string& name, int depth) {
        const auto spread = common_.most(name, [&](const Common& common) { return measure(common.from, common.to, depth + 1); });
        return spread ? *spread : std::max(outside_(name), std::uint64_t{1});
    }

    const std::vector<SqlToken>& tokens_;
    const std::function<std::uint64_t(const std::string&)>& outside_;
    CommonTables common_;
};

constexpr std::array<std::string_view, 6> date_functions{"date", "time", "datetime", "julianday", "strftime", "unixepoch"};

/// SQLite's date functions take the present time where none is given, and the machine's time zone where it is asked for.
std::optional<std::string> clock_fault(const std::vector<SqlToken>& tokens) {
    bool dates = false;
    std::string clock;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto& token = tokens[i];
        if (token.kind == Kind::word && (token.text == "current_date" || token.text == "current_time" || token.text == "current_timestamp"))
            return "it asks for " + token.text;
        if (token.kind == Kind::text && (token.text == "now" || token.text == "localtime" || token.text == "utc"))
            clock = token.text;
        if ((token.kind != Kind::word && token.kind != Kind::name) || i + 2 >= tokens.size() || !is_mark(tokens[i + 1], '(') ||
            std::find(date_functions.begin(), date_functions.end(), token.text) == date_functions.end())
            continue;
        dates = true;
        if (is_mark(tokens[i + 2], ')') || (token.text == "strftime" && i + 3 < tokens.size() && is_mark(tokens[i + 3], ')')))
            return token.text + "() without a time asks for the present one";
    }
    if (dates && !clock.empty())
        return "a date of '" + clock + "' is another one elsewhere or later";
    return std::nullopt;
}

} // namespace

std::vector<SqlToken> sql_tokens(std::string_view sql) { return Reader{sql}.read(); }

std::uint64_t sql_weight(const std::vector<SqlToken>& tokens, const std::function<std::uint64_t(const std::string&)>& weight_of) {
    constexpr std::size_t common_max = 200; // each may hang on the one before, and weighing goes down as deep
    auto common = common_tables(tokens);
    return common.size() > common_max ? sql_weight_max + 1 : Scales{tokens, weight_of, std::move(common)}.weigh(0, tokens.size());
}

std::uint64_t sql_spread(const std::vector<SqlToken>& tokens, const std::function<std::uint64_t(const std::string&)>& spread_of) {
    return Spread{tokens, spread_of, common_tables(tokens)}.measure(0, tokens.size(), 0);
}

std::optional<std::string> sql_form_fault(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos)
        return "a NUL in it";
    const auto tokens = sql_tokens(sql);
    if (tokens.empty())
        return "no statement";
    if (tokens.back().kind == Kind::broken)
        return tokens.back().text;
    if (!is_word(tokens[0], "select") && !is_word(tokens[0], "with") && !is_word(tokens[0], "values"))
        return "it begins with '" + tokens[0].text.substr(0, 40) + "', not with SELECT, WITH or VALUES";
    const auto end = std::find_if(tokens.begin(), tokens.end(), [](const auto& token) { return is_mark(token, ';'); });
    if (end != tokens.end() && end + 1 != tokens.end())
        return "something stands behind its first statement: '" + (end + 1)->text.substr(0, 40) + "'";
    if (sql_weight(tokens, [](const std::string&) { return std::uint64_t{0}; }) > sql_weight_max)
        return "its names stand for each other more than " + std::to_string(sql_weight_max) + " times over";
    if (sql_spread(tokens, [](const std::string&) { return std::uint64_t{0}; }) > sql_spread_max)
        return "what its subqueries compute would be spelled out more than " + std::to_string(sql_spread_max) + " times over";
    return clock_fault(tokens);
}

} // namespace spine::workflow
