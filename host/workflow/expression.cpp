#include "workflow/expression.hpp"

#include "workflow/expression_program.hpp"
#include "workflow/number.hpp"
#include "workflow/utf8.hpp"
#include "workflow/weight.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <compare>
#include <optional>
#include <tuple>
#include <utility>

namespace spine::workflow {
namespace {

namespace json = boost::json;

constexpr std::size_t list_weight_max = std::size_t{4} << 20;

/// In the order in which messages name two of them.
enum class Sort { text, list, object, boolean, number, null };

Sort sort_of(const json::value& value) {
    switch (value.kind()) {
    case json::kind::string: return Sort::text;
    case json::kind::array: return Sort::list;
    case json::kind::object: return Sort::object;
    case json::kind::bool_: return Sort::boolean;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return Sort::number;
    case json::kind::null: break;
    }
    return Sort::null;
}

std::string name_of(Sort sort) {
    switch (sort) {
    case Sort::text: return "text";
    case Sort::list: return "list";
    case Sort::object: return "object";
    case Sort::boolean: return "boolean";
    case Sort::number: return "number";
    case Sort::null: break;
    }
    return "null";
}

/// Two values of one sort, neither list nor object.
bool same_plain(Sort sort, const json::value& a, const json::value& b) {
    switch (sort) {
    case Sort::number: return compare_numbers(a, b) == std::partial_ordering::equivalent;
    case Sort::text: return a.get_string() == b.get_string();
    case Sort::boolean: return a.get_bool() == b.get_bool();
    default: return true;
    }
}

/// Equal in kind and content; numbers by their exact values. A loop: values may nest deeper than a stack.
bool same(const json::value& left, const json::value& right) {
    std::vector<std::pair<const json::value*, const json::value*>> open; // takes no memory for plain values
    const json::value* a = &left;
    const json::value* b = &right;
    for (;;) {
        const auto sort = sort_of(*a);
        if (sort != sort_of(*b) || !same_plain(sort, *a, *b))
            return false;
        if (sort == Sort::list) {
            const auto& first = a->get_array();
            const auto& second = b->get_array();
            if (first.size() != second.size())
                return false;
            for (std::size_t i = 0; i < first.size(); ++i)
                open.emplace_back(&first[i], &second[i]);
        }
        if (sort == Sort::object) {
            const auto& first = a->get_object();
            const auto& second = b->get_object();
            if (first.size() != second.size())
                return false;
            for (const auto& [name, value] : first) {
                const auto* const other = second.if_contains(name);
                if (other == nullptr)
                    return false;
                open.emplace_back(&value, other);
            }
        }
        if (open.empty())
            return true;
        std::tie(a, b) = open.back();
        open.pop_back();
    }
}

/// A value on the evaluator's stack: borrowed from the scope or the program, or its own.
struct Operand {
    const json::value* borrowed = nullptr;
    json::value own{};
    std::size_t column = 1;
    const Path* path = nullptr; ///< where it was read, for messages

    const json::value& value() const { return borrowed != nullptr ? *borrowed : own; }
};

std::size_t characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        const auto length = utf8_length(text, at);
        at += length == 0 ? 1 : length;
    }
    return count;
}

std::string_view symbol(Op op) {
    switch (op) {
    case Op::less: return "<";
    case Op::less_equal: return "<=";
    case Op::greater: return ">";
    case Op::greater_equal: return ">=";
    case Op::in: return "in";
    case Op::not_in: return "not in";
    case Op::add: return "+";
    case Op::subtract:
    case Op::negate: return "-";
    case Op::multiply: return "*";
    case Op::divide: return "/";
    case Op::remainder: return "%";
    case Op::branch_and: return "and";
    case Op::branch_or: return "or";
    default: return "";
    }
}

class Evaluation {
public:
    Evaluation(const Expression::Program& program, const Scope& scope) : program_{program}, scope_{scope} {}

