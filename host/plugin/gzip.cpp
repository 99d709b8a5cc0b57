#include "plugin/inflate.hpp"

namespace spine::plugin {

namespace {

constexpr int gzip_window =
    15 + 16; // zlib reads the header and checks the CRC and the length at the end
constexpr unsigned char magic_0 = 0x1f;
constexpr unsigned char magic_1 = 0x8b;

/// One member after the other.
class GzipBytes final : public Bytes {
public:
    GzipBytes(InputFile& file, const std::string& name, const UnpackLimits& limits)
        : file_{file}, guard_{name, limits}, inflater_{gzip_window} {}

    std::size_t read(char* to, std::size_t size) override {
        while (!at_end_) {
            if (inflater_.pending() == 0 && !inflater_.refill(file_, file_.size())) {
                if (in_member_)
                    guard_.damaged("the gzip data is cut short");
                at_end_ = true;
                break;
            }
            if (!in_member_ && !begin_member())
                continue;
            const auto step = inflater_.step(to, size);
            guard_.count(step.in, step.out);
            if (step.code == Z_STREAM_END) {
                in_member_ = false;
                inflater_.reset();
            } else if (step.code != Z_OK && step.code != Z_BUF_ERROR) {
                guard_.damaged("the gzip data is damaged (wrong bytes or checksum)");
            }
            if (step.out > 0)
                return step.out;
        }
        return 0;
    }

private:
    /// After the first member: zeros are padding, as tapes leave it; anything but another member is
    /// damage.
    bool begin_member() {
        if (inflater_.next() == 0 && !first_) {
            inflater_.skip();
            padded_ = true;
            return false;
        }
        if (inflater_.next() != magic_0 || padded_)
            guard_.damaged("there are other bytes behind the gzip data");
        first_ = false;
        in_member_ = true;
        return true;
    }

    InputFile& file_;
    UnpackGuard guard_;
    Inflater inflater_;
    bool first_ = true;
    bool in_member_ = false;
    bool padded_ = false;
    bool at_end_ = false;
};

} // namespace

bool is_gzip(std::string_view head) noexcept {
    return head.size() >= 2 && static_cast<unsigned char>(head[0]) == magic_0 &&
           static_cast<unsigned char>(head[1]) == magic_1;
}

std::unique_ptr<Bytes>
unpack_gzip(InputFile& file, const std::string& name, const UnpackLimits& limits) {
    return std::make_unique<GzipBytes>(file, name, limits);
}

} // namespace spine::plugin
