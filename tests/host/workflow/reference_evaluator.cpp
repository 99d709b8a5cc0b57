#include "host/workflow/reference_evaluator.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace spine::test {
namespace {

namespace json = boost::json;
using Integer = boost::multiprecision::cpp_int;
static_assert(std::numeric_limits<long double>::digits >= 64, "a long double holds every 64-bit integer");

struct Fault {};

bool name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_integer(const json::value& v) { return v.is_int64() || v.is_uint64(); }
Integer integer(const json::value& v) { return v.is_int64() ? Integer{v.get_int64()} : Integer{v.get_uint64()}; }
long double wide(const json::value& v) {
    if (v.is_double())
        return v.get_double();
    return v.is_int64() ? static_cast<long double>(v.get_int64()) : static_cast<long double>(v.get_uint64());
}

bool equal(const json::value& a, const json::value& b) {
    if (a.is_number() && b.is_number())
        return wide(a) == wide(b);
    if (a.is_array() && b.is_array()) {
        const auto &x = a.get_array(), &y = b.get_array();
        bool all = x.size() == y.size();
        for (std::size_t i = 0; all && i < x.size(); ++i)
            all = equal(x[i], y[i]);
        return all;
    }
    if (a.is_object() && b.is_object()) {
        const auto &x = a.get_object(), &y = b.get_object();
        bool all = x.size() == y.size();
        for (const auto& member : x)
            all = all && y.contains(member.key()) && equal(member.value(), y.at(member.key()));
        return all;
    }
    return a.kind() == b.kind() && a == b;
}

bool one_type(const json::value& a, const json::value& b) { return (a.is_number() && b.is_number()) || a.kind() == b.kind(); }

class Reference {
public:
    Reference(std::string_view text, const json::object& params, const json::object& outputs)
        : text_{text}, params_{params}, outputs_{outputs} {}

    json::value all() {
        auto value = disjunction(true);
        blanks();
        if (at_ != text_.size())
            throw Fault{};
        return value;
    }

private:
    // `live` is false where short-circuit evaluation has decided that only the form matters.

    json::value disjunction(bool live) {
        auto left = conjunction(live);
        while (word("or")) {
            const bool decided = live && truth(left);
            const auto right = conjunction(live && !decided);
            left = decided || (live && truth(right));
        }
        return left;
    }

    json::value conjunction(bool live) {
        auto left = inversion(live);
        while (word("and")) {
            const bool decided = live && !truth(left);
            const auto right = inversion(live && !decided);
            left = live && !decided && truth(right);
        }
        return left;
    }

    json::value inversion(bool live) {
        if (word("not")) {
            const auto value = inversion(live);
            return live && !truth(value);
        }
        return comparison(live);
    }

    std::string comparator() {
        for (const char* symbol : {"==", "!=", "<=", ">="})
            if (take(symbol))
                return symbol;
        if (peek() == '<' && text_.substr(at_, 2) != "<>" && take("<"))
            return "<";
        if (take(">"))
            return ">";
        if (word("in"))
            return "in";
        const auto back = at_;
        if (word("not") && word("in"))
            return "not in";
        at_ = back;
        return {};
    }

    json::value comparison(bool live) {
        const auto left = sum(live);
        const auto what = comparator();
        if (what.empty())
            return left;
        const auto right = sum(live);
        if (!comparator().empty())
            throw Fault{};
        return live ? compared(left, what, right) : json::value{};
    }

    static json::value compared(const json::value& left, const std::string& what, const json::value& right) {
        if (what == "in" || what == "not in") {
            if (!right.is_array())
                throw Fault{};
            bool found = false;
            for (const auto& item : right.get_array())
                found |= equal(left, item);
            return found == (what == "in");
        }
        if (what == "==" || what == "!=") {
            if (!left.is_null() && !right.is_null() && !one_type(left, right))
                throw Fault{};
            return equal(left, right) == (what == "==");
        }
        int order = 0;
        if (left.is_string() && right.is_string())
            order = std::string{left.get_string()}.compare(std::string{right.get_string()});
        else if (left.is_number() && right.is_number())
            order = wide(left) < wide(right) ? -1 : wide(left) > wide(right) ? 1 : 0;
        else
            throw Fault{};
        return what == "<" ? order < 0 : what == "<=" ? order <= 0 : what == ">" ? order > 0 : order >= 0;
    }

