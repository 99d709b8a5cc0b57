#include "store/attempt.hpp"

#include "error.hpp"

namespace spine::store {

std::int64_t TextList::code(std::string_view text) {
    if (const auto found = codes_.find(text); found != codes_.end())
        return found->second;
    const auto code = static_cast<std::int64_t>(order_.size());
    const auto added = codes_.emplace(std::string{text}, code).first;
    order_.push_back(&added->first); // nodes of the map do not move
    return code;
}

Replacement::Replacement(const workflow::Dataset& dataset,
                         unit::Rowset rowset,
                         std::vector<workflow::Column> columns,
                         unit::Spill& spill,
                         TextList& texts)
    : dataset_{dataset}, rowset_{rowset}, columns_{std::move(columns)}, texts_{texts},
      rows_{spill} {}

void Replacement::expect(std::size_t column) {
    if (column != next_ || column >= columns_.size() || finished_)
        throw Error{ErrorCode::invalid,
                    "dataset '" + dataset_.name + "': cells must come in the order of the columns"};
    ++next_;
}

void Replacement::text(std::size_t column, std::string_view value) {
    expect(column);
    if (columns_[column].repeated)
        rows_.integer(texts_.code(value));
    else
        rows_.text(value);
}

void Replacement::integer(std::size_t column, std::int64_t value) {
    expect(column);
    rows_.integer(value);
}

void Replacement::real(std::size_t column, double value) {
    expect(column);
    rows_.real(value);
}

void Replacement::null(std::size_t column) {
    expect(column);
    rows_.null();
}

void Replacement::end_row() {
    if (next_ != columns_.size())
        throw Error{ErrorCode::invalid,
                    "dataset '" + dataset_.name + "': a row has " + std::to_string(next_) + " of " +
                        std::to_string(columns_.size()) + " cells"};
    next_ = 0;
    rows_.end_row();
}

std::uint64_t Replacement::finish() {
    finished_ = true;
    return rows_.rows();
}

std::size_t Attempt::weight() const {
    std::size_t rows = writes.size() - replacements.size() + rejects.size() + checks.size() + anomalies.size();
    for (const auto& replacement : replacements)
        rows += static_cast<std::size_t>(replacement.rows().rows());
    return rows;
}

} // namespace spine::store
