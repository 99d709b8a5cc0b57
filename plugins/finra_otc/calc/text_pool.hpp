// Many texts of which few differ, each kept once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace finra::calc {

/// Texts by number; the empty text is number 0.
///
/// Threads: one at a time.
/// Lives:   a view it returns is valid until the next `add`.
/// Fails:   throws only for want of memory.
class TextPool {
public:
    using Id = std::uint32_t;

    TextPool();

    /// The number of `text`, which is copied if it is new.
    Id add(std::string_view text);
    std::string_view text(Id id) const;

private:
    void grow();
    std::size_t slot(std::string_view text) const;

    std::string texts_;
    /// Text i lies between ends_[i - 1] and ends_[i].
    std::vector<std::size_t> ends_;
    /// Open addressing; a slot holds a number or `vacant`.
    std::vector<Id> slots_;
    Id latest_ = 0;
};

} // namespace finra::calc
