/// The language of conditions: `and or not`, comparisons, `in`, arithmetic, `has(path)`, `size(x)`, literals, names and paths. Total:
/// no loops, no calls into code; every expression ends with a value or with a fault that names its column. Types are strict.
///
///     condition  or      = and ("or" and)*
///                and     = not ("and" not)*
///                not     = "not" not | compare
///                compare = sum (("==" "!=" "<" "<=" ">" ">=" "in" "not in") sum)?     one at the most
///                sum     = term (("+" "-") term)*
///                term    = unary (("*" "/" "%") unary)*
///                unary   = "-" unary | primary
///                primary = number | text | true | false | null | "[" list "]" | "(" or ")" | has(path) | size(or) | path | name
///
/// A name without dots is a parameter (`env`, where no parameter has that name, the environment); `params.NAME`, `outputs.STEP.FIELD` and
/// `$.outputs.STEP.FIELD` say where to look, `flags.NAME` is a flag, `config.sec.edgar_url` a value of the configuration, `item` and `item.FIELD` the item of a
/// map; `[0]` and `['odd name']` reach what dots cannot. What is not there is null, and `has(path)` says whether there is something other than null. `and or not` take
/// booleans and null (which counts as false) and give booleans; their right side is looked at only if it matters. `==` and `!=` compare any
/// two values of one type, and anything with null; `< <= > >=` two numbers or two texts (by code points). `in` looks for an equal element
/// of a list. Integers are 64 bits wide and overflow is a fault, as is division by zero; `/` gives a real; `%` takes integers and has the
/// sign of its left side. Integers and reals compare by their exact values. `size` counts characters, elements or members. Texts stand in
/// ' or " with the escapes \\ \' \" \n \t.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spine::workflow {

/// `column` is the 1-based position in the expression, in characters.
struct ExpressionFault {
    std::string message;
    std::string hint;
    std::size_t column = 1;

    bool operator==(const ExpressionFault&) const = default;
};

/// What an expression may look at; outlives the call.
struct Scope {
    const boost::json::object& params;
    const boost::json::object& outputs; ///< {"ingest": {"row_count": 50}}
    /// Inside of a map: what stands before the run's own, name by name.
    const boost::json::object* item_params = nullptr;
    const boost::json::object* item_outputs = nullptr;
    /// {"env": "prod", "flags": {"new_parser": true}, "config": {"sec.edgar_url": "https://…"}}; names of the configuration with their dots, or nested.
    const boost::json::object* settings = nullptr;
};

/// Where a path leads: "params", "outputs", "flags" or "config", then names and indexes; or "env" alone. `$.item.x` is read as `$.params.item.x`.
struct Path {
    std::vector<std::variant<std::string, std::size_t>> steps;
    std::size_t column = 1; ///< where it stands in the expression
    bool bare = false;      ///< a name alone: a parameter, or `env`

    bool operator==(const Path& other) const { return steps == other.steps; }
    std::string text() const; ///< "$.outputs.ingest.row_count"
};

/// A parsed expression; a value that may be copied and shared between threads.
class Expression {
public:
    struct Program;
    explicit Expression(std::shared_ptr<const Program> program) : program_{std::move(program)} {} // shared: immutable, cheap to copy
    const Program& program() const noexcept { return *program_; }

private:
    std::shared_ptr<const Program> program_;
};

/// At most 4 KiB and 32 levels (brackets, and signs before a value) deep; parsing and evaluating take less than 64 KiB of stack.
std::variant<Expression, ExpressionFault> parse_expression(std::string_view text);
std::variant<boost::json::value, ExpressionFault> evaluate(const Expression& expression, const Scope& scope);
/// As a condition: true or false; null is false; anything else is a fault.
std::variant<bool, ExpressionFault> holds(const Expression& expression, const Scope& scope);
/// Every path and name that it reads, as paths, in the order of the text.
std::vector<Path> paths_of(const Expression& expression);

/// A text that is exactly one path, `$.outputs.fetch.rows` or `$.params.weeks[0]` or `$.params['odd name']` or `$.flags.new_parser`. Here, where a minus can
/// be no operator, names may hold one: `$.outputs.fetch-all.rows`.
bool is_path(std::string_view text);
std::variant<Path, ExpressionFault> parse_path(std::string_view text);
/// What stands there; nullptr when there is nothing. A flag that nobody has set is null. `outputs.STEP.pipeline_result.metrics.rows` finds the step's `row_count`, and any other
/// member of `pipeline_result.metrics` its own output, where no such member exists.
const boost::json::value* find(const Path& path, const Scope& scope);

/// `value` with every text that is exactly one path, at any level, replaced by what it names; a path to nothing is a fault that names
/// the path and the nearest one. Values that paths name may weigh 4 MiB together.
std::variant<boost::json::value, ExpressionFault> substituted(const boost::json::value& value, const Scope& scope);

} // namespace spine::workflow
