#include "store/sql_gate.hpp"

#include "store/dataset_ddl.hpp"
#include "workflow/sql_text.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <sqlite3.h>

namespace spine::store {

namespace {

/// What SQLite 3.40 has built in, without what tells of the machine, the connection, chance or the clock.
constexpr auto functions = std::to_array<std::string_view>({
    // operators that are functions, and what compares
    "->", "->>", "glob", "like", "likelihood", "likely", "unlikely",
    // of one row
    "abs", "char", "coalesce", "format", "hex", "ifnull", "iif", "instr", "length", "lower", "ltrim", "nullif", "printf",
    "quote", "replace", "round", "rtrim", "sign", "substr", "substring", "trim", "typeof", "unicode", "upper",
    // numbers
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh", "degrees", "exp", "floor",
    "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
    // times, as `workflow::sql_form_fault` lets them be asked
    "date", "datetime", "julianday", "strftime", "time", "unixepoch",
    // of many rows
    "avg", "count", "group_concat", "max", "min", "sum", "total",
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank", "rank",
    "row_number",
    // JSON
    "json", "json_array", "json_array_length", "json_extract", "json_group_array", "json_group_object",
    "json_insert", "json_object", "json_patch", "json_quote", "json_remove", "json_replace", "json_set", "json_type",
    "json_valid",
    // the host's own: it is there only on connections whose datasets' views use it
    "spine_text"});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lowered(std::string_view text) {
    std::string made{text};
    std::transform(made.begin(), made.end(), made.begin(), lower);
    return made;
}

int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_READ: // a name without a column may be written in any case
        return lowered(first).starts_with("sqlite_") ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_FUNCTION:
        return std::find(functions.begin(), functions.end(), lowered(second)) != functions.end() ? SQLITE_OK : SQLITE_DENY;
    default: return SQLITE_DENY;
    }
}

std::string in_quotes(const std::string& name) {
    std::string made = "\"";
    for (const char c : name)
        made += c == '"' ? std::string{"\"\""} : std::string(1, c);
    return made + '"';
}

struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

Statement prepared(sqlite3* db, std::string_view sql, int& rc, std::string_view& rest) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = sql.data();
    rc = sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, &tail);
    rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
    return Statement{statement};
}

/// The functions that are tables are made known before making tables is forbidden, and the others taken away.
void keep_json_tables(Connection& connection) {
    std::array<const char*, 3> kept{"json_each", "json_tree", nullptr};
    sqlite3_drop_modules(connection.raw(), kept.data());
    connection.exec("SELECT 1 FROM json_each('[]'), json_tree('[]')");
}

} // namespace

namespace {

constexpr auto core_read_models = std::to_array<std::string_view>(
    {"core_captures", "core_partitions", "core_manifest", "core_derivations", "core_derivation_inputs"});

template <typename OfDataset>
std::vector<Readable> readable(const workflow::Catalogue& catalogue, const OfDataset& names_of_dataset) {
    std::vector<Readable> found;
    for (const auto name : core_read_models)
        found.push_back({std::string{name}, {}});
    for (const auto& plugin : catalogue.plugins)
        for (const auto& dataset : workflow::fold(plugin.migrations))
            for (auto& name : names_of_dataset(plugin, dataset))
                found.push_back({std::move(name), {}});
    for (const auto& plugin : catalogue.plugins)
        for (auto& view : workflow::views(plugin.migrations))
            found.push_back({std::move(view.name), std::move(view.sql)});
    return found;
}

} // namespace

std::vector<Readable> readable_of(const workflow::Catalogue& catalogue) {
    return readable(catalogue, [](const auto&, const auto& dataset) { return views_of(dataset.name); });
}

std::vector<Readable> readable_by_views_of(const workflow::Plugin& plugin, const workflow::Catalogue& catalogue) {
    return readable(catalogue, [&](const auto& owner, const auto& dataset) {
        return owner.id == plugin.id ? views_of(dataset.name) : std::vector{latest_view(dataset.name)};
    });
}

std::vector<std::string> columns_of(Connection& connection, const std::string& name) {
    int rc = SQLITE_OK;
    std::string_view rest;
    const auto statement = prepared(connection.raw(), "SELECT * FROM " + in_quotes(name) + " LIMIT 0", rc, rest);
    std::vector<std::string> columns;
    for (int i = 0; statement != nullptr && i < sqlite3_column_count(statement.get()); ++i)
        columns.emplace_back(sqlite3_column_name(statement.get(), i));
    return columns;
}

