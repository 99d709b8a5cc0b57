/// The grammar of expressions and paths. To Spirit an expression is a row of operands and operators; how they bind, and brackets, is
/// settled on a stack of our own, because a level of recursion in Spirit costs up to 15 KiB of the machine's stack under sanitizers.
#include "workflow/catalogue.hpp"
#include "workflow/expression_program.hpp"
#include "workflow/utf8.hpp"

#include <boost/spirit/home/x3/auxiliary/eoi.hpp>
#include <boost/spirit/home/x3/auxiliary/eps.hpp>
#include <boost/spirit/home/x3/char.hpp>
#include <boost/spirit/home/x3/core.hpp>
#include <boost/spirit/home/x3/directive/lexeme.hpp>
#include <boost/spirit/home/x3/directive/raw.hpp>
#include <boost/spirit/home/x3/directive/with.hpp>
#include <boost/spirit/home/x3/operator.hpp>
#include <boost/spirit/home/x3/string/literal_string.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace spine::workflow {
namespace {

namespace x3 = boost::spirit::x3;

constexpr std::size_t length_max = 4096;
constexpr std::size_t depth_max = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The 1-based position of a byte, in characters.
std::size_t column_of(std::string_view text, std::size_t byte) {
    std::size_t column = 1;
    for (std::size_t at = 0; at < byte && at < text.size(); ++column)
        at += std::max<std::size_t>(1, utf8_length(text, at));
    return column;
}

/// The word or character at `byte`, for messages.
std::string shown(std::string_view text, std::size_t byte) {
    constexpr std::size_t shown_max = 40;
    std::size_t end = byte;
    while (end < text.size() && is_name_char(text[end]) && end - byte < shown_max)
        ++end;
    if (end == byte)
        end += std::max<std::size_t>(1, utf8_length(text, byte));
    return "'" + std::string{text.substr(byte, end - byte)} + "'";
}

std::string hint_at(std::string_view rest) {
    if (rest.starts_with("=") && !rest.starts_with("=="))
        return "write == to compare";
    if (rest.starts_with("&"))
        return "write and";
    if (rest.starts_with("|"))
        return "write or";
    if (rest.starts_with("!") && !rest.starts_with("!="))
        return "write not";
    if (rest.starts_with("<>"))
        return "write !=";
    if (rest.starts_with("."))
        return "a real has a digit before its point, a path no blanks: 0.5, params.tier";
    if (!rest.empty() && static_cast<unsigned char>(rest.front()) >= 0x80)
        return "names in expressions hold letters a to z, digits and _; write $.params['...'] for others";
    return {};
}

/// How strongly operators bind, by the levels of `expression.hpp`.
enum class Level { bracket, disjunction, conjunction, inversion, comparison, sum, term, negation };

Level level_of(Op op) {
    switch (op) {
    case Op::branch_or: return Level::disjunction;
    case Op::branch_and: return Level::conjunction;
    case Op::invert: return Level::inversion;
    case Op::equal:
    case Op::unequal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::in:
    case Op::not_in: return Level::comparison;
    case Op::add:
    case Op::subtract: return Level::sum;
    case Op::multiply:
    case Op::divide:
    case Op::remainder: return Level::term;
    case Op::negate: return Level::negation;
    default: return Level::bracket; // list, size, and a constant for a group
    }
}

/// What has been read so far, and the first fault.
struct Building {
    /// An operator whose right side is still to come, or an open bracket.
    struct Pending {
        Op op;
        std::size_t begin;       ///< the byte where it stands
        std::size_t operand = 0; ///< of a branch: its instruction; of a list: its elements so far
    };

    std::string_view text;
    Expression::Program program{};
    std::vector<Pending> pending{};
    Path path{};
    std::optional<ExpressionFault> fault{};
    std::vector<std::size_t> columns{}; ///< of every byte and of the end, once the text is known to be short

