#include "store/sqlite_unit.hpp"

#include "error.hpp"
#include "run/due.hpp"
#include "store/apply.hpp"
#include "store/items.hpp"
#include "store/told.hpp"

#include <algorithm>

namespace spine::store {

namespace {
constexpr std::size_t buffered_bytes_max = std::size_t{24} << 20;
}

SqliteUnit::SqliteUnit(UnitPlace place, Attempt attempt)
    : place_{std::move(place)}, spill_{place_.scratch_folder, buffered_bytes_max},
      attempt_{std::move(attempt)}, input_rowsets_(attempt_.inputs.size()),
      derived_rowsets_(attempt_.outputs.size()) {}

unit::Claimed SqliteUnit::claim(const unit::Partition& partition) {
    const auto known = std::find(attempt_.outputs.begin(), attempt_.outputs.end(), partition);
    if (known != attempt_.outputs.end())
        return {static_cast<std::uint32_t>(known - attempt_.outputs.begin()), {}};
    if (!attempt_.writes.empty())
        throw Error{ErrorCode::invalid, "a partition must be claimed before the first write"};
    if (!attempt_.rehearsal) {
        auto& connection = place_.writer->connection();
        const auto claim = place_.writer->transact([&]() -> PartitionClaim {
            if (attempt_.item_id == 0 && !run_is_ours(connection, attempt_.run_id, place_.liveness.self()))
                return {"another process, which has taken over run " + attempt_.run_id, 0};
            return claim_partition(connection, place_.liveness, place_.clock, attempt_, partition);
        });
        if (!claim.holder.empty())
            return {std::nullopt, claim.holder};
        if (attempt_.item_id == 0)
            attempt_.fence = 1;
        attempt_.item_id = claim.item_id;
    }
    attempt_.outputs.push_back(partition);
    attempt_.digests.emplace_back();
    attempt_.generations.push_back(place_.state.generation(partition));
    derived_rowsets_.emplace_back();
    return {static_cast<std::uint32_t>(attempt_.outputs.size() - 1), {}};
}

unit::Rowset SqliteUnit::add(RowsetPlace place) {
    attempt_.rowsets.push_back(std::move(place));
    return static_cast<unit::Rowset>(attempt_.rowsets.size()); // 0 stands for none
}

void SqliteUnit::check_output(std::uint32_t output) const {
    if (output >= attempt_.outputs.size())
        throw Error{ErrorCode::invalid,
                    "there is no output " + std::to_string(output) + "; the attempt has " +
                        std::to_string(attempt_.outputs.size()),
                    "plan or claim the partition first"};
}

unit::Observed SqliteUnit::observe(std::uint32_t output, const unit::Observation& source) {
    check_output(output);
    const auto& partition = attempt_.outputs[output];
    attempt_.digests[output] =
        run::source_digest(*attempt_.pipeline, attempt_.params, source.content_sha256);
    const auto head = place_.state.head(partition);
    if (!head || head->content_sha256 != source.content_sha256) {
        const auto id = capture_id_for(place_.reading, partition, attempt_.created_at);
        return {false, add(NewCapture{output, source}), id};
    }
    // The same bytes are no new capture. Its rows are derived again when that was asked for or when they would differ.
    const auto row = place_.state.made_from(partition, attempt_.pipeline->stage, attempt_.digests[output]);
    const bool done = row && row->capture_seq == head->seq && !row->withheld;
    return {done && !attempt_.force, add(ExistingCapture{head->seq, head->id}), head->id};
}

unit::Rowset SqliteUnit::rowset_of(std::size_t input) {
    auto& rowset = input_rowsets_.at(input);
    if (!rowset) {
        const auto& row = attempt_.inputs[input].row;
        if (row.capture_seq == 0)
            throw Error{ErrorCode::invalid,
                        "input " + row.stage + " of " + row.partition.key +
                            " is made from several captures; write to derived() instead"};
        rowset = add(ExistingCapture{row.capture_seq, row.capture_id});
    }
    return *rowset;
}

unit::Rowset SqliteUnit::derived(std::uint32_t output) {
    check_output(output);
    auto& rowset = derived_rowsets_[output];
    if (!rowset) {
        Derivation derivation{output, {}, {}};
        for (const auto& input : attempt_.inputs) {
            if (input.output && *input.output != output)
                continue;
            if (input.row.capture_seq != 0)
                derivation.capture_ids.push_back(input.row.capture_id);
            else
                for (auto& id : captures_of_derivation(place_.reading, input.row.derivation_seq))
                    derivation.capture_ids.push_back(std::move(id));
        }
        auto& ids = derivation.capture_ids;
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        std::string content;
        for (const auto& id : ids)
            content += id + "\n";
        derivation.inputs_sha256 = ids.empty() && !attempt_.digests[output].empty()
                                       ? attempt_.digests[output]
                                       : run::sha256_hex(content);
        rowset = add(std::move(derivation));
    }
    return *rowset;
}

std::unique_ptr<unit::Cursor> SqliteUnit::query(std::string_view sql,
                                                std::span<const unit::Value> values,
                                                std::size_t columns) {
    return place_.reader().query(sql, values, columns);
}

const workflow::Dataset& SqliteUnit::own_dataset(std::string_view name) const {
    for (const auto& dataset : place_.datasets)
        if (dataset.name == name) {
            const auto* domain = place_.catalogue.find_domain(dataset.domain);
            if (domain == nullptr || domain->plugin != attempt_.plugin->id)
                throw Error{ErrorCode::invalid,
                            "dataset '" + dataset.name + "' belongs to another plugin"};
            return dataset;
        }
    std::vector<std::string> names;
    for (const auto& dataset : place_.datasets)
        names.push_back(dataset.name);
    const auto near = workflow::nearest(name, names);
    throw Error{ErrorCode::invalid,
                "there is no dataset '" + std::string{name} + "'",
                near.empty() ? "declare it in a migration" : "did you mean '" + near + "'?"};
}

void SqliteUnit::check_rowset(const workflow::Dataset& dataset, unit::Rowset rowset) const {
    if (rowset < 1 || rowset > static_cast<unit::Rowset>(attempt_.rowsets.size()))
        throw Error{ErrorCode::invalid,
                    "dataset '" + dataset.name + "': rowset " + std::to_string(rowset) +
                        " does not exist in this attempt"};
    const bool derivation =
        std::holds_alternative<Derivation>(attempt_.rowsets[static_cast<std::size_t>(rowset - 1)]);
    if (derivation != (dataset.keyed_by == workflow::KeyedBy::inputs))
        throw Error{ErrorCode::invalid,
                    "dataset '" + dataset.name + "' is keyed by " +
                        (derivation ? "capture: give it the rowset of a capture"
                                    : "inputs: give it the rowset of derived()")};
}

unit::RowSink& SqliteUnit::replace(std::string_view name,
                                   unit::Rowset rowset,
                                   const std::vector<std::string>& columns) {
    const auto& dataset = own_dataset(name);
    check_rowset(dataset, rowset);
    // The second would take the place of the first in silence.
    for (const auto& other : attempt_.replacements)
        if (&other.dataset() == &dataset && is_same_place(attempt_.rowsets[static_cast<std::size_t>(other.rowset() - 1)],
                                                          attempt_.rowsets[static_cast<std::size_t>(rowset - 1)]))
            throw Error{ErrorCode::invalid,
                        "dataset '" + dataset.name + "': the rows of this rowset have an appender already",
                        "give all rows of one dataset and rowset to one appender"};
    std::vector<workflow::Column> chosen;
    for (const auto& column : columns) {
        const auto* found = dataset.find(column);
        if (found == nullptr)
            throw Error{ErrorCode::invalid,
                        "dataset '" + dataset.name + "' has no column '" + column + "'"};
        if (std::any_of(chosen.begin(), chosen.end(), [&](const auto& c) { return c.name == column; }))
            throw Error{ErrorCode::invalid,
                        "dataset '" + dataset.name + "': column '" + column + "' is named twice"};
        chosen.push_back(*found);
    }
    for (const auto& column : dataset.columns)
        if (!column.nullable &&
            std::none_of(chosen.begin(), chosen.end(), [&](const auto& c) { return c == column; }))
            throw Error{ErrorCode::invalid,
                        "dataset '" + dataset.name + "': column '" + column.name +
                            "' is not nullable and was left out"};
    if (chosen.size() > static_cast<std::size_t>(rows_columns_max))
        throw Error{ErrorCode::invalid, "dataset '" + dataset.name + "' has too many columns"};
    attempt_.writes.emplace_back(attempt_.replacements.size());
    return attempt_.replacements.emplace_back(
        dataset, rowset, std::move(chosen), spill_, attempt_.texts);
}

void SqliteUnit::write(std::string_view name,
                       unit::Rowset rowset,
                       unit::WriteKind kind,
                       const std::vector<std::pair<std::string, unit::Value>>& fields) {
    const auto& dataset = own_dataset(name);
    check_rowset(dataset, rowset);
    SmallWrite write{&dataset, rowset, kind, {}};
    for (const auto& [column, value] : fields) {
        if (dataset.find(column) == nullptr)
            throw Error{ErrorCode::invalid,
                        "dataset '" + dataset.name + "' has no column '" + column + "'"};
        SmallWrite::Owned owned;
        if (const auto* text = std::get_if<std::string_view>(&value))
            owned = std::string{*text};
        else if (const auto* integer = std::get_if<std::int64_t>(&value))
            owned = *integer;
        else if (const auto* real = std::get_if<double>(&value))
            owned = *real;
        write.fields.emplace_back(column, std::move(owned));
    }
    for (const auto& key : dataset.key)
        if (std::none_of(fields.begin(), fields.end(), [&](const auto& f) { return f.first == key; }))
            throw Error{ErrorCode::invalid,
                        "dataset '" + dataset.name + "': key column '" + key + "' is missing"};
    attempt_.writes.emplace_back(std::move(write));
}

void SqliteUnit::reject(unit::Reject reject) {
    check_output(reject.output);
    attempt_.rejects.push_back(std::move(reject));
}

void SqliteUnit::check(unit::Check check) {
    check_output(check.output);
    attempt_.checks.push_back(std::move(check));
}

void SqliteUnit::anomaly(unit::Anomaly anomaly) {
    if (anomaly.output)
        check_output(*anomaly.output);
    attempt_.anomalies.push_back(std::move(anomaly));
}

void SqliteUnit::reached(unit::Reached reached) {
    check_output(reached.output);
    if (attempt_.pipeline->stage.empty())
        throw Error{ErrorCode::invalid,
                    "pipeline '" + attempt_.pipeline->name + "' declares no stage to reach"};
    if (reached.rowset < 0 ||
        reached.rowset > static_cast<unit::Rowset>(attempt_.rowsets.size()))
        throw Error{ErrorCode::invalid,
                    "rowset " + std::to_string(reached.rowset) + " does not exist in this attempt"};
    attempt_.reached.push_back(std::move(reached));
}

void SqliteUnit::log(unit::LogLine line) {
    if (!attempt_.rehearsal)
        attempt_.log.add(std::move(line));
}

boost::json::object SqliteUnit::figures() const {
    if (attempt_.pipeline->stage.empty())
        return {};
    std::int64_t rows = 0;
    for (const auto& reached : attempt_.reached)
        rows += reached.row_count;
    const auto failed = std::count_if(attempt_.checks.begin(),
                                      attempt_.checks.end(),
                                      [](const auto& check) { return check.status == "FAIL"; });
    return {{"row_count", rows},
            {"reject_count", attempt_.rejects.size()},
            {"error_count", failed}};
}

unit::Commit SqliteUnit::commit(const unit::Outcome& outcome) {
    if (attempt_.rehearsal)
        return unit::Committed{};
    auto commit = commit_as(outcome);
    tell_commit(place_.log, attempt_, outcome, commit);
    return commit;
}

unit::Commit SqliteUnit::commit_as(const unit::Outcome& outcome) {
    if (attempt_.item_id == 0) {
        auto end = end_of_run_step(place_, attempt_, outcome);
        return place_.writer->transact(end);
    }
    if (const auto* done = std::get_if<unit::Done>(&outcome)) {
        if (auto fault = fault_of_done(attempt_)) {
            auto recorded = commit_failure(place_, attempt_, *fault);
            if (std::holds_alternative<unit::Fenced>(recorded))
                return recorded;
            return unit::Refused{std::move(*fault)};
        }
        return commit_done(place_, attempt_, *done);
    }
    if (const auto* unneeded = std::get_if<unit::Unneeded>(&outcome))
        return commit_unneeded(place_, attempt_, *unneeded);
    return commit_failure(place_, attempt_, std::get<unit::Failure>(outcome));
}

std::variant<unit::Unit::InPlace, unit::Unit::Later, unit::Commit> SqliteUnit::commit_later(const unit::Outcome& outcome, Then then) {
    if (attempt_.rehearsal || attempt_.item_id != 0)
        return InPlace{};
    auto result = std::make_shared<std::optional<unit::Commit>>();
    const bool done = place_.writer->transact_later([end = end_of_run_step(place_, attempt_, outcome), result] { result->emplace(end()); },
                                                    [this, &outcome, result, then = std::move(then)](std::exception_ptr error) {
                                                        if (error) {
                                                            then(std::move(error));
                                                        } else {
                                                            tell_commit(place_.log, attempt_, outcome, **result);
                                                            then(std::move(**result));
                                                        }
                                                    });
    if (done) {
        tell_commit(place_.log, attempt_, outcome, **result);
        return std::move(**result);
    }
    return Later{};
}

} // namespace spine::store
