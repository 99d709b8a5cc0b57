// Whether a file has the rows of another week: whoever takes its week from a date can be wrong, and
// then its rows give it away, for no two weeks trade the same.
#pragma once

#include "schema/record.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace finra::calc {

/// What is compared: symbol, MPID, shares and trades as published.
std::uint64_t fingerprint(const RawRow& row);

/// The fingerprints of a file's rows, or of a fair sample of them where there are very many: those
/// that are the smallest numbers.
///
/// Threads: one at a time.
/// Fails:   throws only for want of memory, of which it needs about a megabyte at most.
class Sketch {
public:
    static constexpr std::size_t size_max = 65'536;

    void add(std::uint64_t fingerprint);
    /// Sorted, each once.
    std::vector<std::uint64_t> finish();

private:
    void shrink();

    std::vector<std::uint64_t> smallest_;
};

/// How many rows of a sketch another set of rows has.
///
/// Threads: one at a time.
/// Lives:   must not outlive the sketch.
class Resemblance {
public:
    /// `rows` is how many will be seen.
    Resemblance(const std::vector<std::uint64_t>& sketch, std::int64_t rows)
        : sketch_(sketch), found_(sketch.size(), false), rows_left_(rows) {}

    /// False once nine tenths cannot be reached any more; further rows need not be seen then.
    bool see(std::uint64_t fingerprint);

    std::size_t found() const { return count_; }
    /// Whether nine tenths of the sketch's rows, or more, have been found.
    bool is_near() const { return !sketch_.empty() && count_ * 10 >= sketch_.size() * 9; }

private:
    const std::vector<std::uint64_t>& sketch_;
    std::vector<bool> found_;
    std::int64_t rows_left_ = 0;
    std::size_t count_ = 0;
};

} // namespace finra::calc
