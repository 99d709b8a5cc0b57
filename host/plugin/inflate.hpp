/// zlib's decompressor, with its memory and limits.
#pragma once

#include "plugin/unpack.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
#include <zlib.h>

namespace spine::plugin {

/// Counts what goes in and comes out. Fails: throws Error{bad_data} past a limit.
class UnpackGuard {
public:
    UnpackGuard(std::string name, const UnpackLimits& limits)
        : name_{std::move(name)}, limits_{limits} {}
    void count(std::uint64_t in, std::uint64_t out);
    [[noreturn]] void damaged(const std::string& what) const;

private:
    std::string name_;
    UnpackLimits limits_;
    std::uint64_t in_ = 0;
    std::uint64_t out_ = 0;
};

/// Threads: one at a time.
class Inflater {
public:
    /// `window_bits` as zlib has it: 31 for gzip, -15 for bare deflate.
    explicit Inflater(int window_bits);
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Pending input that has not been used.
    std::size_t pending() const noexcept { return stream_.avail_in; }
    unsigned char next() const noexcept { return *stream_.next_in; }
    void skip() noexcept;
    /// Takes at most `size` more bytes from `from`; false when there are none.
    bool refill(Bytes& from, std::size_t size_max);
    struct Step {
        std::size_t in;
        std::size_t out;
        int code; ///< zlib's
    };
    Step step(char* to, std::size_t size);
    void reset();

private:
    z_stream stream_{};
    std::vector<unsigned char> input_;
};

} // namespace spine::plugin
