#include "plugin/incoming_batch.hpp"

#include "error.hpp"
#include "plugin/text.hpp"

#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

namespace spine::plugin {

namespace {

constexpr std::int64_t rows_max = 1'000'000;

[[noreturn]] void wrong(const std::string& message) { throw Error{ErrorCode::usage, message}; }

/// Loads without regard to alignment, which a plugin may get wrong.
template <typename T> T load(const unsigned char* values, std::int64_t row) noexcept {
    T value;
    std::memcpy(&value, values + static_cast<std::size_t>(row) * sizeof(T), sizeof value);
    return value;
}

bool is_valid(const std::uint8_t* valid, std::int64_t row) noexcept {
    return valid == nullptr || ((valid[row >> 3] >> (row & 7)) & 1) != 0;
}

std::int64_t count_valid(const std::uint8_t* valid, std::int64_t rows) noexcept {
    std::int64_t count = 0;
    for (std::int64_t byte = 0; byte < rows / 8; ++byte)
        count += std::popcount(valid[byte]);
    for (auto row = rows / 8 * 8; row < rows; ++row)
        count += is_valid(valid, row) ? 1 : 0;
    return count;
}

/// Ten characters, a day that the calendar has.
bool is_date(std::string_view text) noexcept {
    if (text.size() != 10)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    const auto number = [&](std::size_t at, std::size_t digits) {
        unsigned value = 0;
        for (std::size_t i = at; i < at + digits; ++i)
            value = value * 10 + static_cast<unsigned>(text[i] - '0');
        return value;
    };
    return std::chrono::year_month_day{std::chrono::year{static_cast<int>(number(0, 4))},
                                       std::chrono::month{number(5, 2)},
                                       std::chrono::day{number(8, 2)}}
        .ok();
}

using Kind = IncomingBatch::Kind;
using View = IncomingBatch::View;

Kind kind_of(workflow::Type type) noexcept {
    switch (type) {
    case workflow::Type::boolean:
    case workflow::Type::integer:
        return Kind::integer;
    case workflow::Type::real:
        return Kind::real;
    case workflow::Type::text:
    case workflow::Type::date:
    case workflow::Type::timestamp:
    case workflow::Type::json:
        return Kind::text;
    }
    return Kind::text;
}

std::string_view cell(const View& view, std::int64_t row) noexcept {
    const auto from = load<std::int32_t>(view.values, row);
    const auto to = load<std::int32_t>(view.values, row + 1);
    return {view.text + from, static_cast<std::size_t>(to - from)};
}

void check_text(const View& view,
                const workflow::Column& column,
                std::int64_t rows,
                const std::string& what) {
    auto before = load<std::int32_t>(view.values, 0);
    const auto first = before;
    bool ascends = before >= 0;
    for (std::int64_t row = 1; row <= rows; ++row) {
        const auto offset = load<std::int32_t>(view.values, row);
        ascends = ascends && offset >= before;
        before = offset;
    }
    if (!ascends)
        wrong(what + " has text offsets that are negative or go backward");
    if (before > first && view.text == nullptr)
        wrong(what + " has text without bytes");
    if (before > first && std::memchr(view.text + first, '\0', static_cast<std::size_t>(before - first)) != nullptr)
        for (std::int64_t row = 0; row < rows; ++row)
            if (is_valid(view.valid, row) && cell(view, row).find('\0') != std::string_view::npos)
                wrong(what + " has text in row " + std::to_string(row) + " with a NUL in it");
    // The usual case in one sweep; else cell by cell, so that a character cannot straddle two
    // cells.
    const bool plain =
        before == first || is_ascii({view.text + first, static_cast<std::size_t>(before - first)});
    const bool dates = column.type == workflow::Type::date;
    if (plain && !dates)
        return;
    for (std::int64_t row = 0; row < rows; ++row) {
        if (!is_valid(view.valid, row))
            continue;
        if (!plain && !is_utf8(cell(view, row)))
            wrong(what + " has text in row " + std::to_string(row) + " that is not UTF-8");
        if (dates && !is_date(cell(view, row)))
            wrong(what + " has " + quoted(cell(view, row)) + " in row " + std::to_string(row) +
                  ", which is no date");
    }
}

void check_numbers(const View& view,
                   const workflow::Column& column,
                   std::int64_t rows,
                   const std::string& what) {
    if (view.kind == Kind::real) {
        for (std::int64_t row = 0; row < rows; ++row)
            if (!std::isfinite(load<double>(view.values, row)) && is_valid(view.valid, row))
                wrong(what + " has a number in row " + std::to_string(row) + " that is not finite");
    } else if (column.type == workflow::Type::boolean) {
        for (std::int64_t row = 0; row < rows; ++row)
            if (const auto value = load<std::int64_t>(view.values, row);
                value != 0 && value != 1 && is_valid(view.valid, row))
                wrong(what + " has " + std::to_string(value) + " in row " + std::to_string(row) +
                      ", neither 0 nor 1");
    }
}

View view_of_column(const ArrowArray* array,
                    const workflow::Column& column,
                    std::int64_t rows,
                    const std::string& what) {
    if (array == nullptr)
        wrong(what + " is null");
    if (array->length != rows)
        wrong(what + " has " + std::to_string(array->length) + " rows, the batch has " +
              std::to_string(rows));
    if (array->offset != 0 || array->n_children != 0 || array->dictionary != nullptr)
        wrong(what + " is not a flat column with offset 0");
    View view{kind_of(column.type), nullptr, nullptr, nullptr};
    const std::int64_t buffers = view.kind == Kind::text ? 3 : 2;
    if (array->n_buffers != buffers || array->buffers == nullptr)
        wrong(what + " has " + std::to_string(array->n_buffers) + " buffers, its type " +
              std::string{workflow::to_text(column.type)} + " has " + std::to_string(buffers));
    if (array->null_count < -1 || array->null_count > rows)
        wrong(what + " claims " + std::to_string(array->null_count) + " nulls");
    if (rows == 0)
        return view;
    if (array->null_count != 0)
        view.valid = static_cast<const std::uint8_t*>(array->buffers[0]);
    if (view.valid == nullptr && array->null_count > 0)
        wrong(what + " has nulls but no validity bitmap");
    if (view.valid != nullptr) {
        const auto nulls = rows - count_valid(view.valid, rows);
        if (array->null_count >= 0 && nulls != array->null_count)
            wrong(what + " claims " + std::to_string(array->null_count) + " nulls and has " +
                  std::to_string(nulls));
        if (nulls > 0 && !column.nullable)
            wrong(what + " has nulls but may not be null");
    }
    view.values = static_cast<const unsigned char*>(array->buffers[1]);
    if (view.values == nullptr)
        wrong(what + " has no values");
    if (view.kind == Kind::text) {
        view.text = static_cast<const char*>(array->buffers[2]);
        check_text(view, column, rows, what);
    } else {
        check_numbers(view, column, rows, what);
    }
    return view;
}

} // namespace

bool BatchOwner::release() noexcept {
    auto* batch = batch_;
    batch_ = nullptr;
    if (batch == nullptr || batch->release == nullptr)
        return true;
    try {
        batch->release(batch);
        return true;
    } catch (...) {
        return false;
    }
}

IncomingBatch::IncomingBatch(const ArrowArray& batch, const std::vector<workflow::Column>& columns)
    : rows_{batch.length} {
    if (batch.release == nullptr)
        wrong("the batch has been released");
    if (rows_ < 0 || rows_ > rows_max)
        wrong("the batch has " + std::to_string(rows_) + " rows, 0 to " + std::to_string(rows_max) +
              " are taken");
    if (batch.offset != 0 || batch.null_count > 0 || batch.dictionary != nullptr)
        wrong("the batch is not a plain struct array with offset 0 and no nulls");
    if (batch.n_children != static_cast<std::int64_t>(columns.size()) || batch.children == nullptr)
        wrong("the batch has " + std::to_string(batch.n_children) + " columns, " +
              std::to_string(columns.size()) + " were named");
    views_.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i)
        views_.push_back(view_of_column(
            batch.children[i], columns[i], rows_, "column " + quoted(columns[i].name)));
}

void IncomingBatch::write_to(unit::RowSink& sink) const {
    const auto count = views_.size();
    for (std::int64_t row = 0; row < rows_; ++row) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto& view = views_[i];
            if (!is_valid(view.valid, row))
                sink.null(i);
            else if (view.kind == Kind::integer)
                sink.integer(i, load<std::int64_t>(view.values, row));
            else if (view.kind == Kind::text)
                sink.text(i, cell(view, row));
            else
                sink.real(i, load<double>(view.values, row));
        }
        sink.end_row();
    }
}

} // namespace spine::plugin
