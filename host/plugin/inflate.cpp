#include "plugin/inflate.hpp"

#include "error.hpp"

#include <algorithm>
#include <limits>

namespace spine::plugin {

namespace {
constexpr std::size_t input_bytes = std::size_t{64} << 10;

void require(int code) {
    if (code != Z_OK)
        throw Error{ErrorCode::internal,
                    "zlib cannot be set up (code " + std::to_string(code) + ")"};
}
} // namespace

void UnpackGuard::count(std::uint64_t in, std::uint64_t out) {
    in_ += in;
    out_ += out;
    if (out_ > limits_.bytes_max)
        throw Error{ErrorCode::bad_data,
                    name_ + ": unpacks to more than " + std::to_string(limits_.bytes_max) +
                        " bytes",
                    "unpack it yourself, if you trust it"};
    if (out_ > limits_.ratio_from && out_ / limits_.ratio_max > in_)
        throw Error{ErrorCode::bad_data,
                    name_ + ": unpacks to more than " + std::to_string(limits_.ratio_max) +
                        " times its size, as decompression bombs do",
                    "unpack it yourself, if you trust it"};
}

void UnpackGuard::damaged(const std::string& what) const {
    throw Error{ErrorCode::bad_data, name_ + ": " + what, "fetch or pack the file again"};
}

Inflater::Inflater(int window_bits) : input_(input_bytes) {
    require(inflateInit2(&stream_, window_bits));
}
Inflater::~Inflater() { inflateEnd(&stream_); }

void Inflater::skip() noexcept {
    ++stream_.next_in;
    --stream_.avail_in;
}

bool Inflater::refill(Bytes& from, std::size_t size_max) {
    const auto got =
        from.read(reinterpret_cast<char*>(input_.data()), std::min(size_max, input_.size()));
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(got);
    return got > 0;
}

Inflater::Step Inflater::step(char* to, std::size_t size) {
    const auto room =
        static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
    const auto before = stream_.avail_in;
    stream_.next_out = reinterpret_cast<unsigned char*>(to);
    stream_.avail_out = room;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    return {before - stream_.avail_in, room - stream_.avail_out, code};
}

void Inflater::reset() { require(inflateReset(&stream_)); }

} // namespace spine::plugin
