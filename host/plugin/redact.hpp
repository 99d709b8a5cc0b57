/// Takes secrets out of texts before they leave the process or are recorded.
#pragma once

#include <atomic>
#include <boost/json/value.hpp>
#include <cstddef>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace spine::plugin {

/// The secrets that were resolved in this process. Each is replaced by *** wherever it occurs: as it is, reversed, in hexadecimal, in base64 of both
/// alphabets at any of the three alignments, and each of these percent-encoded or escaped as in JSON or a log line, wholly or in part. Lines of a
/// secret with several, and the beginning of a long one that was cut, count as well.
///
/// An empty secret blanks nothing. One of less than 4 bytes is blanked only where it is the whole text, since it would occur in any text by chance.
///
/// Threads: any.
class Redactor {
public:
    void add(std::string_view secret);
    std::string clean(std::string_view text) const;
    /// Strings, names of members, and numbers that are written like a secret.
    void clean(boost::json::value& value) const;
    void clean(boost::json::object& object) const;
    /// Text that is JSON, or empty; stays JSON.
    std::string clean_json(std::string_view text) const;
    /// Whether there is nothing to take out.
    bool empty() const noexcept { return empty_.load(std::memory_order_acquire); }

    /// One form of a secret.
    struct Form {
        std::string text;
        bool any_case = false;   ///< hexadecimal; `text` is in small letters
        std::size_t before = 0;  ///< so many characters in front and behind carry bits of the secret too
        std::size_t behind = 0;
        std::vector<std::size_t> borders; ///< of each prefix, the longest proper one that it also ends with

        bool operator<(const Form& other) const { return text < other.text; }
    };

private:
    void add_forms(std::string_view secret);
    std::string cleaned_once(std::string_view text) const;

    mutable std::shared_mutex mutex_;
    std::set<std::string, std::less<>> known_;
    std::set<std::string, std::less<>> short_;
    std::vector<Form> forms_;
    std::atomic<bool> empty_{true};
};

} // namespace spine::plugin