    std::variant<json::value, ExpressionFault> run() {
        for (std::size_t at = 0; at < program_.code.size() && !fault_;)
            at = step(program_.code[at], at + 1);
        if (fault_)
            return *std::move(fault_);
        return stack_.back().value();
    }

private:
    /// Does one instruction; the next one is at `next` unless it branches.
    std::size_t step(const Instruction& instruction, std::size_t next) {
        switch (instruction.op) {
        case Op::constant: stack_.push_back({.borrowed = &program_.constants[instruction.operand], .column = instruction.column}); break;
        case Op::path: {
            const auto& path = program_.paths[instruction.operand];
            stack_.push_back({.borrowed = find(path, scope_), .column = instruction.column, .path = &path});
            break;
        }
        case Op::has: {
            const auto* const there = find(program_.paths[instruction.operand], scope_);
            push(instruction, there != nullptr && !there->is_null());
            break;
        }
        case Op::size: size(instruction); break;
        case Op::list: list(instruction); break;
        case Op::negate: negate(instruction); break;
        case Op::invert:
            if (const auto truth = condition(take(), "not"))
                push(instruction, !*truth);
            break;
        case Op::branch_and:
        case Op::branch_or: {
            const auto truth = condition(take(), symbol(instruction.op));
            const bool decides = instruction.op == Op::branch_or;
            if (truth && *truth == decides) {
                push(instruction, decides);
                return instruction.operand;
            }
            break;
        }
        case Op::truth:
            if (const auto truth = condition(take(), symbol(instruction.operand == 1 ? Op::branch_or : Op::branch_and)))
                push(instruction, *truth);
            break;
        case Op::equal:
        case Op::unequal: equal(instruction); break;
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal: order(instruction); break;
        case Op::in:
        case Op::not_in: search(instruction); break;
        case Op::add:
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
        case Op::remainder: calculate(instruction); break;
        }
        return next;
    }

    Operand take() {
        auto top = std::move(stack_.back());
        stack_.pop_back();
        return top;
    }
    void push(const Instruction& instruction, json::value value) {
        stack_.push_back({.own = std::move(value), .column = instruction.column});
    }
    void refuse(std::size_t column, std::string message, std::string hint = {}) {
        if (!fault_)
            fault_ = ExpressionFault{std::move(message), std::move(hint), column};
    }
    /// Refuses an operand that is null.
    bool refuse_null(const Instruction& instruction, const Operand& operand, std::string_view where) {
        if (!operand.value().is_null())
            return false;
        if (operand.path == nullptr)
            refuse(instruction.column, "null cannot stand " + std::string{where}, "compare with == null or != null");
        else
            refuse(instruction.column,
                   operand.path->text() + " is absent, and null cannot stand " + std::string{where},
                   "ask first: has(" + operand.path->text() + ") and ...");
        return true;
    }
    bool refuse_null(const Instruction& instruction, const Operand& left, const Operand& right) {
        const auto where = "beside '" + std::string{symbol(instruction.op)} + "'";
        return refuse_null(instruction, left, where) || refuse_null(instruction, right, where);
    }

    std::optional<bool> condition(const Operand& operand, std::string_view asker) {
        if (operand.value().is_null())
            return false;
        if (const auto* const truth = operand.value().if_bool())
            return *truth;
        refuse(operand.column, "'" + std::string{asker} + "' takes true or false, and this is a " + name_of(sort_of(operand.value())),
               "compare it with something");
        return std::nullopt;
    }

    void size(const Instruction& instruction) {
        const auto of = take();
        if (refuse_null(instruction, of, "in size(...)"))
            return;
        std::size_t count = 0;
        if (const auto* const text = of.value().if_string())
            count = characters(*text);
        else if (const auto* const items = of.value().if_array())
            count = items->size();
        else if (const auto* const object = of.value().if_object())
            count = object->size();
        else
            return refuse(instruction.column,
                          "a " + name_of(sort_of(of.value())) + " has no size",
                          "size(...) takes a text, a list or an object");
        push(instruction, static_cast<std::int64_t>(count));
    }

    void list(const Instruction& instruction) {
        json::array items;
        items.reserve(instruction.operand);
        std::size_t sum = 0;
        for (auto at = stack_.size() - instruction.operand; at < stack_.size(); ++at) {
            sum += weight(stack_[at].value(), list_weight_max - sum);
            if (sum > list_weight_max)
                return refuse(stack_[at].column, "the list holds more than 4 MiB");
            items.push_back(stack_[at].value());
        }
        stack_.resize(stack_.size() - instruction.operand);
        push(instruction, std::move(items));
    }

    void equal(const Instruction& instruction) {
        const auto right = take();
        const auto left = take();
        const auto a = sort_of(left.value());
        const auto b = sort_of(right.value());
        if (a != b && a != Sort::null && b != Sort::null)
            return refuse_pair(instruction, a, b);
        push(instruction, same(left.value(), right.value()) == (instruction.op == Op::equal));
    }

    void refuse_pair(const Instruction& instruction, Sort a, Sort b) {
        std::string hint;
        if (std::min(a, b) == Sort::text)
            hint = "only values of one type compare; quotes make a text, no quotes a name or a number";
        refuse(instruction.column, name_of(std::min(a, b)) + " and " + name_of(std::max(a, b)) + " cannot be compared", std::move(hint));
    }

