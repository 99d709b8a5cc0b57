#include "config/env_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace spine::config {
namespace {

constexpr std::size_t name_bytes_max = 128;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// One line, read from left to right.
class Line {
public:
    Line(std::string_view text, long number, const std::string& file, Faults& faults)
        : text_{text}, number_{number}, file_{file}, faults_{faults} {}

    /// Nothing for a line without a variable or with a fault.
    std::optional<Variable> read() {
        skip_blanks();
        if (at_end() || peek() == '#')
            return std::nullopt;
        if (text_.substr(at_).starts_with("export") && at_ + 6 < text_.size() && is_blank(text_[at_ + 6])) {
            at_ += 6;
            skip_blanks();
        }
        const auto name_at = at_;
        while (!at_end() && (is_letter(peek()) || (is_digit(peek()) && at_ > name_at)))
            ++at_;
        Variable variable{std::string{text_.substr(name_at, at_ - name_at)}, {}, number_};
        if (variable.name.empty())
            return fault("a variable's name is wanted here", "write NAME=VALUE; a name has letters, digits and _");
        if (variable.name.size() > name_bytes_max)
            return fault("a name is longer than " + std::to_string(name_bytes_max) + " bytes", {});
        skip_blanks();
        if (at_end() || peek() != '=')
            return fault("'=' is wanted after the name", "write NAME=VALUE; a name has letters, digits and _");
        ++at_;
        skip_blanks();
        auto value = at_end() ? std::string{} : peek() == '\'' || peek() == '"' ? quoted() : plain();
        if (!value)
            return std::nullopt;
        variable.value = std::move(*value);
        return variable;
    }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return text_[at_]; }
    void skip_blanks() {
        while (!at_end() && is_blank(peek()))
            ++at_;
    }

    std::nullopt_t fault(std::string message, std::string hint) {
        faults_.push_back({file_, std::move(message), std::move(hint), number_, static_cast<long>(at_) + 1});
        return std::nullopt;
    }

    std::optional<std::string> plain() {
        const auto begin = at_;
        if (peek() == '#')
            return std::string{};
        while (!at_end() && !(peek() == '#' && is_blank(text_[at_ - 1])))
            ++at_;
        auto value = text_.substr(begin, at_ - begin);
        while (!value.empty() && is_blank(value.back()))
            value.remove_suffix(1);
        return std::string{value};
    }

    std::optional<std::string> quoted() {
        const auto begin = at_;
        const char quote = peek();
        std::string value;
        for (++at_; !at_end() && peek() != quote; ++at_) {
            if (quote == '\'' || peek() != '\\') {
                value += peek();
                continue;
            }
            ++at_;
            constexpr std::string_view written{"nrt\"\\$"}, meant{"\n\r\t\"\\$"};
            const auto which = at_end() ? std::string_view::npos : written.find(peek());
            if (which == std::string_view::npos)
                return fault(R"(a \ that means nothing)", R"(in "…" there are \n \r \t \" \\ and \$; in '…' a \ is a \)");
            value += meant[which];
        }
        if (at_end()) {
            at_ = begin;
            return fault("a quote that is not closed on its line", "a value of several lines belongs into a file; see secret:file:NAME");
        }
        ++at_;
        skip_blanks();
        if (!at_end() && peek() != '#')
            return fault("something stands behind the closing quote", "put all of the value into the quotes");
        return value;
    }

    std::string_view text_;
    long number_;
    const std::string& file_;
    Faults& faults_;
    std::size_t at_ = 0;
};

} // namespace

std::variant<std::vector<Variable>, Faults> read_env(std::string_view text, const std::string& file) {
    std::vector<Variable> variables;
    Faults faults;
    const auto whole = [&](std::string message, std::string hint) {
        return Faults{{file, std::move(message), std::move(hint), 0, 0}};
    };
    if (text.size() > env_file_bytes_max)
        return whole("is larger than " + std::to_string(env_file_bytes_max) + " bytes", "only settings and secrets belong into it");
    if (text.find('\0') != std::string_view::npos)
        return whole("contains a NUL byte", "save it as UTF-8 text");
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);
    long number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        auto line = text.substr(begin, end - begin);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        begin = end + 1;
        if (++number > static_cast<long>(env_file_lines_max))
            return whole("has more than " + std::to_string(env_file_lines_max) + " lines", "only settings and secrets belong into it");
        auto variable = Line{line, number, file, faults}.read();
        if (!variable)
            continue;
        const auto same = std::ranges::find(variables, variable->name, &Variable::name);
        if (same != variables.end())
            faults.push_back({file, "'" + variable->name + "' occurs twice, first in line " + std::to_string(same->line),
                              "keep one of the two", number, 1});
        else
            variables.push_back(std::move(*variable));
    }
    if (!faults.empty())
        return faults;
    return variables;
}

} // namespace spine::config
