// Who traded. FINRA names a venue by its MPID; where it publishes none (files of firms that are no
// ATS, the rows of "De Minimis Firms") the firm's name is all that tells one from the other.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace finra {

/// A venue by its key, the text of the columns `mpid`, ordered as bytes. There are two kinds:
///
///   a participant   its MPID, four capitals or digits: `OTCN`
///   a firm          `FIRM:` and its name as published, without the blanks round it:
///                   `FIRM:De Minimis Firms`. No MPID holds a colon, so the two never meet.
class Venue {
public:
    static constexpr std::string_view firm_mark = "FIRM:";
    static constexpr std::size_t size_max = 256;

    Venue() = default;

    /// The key as it is stored; nullopt if it is empty or too long, or holds a NUL.
    static std::optional<Venue> from(std::string_view key) {
        if (key.empty() || key.size() > size_max || key.find('\0') != std::string_view::npos)
            return std::nullopt;
        return Venue(std::string(key));
    }
    /// nullopt if there is no name or it is too long.
    static std::optional<Venue> firm(std::string_view name) {
        return name.empty() ? std::nullopt : from(std::string(firm_mark).append(name));
    }

    std::string_view view() const { return key_; }
    bool is_firm() const { return view().substr(0, firm_mark.size()) == firm_mark; }

    bool operator==(const Venue&) const = default;
    std::strong_ordering operator<=>(const Venue& other) const { return view() <=> other.view(); }

private:
    explicit Venue(std::string key) : key_(std::move(key)) {}

    std::string key_;
};

} // namespace finra
