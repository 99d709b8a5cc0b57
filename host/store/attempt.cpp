#include "store/attempt.hpp"

#include "error.hpp"

#include <algorithm>
#include <set>

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

namespace {

unit::Failure broken_promise(const std::string& message, const std::string& hint) {
    unit::Failure failure;
    failure.category = unit::Category::step_error;
    failure.exit_code = unit::exit_code(failure.category);
    failure.message = message;
    failure.hint = hint;
    failure.retry = unit::Retry::never;
    return failure;
}

/// How many rows the attempt gives to a dataset's rowset; nothing when small writes, which change rows that are there, make that unknown.
using Counts = std::map<std::pair<const workflow::Dataset*, unit::Rowset>, std::optional<std::int64_t>>;

Counts counts_of(const Attempt& attempt) {
    Counts counts;
    for (const auto& write : attempt.writes) {
        if (const auto* index = std::get_if<std::size_t>(&write)) {
            const auto& rows = attempt.replacements[*index];
            auto& count = counts.try_emplace({&rows.dataset(), rows.rowset()}, 0).first->second;
            if (count)
                *count += static_cast<std::int64_t>(rows.rows().rows());
        } else {
            const auto& small = std::get<SmallWrite>(write);
            counts[{small.dataset, small.rowset}].reset();
        }
    }
    return counts;
}

/// The counts that a stage may have been reached with; empty: any.
std::set<std::int64_t> possible_counts(const Attempt& attempt, const unit::Reached& reached, const Counts& counts) {
    std::set<std::int64_t> own, all;
    for (const auto& [where, count] : counts) {
        if (!count)
            return {};
        all.insert(*count);
        if (reached.rowset > 0 && is_same_place(attempt.rowsets[static_cast<std::size_t>(reached.rowset - 1)],
                                                attempt.rowsets[static_cast<std::size_t>(where.second - 1)]))
            own.insert(*count);
    }
    return own.empty() ? all : own;
}

} // namespace

bool is_same_place(const RowsetPlace& one, const RowsetPlace& other) {
    if (one.index() != other.index())
        return false;
    if (const auto* capture = std::get_if<ExistingCapture>(&one))
        return capture->seq == std::get<ExistingCapture>(other).seq;
    if (const auto* fresh = std::get_if<NewCapture>(&one))
        return fresh->output == std::get<NewCapture>(other).output &&
               fresh->observation.content_sha256 == std::get<NewCapture>(other).observation.content_sha256;
    return std::get<Derivation>(one).output == std::get<Derivation>(other).output;
}

std::optional<unit::Failure> fault_of_done(const Attempt& attempt) {
    for (const auto& replacement : attempt.replacements)
        if (!replacement.finished())
            return broken_promise("dataset '" + replacement.dataset().name + "': the rows were not finished",
                                  "the plugin must call finish when the rows are whole");
    const auto& stage = attempt.pipeline->stage;
    if (stage.empty())
        return std::nullopt;
    const auto* const mend = "the plugin must say `reached` for each of its partitions, or fail";
    if (attempt.outputs.empty())
        return broken_promise(attempt.pipeline->name + " declares that it reaches " + stage +
                                  ", and ended without a partition that has reached it", mend);
    for (std::uint32_t output = 0; output < attempt.outputs.size(); ++output)
        if (std::none_of(attempt.reached.begin(), attempt.reached.end(), [&](const auto& one) { return one.output == output; }))
            return broken_promise(attempt.pipeline->name + " declares that it reaches " + stage + ", and ended without having reached it for " +
                                      attempt.outputs[output].key, mend);
    const auto counts = counts_of(attempt);
    for (const auto& reached : attempt.reached) {
        const auto possible = possible_counts(attempt, reached, counts);
        if (possible.empty() || possible.contains(reached.row_count))
            continue;
        std::string given;
        for (const auto& [where, count] : counts)
            given += (given.empty() ? "" : ", ") + where.first->name + " " + std::to_string(*count);
        return broken_promise(attempt.pipeline->name + " says that " + stage + " of " + attempt.outputs[reached.output].key + " has " +
                                  std::to_string(reached.row_count) + " rows, and none of its datasets was given so many: " + given,
                              "the plugin must tell how many rows it wrote");
    }
    return std::nullopt;
}

} // namespace spine::store
