/// What control needs of a store that keeps published definitions of workflows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spine::control {

/// A definition that was published. Versions of a workflow count from 1; the newest one is the current one. None is ever changed or removed.
struct PublishedVersion {
    std::string workflow;
    std::int64_t version = 0;
    std::string sha256; ///< of the text
    std::string published_at;
    std::string published_by;
    std::string changelog;
    std::optional<std::int64_t> rolled_back_from; ///< it brought an older text back, when this version was the current one

    bool operator==(const PublishedVersion&) const = default;
};
struct PublishedText {
    PublishedVersion version;
    std::string text;
};

struct NewVersion {
    std::string workflow;
    std::int64_t written_version = 1; ///< what the text itself says
    std::string text;
    std::string sha256;
    std::string by;
    std::string changelog;
    bool rolls_back = false;
};
struct Publication {
    PublishedVersion current; ///< after the call
    bool published = true;    ///< false: the current version has this text already, nothing was written
};

/// Threads: one at a time. Fails: throws Error{unavailable, commit_failed}.
class VersionBook {
public:
    static constexpr std::size_t listed_max = 10'000;

    virtual ~VersionBook() = default;
    /// All versions of a workflow, newest first; at most `listed_max`.
    virtual std::vector<PublishedVersion> versions(const std::string& workflow) = 0;
    /// One version with its text; without a number the current one.
    virtual std::optional<PublishedText> find(const std::string& workflow, std::optional<std::int64_t> version) = 0;
    /// The current version of every workflow, by name; at most `listed_max`.
    virtual std::vector<PublishedText> current() = 0;
    /// Makes a text the current version, in one synced commit: whoever publishes at the same moment gets the number after it.
    virtual Publication publish(const NewVersion& wanted) = 0;
};

} // namespace spine::control
