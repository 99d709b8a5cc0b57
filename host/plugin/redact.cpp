#include "plugin/redact.hpp"

#include "plugin/text.hpp"
#include "workflow/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <mutex>
#include <optional>
#include <utility>

namespace spine::plugin {
namespace {

constexpr std::string_view blank = "***";
constexpr std::size_t secret_bytes_min = 4;
constexpr std::size_t line_bytes_min = 8;
constexpr std::size_t head_bytes = 24;      ///< of a long form, which may have been cut behind them
constexpr std::size_t cut_text_bytes = 4000; ///< texts of that length may have been cut anywhere
constexpr std::size_t tail_bytes_min = 6;
constexpr std::string_view cut_mark = "\u2026"; ///< as `escaped` leaves it
constexpr int rounds_max = 4;

using Form = Redactor::Form;

/// A stretch of a text: [begin, end).
struct Stretch {
    std::size_t begin, end;
};

int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The number that so many hexadecimal digits at `at` make; nullopt: there are not so many.
std::optional<unsigned> hex_number(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size())
        return std::nullopt;
    unsigned number = 0;
    for (const char c : text.substr(at, digits)) {
        if (hex_digit(c) < 0)
            return std::nullopt;
        number = number * 16 + static_cast<unsigned>(hex_digit(c));
    }
    return number;
}

std::string utf8(unsigned code) {
    const auto byte = [](unsigned value) { return static_cast<char>(value); };
    if (code < 0x80)
        return {byte(code)};
    if (code < 0x800)
        return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
    if (code < 0x10000)
        return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
    return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

/// The character of \uHHHH, or of two of them, whose digits begin at `at`; and how many characters of the text it takes from there.
std::optional<std::pair<std::string, std::size_t>> unicode(std::string_view text, std::size_t at) {
    const auto first = hex_number(text, at, 4);
    if (!first)
        return std::nullopt;
    if (*first < 0xd800 || *first >= 0xdc00)
        return std::pair{utf8(*first), std::size_t{4}};
    const auto next = text.find_first_not_of('\\', at + 4);
    const auto second = next == std::string_view::npos || text[next] != 'u' ? std::nullopt : hex_number(text, next + 1, 4);
    if (!second || *second < 0xdc00 || *second >= 0xe000)
        return std::pair{utf8(*first), std::size_t{4}};
    return std::pair{utf8(0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00)), next + 5 - at};
}

/// Follows a form through a text in which each of its bytes may be written as it is, as %XX, or behind backslashes as JSON and log lines
/// have it, once or twice over. All readings are followed at once, because what stands in front may make one of them ambiguous: in
/// "\\x41" a backslash and an A, or a backslash, x41.
class Reading {
public:
    Reading(std::string_view text, const Form& form) : text_{text}, form_{form} {}

    /// Where the form ends that begins at `begin`; nullopt: none does. Of a long one its head is enough.
    std::optional<std::size_t> end_from(std::size_t begin) {
        const char first = text_[begin];
        if (folded(first) != form_.text.front() && first != '%' && first != '\\' && first != '+')
            return std::nullopt;
        places_.assign(1, {begin});
        std::optional<std::size_t> end;
        for (std::size_t at = 0; at < places_.size(); ++at) {
            auto& places = places_[at];
            std::ranges::sort(places);
            places.erase(std::ranges::unique(places).begin(), places.end());
            if (!places.empty() && (at == form_.text.size() || at >= head_bytes))
                end = places.back();
            if (at < form_.text.size())
                for (const auto place : std::vector<std::size_t>{places})
                    step(at, place);
        }
        return end;
    }

private:
    char folded(char c) const { return form_.any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

    /// `bytes` of the form from `at` on take the text from `place` to `next`.
    void read(std::size_t at, std::string_view bytes, std::size_t next) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (at + i >= form_.text.size() || folded(bytes[i]) != form_.text[at + i])
                return;
        if (places_.size() <= at + bytes.size())
            places_.resize(at + bytes.size() + 1);
        places_[at + bytes.size()].push_back(next);
    }

    void step(std::size_t at, std::size_t place) {
        if (place >= text_.size())
            return;
        const char c = text_[place];
        read(at, {&c, 1}, place + 1);
        if (c == '+')
            read(at, " ", place + 1);
        if (c == '%')
            for (std::size_t digits = place + 1;; digits += 2) { // the % of %XX is itself %25, and so on
                if (const auto code = hex_number(text_, digits, 2))
                    read(at, std::string(1, static_cast<char>(*code)), digits + 2);
                if (!text_.substr(digits).starts_with("25"))
                    break;
            }
        constexpr std::size_t backslashes_max = 8;
        for (std::size_t run = 1; c == '\\' && run <= backslashes_max && place + run < text_.size(); ++run) {
            escaped_by(at, place + run);
            if (text_[place + run] != '\\')
                break;
        }
    }

