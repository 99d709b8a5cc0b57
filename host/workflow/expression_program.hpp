/// What the grammar makes of an expression: its tree in postfix order, so that evaluating, copying and destroying it is a loop and no
/// depth of text can use up a stack.
#pragma once

#include "workflow/expression.hpp"

#include <boost/json/value.hpp>
#include <cstddef>
#include <vector>

namespace spine::workflow {

enum class Op {
    constant,   ///< pushes constants[operand]
    path,       ///< pushes what paths[operand] names, or null
    has,        ///< pushes whether paths[operand] names something other than null
    size,
    list,       ///< takes `operand` values, pushes the list of them
    negate,
    invert,     ///< "not"
    branch_and, ///< takes a condition; when it is false, pushes false and goes on at `operand`
    branch_or,  ///< takes a condition; when it is true, pushes true and goes on at `operand`
    truth,      ///< makes a boolean of the condition on top; `operand` is 1 for the right side of an "or"
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    in,
    not_in,
    add,
    subtract,
    multiply,
    divide,
    remainder,
};

struct Instruction {
    Op op = Op::constant;
    std::size_t column = 1;
    std::size_t operand = 0;
};

/// Branches lead forwards only, so that no expression takes more steps than it has instructions.
struct Expression::Program {
    std::vector<Instruction> code;
    std::vector<boost::json::value> constants;
    std::vector<Path> paths; ///< in the order of the text
};

} // namespace spine::workflow
