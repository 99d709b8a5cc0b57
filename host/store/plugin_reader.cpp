#include "store/plugin_reader.hpp"

#include "process/guests.hpp"
#include "store/dataset_ddl.hpp"

#include <algorithm>
#include <chrono>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace spine::store {

namespace {

constexpr std::chrono::seconds snapshot_max{5};
/// Between two questions whether to go on: some tens of microseconds.
constexpr int operations_between = 4000;

int stop_asked(void*) { return process::should_stop() ? 1 : 0; }

/// A running SELECT, on SQLite's own interface: this is read cell by cell, a hundred thousand rows at a time.
class SelectCursor final : public unit::Cursor {
public:
    SelectCursor(env::Clock& clock, sqlite3* db, std::string path, sqlite3_stmt* statement)
        : clock_{clock}, db_{db}, path_{std::move(path)}, statement_{statement},
          touched_{clock.monotonic()} {}
    ~SelectCursor() override { sqlite3_finalize(statement_); }
    SelectCursor(const SelectCursor&) = delete;
    SelectCursor& operator=(const SelectCursor&) = delete;

    bool next() override {
        if ((++steps_ & 1023) == 0) {
            const auto now = clock_.monotonic();
            if (now - touched_ > snapshot_max)
                throw Error{ErrorCode::unavailable,
                            "a SELECT was left open for more than 5 s",
                            "read the rows first, then compute"};
            touched_ = now;
        }
        const int rc = sqlite3_step(statement_);
        if (rc == SQLITE_ROW)
            return true;
        if (rc != SQLITE_DONE)
            throw translated(SQLite::Exception{db_, rc}, path_);
        return false;
    }
    unit::Cell cell(std::size_t column) override {
        const auto at = static_cast<int>(column);
        unit::Cell cell;
        switch (sqlite3_column_type(statement_, at)) {
        case SQLITE_INTEGER:
            cell.kind = unit::CellKind::integer;
            cell.integer = sqlite3_column_int64(statement_, at);
            break;
        case SQLITE_FLOAT:
            cell.kind = unit::CellKind::real;
            cell.real = sqlite3_column_double(statement_, at);
            break;
        case SQLITE_NULL: break;
        default: {
            cell.kind = unit::CellKind::text;
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, at));
            cell.text = {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, at))};
        }
        }
        return cell;
    }

private:
    env::Clock& clock_;
    sqlite3* db_;
    std::string path_;
    sqlite3_stmt* statement_;
    std::chrono::nanoseconds touched_;
    unsigned steps_ = 0;
};

/// Texts stay where they are until the statement ends: they are the attempt's.
void bind(sqlite3_stmt* statement, int index, const unit::Value& value) {
    struct {
        sqlite3_stmt* statement;
        int index;
        int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
        int operator()(std::int64_t number) const {
            return sqlite3_bind_int64(statement, index, number);
        }
        int operator()(double number) const {
            return sqlite3_bind_double(statement, index, number);
        }
        int operator()(std::string_view text) const {
            return sqlite3_bind_text64(
                statement, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        }
    } binder{statement, index};
    if (std::visit(binder, value) != SQLITE_OK)
        throw Error{ErrorCode::internal, "cannot bind value " + std::to_string(index)};
}

/// spine_text(id): the text of a repeated column, from memory after the first time.
void text_of_id(sqlite3_context* context, int, sqlite3_value** arguments) {
    auto& texts = *static_cast<TextCache*>(sqlite3_user_data(context));
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL)
        return sqlite3_result_null(context);
    try {
        const auto* text = texts.find(sqlite3_value_int64(arguments[0]));
        if (text == nullptr)
            return sqlite3_result_null(context);
        sqlite3_result_text64(context, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

} // namespace

const std::string* TextCache::find(std::int64_t id) {
    if (id < 0)
        return nullptr;
    if (static_cast<std::size_t>(id) >= known_.size())
        known_.resize(static_cast<std::size_t>(id) + 1);
    auto& slot = known_[static_cast<std::size_t>(id)];
    if (!slot)
        slot = connection_.guarded([&]() -> std::unique_ptr<std::string> {
            auto& row = connection_.prepared("SELECT text FROM core_texts WHERE text_id = ?");
            row.bind(1, id);
            auto text = row.executeStep()
                            ? std::make_unique<std::string>(row.getColumn(0).getString())
                            : nullptr;
            row.reset();
            return text;
        });
    return slot.get();
}

PluginReader::PluginReader(env::Clock& clock,
                           const std::string& path,
                           const workflow::Catalogue& catalogue)
    : clock_{clock}, connection_{path, Connection::Mode::read},
      texts_connection_{path, Connection::Mode::read}, texts_{texts_connection_},
      gate_{[this](const std::string& name) { return columns_of(connection_, name); }} {
    // Views of this connection alone hide the stored ones: they take repeated texts from memory, not row by row from the
    // table of texts.
    sqlite3_create_function_v2(connection_.raw(),
                               "spine_text",
                               1,
                               SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                               &texts_,
                               text_of_id,
                               nullptr,
                               nullptr,
                               nullptr);
    for (const auto& dataset : catalogue.datasets())
        if (std::any_of(dataset.columns.begin(), dataset.columns.end(), [](const auto& column) {
                return column.repeated;
            }))
            connection_.exec(fast_view_sql(dataset));
    for (const auto& readable : readable_of(catalogue))
        gate_.let_read(readable.name, readable.sql);
    only_let_read(connection_);
    sqlite3_progress_handler(connection_.raw(), operations_between, stop_asked, nullptr);
}

PluginReader::~PluginReader() { sqlite3_set_authorizer(connection_.raw(), nullptr, nullptr); }

std::unique_ptr<unit::Cursor> PluginReader::query(std::string_view sql,
                                                  std::span<const unit::Value> values,
                                                  std::size_t columns) {
    const auto refuse = [&](const std::string& why) {
        return Error{ErrorCode::invalid,
                     "SELECT refused: " + why + ": " + std::string{sql.substr(0, 200)},
                     "a plugin reads its own datasets and views, declared views of others, and the "
                     "core's captures, partitions and manifest"};
    };
    if (const auto fault = gate_.fault(sql, SqlGate::Parameters::allowed))
        throw refuse(*fault);
    sqlite3_stmt* statement = nullptr;
    const int rc = sqlite3_prepare_v2(
        connection_.raw(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (rc == SQLITE_ERROR || rc == SQLITE_AUTH)
        throw refuse(sqlite3_errmsg(connection_.raw()));
    if (rc != SQLITE_OK)
        throw translated(SQLite::Exception{connection_.raw(), rc}, connection_.path());
    if (statement == nullptr)
        throw refuse("it is empty");
    auto cursor = std::make_unique<SelectCursor>(
        clock_, connection_.raw(), connection_.path(), statement);
    if (sqlite3_column_count(statement) != static_cast<int>(columns))
        throw refuse("it gives " + std::to_string(sqlite3_column_count(statement)) + " columns, " +
                     std::to_string(columns) + " are asked for");
    if (sqlite3_bind_parameter_count(statement) != static_cast<int>(values.size()))
        throw refuse("it has " + std::to_string(sqlite3_bind_parameter_count(statement)) +
                     " parameters, " + std::to_string(values.size()) + " values are given");
    for (std::size_t i = 0; i < values.size(); ++i)
        bind(statement, static_cast<int>(i + 1), values[i]);
    return cursor;
}

} // namespace spine::store
