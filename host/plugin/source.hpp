/// A file that the host opens, unpacks and hashes while it is read from start to end.
#pragma once

#include "plugin/digest.hpp"
#include "plugin/unpack.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spine::plugin {

/// The path that a location means: a path, or file:// with an absolute one; nullopt for any other
/// scheme. Throws Error{invalid} for what can be no path.
std::optional<std::string> path_of(std::string_view location);

/// Whether there is a regular file, which `Source` would open; throws Error{denied} when that
/// cannot be known.
bool is_source(const std::string& path);

/// Threads: one at a time.
/// Fails:   throws Error: {not_found} no such file, {denied} not readable, {invalid} not a regular
/// file (folder, link, FIFO,
///          device), {bad_data} damaged or hostile archive, or changed while it was read,
///          {unavailable} the disk.
class Source {
public:
    explicit Source(const std::string& path, const UnpackLimits& limits = {});
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// The next bytes, valid until the next call; empty at the end.
    std::string_view read();

    bool finished() const noexcept { return finished_; }
    const std::string& uri() const noexcept { return uri_; }
    const std::string& name() const noexcept {
        return name_;
    } ///< the last part of the path, without .gz or .zip
    std::uint64_t bytes() const noexcept { return bytes_; }        ///< unpacked, so far
    const std::string& sha256() const noexcept { return sha256_; } ///< empty before the end

private:
    void finish();

    std::string path_;
    std::string uri_;
    std::string name_;
    std::unique_ptr<InputFile> file_;
    std::unique_ptr<Bytes> content_; // reads from file_
    std::vector<char> chunk_;
    Sha256 digest_;
    std::uint64_t bytes_ = 0;
    bool packed_ = false;
    bool finished_ = false;
    std::string sha256_;
};

} // namespace spine::plugin