    /// What stands behind backslashes.
    void escaped_by(std::size_t at, std::size_t place) {
        constexpr std::string_view written{"nrtbf\"\\/'"}, meant{"\n\r\t\b\f\"\\/'"};
        if (const auto which = written.find(text_[place]); which != std::string_view::npos)
            read(at, meant.substr(which, 1), place + 1);
        if (text_[place] == 'x')
            if (const auto byte = hex_number(text_, place + 1, 2))
                read(at, std::string(1, static_cast<char>(*byte)), place + 3);
        if (text_[place] == 'u')
            if (const auto character = unicode(text_, place + 1))
                read(at, character->first, place + 1 + character->second);
    }

    std::string_view text_;
    const Form& form_;
    std::vector<std::vector<std::size_t>> places_; ///< in the text, by how many bytes of the form have been read
};

std::string small(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// How much of the form stands at `at`.
std::size_t common(std::string_view text, std::size_t at, std::string_view form) {
    std::size_t length = 0;
    while (length < form.size() && at + length < text.size() && text[at + length] == form[length])
        ++length;
    return length;
}

/// The longest end of `text` that the form begins with.
std::size_t tail(std::string_view text, const Form& form) {
    std::size_t matched = 0;
    for (const char c : text.substr(text.size() - std::min(text.size(), form.text.size() - 1))) {
        while (matched > 0 && form.text[matched] != c)
            matched = form.borders[matched - 1];
        if (form.text[matched] == c)
            ++matched;
        if (matched == form.text.size())
            matched = form.borders[matched - 1];
    }
    return matched;
}

bool is_base64(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' || c == '_';
}
/// How many characters in front of `at`, or from there on, could belong to the same base64 text; at most `most`.
std::size_t letters_before(std::string_view text, std::size_t at, std::size_t most) {
    std::size_t count = 0;
    while (count < most && count < at && is_base64(text[at - count - 1]))
        ++count;
    return count;
}
std::size_t letters_from(std::string_view text, std::size_t at, std::size_t most) {
    std::size_t count = 0;
    while (count < most && at + count < text.size() && is_base64(text[at + count]))
        ++count;
    return count;
}

/// Where the forms occur in the text.
std::vector<Stretch> find_all(std::string_view original, const std::vector<Form>& forms) {
    std::vector<Stretch> found;
    const auto lowered = small(original);
    const bool coded = original.find_first_of("%\\+") != std::string_view::npos;
    for (const auto& form : forms) {
        const std::string_view text{form.any_case ? std::string_view{lowered} : original};
        const auto note = [&](std::size_t begin, std::size_t end) {
            while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) // not in the middle of a character
                ++end;
            found.push_back({begin, end});
        };
        const auto wanted = std::string_view{form.text}.substr(0, form.text.size() > head_bytes ? head_bytes : form.text.size());
        for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
            const auto end = at + common(text, at, form.text);
            note(at - letters_before(text, at, form.before), end + letters_from(text, end, form.behind));
        }
        if (coded) {
            Reading reading{original, form};
            for (std::size_t at = 0; at < original.size(); ++at)
                if (const auto end = reading.end_from(at))
                    note(at, *end);
        }
        const auto note_tail = [&](std::size_t end) {
            if (const auto length = tail(text.substr(0, end), form); length >= tail_bytes_min)
                note(end - length, end);
        };
        if (text.size() >= cut_text_bytes)
            note_tail(text.size());
        for (auto at = text.find(cut_mark); at != std::string_view::npos; at = text.find(cut_mark, at + 1))
            note_tail(at);
    }
    return found;
}

/// The text with *** for each run of stretches that overlap or touch.
std::string blanked(std::string_view text, std::vector<Stretch> found) {
    std::ranges::sort(found, {}, &Stretch::begin);
    std::string out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < found.size();) {
        auto end = found[i].end;
        out += text.substr(at, found[i].begin - at);
        out += blank;
        for (++i; i < found.size() && found[i].begin <= end; ++i)
            end = std::max(end, found[i].end);
        at = end;
    }
    return out += text.substr(at);
}

std::string hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

/// By characters, so that UTF-8 stays UTF-8.
std::string reversed(std::string_view text) {
    std::string out;
    for (auto end = text.size(); end > 0;) {
        auto begin = end - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80)
            --begin;
        out += text.substr(begin, end - begin);
        end = begin;
    }
    return out;
}

