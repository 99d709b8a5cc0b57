// Any bytes, in pieces whose size the first byte says: the parser must neither fail nor lose a
// line, and must answer as it does when it gets them whole.
#include "recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace finra::parse;
    if (size == 0)
        return 0;
    const std::size_t piece = std::size_t{data[0]} + 1;
    const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
    Recorder whole;
    Recorder pieces;
    const auto answer = parsed(file, whole, file.size() + 1);
    require(parsed(file, pieces, piece) == answer);
    require(whole.misspelled == 0);
    require(pieces.rows == whole.rows && pieces.rejects == whole.rejects);
    if (const auto* summary = std::get_if<Summary>(&answer)) {
        require(summary->rows + summary->rejects == summary->data_lines);
        require(static_cast<std::size_t>(summary->rows) == whole.rows.size());
        require(static_cast<std::size_t>(summary->rejects) == whole.rejects.size());
    }
    for (const KeptReject& reject : whole.rejects)
        require(reject.raw_text.size() <= finra::raw_text_max);
    return 0;
}