    std::size_t offset(std::string_view part) const { return static_cast<std::size_t>(part.data() - text.data()); }
    std::size_t column(std::size_t byte) const { return columns.empty() ? column_of(text, byte) : columns[byte]; }
    std::size_t column(std::string_view part) const { return column(offset(part)); }

    bool refuse(std::size_t byte, std::string message, std::string hint = {}) {
        if (!fault)
            fault = ExpressionFault{std::move(message), std::move(hint), column(byte)};
        return false;
    }
    bool refuse(std::string_view part, std::string message, std::string hint = {}) {
        return refuse(offset(part), std::move(message), std::move(hint));
    }

    void emit(Op op, std::size_t column, std::size_t operand = 0) {
        program.code.push_back(Instruction{.op = op, .column = column, .operand = operand});
    }
    bool constant(std::string_view part, boost::json::value value) {
        emit(Op::constant, column(part), program.constants.size());
        program.constants.push_back(std::move(value));
        return true;
    }
    void finish() {
        const auto top = pending.back();
        pending.pop_back();
        const auto where = column(top.begin);
        if (top.op != Op::branch_and && top.op != Op::branch_or)
            return emit(top.op, where, top.operand);
        emit(Op::truth, where, top.op == Op::branch_or ? 1 : 0);
        program.code[top.operand].operand = program.code.size();
    }
    /// Finishes what binds at least as strongly as `level`.
    void finish(Level level) {
        while (!pending.empty() && level_of(pending.back().op) >= level)
            finish();
    }
};

// What is done with the text that a part of the grammar matched; false refuses it.

bool number(Building& b, std::string_view part) {
    const auto after = b.text.substr(b.offset(part) + part.size());
    if (!after.empty() && (is_name_char(after.front()) || after.front() == '.'))
        return b.refuse(part, "a number ends in " + shown(b.text, b.offset(after)), "write 42, 0.25 or 1e6; join with an operator");
    const auto* const end = part.data() + part.size();
    if (part.find_first_of(".eE") == std::string_view::npos) {
        std::int64_t value = 0;
        if (std::from_chars(part.data(), end, value).ec != std::errc{})
            return b.refuse(part,
                            std::string{part} + " does not fit in a 64-bit integer",
                            "write it as a real: " + std::string{part} + ".0");
        return b.constant(part, value);
    }
    double value = 0;
    if (std::from_chars(part.data(), end, value).ec != std::errc{})
        return b.refuse(part, std::string{part} + " is out of the range of a real");
    return b.constant(part, value);
}

bool lowest_integer(Building& b, std::string_view part) {
    return b.constant(part, std::numeric_limits<std::int64_t>::min());
}

/// Reads a text with its quotes; nullopt after a refusal.
std::optional<std::string> unquoted(Building& b, std::string_view part) {
    std::string out;
    for (std::size_t at = 1; at + 1 < part.size(); ++at) {
        if (part[at] != '\\') {
            out += part[at];
            continue;
        }
        switch (part[++at]) {
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case '\\':
        case '\'':
        case '"': out += part[at]; break;
        default:
            b.refuse(b.offset(part) + at - 1,
                     "no such escape: \\" + std::string{part.substr(at, utf8_length(part, at))},
                     R"(the escapes are \\ \' \" \n \t)");
            return std::nullopt;
        }
    }
    return out;
}

bool quotation(Building& b, std::string_view part) {
    const auto text = unquoted(b, part);
    return text && b.constant(part, boost::json::value(*text));
}

bool begin_path(Building& b, std::string_view part) {
    b.path = Path{};
    b.path.column = b.column(part);
    return true;
}
bool begin_name(Building& b, std::string_view part) {
    begin_path(b, part);
    b.path.steps.emplace_back(std::string{part});
    return true;
}
bool path_name(Building& b, std::string_view part) {
    b.path.steps.emplace_back(std::string{part});
    return true;
}
bool path_index(Building& b, std::string_view part) {
    std::size_t index = 0;
    if (std::from_chars(part.data(), part.data() + part.size(), index).ec != std::errc{})
        return b.refuse(part, "no list is as long as " + std::string{part});
    b.path.steps.emplace_back(index);
    return true;
}
bool path_member(Building& b, std::string_view part) {
    auto name = unquoted(b, part);
    if (name)
        b.path.steps.emplace_back(std::move(*name));
    return name.has_value();
}

/// What is written in place of a path with the root `root`.
std::string rooted_hint(const Path& path, const std::string& root, std::string_view dollar) {
    if (root == "failure") // an output of the handler's own
        return "write " + std::string{dollar} + "outputs" + path.text().substr(1);
    if (const auto meant = nearest(root, {"params", "outputs", "flags", "config", "env", "item"}); !meant.empty())
        return "did you mean " + std::string{dollar} + meant + "?";
    return "write " + std::string{dollar} + "params." + root + " for a parameter, " + std::string{dollar} + "outputs." + root + ".FIELD for a step's output";
}

/// Why a path whose root is known is none; nothing when it is one.
std::optional<std::string> broken_off(const Path& path, const std::string& root) {
    const bool named = path.steps.size() > 1 && std::holds_alternative<std::string>(path.steps[1]);
    if (root == "env")
        return path.steps.size() == 1 ? std::nullopt : std::optional<std::string>{"env is the name of the environment and has no parts: write $.env"};
    if (named)
        return std::nullopt;
    if (root == "outputs")
        return "name a step: $.outputs.STEP.FIELD";
    return root == "params" ? "name a parameter: $.params.NAME" : root == "flags" ? "name a flag: $.flags.NAME" : "name a value: $.config.NAME";
}

bool is_root(std::string_view name) {
    return name == "params" || name == "outputs" || name == "flags" || name == "config" || name == "env";
}

/// `begin`: the byte where the path stands.
bool rooted(Building& b, std::size_t begin) {
    if (!b.path.steps.empty() && (b.path.steps.front() == std::variant<std::string, std::size_t>{"item"} ||
                                  b.path.steps.front() == std::variant<std::string, std::size_t>{"item_index"}))
        b.path.steps.emplace(b.path.steps.begin(), "params"); // what a map calls its items if nothing else is said
    const auto* const root = b.path.steps.empty() ? nullptr : std::get_if<std::string>(&b.path.steps.front());
    if (root != nullptr && is_root(*root)) {
        auto hint = broken_off(b.path, *root);
        return !hint || b.refuse(begin, *root == "env" ? "env is a text" : "the path stops at " + *root, *std::move(hint));
    }
    if (root == nullptr)
        return b.refuse(begin, "a path begins with $.params or $.outputs", "write $.params.NAME or $.outputs.STEP.FIELD");
    const bool dollar = begin < b.text.size() && b.text[begin] == '$';
    return b.refuse(begin,
                    "'" + *root + "' is no root: a path begins with " + (dollar ? "$.params or $.outputs" : "params or outputs"),
                    rooted_hint(b.path, *root, dollar ? "$." : ""));
}

bool end_path(Building& b, std::string_view part) {
    if (!rooted(b, b.offset(part)))
        return false;
    b.emit(Op::path, b.path.column, b.program.paths.size());
    b.program.paths.push_back(std::move(b.path));
    return true;
}
bool end_name(Building& b, std::string_view part) {
    if (b.path.steps.size() == 1) { // without dots: a parameter
        const auto after = b.text.substr(b.offset(part) + part.size());
        const auto next = after.find_first_not_of(" \t\r\n");
        if (next != std::string_view::npos && after[next] == '(') {
            const auto meant = nearest(part, {"has", "size"});
            return b.refuse(part, "there is no function '" + std::string{part} + "'",
                            meant.empty() ? "the functions are has(path) and size(x)" : "did you mean " + meant + "?");
        }
        b.path.steps.emplace(b.path.steps.begin(), "params");
        b.path.bare = true;
    }
    return end_path(b, part);
}

// Operators and brackets wait in `pending` for their right side.

struct Open {
    Op op;
    bool operator()(Building& b, std::string_view part) const {
        b.pending.push_back({op, b.offset(part)});
        return true;
    }
};

bool invert(Building& b, std::string_view part) {
    if (!b.pending.empty() && level_of(b.pending.back().op) > Level::inversion)
        return b.refuse(part, "'not' stands where a value should", "put it in brackets: (not x)");
    return Open{Op::invert}(b, part);
}

struct Binary {
    Op op;
    bool operator()(Building& b, std::string_view part) const {
        const auto level = level_of(op);
        b.finish(level == Level::comparison ? Level::sum : level);
        if (level == Level::comparison && !b.pending.empty() && level_of(b.pending.back().op) == level)
            return b.refuse(part, "comparisons cannot be chained", "join two with and: 1 < x and x < 9");
        const bool branches = op == Op::branch_and || op == Op::branch_or;
        b.pending.push_back({op, b.offset(part), branches ? b.program.code.size() : 0});
        if (branches)
            b.emit(op, b.column(part));
        return true;
    }
};

bool comma(Building& b, std::string_view part) {
    b.finish(Level::disjunction);
    if (b.pending.empty() || b.pending.back().op != Op::list)
        return b.refuse(part, "',' stands outside of a list", "write a list in brackets: [1, 2]");
    ++b.pending.back().operand;
    return true;
}

bool close(Building& b, std::string_view part) {
    b.finish(Level::disjunction);
    if (b.pending.empty())
        return b.refuse(part, "'" + std::string{part} + "' closes nothing");
    const auto op = b.pending.back().op;
    const std::string_view needed = op == Op::list ? "]" : ")";
    if (part != needed)
        return b.refuse(part, "'" + std::string{part} + "' stands where '" + std::string{needed} + "' should");
    if (op == Op::list)
        ++b.pending.back().operand;
    if (op == Op::constant)
        b.pending.pop_back();
    else
        b.finish();
    return true;
}

bool end(Building& b, std::string_view) {
    b.finish(Level::disjunction);
    if (b.pending.empty())
        return true;
    const std::string missing = b.pending.back().op == Op::list ? "']'" : "')'";
    return b.refuse(b.pending.back().begin, "this bracket is not closed: " + missing + " is missing");
}

bool empty_list(Building& b, std::string_view part) {
    b.emit(Op::list, b.column(part));
    return true;
}
bool begin_has(Building& b, std::string_view part) { return Open{Op::has}(b, part); }
bool end_has(Building& b, std::string_view) {
    b.program.code.back().op = Op::has;
    b.program.code.back().column = b.column(b.pending.back().begin);
    b.pending.pop_back();
    return true;
}

// Refusals: what stands in the text where something else should.

struct Missing {
    const char* what;
    bool operator()(Building& b, std::string_view at) const {
        const auto byte = b.offset(at);
        const auto rest = b.text.substr(byte);
        if (rest.starts_with('\'') || rest.starts_with('"'))
            return b.refuse(byte, "this text has no end", std::string{"close it with "} + rest.front());
        if (rest.empty())
            return b.refuse(byte, std::string{what} + " is missing at the end");
        return b.refuse(byte, shown(b.text, byte) + " stands where " + what + " should", hint_at(rest));
    }
};
bool left_over(Building& b, std::string_view at) {
    const auto byte = b.offset(at);
    const auto rest = b.text.substr(byte);
    if (is_name_char(rest.front()) || rest.front() == '\'' || rest.front() == '"' || rest.front() == '(' || rest.front() == '$')
        return b.refuse(byte, "an operator is missing before " + shown(b.text, byte),
                        "the operators are and or not == != < <= > >= in + - * / %");
    return b.refuse(byte, shown(b.text, byte) + " is not expected here", hint_at(rest));
}

bool not_of_path(Building& b, std::string_view at) {
    return b.refuse(at, shown(b.text, b.offset(at)) + " is no part of a path", "write other names in brackets: $.params['odd name']");
}

/// `parser` with `action(Building&, the text it matched)`.
template <class Parser, class Action> auto on(Parser parser, Action action) {
    return x3::raw[parser][([action](auto& context) {
        const auto& range = x3::_attr(context);
        auto& building = x3::get<Building>(context);
        x3::_pass(context) = !building.fault && action(building, std::string_view{range.begin(), range.end()});
    })];
}
/// `action` between two parts of the text.
template <class Action> auto then(Action action) { return on(x3::eps, action); }
template <class Parser> auto needed(Parser parser, const char* what) { return parser | then(Missing{what}); }

const auto name_char = x3::char_("A-Za-z0-9_");
auto word(const char* text) { return x3::lexeme[x3::lit(text) >> !name_char]; }

const auto digits = +x3::char_("0-9");
const auto number_text = digits >> -('.' >> digits) >> -(x3::char_("eE") >> -x3::char_("+-") >> digits);
const auto lowest_text = x3::lexeme["-9223372036854775808" >> !x3::char_("0-9A-Za-z_.")];

template <char quote> auto quoted_by() {
    constexpr char special[] = {quote, '\\', '\0'};
    return x3::lit(quote) >> *(~x3::char_(special) | ('\\' >> x3::char_)) >> x3::lit(quote);
}
const auto quoted = quoted_by<'\''>() | quoted_by<'"'>();

template <class Character> auto steps(Character character) {
    const auto in_brackets = on(digits, path_index) | on(quoted, path_member) | then(Missing{"an index or a name in quotes"});
    return *(('.' >> needed(on(+character, path_name), "a name")) | ('[' >> in_brackets >> needed(x3::lit(']'), "']'")));
}
const auto dollar_path = on(x3::lexeme[on(x3::lit('$'), begin_path) >> steps(name_char)], end_path);
const auto reserved = word("and") | word("or") | word("not") | word("in");
const auto bare_path =
    !reserved >> on(x3::lexeme[on(x3::char_("A-Za-z_") >> *name_char, begin_name) >> steps(name_char)], end_name);

const auto has = on(word("has") >> '(', begin_has) >> needed(dollar_path | bare_path, "a path or a name") >>
                 on(needed(x3::lit(')'), "')'"), end_has);

bool yes(Building& b, std::string_view part) { return b.constant(part, true); }
bool no(Building& b, std::string_view part) { return b.constant(part, false); }
bool nothing(Building& b, std::string_view part) { return b.constant(part, nullptr); }
const auto literal = on(x3::lexeme[number_text], number) | on(lowest_text, lowest_integer) | on(x3::lexeme[quoted], quotation) |
                     on(word("true"), yes) | on(word("false"), no) | on(word("null"), nothing);

const auto opening = on(x3::lit('('), Open{Op::constant}) | on('[' >> !x3::lit(']'), Open{Op::list}) |
                     on(word("size") >> '(', Open{Op::size});
const auto prefix = (!lowest_text >> on(x3::lit('-'), Open{Op::negate})) | on(word("not"), invert);
const auto primary = literal | on('[' >> x3::lit(']'), empty_list) | has | dollar_path | bare_path | then(Missing{"a value"});
const auto operand = *(opening | prefix) >> primary;

const auto arithmetic = on(x3::lit('+'), Binary{Op::add}) | on(x3::lit('-'), Binary{Op::subtract}) |
                        on(x3::lit('*'), Binary{Op::multiply}) | on(x3::lit('/'), Binary{Op::divide}) |
                        on(x3::lit('%'), Binary{Op::remainder});
const auto comparison = on(x3::lit("=="), Binary{Op::equal}) | on(x3::lit("!="), Binary{Op::unequal}) |
                        on(x3::lit("<="), Binary{Op::less_equal}) | on(x3::lit(">="), Binary{Op::greater_equal}) |
                        on('<' >> !x3::lit('>'), Binary{Op::less}) | on(x3::lit('>'), Binary{Op::greater}) |
                        on(word("in"), Binary{Op::in}) | on(word("not") >> word("in"), Binary{Op::not_in});
const auto junction = on(word("and"), Binary{Op::branch_and}) | on(word("or"), Binary{Op::branch_or});
const auto closing = on(x3::lit(')') | ']', close);

const auto condition = operand >> *(closing | ((arithmetic | comparison | junction | on(x3::lit(','), comma)) >> operand));

/// Length, UTF-8 and depth, seen before the grammar is let loose on the text.
bool within_limits(Building& b) {
    const auto text = b.text;
    if (text.size() > length_max)
        return b.refuse(std::size_t{0}, "the expression is longer than 4096 bytes");
    if (const auto fault = utf8_fault(text); fault != std::string_view::npos)
        return b.refuse(fault, "the text is not UTF-8");
    b.columns.reserve(text.size() + 1);
    for (std::size_t at = 0, column = 0; at <= text.size(); ++at) {
        const bool continues = at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
        b.columns.push_back(continues ? column : ++column);
    }
    std::vector<std::size_t> open; // for each open bracket, the signs before it
    std::size_t depth = 0;         // brackets and signs that enclose the next value
    std::size_t signs = 0;         // signs directly before it
    bool after_value = false;
    const auto value = [&] {
        depth -= signs;
        signs = 0;
        after_value = true;
    };
    const auto deeper = [&](std::size_t at) {
        return ++depth <= depth_max || b.refuse(at, "the expression is more than 32 levels deep", "take it apart");
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = at++;
        const char c = text[begin];
        if (is_blank(c))
            continue;
        if (c == '\'' || c == '"') {
            while (at < text.size() && text[at] != c)
                at += text[at] == '\\' ? 2 : 1;
            ++at;
            value();
        } else if (is_name_char(c)) {
            while (at < text.size() && is_name_char(text[at]))
                ++at;
            const auto name = text.substr(begin, at - begin);
            const bool segment = begin > 0 && text[begin - 1] == '.';
            if (!segment && name == "not" && !after_value) {
                ++signs;
                if (!deeper(begin))
                    return false;
            } else if (!segment && (name == "and" || name == "or" || name == "in" || name == "not")) {
                after_value = false;
            } else {
                value();
            }
        } else if (c == '-' && !after_value) {
            ++signs;
            if (!deeper(begin))
                return false;
        } else if (c == '(' || c == '[') {
            open.push_back(signs);
            signs = 0;
            after_value = false;
            if (!deeper(begin))
                return false;
        } else if (c == ')' || c == ']') {
            depth -= signs;
            signs = 0;
            if (!open.empty()) {
                --depth;
                signs = open.back();
                open.pop_back();
            }
            value();
        } else {
            after_value = false;
        }
    }
    return true;
}

} // namespace