/// What of the base64 of any text with `bytes` in it, `shift` bytes behind a multiple of three, does not depend on what stands around them.
Form base64(std::string_view bytes, std::size_t shift, std::string_view last_two) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const auto bit = [&](std::size_t i) {
        return i < shift * 8 ? 0u : static_cast<unsigned char>(bytes[i / 8 - shift]) >> (7 - i % 8) & 1u;
    };
    const auto bits = (shift + bytes.size()) * 8;
    Form form;
    for (auto at = (shift * 8 + 5) / 6; (at + 1) * 6 <= bits; ++at) {
        unsigned number = 0;
        for (std::size_t i = 0; i < 6; ++i)
            number = number << 1 | bit(at * 6 + i);
        form.text += number < 62 ? letters[number] : last_two[number - 62];
    }
    form.before = shift == 0 ? 0 : 1;
    form.behind = bits % 6 == 0 ? 0 : 1;
    return form;
}

std::vector<std::size_t> borders_of(std::string_view text) {
    std::vector<std::size_t> borders(text.size(), 0);
    for (std::size_t i = 1; i < text.size(); ++i) {
        auto length = borders[i - 1];
        while (length > 0 && text[i] != text[length])
            length = borders[length - 1];
        borders[i] = text[i] == text[length] ? length + 1 : 0;
    }
    return borders;
}

bool is_number(const boost::json::value& value) { return value.is_int64() || value.is_uint64() || value.is_double(); }

} // namespace

void Redactor::add_forms(std::string_view secret) {
    const auto add = [&](Form form) {
        const bool known = std::ranges::any_of(forms_, [&](const auto& one) { return one.text == form.text && one.any_case == form.any_case; });
        if (form.text.size() < secret_bytes_min || known)
            return;
        form.borders = borders_of(form.text);
        forms_.push_back(std::move(form));
    };
    const auto plain_form = [](std::string text, bool any_case = false) {
        Form form;
        form.text = std::move(text);
        form.any_case = any_case;
        return form;
    };
    add(plain_form(std::string{secret}));
    add(plain_form(reversed(secret)));
    add(plain_form(hexadecimal(secret), true));
    for (const auto* last_two : {"+/", "-_"})
        for (std::size_t shift = 0; shift < 3; ++shift)
            add(base64(secret, shift, last_two));
}

void Redactor::add(std::string_view secret) {
    if (secret.empty())
        return;
    {
        const std::shared_lock reading{mutex_};
        if (known_.contains(secret))
            return;
    }
    const std::unique_lock writing{mutex_};
    if (!known_.emplace(secret).second)
        return;
    if (secret.size() < secret_bytes_min)
        short_.emplace(secret);
    else
        add_forms(secret);
    for (std::size_t begin = 0; secret.find('\n') != std::string_view::npos && begin < secret.size();) {
        const auto end = std::min(secret.find('\n', begin), secret.size());
        auto line = secret.substr(begin, end - begin);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.size() >= line_bytes_min && !line.starts_with("-----")) // the frame of a key is none
            add_forms(line);
        begin = end + 1;
    }
    empty_.store(false, std::memory_order_release);
}

std::string Redactor::cleaned_once(std::string_view text) const {
    auto found = find_all(text, forms_);
    return found.empty() ? std::string{text} : blanked(text, std::move(found));
}

std::string Redactor::clean(std::string_view text) const {
    if (empty() || text.empty())
        return std::string{text};
    const std::shared_lock reading{mutex_};
    if (short_.contains(text))
        return std::string{blank};
    std::string cleaned{text};
    // What stood around a secret may be one together with ***.
    for (int round = 0; round < rounds_max; ++round) {
        auto again = cleaned_once(cleaned);
        if (again == cleaned)
            return cleaned;
        cleaned = std::move(again);
    }
    return std::string{blank};
}

void Redactor::clean(boost::json::object& object) const {
    if (empty())
        return;
    boost::json::object cleaned;
    for (auto& member : object) {
        clean(member.value());
        cleaned.insert_or_assign(clean(std::string_view{member.key()}), std::move(member.value()));
    }
    object = std::move(cleaned);
}

void Redactor::clean(boost::json::value& value) const {
    if (empty())
        return;
    if (auto* text = value.if_string()) {
        auto cleaned = clean(std::string_view{*text});
        if (cleaned != std::string_view{*text})
            value = std::move(cleaned);
    } else if (auto* array = value.if_array()) {
        for (auto& item : *array)
            clean(item);
    } else if (auto* object = value.if_object()) {
        clean(*object);
    } else if (is_number(value)) {
        const auto written = workflow::json_text(value);
        if (clean(written) != written)
            value = blank;
    }
}

std::string Redactor::clean_json(std::string_view text) const {
    if (empty() || text.empty())
        return std::string{text};
    auto value = workflow::json_from(text);
    clean(value);
    return workflow::json_text(value);
}

} // namespace spine::plugin
