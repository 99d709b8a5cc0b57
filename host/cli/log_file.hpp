/// A file to which lines are appended as they are told.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace spine::cli {

/// Threads: one at a time. Fails: the constructor throws Error{usage} when the file cannot be opened or its folder is not there.
class LogFile {
public:
    explicit LogFile(const std::string& path);
    ~LogFile();
    /// The line is handed to the system before it returns. A full disk loses it: the work goes on.
    void append(std::string_view line) noexcept;

private:
    struct Writing;
    std::unique_ptr<Writing> writing_;
};

} // namespace spine::cli
