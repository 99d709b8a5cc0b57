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
constexpr int rounds_max = 4;

using Form = Redactor::Form;

/// A stretch of a text: [begin, end).
struct Stretch {
    std::size_t begin, end;
};

/// A text with the codes of an encoding resolved, and where each of its bytes came from.
struct View {
    std::string text;
    std::vector<Stretch> from;

    void add(char c, Stretch stretch) {
        text += c;
        from.push_back(stretch);
    }
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

Stretch united(const View& view, std::size_t begin, std::size_t end) { return {view.from[begin].begin, view.from[end - 1].end}; }

View plain(std::string_view text) {
    View view;
    view.text = text;
    view.from.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        view.from.push_back({i, i + 1});
    return view;
}

View without_percents(const View& from, bool plus_is_blank) {
    View view;
    const std::string_view text{from.text};
    for (std::size_t i = 0; i < text.size();) {
        const auto code = text[i] == '%' ? hex_number(text, i + 1, 2) : std::nullopt;
        const std::size_t length = code ? 3 : 1;
        const char meant = code ? static_cast<char>(*code) : plus_is_blank && text[i] == '+' ? ' ' : text[i];
        view.add(meant, united(from, i, i + length));
        i += length;
    }
    return view;
}

void add_utf8(View& view, unsigned code, Stretch stretch) {
    const auto byte = [&](unsigned value) { view.add(static_cast<char>(value), stretch); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f));
    } else {
        byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f));
    }
}

/// \n, \", \xHH and \uHHHH, as JSON and log lines have them.
View without_backslashes(const View& from) {
    View view;
    const std::string_view text{from.text};
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            view.add(text[i], from.from[i]);
            ++i;
            continue;
        }
        constexpr std::string_view written{"nrtbf\"\\/'"}, meant{"\n\r\t\b\f\"\\/'"};
        if (const auto which = written.find(text[i + 1]); which != std::string_view::npos) {
            view.add(meant[which], united(from, i, i + 2));
            i += 2;
        } else if (const auto byte = text[i + 1] == 'x' ? hex_number(text, i + 2, 2) : std::nullopt) {
            view.add(static_cast<char>(*byte), united(from, i, i + 4));
            i += 4;
        } else if (const auto unit = text[i + 1] == 'u' ? hex_number(text, i + 2, 4) : std::nullopt) {
            const bool high = *unit >= 0xd800 && *unit < 0xdc00 && text.substr(i + 6).starts_with("\\u");
            const auto low = high ? hex_number(text, i + 8, 4) : std::nullopt;
            const bool pair = low && *low >= 0xdc00 && *low < 0xe000;
            const std::size_t length = pair ? 12 : 6;
            add_utf8(view, pair ? 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00) : *unit, united(from, i, i + length));
            i += length;
        } else {
            view.add(text[i], from.from[i]);
            ++i;
        }
    }
    return view;
}

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

/// Where the forms occur in the view, as stretches of the original text.
void find_all(const View& view, const std::vector<Form>& forms, std::vector<Stretch>& found) {
    std::string lowered;
    for (const auto& form : forms) {
        if (form.any_case && lowered.empty())
            lowered = small(view.text);
        const std::string_view text{form.any_case ? lowered : view.text};
        const auto wanted = std::string_view{form.text}.substr(0, form.text.size() > head_bytes ? head_bytes : form.text.size());
        for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
            auto end = at + common(text, at, form.text);
            if (end == at + form.text.size())
                end += letters_from(text, end, form.behind);
            while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) // not in the middle of a character
                ++end;
            found.push_back(united(view, at - letters_before(text, at, form.before), end));
        }
        if (text.size() >= cut_text_bytes)
            if (const auto length = tail(text, form); length >= tail_bytes_min)
                found.push_back(united(view, text.size() - length, text.size()));
    }
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
    std::vector<Stretch> found;
    const auto whole = plain(text);
    find_all(whole, forms_, found);
    auto view = whole;
    // What was encoded twice is found by resolving it twice.
    for (int i = 0; i < 2 && view.text.find('%') != std::string::npos; ++i) {
        view = without_percents(view, false);
        find_all(view, forms_, found);
    }
    if (text.find('+') != std::string_view::npos)
        find_all(without_percents(whole, true), forms_, found);
    view = whole;
    for (int i = 0; i < 2 && view.text.find('\\') != std::string::npos; ++i) {
        view = without_backslashes(view);
        find_all(view, forms_, found);
    }
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
