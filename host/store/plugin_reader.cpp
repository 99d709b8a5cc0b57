#include "store/plugin_reader.hpp"

#include "store/dataset_ddl.hpp"

#include <chrono>
#include <sqlite3.h>

namespace spine::store {

namespace {

constexpr std::chrono::seconds snapshot_max{5};

int authorize(void* context,
              int action,
              const char* first,
              const char* second,
              const char*,
              const char* view) {
    const auto& reader = *static_cast<const PluginReader*>(context);
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_READ:
        if (reader.may_read(view != nullptr ? view : first))
            return SQLITE_OK;
        // A table behind a view of which no column is needed is named without column and without the view.
        if (*second == '\0' && (std::string_view{first}.ends_with("__rows") ||
                                std::string_view{first}.ends_with("__versions")))
            return SQLITE_OK;
        return std::string_view{first} == "json_each" ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return std::string_view{second} == "load_extension" ||
                       std::string_view{second} == "readfile" ||
                       std::string_view{second} == "random" ||
                       std::string_view{second} == "randomblob"
                   ? SQLITE_DENY
                   : SQLITE_OK;
    default: return SQLITE_DENY;
    }
}

/// A running SELECT. Its snapshot ends with it, or when the plugin takes too long between two calls.
class SelectCursor final : public unit::Cursor {
public:
    SelectCursor(env::Clock& clock, Connection& connection, std::string sql)
        : clock_{clock}, connection_{connection},
          statement_{connection.db(), std::move(sql)}, touched_{clock.monotonic()} {}

    SQLite::Statement& statement() noexcept { return statement_; }

    bool next() override {
        if ((++steps_ & 1023) == 0) {
            const auto now = clock_.monotonic();
            if (now - touched_ > snapshot_max)
                throw Error{ErrorCode::unavailable,
                            "a SELECT was left open for more than 5 s",
                            "read the rows first, then compute"};
            touched_ = now;
        }
        return connection_.guarded([&] { return statement_.executeStep(); });
    }
    unit::Cell cell(std::size_t column) override {
        const auto value = statement_.getColumn(static_cast<int>(column));
        unit::Cell cell;
        switch (value.getType()) {
        case SQLITE_INTEGER:
            cell.kind = unit::CellKind::integer;
            cell.integer = value.getInt64();
            break;
        case SQLITE_FLOAT:
            cell.kind = unit::CellKind::real;
            cell.real = value.getDouble();
            break;
        case SQLITE_NULL: break;
        default:
            cell.kind = unit::CellKind::text;
            cell.text = {value.getText(), static_cast<std::size_t>(value.getBytes())};
        }
        return cell;
    }

private:
    env::Clock& clock_;
    Connection& connection_;
    SQLite::Statement statement_;
    std::chrono::nanoseconds touched_;
    unsigned steps_ = 0;
};

void bind(SQLite::Statement& statement, int index, const unit::Value& value) {
    struct {
        SQLite::Statement& statement;
        int index;
        void operator()(std::monostate) const { statement.bind(index); }
        void operator()(std::int64_t number) const { statement.bind(index, number); }
        void operator()(double number) const { statement.bind(index, number); }
        void operator()(std::string_view text) const { statement.bind(index, std::string{text}); }
    } binder{statement, index};
    std::visit(binder, value);
}

} // namespace

PluginReader::PluginReader(env::Clock& clock,
                           const std::string& path,
                           const workflow::Catalogue& catalogue)
    : clock_{clock}, connection_{path, Connection::Mode::read},
      readable_{"core_captures",
                "core_partitions",
                "core_manifest",
                "core_derivations",
                "core_derivation_inputs"} {
    for (const auto& dataset : catalogue.datasets()) {
        readable_.insert(dataset.name);
        readable_.insert(dataset.name + "_latest");
    }
    for (const auto& plugin : catalogue.plugins)
        for (const auto& migration : plugin.migrations)
            for (const auto& step : migration.steps)
                if (step.kind == workflow::MigrationStep::Kind::create_view)
                    readable_.insert(step.name);
    sqlite3_set_authorizer(connection_.raw(), authorize, this);
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
    std::unique_ptr<SelectCursor> cursor;
    try {
        cursor = std::make_unique<SelectCursor>(clock_, connection_, std::string{sql});
    } catch (const SQLite::Exception& error) {
        if (error.getErrorCode() == SQLITE_ERROR || error.getErrorCode() == SQLITE_AUTH)
            throw refuse(error.what());
        throw translated(error, connection_.path());
    }
    auto& statement = cursor->statement();
    if (statement.getColumnCount() != static_cast<int>(columns))
        throw refuse("it gives " + std::to_string(statement.getColumnCount()) + " columns, " +
                     std::to_string(columns) + " are asked for");
    if (statement.getBindParameterCount() != static_cast<int>(values.size()))
        throw refuse("it has " + std::to_string(statement.getBindParameterCount()) +
                     " parameters, " + std::to_string(values.size()) + " values are given");
    connection_.guarded([&] {
        for (std::size_t i = 0; i < values.size(); ++i)
            bind(statement, static_cast<int>(i + 1), values[i]);
    });
    return cursor;
}

} // namespace spine::store