    json::value sum(bool live) {
        auto left = term(live);
        for (;;) {
            const char sign = take("+") ? '+' : take("-") ? '-' : '\0';
            if (sign == '\0')
                return left;
            const auto right = term(live);
            if (live)
                left = computed(left, sign, right);
        }
    }

    json::value term(bool live) {
        auto left = unary(live);
        for (;;) {
            const char sign = take("*") ? '*' : take("/") ? '/' : take("%") ? '%' : '\0';
            if (sign == '\0')
                return left;
            const auto right = unary(live);
            if (live)
                left = computed(left, sign, right);
        }
    }

    static json::value whole(const Integer& value) {
        if (value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max())
            throw Fault{};
        return static_cast<std::int64_t>(value);
    }

    static json::value computed(const json::value& left, char sign, const json::value& right) {
        if (!left.is_number() || !right.is_number())
            throw Fault{};
        if (is_integer(left) && is_integer(right) && sign != '/') {
            const auto a = integer(left), b = integer(right);
            if (sign == '%' && b == 0)
                throw Fault{};
            return whole(sign == '+' ? Integer{a + b} : sign == '-' ? Integer{a - b} : sign == '*' ? Integer{a * b} : Integer{a % b});
        }
        const auto a = static_cast<double>(wide(left)), b = static_cast<double>(wide(right));
        if (sign == '%' || (sign == '/' && b == 0))
            throw Fault{};
        const double result = sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b;
        if (!std::isfinite(result))
            throw Fault{};
        return result;
    }

    json::value unary(bool live) {
        blanks();
        constexpr std::string_view lowest = "-9223372036854775808";
        if (text_.substr(at_, lowest.size()) == lowest) {
            const char next = at_ + lowest.size() < text_.size() ? text_[at_ + lowest.size()] : ' ';
            if (!name_char(next) && next != '.') {
                at_ += lowest.size();
                return std::numeric_limits<std::int64_t>::min();
            }
        }
        if (!take("-"))
            return primary(live);
        const auto value = unary(live);
        if (!live)
            return {};
        if (!value.is_number())
            throw Fault{};
        return value.is_double() ? json::value(-value.get_double()) : whole(-integer(value));
    }

    json::value primary(bool live) {
        blanks();
        const char c = peek();
        if (c >= '0' && c <= '9')
            return number();
        if (c == '\'' || c == '"')
            return json::value(quoted());
        if (take("("))
            return closed(disjunction(live), ")");
        if (take("["))
            return list(live);
        if (c == '$') {
            ++at_;
            return looked_up(path({}));
        }
        return named(live);
    }

    json::value list(bool live) {
        json::array items;
        if (take("]"))
            return items;
        do
            items.push_back(disjunction(live));
        while (take(","));
        return closed(items, "]");
    }

    json::value named(bool live) {
        if (word("true"))
            return true;
        if (word("false"))
            return false;
        if (word("null"))
            return nullptr;
        if (call("size")) {
            const auto value = closed(disjunction(live), ")");
            if (!live)
                return {};
            if (value.is_string()) {
                std::int64_t count = 0;
                for (const char c : value.get_string())
                    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                return count;
            }
            if (value.is_array())
                return static_cast<std::int64_t>(value.get_array().size());
            if (value.is_object())
                return static_cast<std::int64_t>(value.get_object().size());
            throw Fault{};
        }
        if (call("has")) {
            blanks();
            if (peek() != '$')
                return closed(!looked_up(bare()).is_null(), ")");
            ++at_;
            return closed(!looked_up(path({})).is_null(), ")");
        }
        return looked_up(bare());
    }

    using Names = std::vector<json::value>; // texts and indexes

    Names bare() {
        blanks();
        std::string name;
        while (name_char(peek()))
            name += text_[at_++];
        if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 || name == "and" || name == "or" || name == "not" ||
            name == "in")
            throw Fault{};
        if (peek() == '.' || peek() == '[')
            return path({json::value(name)});
        return {"params", json::value(name)};
    }

    Names path(Names names) {
        for (;;) {
            if (peek() == '.') {
                ++at_;
                std::string name;
                while (name_char(peek()))
                    name += text_[at_++];
                if (name.empty())
                    throw Fault{};
                names.emplace_back(name);
            } else if (peek() == '[') {
                ++at_;
                if (peek() == '\'' || peek() == '"') {
                    names.emplace_back(quoted());
                } else {
                    Integer index = 0;
                    const auto begin = at_;
                    for (; std::isdigit(static_cast<unsigned char>(peek())) != 0; ++at_)
                        index = index * 10 + (text_[at_] - '0');
                    if (begin == at_ || index > std::numeric_limits<std::uint64_t>::max())
                        throw Fault{};
                    names.emplace_back(static_cast<std::uint64_t>(index));
                }
                if (peek() != ']')
                    throw Fault{};
                ++at_;
            } else {
                break;
            }
        }
        if (names.size() < 2 || !names[0].is_string() || !names[1].is_string() || (names[0] != "params" && names[0] != "outputs"))
            throw Fault{};
        return names;
    }