void only_let_read(Connection& connection) {
    connection.exec("SELECT 1 FROM json_each('[]'), json_tree('[]')");
    constexpr int value_bytes_max = 64 << 20;
    sqlite3_limit(connection.raw(), SQLITE_LIMIT_LENGTH, value_bytes_max);
    sqlite3_limit(connection.raw(), SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_set_authorizer(connection.raw(), authorize, nullptr);
}

SqlGate::SqlGate(Columns columns_of) : columns_of_{std::move(columns_of)}, empty_{":memory:", Connection::Mode::create} {
    keep_json_tables(empty_);
    for (const auto& [limit, most] : {std::pair{SQLITE_LIMIT_SQL_LENGTH, 65'536},
                                      {SQLITE_LIMIT_COLUMN, 500},
                                      {SQLITE_LIMIT_EXPR_DEPTH, 200},
                                      {SQLITE_LIMIT_COMPOUND_SELECT, 100},
                                      {SQLITE_LIMIT_FUNCTION_ARG, 100},
                                      {SQLITE_LIMIT_ATTACHED, 0},
                                      {SQLITE_LIMIT_VARIABLE_NUMBER, 1'000}})
        sqlite3_limit(empty_.raw(), limit, most);
}

void SqlGate::let_read(const std::string& name, std::string_view sql) {
    readable_[name] = {std::string{sql}, 0, 0};
    forget(name);
}

void SqlGate::forget(const std::string& name) {
    if (declared_.erase(name) == 0)
        return;
    sqlite3_set_authorizer(empty_.raw(), nullptr, nullptr);
    empty_.exec("DROP TABLE " + in_quotes(name));
}

void SqlGate::declare(const std::string& name) {
    if (!readable_.contains(name) || declared_.contains(name))
        return;
    std::string columns;
    for (const auto& column : columns_of_(name))
        columns += (columns.empty() ? "" : ", ") + in_quotes(column);
    if (columns.empty())
        return;
    sqlite3_set_authorizer(empty_.raw(), nullptr, nullptr);
    empty_.exec("CREATE TABLE " + in_quotes(name) + " (" + columns + ")");
    declared_.insert(name);
}

std::uint64_t SqlGate::weight_of(std::string_view sql) {
    return workflow::sql_weight(workflow::sql_tokens(sql), [&](const std::string& inner) -> std::uint64_t {
        const auto found = readable_.find(inner);
        if (found == readable_.end())
            return 0;
        auto& name = found->second;
        if (name.weight == 0) {
            name.weight = 2; // a dataset's view; also stands for a view while it is being weighed
            if (!name.sql.empty())
                name.weight = weight_of(name.sql);
        }
        return name.weight;
    });
}

std::uint64_t SqlGate::spread_of(std::string_view sql) {
    return workflow::sql_spread(workflow::sql_tokens(sql), [&](const std::string& inner) -> std::uint64_t {
        const auto found = readable_.find(inner);
        if (found == readable_.end())
            return 0;
        auto& name = found->second;
        if (name.spread == 0) {
            name.spread = 1; // also stands for a view while it is being measured
            if (!name.sql.empty())
                name.spread = spread_of(name.sql);
        }
        return name.spread;
    });
}

std::optional<std::string> SqlGate::fault(std::string_view sql, Parameters parameters) {
    if (auto found = workflow::sql_form_fault(sql))
        return found;
    const auto tokens = workflow::sql_tokens(sql);
    const auto weight = weight_of(sql);
    if (weight > workflow::sql_weight_max)
        return "its names stand for each other more than " + std::to_string(workflow::sql_weight_max) + " times over";
    if (spread_of(sql) > workflow::sql_spread_max)
        return "what its subqueries compute would be spelled out more than " + std::to_string(workflow::sql_spread_max) + " times over";
    for (const auto& token : tokens)
        if (token.kind != workflow::SqlToken::Kind::other)
            declare(token.text);

    sqlite3_set_authorizer(empty_.raw(), authorize, nullptr);
    int rc = SQLITE_OK;
    std::string_view rest;
    const auto statement = prepared(empty_.raw(), sql, rc, rest);
    if (rc == SQLITE_NOMEM)
        throw translated(SQLite::Exception{empty_.raw(), rc}, "in memory");
    if (rc != SQLITE_OK)
        return sqlite3_errmsg(empty_.raw());
    if (statement == nullptr || sqlite3_stmt_readonly(statement.get()) == 0 || sqlite3_stmt_isexplain(statement.get()) != 0)
        return "it is no SELECT";
    if (!workflow::sql_tokens(rest).empty())
        return "something stands behind its first statement";
    if (parameters == Parameters::none && sqlite3_bind_parameter_count(statement.get()) != 0)
        return "it has parameters";
    return std::nullopt;
}

} // namespace spine::store
