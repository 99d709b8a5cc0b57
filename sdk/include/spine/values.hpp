/// Part of the C++ layer: values across the boundary, failures, and the barrier that keeps exceptions inside. Include
/// `spine/plugin.hpp`.
#pragma once

#include "spine/abi.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace spine {
// A name of its own underneath: exceptions and inline functions of a plugin must never be taken for the host's of the same
// name, neither by the linker (a plugin may be linked into the program) nor by the exception handler.
inline namespace sdk_1 {

constexpr spine_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }
constexpr std::string_view view(spine_str text) noexcept {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, static_cast<std::size_t>(text.size)};
}

// ---- failures ------------------------------------------------------------------------------------------------------

/// A failure with the reason that a person reads. `details` is JSON or empty.
class Error : public std::exception {
public:
    Error(spine_status status, std::string message, spine_retry retry = SPINE_RETRY_BY_CATEGORY,
          std::uint64_t backoff_ms = 0, std::string details = {})
        : status_{status}, retry_{retry}, backoff_ms_{backoff_ms}, message_{std::move(message)},
          details_{std::move(details)} {}

    const char* what() const noexcept override { return message_.c_str(); }
    spine_status status() const noexcept { return status_; }
    spine_retry retry() const noexcept { return retry_; }
    std::uint64_t backoff_ms() const noexcept { return backoff_ms_; }
    const std::string& details() const noexcept { return details_; }

private:
    spine_status status_;
    spine_retry retry_;
    std::uint64_t backoff_ms_;
    std::string message_;
    std::string details_;
};

/// A host call failed and the host has recorded why; carries the status out. Not for authors to throw.
struct Stop final {
    spine_status status;
};

inline void require(spine_status status) {
    if (status != SPINE_OK)
        throw Stop{status};
}

/// Calls `body` and turns whatever leaves it into a status; the barrier at every entry of a plugin.
template <typename Body> spine_status guard(const spine_run* run, Body&& body) noexcept {
    try {
        std::forward<Body>(body)();
        return SPINE_OK;
    } catch (const Stop& stop) {
        return stop.status;
    } catch (const Error& error) {
        return run->fail(run, error.status(), error.retry(), error.backoff_ms(), str(error.what()),
                         str(error.details()));
    } catch (const std::bad_alloc&) {
        return run->fail(run, SPINE_RESOURCE, SPINE_RETRY_BY_CATEGORY, 0, str("out of memory"), {});
    } catch (const std::exception& error) {
        return run->fail(run, SPINE_PANIC, SPINE_RETRY_NEVER, 0, str(error.what()), {});
    } catch (...) {
        return run->fail(run, SPINE_PANIC, SPINE_RETRY_NEVER, 0, str("an exception that is no std::exception"), {});
    }
}

// ---- values --------------------------------------------------------------------------------------------------------

/// JSON text as a value of its own type.
struct Json {
    std::string_view text;
};

/// A text as JSON, in quotes: `say "so"` is `"say \"so\""`. For authors who put a small JSON text together by hand. Quotes, backslashes and what is
/// below a space are escaped; everything else stays as it is, so UTF-8 stays UTF-8. At most six bytes for each of the text, and the two quotes.
inline std::string json_quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            json.append("\\").append(1, c);
        else if (byte < 0x20)
            json.append("\\u00").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
        else
            json += c;
    }
    json += '"';
    return json;
}

