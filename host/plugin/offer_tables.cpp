/// spine.db/1 and spine.append/1
#include "error.hpp"
#include "plugin/run_table.hpp"
#include "plugin/text.hpp"
#include "plugin/values.hpp"

#include <algorithm>
#include <string>

namespace spine::plugin {

namespace {

constexpr std::size_t sql_bytes_max = 65'536;
constexpr std::size_t columns_max = 256;
constexpr std::uint32_t batch_rows_max = 65'536;

template <typename T> const spine_run* run_of(const T* handle) noexcept {
    return handle == nullptr ? nullptr : handle->session->run();
}

spine_status query(const spine_run* run,
                   spine_str sql,
                   const spine_value* values,
                   std::uint32_t value_count,
                   spine_str types,
                   spine_cursor** out) noexcept {
    return serve(run, "db.query", Effect::reads, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        *out = nullptr;
        const auto statement = text_from(sql, "the SQL", sql_bytes_max);
        const auto letters = text_from(types, "types", columns_max);
        if (letters.empty() || letters.find_first_not_of("lgu") != std::string_view::npos)
            throw Error{ErrorCode::usage,
                        "types is " + quoted(letters) +
                            ", one of l, g and u is wanted for each column"};
        if (value_count > fields_max || (value_count > 0 && values == nullptr))
            throw Error{ErrorCode::usage,
                        "values are null, or more than " + std::to_string(fields_max)};
        std::vector<unit::Value> bound;
        bound.reserve(value_count);
        for (std::uint32_t i = 0; i < value_count; ++i)
            bound.push_back(bound_from(values[i]));
        auto cursor = std::make_unique<spine_cursor>();
        cursor->session = &session;
        cursor->types = letters;
        cursor->closed = false;
        cursor->rows = session.unit().query(statement, bound, letters.size());
        *out = session.handles().add(std::move(cursor));
        return SPINE_OK;
    });
}

spine_status next(spine_cursor* cursor, std::uint32_t max_rows, ArrowArray* out) noexcept {
    return serve(run_of(cursor), "db.next", Effect::reads, [&](Session&) {
        if (out == nullptr || max_rows == 0)
            throw Error{ErrorCode::usage, out == nullptr ? "out is null" : "max_rows is 0"};
        if (cursor->closed)
            throw Error{ErrorCode::usage, "the cursor is closed"};
        if (cursor->rows == nullptr)
            cursor->batches.fill_empty(*out, cursor->types);
        else if (!cursor->batches.fill(
                     *out, *cursor->rows, cursor->types, std::min(max_rows, batch_rows_max)))
            cursor->rows.reset(); // the snapshot is not held while the plugin computes
        return SPINE_OK;
    });
}

/// Also after cancellation: a snapshot is let go whenever it can be. Lent batches stay until the
/// call ends.
void close(spine_cursor* cursor) noexcept {
    if (cursor == nullptr ||
        cursor->session->enter("db.close", Effect::reads) == SPINE_INVALID_STATE)
        return;
    cursor->rows.reset();
    cursor->closed = true;
}

spine_status write(const spine_run* run,
                   spine_str dataset,
                   spine_rowset rowset,
                   std::uint32_t kind,
                   const spine_field* fields,
                   std::uint32_t field_count) noexcept {
    return serve(run, "db.write", Effect::writes, [&](Session& session) {
        const auto table = text_from(dataset, "the dataset", 256);
        if (kind < SPINE_WRITE_INSERT || kind > SPINE_WRITE_DELETE)
            throw Error{ErrorCode::usage,
                        "kind " + std::to_string(kind) + " is neither insert, update nor delete"};
        std::vector<std::pair<std::string, unit::Value>> cells;
        for (const auto& field : fields_from(fields, field_count))
            cells.emplace_back(text_from(field.name, "a field's name"), bound_from(field.value));
        session.note_write();
        session.unit().write(table,
                             rowset,
                             kind == SPINE_WRITE_INSERT   ? unit::WriteKind::insert
                             : kind == SPINE_WRITE_UPDATE ? unit::WriteKind::update
                                                          : unit::WriteKind::erase,
                             cells);
        return SPINE_OK;
    });
}

spine_status open(const spine_run* run,
                  spine_str dataset,
                  spine_rowset rowset,
                  spine_str columns,
                  spine_appender** out) noexcept {
    return serve(run, "append.open", Effect::writes, [&](Session& session) {
        if (out == nullptr)
            throw Error{ErrorCode::usage, "out is null"};
        *out = nullptr;
        const auto table = text_from(dataset, "the dataset", 256);
        const auto names = split_bars(text_from(columns, "columns", sql_bytes_max));
        if (names.empty() || names.size() > columns_max)
            throw Error{ErrorCode::usage,
                        std::to_string(names.size()) + " columns, 1 to 256 are wanted"};
        session.note_write();
        auto appender = std::make_unique<spine_appender>();
        appender->session = &session;
        appender->dataset = table;
        appender->rows = &session.unit().replace(table, rowset, names);
        appender->columns = appender->rows->columns();
        appender->row_count = 0;
        appender->finished = false;
        *out = session.handles().add(std::move(appender));
        return SPINE_OK;
    });
}

spine_status push(spine_appender* appender, ArrowArray* batch) noexcept {
    BatchOwner owner{batch}; // whatever happens below, the batch is released once
    return serve(run_of(appender), "append.push", Effect::writes, [&](Session& session) {
        if (batch == nullptr)
            throw Error{ErrorCode::usage, "the batch is null"};
        if (appender->finished)
            throw Error{ErrorCode::usage,
                        "the rows of " + appender->dataset + " were finished before"};
        try {
            const IncomingBatch checked{*batch, appender->columns};
            checked.write_to(*appender->rows);
            appender->row_count += static_cast<std::uint64_t>(checked.rows());
        } catch (const Error& error) {
            if (error.code() != ErrorCode::usage)
                throw;
            throw Error{ErrorCode::usage, "rows for " + appender->dataset + ": " + error.what()};
        }
        if (!owner.release())
            return session.refuse(SPINE_PANIC,
                                  "append.push: the batch's release has thrown an exception");
        return spine_status{SPINE_OK};
    });
}

spine_status finish(spine_appender* appender, std::uint64_t* row_count) noexcept {
    return serve(run_of(appender), "append.finish", Effect::writes, [&](Session&) {
        if (row_count == nullptr)
            throw Error{ErrorCode::usage, "row_count is null"};
        if (appender->finished)
            throw Error{ErrorCode::usage,
                        "the rows of " + appender->dataset + " were finished before"};
        *row_count = appender->rows->finish();
        appender->finished = true;
        return SPINE_OK;
    });
}

} // namespace

const spine_db_1& db_interface() noexcept {
    static constexpr spine_db_1 table{sizeof(spine_db_1), 0, &query, &next, &close, &write};
    return table;
}

const spine_append_1& append_interface() noexcept {
    static constexpr spine_append_1 table{sizeof(spine_append_1), 0, &open, &push, &finish};
    return table;
}

} // namespace spine::plugin
