#include "store/refused_row.hpp"

#include "workflow/json.hpp"

#include <algorithm>
#include <array>
#include <sqlite3.h>
#include <variant>

namespace spine::store {

namespace {

constexpr std::size_t shown_bytes_max = 80;
constexpr const char* hint = "the plugin must reject such rows, or not give them";

/// How columns are called that say where in its source a row stood.
constexpr std::array<std::string_view, 3> line_columns{"line_number", "line", "source_line"};

/// A cell as people read it.
struct Shown {
    const workflow::Column* column = nullptr;
    unit::CellKind kind = unit::CellKind::null;
    std::string text;
};

std::string cut(std::string_view text) {
    const bool whole = text.size() <= shown_bytes_max;
    return workflow::json_text(boost::json::string{whole ? text : text.substr(0, shown_bytes_max)}) + (whole ? "" : "…");
}

Shown shown(const Replacement& rows, const unit::RowReader& at, std::size_t column) {
    const auto& cell = at.cell(column);
    Shown out{&rows.columns()[column], cell.kind, {}};
    switch (cell.kind) {
    case unit::CellKind::null: out.text = "null"; break;
    case unit::CellKind::integer:
        if (out.column->repeated) {
            out.kind = unit::CellKind::text;
            out.text = cut(rows.text_of(cell.integer));
        } else {
            out.text = std::to_string(cell.integer);
        }
        break;
    case unit::CellKind::real: out.text = workflow::json_text(cell.real); break;
    case unit::CellKind::text: out.text = cut(cell.text); break;
    }
    return out;
}

Shown shown(const workflow::Column& column, const SmallWrite::Owned& value) {
    if (const auto* text = std::get_if<std::string>(&value))
        return {&column, unit::CellKind::text, cut(*text)};
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        return {&column, unit::CellKind::integer, std::to_string(*integer)};
    if (const auto* real = std::get_if<double>(&value))
        return {&column, unit::CellKind::real, workflow::json_text(*real)};
    return {&column, unit::CellKind::null, "null"};
}

std::vector<Shown> shown(const SmallWrite& write) {
    std::vector<Shown> row;
    for (const auto& [name, value] : write.fields)
        row.push_back(shown(*write.dataset->find(name), value));
    return row;
}

bool is_key(const workflow::Dataset& dataset, const std::string& column) {
    return std::find(dataset.key.begin(), dataset.key.end(), column) != dataset.key.end();
}

/// Its key, and the line that it came from where it tells that.
std::string name_of(const workflow::Dataset& dataset, const std::vector<Shown>& row) {
    std::string name;
    const auto add = [&](const Shown& cell) { name += (name.empty() ? "" : ", ") + cell.column->name + "=" + cell.text; };
    for (const auto& cell : row)
        if (is_key(dataset, cell.column->name))
            add(cell);
    for (const auto line : line_columns)
        for (const auto& cell : row)
            if (cell.column->name == line && !is_key(dataset, cell.column->name)) {
                add(cell);
                return name;
            }
    return name;
}

const char* takes(workflow::Type type) {
    switch (type) {
    case workflow::Type::boolean: return "0 and 1";
    case workflow::Type::integer: return "integers";
    case workflow::Type::real: return "numbers";
    default: return "texts";
    }
}

bool fits(const Shown& cell) {
    switch (cell.column->type) {
    case workflow::Type::boolean:
    case workflow::Type::integer: return cell.kind == unit::CellKind::integer;
    case workflow::Type::real: return cell.kind == unit::CellKind::integer || cell.kind == unit::CellKind::real;
    default: return cell.kind == unit::CellKind::text;
    }
}

/// A fault of the row alone, whatever others there are.
std::string fault_of(const std::vector<Shown>& row) {
    for (const auto& cell : row) {
        if (cell.kind == unit::CellKind::null && !cell.column->nullable)
            return "has no value in column '" + cell.column->name + "', which may not be null";
        if (cell.kind != unit::CellKind::null && !fits(cell))
            return "has " + cell.text + " in column '" + cell.column->name + "', which takes " + takes(cell.column->type);
    }
    return {};
}

bool is_of_key(int code) { return code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE; }

Error refused(const workflow::Dataset& dataset, const std::string& message) {
    return {ErrorCode::bad_data, "dataset '" + dataset.name + "': " + message, hint};
}

} // namespace

Error refused_row(const Replacement& rows, const unit::RowReader& at, int code) {
    const auto& dataset = rows.dataset();
    std::vector<Shown> row;
    for (std::size_t i = 0; i < rows.columns().size(); ++i)
        row.push_back(shown(rows, at, i));
    const auto name = name_of(dataset, row);
    if (!is_of_key(code)) {
        const auto fault = fault_of(row);
        return refused(dataset, "the row " + name + " " + (fault.empty() ? "is refused by its table" : fault));
    }
    // The first of the two is read again: the statement that met the second has undone it.
    unit::RowReader again{rows.rows(), rows.columns().size()};
    while (again.next()) {
        std::vector<Shown> other;
        bool same = true;
        for (std::size_t i = 0; i < row.size(); ++i) {
            other.push_back(shown(rows, again, i));
            same = same && (!is_key(dataset, row[i].column->name) || other.back().text == row[i].text);
        }
        if (!same)
            continue;
        const auto first = name_of(dataset, other);
        return refused(dataset, "two rows have one key: " + (first == name ? name : first + " and " + name));
    }
    return refused(dataset, "two rows have one key: " + name);
}

Error refused_row(const SmallWrite& write, int code) {
    const auto row = shown(write);
    const auto name = name_of(*write.dataset, row);
    if (is_of_key(code))
        return refused(*write.dataset, "a row with the key " + name + " is there already");
    auto fault = fault_of(row);
    for (const auto& column : write.dataset->columns)
        if (fault.empty() && !column.nullable &&
            std::none_of(write.fields.begin(), write.fields.end(), [&](const auto& field) { return field.first == column.name; }))
            fault = "has no value in column '" + column.name + "', which may not be null";
    return refused(*write.dataset, "the row " + name + " " + (fault.empty() ? "is refused by its table" : fault));
}

Error met_no_row(const SmallWrite& write) {
    std::vector<Shown> key;
    for (auto& cell : shown(write))
        if (is_key(*write.dataset, cell.column->name))
            key.push_back(std::move(cell));
    return {ErrorCode::bad_data,
            "dataset '" + write.dataset->name + "': " + (write.kind == unit::WriteKind::update ? "an update" : "a delete") +
                " meets no row: none has the key " + name_of(*write.dataset, key),
            "the plugin must insert the row, or leave it alone"};
}

} // namespace spine::store
