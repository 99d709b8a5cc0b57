#include "workflow/json.hpp"

#include "error.hpp"
#include "workflow/utf8.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <cstdint>

namespace spine::workflow {
namespace {

constexpr std::size_t bytes_max = std::size_t{4} << 20;
constexpr int depth_max = 64;

class Parser {
public:
    explicit Parser(std::string_view text) : text_{text} {}

    boost::json::value document() {
        auto result = value(0);
        blanks();
        if (at_ != text_.size())
            fail("text after the end of the document");
        return result;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { fail_at(at_, what); }
    [[noreturn]] void fail_at(std::size_t where, const std::string& what) const {
        std::size_t line = 1, column = 1;
        for (std::size_t i = 0; i < where && i < text_.size(); ++i) {
            if (text_[i] == '\n') {
                ++line;
                column = 1;
            } else {
                ++column;
            }
        }
        throw Error{ErrorCode::invalid,
                    "no JSON: " + what + " at line " + std::to_string(line) + ", column " + std::to_string(column)};
    }

    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char wanted) {
        if (at_end() || text_[at_] != wanted)
            return false;
        ++at_;
        return true;
    }
    void blanks() {
        while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }
    bool word(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) != wanted)
            return false;
        at_ += wanted.size();
        return true;
    }

    boost::json::value value(int depth) {
        if (depth > depth_max)
            fail("nested deeper than " + std::to_string(depth_max));
        blanks();
        if (at_end())
            fail("the text ends too early");
        switch (peek()) {
        case '{': return object(depth);
        case '[': return array(depth);
        case '"': return boost::json::value(string());
        case 't':
            if (word("true"))
                return true;
            break;
        case 'f':
            if (word("false"))
                return false;
            break;
        case 'n':
            if (word("null"))
                return nullptr;
            break;
        default:
            if (peek() == '-' || (peek() >= '0' && peek() <= '9'))
                return number();
        }
        fail("a value is expected");
    }

    boost::json::value object(int depth) {
        boost::json::object result;
        ++at_;
        blanks();
        if (take('}'))
            return result;
        do {
            blanks();
            if (peek() != '"')
                fail("a name in double quotes is expected");
            const auto where = at_;
            auto name = string();
            blanks();
            if (!take(':'))
                fail("':' is expected");
            if (result.contains(name))
                fail_at(where, "'" + std::string{name} + "' occurs twice in one object");
            auto member = value(depth + 1);
            result.emplace(name, std::move(member));
            blanks();
        } while (take(','));
        if (!take('}'))
            fail("',' or '}' is expected");
        return result;
    }

    boost::json::value array(int depth) {
        boost::json::array result;
        ++at_;
        blanks();
        if (take(']'))
            return result;
        do {
            result.push_back(value(depth + 1));
            blanks();
        } while (take(','));
        if (!take(']'))
            fail("',' or ']' is expected");
        return result;
    }

    boost::json::string string() {
        boost::json::string result;
        ++at_;
        while (true) {
            const auto from = at_;
            while (!at_end() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20) {
                const auto length = utf8_length(text_, at_);
                if (length == 0)
                    fail("a byte that is not UTF-8");
                at_ += length;
            }
            result.append(text_.substr(from, at_ - from));
            if (take('"'))
                return result;
            if (at_end())
                fail("a text without its closing quote");
            if (!take('\\'))
                fail("a control character inside a text");
            escape(result);
        }
    }

    void escape(boost::json::string& out) {
        const char kind = peek();
        const auto where = at_;
        if (!at_end())
            ++at_;
        switch (kind) {
        case '"': case '\\': case '/': out.push_back(kind); return;
        case 'b': out.push_back('\b'); return;
        case 'f': out.push_back('\f'); return;
        case 'n': out.push_back('\n'); return;
        case 'r': out.push_back('\r'); return;
        case 't': out.push_back('\t'); return;
        case 'u': break;
        default: fail_at(where, "an unknown escape");
        }
        std::uint32_t code = four_digits();
        if (code >= 0xdc00 && code <= 0xdfff)
            fail_at(where, "half of a surrogate pair");
        if (code >= 0xd800 && code <= 0xdbff) {
            if (!word("\\u"))
                fail_at(where, "half of a surrogate pair");
            const auto low = four_digits();
            if (low < 0xdc00 || low > 0xdfff)
                fail_at(where, "half of a surrogate pair");
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(out, code);
    }

    std::uint32_t four_digits() {
        std::uint32_t code = 0;
        const auto* first = text_.data() + at_;
        const auto* last = first + std::min<std::size_t>(4, text_.size() - at_);
        const auto [end, error] = std::from_chars(first, last, code, 16);
        if (error != std::errc{} || end != first + 4)
            fail("four hexadecimal digits are expected");
        at_ += 4;
        return code;
    }

    static void append_utf8(boost::json::string& out, std::uint32_t code) {
        const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
        if (code < 0x80) {
            push(code);
        } else if (code < 0x800) {
            push(0xc0 | (code >> 6));
            push(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            push(0xe0 | (code >> 12));
            push(0x80 | ((code >> 6) & 0x3f));
            push(0x80 | (code & 0x3f));
        } else {
            push(0xf0 | (code >> 18));
            push(0x80 | ((code >> 12) & 0x3f));
            push(0x80 | ((code >> 6) & 0x3f));
            push(0x80 | (code & 0x3f));
        }
    }

    std::size_t digits() {
        const auto from = at_;
        while (peek() >= '0' && peek() <= '9')
            ++at_;
        return at_ - from;
    }

    boost::json::value number() {
        const auto from = at_;
        take('-');
        const bool zero = peek() == '0';
        const auto whole = digits();
        if (whole == 0)
            fail("a digit is expected");
        if (zero && whole > 1)
            fail_at(from, "a number that begins with 0");
        bool real = false;
        if (take('.')) {
            real = true;
            if (digits() == 0)
                fail("a digit is expected");
        }
        if (peek() == 'e' || peek() == 'E') {
            real = true;
            ++at_;
            if (!take('+'))
                take('-');
            if (digits() == 0)
                fail("a digit is expected");
        }
        const auto* first = text_.data() + from;
        const auto* last = text_.data() + at_;
        if (!real) {
            std::int64_t integer = 0;
            if (std::from_chars(first, last, integer).ec == std::errc{})
                return integer;
            std::uint64_t natural = 0;
            if (*first != '-' && std::from_chars(first, last, natural).ec == std::errc{})
                return natural;
            fail_at(from, "an integer that does not fit in 64 bits");
        }
        double result = 0;
        if (std::from_chars(first, last, result).ec != std::errc{})
            fail_at(from, "a number out of the range of a double");
        return result;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

boost::json::value json_from(std::string_view text) {
    if (text.size() > bytes_max)
        throw Error{ErrorCode::invalid,
                    "no JSON: " + std::to_string(text.size()) + " bytes are more than the allowed " +
                        std::to_string(bytes_max)};
    return Parser{text}.document();
}

} // namespace spine::workflow