    void order(const Instruction& instruction) {
        const auto right = take();
        const auto left = take();
        if (refuse_null(instruction, left, right))
            return;
        const auto a = sort_of(left.value());
        const auto b = sort_of(right.value());
        if (a != b)
            return refuse_pair(instruction, a, b);
        if (a != Sort::text && a != Sort::number)
            return refuse(instruction.column,
                          "of two values of type " + name_of(a) + " none is the greater",
                          "only numbers and texts have an order");
        const auto order = a == Sort::number ? compare_numbers(left.value(), right.value())
                                             : std::partial_ordering{std::string_view{left.value().get_string()} <=>
                                                                     std::string_view{right.value().get_string()}};
        if (order == std::partial_ordering::unordered)
            return refuse(instruction.column, "not-a-number has no order");
        switch (instruction.op) {
        case Op::less: return push(instruction, std::is_lt(order));
        case Op::less_equal: return push(instruction, std::is_lteq(order));
        case Op::greater: return push(instruction, std::is_gt(order));
        default: return push(instruction, std::is_gteq(order));
        }
    }

    void search(const Instruction& instruction) {
        const auto right = take();
        const auto left = take();
        if (refuse_null(instruction, right, "at the right of '" + std::string{symbol(instruction.op)} + "'"))
            return;
        const auto* const items = right.value().if_array();
        if (items == nullptr)
            return refuse(instruction.column,
                          "'" + std::string{symbol(instruction.op)} + "' looks into a list, and this is a " + name_of(sort_of(right.value())),
                          "write a list: x in ['a', 'b']");
        bool found = false;
        for (const auto& item : *items)
            if ((found = same(left.value(), item)))
                break;
        push(instruction, found == (instruction.op == Op::in));
    }

    /// Refuses what is no number; null has been told apart before.
    bool refuse_others(const Instruction& instruction, const Operand& operand) {
        const auto sort = sort_of(operand.value());
        if (sort == Sort::number)
            return false;
        refuse(instruction.column, "'" + std::string{symbol(instruction.op)} + "' takes numbers, and one side is a " + name_of(sort));
        return true;
    }

    void negate(const Instruction& instruction) {
        const auto of = take();
        if (refuse_null(instruction, of, "after '-'") || refuse_others(instruction, of))
            return;
        keep(instruction, calculated(Arithmetic::multiply, json::value(-1), of.value())); // and 0.0 becomes -0.0
    }

    void calculate(const Instruction& instruction) {
        const auto right = take();
        const auto left = take();
        if (refuse_null(instruction, left, right) || refuse_others(instruction, left) || refuse_others(instruction, right))
            return;
        keep(instruction, calculated(arithmetic(instruction.op), left.value(), right.value()));
    }
    static Arithmetic arithmetic(Op op) {
        switch (op) {
        case Op::add: return Arithmetic::add;
        case Op::subtract: return Arithmetic::subtract;
        case Op::multiply: return Arithmetic::multiply;
        case Op::divide: return Arithmetic::divide;
        default: return Arithmetic::remainder;
        }
    }
    void keep(const Instruction& instruction, std::variant<json::value, ArithmeticFault> result) {
        if (auto* const value = std::get_if<json::value>(&result))
            return push(instruction, std::move(*value));
        switch (std::get<ArithmeticFault>(result)) {
        case ArithmeticFault::overflow:
            return refuse(instruction.column, "the result does not fit in a 64-bit integer", "make one side a real, such as 1.0 * x");
        case ArithmeticFault::zero: return refuse(instruction.column, "division by zero", "ask first: x != 0 and ...");
        case ArithmeticFault::range: return refuse(instruction.column, "the result is out of the range of a real");
        case ArithmeticFault::real: return refuse(instruction.column, "'%' takes integers, and one side is a real");
        }
    }

    const Expression::Program& program_;
    const Scope& scope_;
    std::vector<Operand> stack_;
    std::optional<ExpressionFault> fault_;
};

} // namespace

std::variant<json::value, ExpressionFault> evaluate(const Expression& expression, const Scope& scope) {
    return Evaluation{expression.program(), scope}.run();
}

std::variant<bool, ExpressionFault> holds(const Expression& expression, const Scope& scope) {
    auto result = evaluate(expression, scope);
    if (auto* const fault = std::get_if<ExpressionFault>(&result))
        return std::move(*fault);
    const auto& value = std::get<json::value>(result);
    if (value.is_null())
        return false;
    if (const auto* const truth = value.if_bool())
        return *truth;
    return ExpressionFault{"a condition is true or false, and this is a " + name_of(sort_of(value)),
                           "compare it with something",
                           expression.program().code.back().column};
}

std::vector<Path> paths_of(const Expression& expression) {
    return expression.program().paths;
}

} // namespace spine::workflow
