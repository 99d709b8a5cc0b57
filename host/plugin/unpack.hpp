/// Bytes of a file as they are, or unpacked; bounded by what really comes out, whatever an archive
/// claims.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spine::plugin {

/// A pull source. Threads: one at a time. Fails: as `Source`.
class Bytes {
public:
    virtual ~Bytes() = default;
    /// Up to `size` bytes; 0 at the end.
    virtual std::size_t read(char* to, std::size_t size) = 0;
};

/// A regular file, opened without following a link or waiting for anybody.
class InputFile final : public Bytes {
public:
    explicit InputFile(const std::string& path);
    ~InputFile() override;
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    std::size_t read(char* to, std::size_t size) override;
    /// Exactly so many bytes from anywhere; throws Error{bad_data} when they are not there.
    std::string at(std::uint64_t offset, std::size_t size) const;
    /// The beginning, at most so many bytes.
    std::string head(std::size_t size) const;
    void seek(std::uint64_t offset);
    std::uint64_t size() const noexcept { return size_; }
    /// Whether size and time of change are still those of the opening.
    bool is_unchanged() const noexcept;

private:
    std::size_t read_at(char* to, std::size_t size, std::uint64_t offset) const;
    int file_ = -1;
    std::string path_;
    std::uint64_t size_ = 0;
    std::int64_t changed_ns_ = 0;
    std::uint64_t at_ = 0;
};

struct UnpackLimits {
    std::uint64_t bytes_max = std::uint64_t{8} << 30;
    std::uint64_t ratio_max = 200;                      ///< of unpacked to packed
    std::uint64_t ratio_from = std::uint64_t{16} << 20; ///< smaller contents may have any ratio
};

bool is_gzip(std::string_view head) noexcept;
bool is_zip(std::string_view head) noexcept;

/// `name` is for messages. The file outlives what is returned.
std::unique_ptr<Bytes>
unpack_gzip(InputFile& file, const std::string& name, const UnpackLimits& limits);
/// An archive with exactly one member that holds data, stored or deflated. Folders, and what macOS
/// adds (`__MACOSX/…`, `.DS_Store`), are no data.
std::unique_ptr<Bytes>
unpack_zip(InputFile& file, const std::string& name, const UnpackLimits& limits);

} // namespace spine::plugin
