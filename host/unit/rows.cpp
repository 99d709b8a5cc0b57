#include "unit/rows.hpp"

#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace spine::unit {

namespace {
constexpr std::size_t chunk_bytes = std::size_t{256} * 1024;

// One byte before each cell. Small integers and the lengths of short texts ride in it.
constexpr unsigned char tag_null = 0, tag_real = 1, tag_integer = 2, tag_text = 3, tag_small = 8;
constexpr std::uint64_t small_texts = 60, small_integers = 128;
// tag_small + n: text of n bytes, n < 60; then integers 0..127
constexpr unsigned char tag_small_integer = tag_small + small_texts;
static_assert(tag_small_integer + small_integers <= 256);

std::uint64_t zigzag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
} // namespace

Spill::Spill(std::string folder, std::size_t memory_max)
    : folder_{std::move(folder)}, memory_max_{memory_max} {}

Spill::~Spill() {
    if (file_ >= 0)
        ::close(file_);
}

Spill::Place Spill::keep(const char* bytes, std::size_t size) {
    Place place;
    place.size = size;
    if (memory_used_ + size <= memory_max_) {
        place.memory.reset(new char[size]);
        std::memcpy(place.memory.get(), bytes, size);
        memory_used_ += size;
        return place;
    }
    if (file_ < 0) {
        std::string name = folder_ + "/.spine-scratch-XXXXXX";
        file_ = ::mkostemp(name.data(), O_CLOEXEC);
        if (file_ < 0)
            throw Error{ErrorCode::unavailable,
                        "cannot make a scratch file in '" + folder_ + "': " + std::strerror(errno),
                        "make room or allow writing there"};
        ::unlink(name.c_str());
    }
    place.offset = file_size_;
    for (std::size_t done = 0; done < size;) {
        const auto wrote = ::pwrite(
            file_, bytes + done, size - done, static_cast<off_t>(file_size_ + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            throw Error{ErrorCode::unavailable,
                        "cannot write the scratch file in '" + folder_ +
                            "': " + std::strerror(wrote < 0 ? errno : ENOSPC),
                        "free disk space and run the command again"};
        done += static_cast<std::size_t>(wrote);
    }
    file_size_ += size;
    return place;
}

std::string_view Spill::bytes(const Place& place, std::string& scratch) const {
    if (place.memory)
        return {place.memory.get(), place.size};
    scratch.resize(place.size);
    for (std::size_t done = 0; done < place.size;) {
        const auto got = ::pread(file_,
                                 scratch.data() + done,
                                 place.size - done,
                                 static_cast<off_t>(place.offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            throw Error{ErrorCode::unavailable,
                        "cannot read the scratch file in '" + folder_ +
                            "': " + std::strerror(got < 0 ? errno : EIO)};
        done += static_cast<std::size_t>(got);
    }
    return scratch;
}

void RowWriter::varint(std::uint64_t value) {
    while (value >= 0x80) {
        chunk_.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    chunk_.push_back(static_cast<char>(value));
}

void RowWriter::null() { chunk_.push_back(static_cast<char>(tag_null)); }

void RowWriter::integer(std::int64_t value) {
    if (value >= 0 && static_cast<std::uint64_t>(value) < small_integers) {
        chunk_.push_back(static_cast<char>(tag_small_integer + value));
        return;
    }
    chunk_.push_back(static_cast<char>(tag_integer));
    varint(zigzag(value));
}

void RowWriter::real(double value) {
    chunk_.push_back(static_cast<char>(tag_real));
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    chunk_.append(raw, sizeof raw);
}

void RowWriter::text(std::string_view value) {
    if (value.size() < small_texts) {
        chunk_.push_back(static_cast<char>(tag_small + value.size()));
    } else {
        chunk_.push_back(static_cast<char>(tag_text));
        varint(value.size());
    }
    chunk_.append(value);
}

void RowWriter::end_row() {
    ++rows_;
    if (chunk_.size() >= chunk_bytes)
        flush();
}

void RowWriter::flush() {
    if (chunk_.empty())
        return;
    places_.push_back(spill_->keep(chunk_.data(), chunk_.size()));
    chunk_.clear();
}

RowReader::RowReader(const RowWriter& rows, std::size_t columns) : rows_{rows}, cells_(columns) {}

bool RowReader::next() {
    while (at_ == bytes_.size()) {
        if (place_ < rows_.places_.size())
            bytes_ = rows_.spill_->bytes(rows_.places_[place_], scratch_);
        else if (place_ == rows_.places_.size())
            bytes_ = rows_.chunk_; // the tail that was never flushed
        else
            return false;
        ++place_;
        at_ = 0;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(bytes_.data());
    const auto varint = [&] {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const auto byte = bytes[at_++];
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80)
                return value;
        }
    };
    for (auto& cell : cells_) {
        const auto tag = bytes[at_++];
        if (tag >= tag_small_integer) {
            cell.kind = CellKind::integer;
            cell.integer = tag - tag_small_integer;
        } else if (tag >= tag_small || tag == tag_text) {
            const auto size = tag == tag_text ? varint() : std::uint64_t{tag} - tag_small;
            cell.kind = CellKind::text;
            cell.text = bytes_.substr(at_, size);
            at_ += size;
        } else if (tag == tag_integer) {
            cell.kind = CellKind::integer;
            cell.integer = unzigzag(varint());
        } else if (tag == tag_real) {
            cell.kind = CellKind::real;
            std::memcpy(&cell.real, bytes_.data() + at_, sizeof cell.real);
            at_ += sizeof cell.real;
        } else {
            cell.kind = CellKind::null;
        }
    }
    return true;
}

} // namespace spine::unit