std::variant<Expression, ExpressionFault> parse_expression(std::string_view text) {
    Building b{.text = text};
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return ExpressionFault{"the expression is empty", {}, 1};
    if (!within_limits(b))
        return *std::move(b.fault);
    const auto* begin = text.data();
    const auto* const end_of_text = begin + text.size();
    const auto whole = x3::with<Building>(b)[condition >> ((x3::eoi >> then(end)) | then(left_over))];
    if (!x3::phrase_parse(begin, end_of_text, whole, x3::char_(" \t\r\n")) || b.fault)
        return b.fault.value_or(ExpressionFault{"this is no expression", {}, 1});
    return Expression{std::make_shared<const Expression::Program>(std::move(b.program))};
}

std::variant<Path, ExpressionFault> parse_path(std::string_view text) {
    Building b{.text = text};
    if (!within_limits(b))
        return *b.fault;
    const auto segments = on(x3::lit('$'), begin_path) >> steps(x3::char_("A-Za-z0-9_") | x3::char_('-'));
    const auto* begin = text.data();
    const auto* const end = begin + text.size();
    const auto whole = x3::with<Building>(b)[needed(segments, "the $ of a path") >> (x3::eoi | then(not_of_path))];
    if (!x3::parse(begin, end, whole) || b.fault || !rooted(b, 0))
        return b.fault.value_or(ExpressionFault{"this is no path", {}, 1});
    return std::move(b.path);
}

} // namespace spine::workflow
