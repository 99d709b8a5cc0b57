#include "calc/resemblance.hpp"

#include "schema/ascii.hpp"

#include <algorithm>

namespace finra::calc {

namespace {

/// FNV-1a over the bytes of the texts and numbers, with an end behind each text.
class Hash {
public:
    void add(std::string_view text) {
        for (const char c : text)
            add_byte(static_cast<unsigned char>(c));
        add_byte('|');
    }
    void add(std::int64_t number) {
        auto bits = static_cast<std::uint64_t>(number);
        for (int i = 0; i < 8; ++i, bits >>= 8U)
            add_byte(static_cast<unsigned char>(bits));
    }
    /// Mixed once more, so that the smallest numbers are a fair sample (the end of splitmix64).
    std::uint64_t value() const {
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBU;
        return mixed ^ mixed >> 31U;
    }

private:
    void add_byte(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001B3U; }

    std::uint64_t state_ = 0xCBF29CE484222325U;
};

} // namespace

std::uint64_t fingerprint(const RawRow& row) {
    Hash hash;
    hash.add(trim(row.symbol));
    hash.add(trim(row.mpid));
    hash.add(row.shares.shares);
    hash.add(row.shares.millionths);
    hash.add(row.trades);
    return hash.value();
}

void Sketch::add(std::uint64_t fingerprint) {
    smallest_.push_back(fingerprint);
    if (smallest_.size() == 2 * size_max)
        shrink();
}

std::vector<std::uint64_t> Sketch::finish() {
    shrink();
    return std::move(smallest_);
}

void Sketch::shrink() {
    std::sort(smallest_.begin(), smallest_.end());
    smallest_.erase(std::unique(smallest_.begin(), smallest_.end()), smallest_.end());
    smallest_.resize(std::min(smallest_.size(), size_max));
}

bool Resemblance::see(std::uint64_t fingerprint) {
    --rows_left_;
    const auto at = std::lower_bound(sketch_.begin(), sketch_.end(), fingerprint);
    if (at != sketch_.end() && *at == fingerprint) {
        const auto place = static_cast<std::size_t>(at - sketch_.begin());
        count_ += found_[place] ? 0 : 1;
        found_[place] = true;
    }
    const auto within_reach =
        static_cast<std::int64_t>(count_) + std::max<std::int64_t>(rows_left_, 0);
    return within_reach * 10 >= static_cast<std::int64_t>(sketch_.size()) * 9;
}

} // namespace finra::calc