inline spine_value value_of(std::string_view text) noexcept { return {SPINE_TEXT, 0, 0, 0.0, str(text)}; }
inline spine_value value_of(const std::string& text) noexcept { return value_of(std::string_view{text}); }
inline spine_value value_of(const char* text) noexcept { return value_of(std::string_view{text}); }
inline spine_value value_of(Json json) noexcept { return {SPINE_JSON, 0, 0, 0.0, str(json.text)}; }
inline spine_value value_of(bool flag) noexcept { return {SPINE_BOOL, 0, flag ? 1 : 0, 0.0, {}}; }
inline spine_value value_of(double number) noexcept { return {SPINE_REAL, 0, 0, number, {}}; }
inline spine_value value_of(std::nullptr_t) noexcept { return {SPINE_NULL, 0, 0, 0.0, {}}; }
template <typename Integer, std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>, int> = 0>
spine_value value_of(Integer number) noexcept {
    return {SPINE_INT, 0, static_cast<std::int64_t>(number), 0.0, {}};
}
template <typename T> spine_value value_of(const std::optional<T>& maybe) noexcept {
    return maybe ? value_of(*maybe) : value_of(nullptr);
}

/// A named value; borrows its texts for the call it is given to.
struct Field {
    template <typename T> Field(std::string_view name, const T& value) : raw{str(name), value_of(value)} {}
    spine_field raw;
};
using Fields = std::initializer_list<Field>;

namespace detail {
inline const spine_field* raw(Fields fields) noexcept {
    static_assert(sizeof(Field) == sizeof(spine_field), "Field adds nothing to spine_field");
    return fields.size() == 0 ? nullptr : &fields.begin()->raw;
}
/// The host's elements may be longer or shorter than ours: what it does not know stays zero.
template <typename T> std::vector<T> copied(const spine_table& table) {
    std::vector<T> out(table.count);
    for (std::uint32_t i = 0; i < table.count; ++i)
        std::memcpy(static_cast<void*>(&out[i]),
                    static_cast<const char*>(table.items) + std::size_t{i} * table.stride,
                    table.stride < sizeof(T) ? table.stride : sizeof(T));
    return out;
}
constexpr std::string_view type_name(spine_type type) noexcept {
    switch (type) {
    case SPINE_NULL: return "null";
    case SPINE_BOOL: return "true or false";
    case SPINE_INT: return "a whole number";
    case SPINE_REAL: return "a number";
    case SPINE_TEXT: return "a text";
    case SPINE_DATE: return "a date";
    case SPINE_TIMESTAMP: return "a time";
    case SPINE_JSON: return "JSON";
    default: return "of a type that is newer than this plugin";
    }
}
/// An author who asks for a number where the table says text would otherwise read 0.
[[noreturn]] inline void wrong_type(const spine_value& found, std::string_view kind, std::string_view name,
                                    std::string_view wanted) {
    throw Error{SPINE_INVALID_ARG, std::string{kind} + " '" + std::string{name} + "' is " +
                                       std::string{type_name(found.type)} + ", and was asked for as " + std::string{wanted}};
}
inline std::string_view text_of(const spine_value& found, std::string_view kind, std::string_view name) {
    if (found.type != SPINE_TEXT && found.type != SPINE_DATE && found.type != SPINE_TIMESTAMP && found.type != SPINE_JSON)
        wrong_type(found, kind, name, "a text");
    return view(found.text);
}
/// YYYY-MM-DD by its form.
constexpr bool is_date(std::string_view text) noexcept {
    if (text.size() != 10)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    return true;
}
template <typename T> constexpr spine_table table(const T* items, std::size_t count) noexcept {
    return {items, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(sizeof(T))};
}
} // namespace detail

/// A constant list; made from a C array so that no author writes a count.
template <typename T> struct List {
    constexpr List() = default;
    template <std::size_t N> constexpr List(const T (&array)[N]) : table{detail::table(array, N)} {}
    spine_table table{};
};

/// One value of a partition key: `key_of(R"({"tier":"OTC"})", "tier")` is `OTC`; empty when absent.
inline std::string_view key_of(std::string_view partition, std::string_view name) {
    const std::string needle = "\"" + std::string{name} + "\":\"";
    const auto at = partition.find(needle);
    if (at == std::string_view::npos)
        return {};
    const auto from = at + needle.size();
    const auto end = partition.find('"', from);
    return end == std::string_view::npos ? std::string_view{} : partition.substr(from, end - from);
}

} // namespace sdk_1
} // namespace spine