    static json::value walk(const json::value& from, const Names& names, std::size_t first, bool& there) {
        json::value now = from;
        for (auto i = first; i < names.size() && there; ++i) {
            json::value next;
            if (names[i].is_string() && now.is_object() && now.get_object().contains(names[i].get_string()))
                next = now.get_object().at(names[i].get_string());
            else if (names[i].is_number() && now.is_array() && names[i].to_number<std::uint64_t>() < now.get_array().size())
                next = now.get_array()[names[i].to_number<std::uint64_t>()];
            else
                there = false;
            now = next;
        }
        return there ? now : json::value{};
    }

    json::value looked_up(Names names) const {
        const json::value root = names[0] == "params" ? params_ : outputs_;
        bool there = true;
        auto value = walk(root, names, 1, there);
        if (there || names[0] != "outputs" || names.size() < 5 || names[2] != "pipeline_result" || names[3] != "metrics")
            return value;
        bool metric = true;
        walk(root, Names(names.begin(), names.begin() + 5), 1, metric);
        if (metric)
            return nullptr;
        names.erase(names.begin() + 2, names.begin() + 4);
        if (names[2] == "rows")
            names[2] = "row_count";
        there = true;
        return walk(root, names, 1, there);
    }

    json::value number() {
        const auto begin = at_;
        const auto digits = [&] {
            const auto from = at_;
            while (std::isdigit(static_cast<unsigned char>(peek())) != 0)
                ++at_;
            return at_ > from;
        };
        digits();
        bool real = false;
        if (const auto back = at_; peek() == '.') {
            ++at_;
            real = digits();
            if (!real)
                at_ = back;
        }
        if (const auto back = at_; peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-')
                ++at_;
            if (digits())
                real = true;
            else
                at_ = back;
        }
        if (name_char(peek()) || peek() == '.')
            throw Fault{};
        const std::string written{text_.substr(begin, at_ - begin)};
        if (!real) {
            Integer value = 0;
            for (const char c : written)
                value = value * 10 + (c - '0');
            return whole(value);
        }
        const double value = std::strtod(written.c_str(), nullptr);
        const bool zero = written.substr(0, written.find_first_of("eE")).find_first_of("123456789") == std::string::npos;
        if (!std::isfinite(value) || (value == 0 && !zero))
            throw Fault{};
        return value;
    }

    std::string quoted() {
        const char quote = text_[at_++];
        std::string out;
        while (peek() != quote) {
            if (at_ >= text_.size())
                throw Fault{};
            char c = text_[at_++];
            if (c == '\\') {
                c = at_ < text_.size() ? text_[at_++] : ' ';
                if (c != '\\' && c != '\'' && c != '"' && c != 'n' && c != 't')
                    throw Fault{};
                c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
            }
            out += c;
        }
        ++at_;
        return out;
    }

    static bool truth(const json::value& value) {
        if (value.is_null())
            return false;
        if (!value.is_bool())
            throw Fault{};
        return value.get_bool();
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void blanks() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
            ++at_;
    }
    bool take(std::string_view symbol) {
        blanks();
        if (text_.substr(at_, symbol.size()) != symbol)
            return false;
        at_ += symbol.size();
        return true;
    }
    bool word(std::string_view wanted) {
        blanks();
        const char next = at_ + wanted.size() < text_.size() ? text_[at_ + wanted.size()] : ' ';
        return !name_char(next) && take(wanted);
    }
    bool call(std::string_view name) {
        const auto back = at_;
        if (word(name) && take("("))
            return true;
        at_ = back;
        return false;
    }
    json::value closed(json::value value, std::string_view bracket) {
        if (!take(bracket))
            throw Fault{};
        return value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    const json::object& params_;
    const json::object& outputs_;
};

} // namespace

std::optional<json::value> reference_value(std::string_view text, const json::object& params, const json::object& outputs) {
    try {
        return Reference{text, params, outputs}.all();
    } catch (const Fault&) {
        return std::nullopt;
    }
}

} // namespace spine::test
