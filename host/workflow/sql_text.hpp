/// SQL that a plugin brings, read as far as its words: enough to see that it is one SELECT and which names it may mean. What
/// the names mean is SQLite's to say, see `store::SqlGate`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::workflow {

struct SqlToken {
    enum class Kind {
        word,   ///< a keyword or a name without quotes, in lower case
        name,   ///< a name in "", [] or ``, without them, in lower case
        text,   ///< a literal in '', without them, in lower case: SQLite takes it for a name where one is needed
        other,  ///< a number, an operator, a parameter
        broken, ///< a quotation or comment that does not end; the last one
    };
    Kind kind = Kind::other;
    std::string text;
};

/// Blanks and comments left out.
std::vector<SqlToken> sql_tokens(std::string_view sql);

/// How many times something is spelled out again when SQLite replaces names of views and of common table expressions by what
/// they stand for. `weight_of` says it for a name from outside, 0: none that counts.
std::uint64_t sql_weight(const std::vector<SqlToken>& tokens,
                         const std::function<std::uint64_t(const std::string&)>& weight_of);

/// How many times an expression may be spelled out again: SQLite puts what a subquery computes in the place of its name, so that
/// `SELECT a + a AS a` over itself thirty times is a sum of a billion terms. The product, from the outermost SELECT to the
/// innermost, of how often each uses the name that it uses most; an upper bound that ordinary queries stay far below.
std::uint64_t sql_spread(const std::vector<SqlToken>& tokens,
                         const std::function<std::uint64_t(const std::string&)>& spread_of);

/// SQLite spells out before it can be interrupted: two names for one, forty times, would take for ever.
inline constexpr std::uint64_t sql_weight_max = 10'000;
inline constexpr std::uint64_t sql_spread_max = 10'000'000;

/// Why the text is not one SELECT (or WITH … SELECT, or VALUES) whose answer is the same at any time: another statement
/// behind it, another beginning, NUL, an open quotation, the wall clock, more than `sql_weight_max` or `sql_spread_max`. Empty: none of these.
std::optional<std::string> sql_form_fault(std::string_view sql);

} // namespace spine::workflow
