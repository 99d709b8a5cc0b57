/// Part of the C++ layer: rows in batches, out of a SELECT and into a dataset. Include `spine/plugin.hpp`.
#pragma once

#include "spine/values.hpp"

#include <array>
#include <limits>
#include <memory>
#include <tuple>

namespace spine {
inline namespace sdk_1 {

namespace detail {

template <typename T> struct Cell;
template <> struct Cell<std::int64_t> {
    static constexpr char letter = 'l';
    static std::int64_t read(const ArrowArray& column, std::int64_t row) noexcept {
        return static_cast<const std::int64_t*>(column.buffers[1])[row];
    }
};
template <> struct Cell<bool> {
    static constexpr char letter = 'l';
    static bool read(const ArrowArray& column, std::int64_t row) noexcept {
        return Cell<std::int64_t>::read(column, row) != 0;
    }
};
template <> struct Cell<double> {
    static constexpr char letter = 'g';
    static double read(const ArrowArray& column, std::int64_t row) noexcept {
        return static_cast<const double*>(column.buffers[1])[row];
    }
};
template <> struct Cell<std::string_view> {
    static constexpr char letter = 'u';
    static std::string_view read(const ArrowArray& column, std::int64_t row) noexcept {
        const auto* offsets = static_cast<const std::int32_t*>(column.buffers[1]);
        const auto* bytes = static_cast<const char*>(column.buffers[2]);
        return {bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])};
    }
};
template <typename T> struct Cell<std::optional<T>> {
    static constexpr char letter = Cell<T>::letter;
    static std::optional<T> read(const ArrowArray& column, std::int64_t row) noexcept {
        const auto* valid = static_cast<const std::uint8_t*>(column.buffers[0]);
        if (valid != nullptr && ((valid[row >> 3] >> (row & 7)) & 1) == 0)
            return std::nullopt;
        return Cell<T>::read(column, row);
    }
};

/// One column of a batch that is being filled.
class ColumnBuffer {
public:
    void put(std::int64_t number) { integers_.push_back(number), valid_.push_back(1); }
    void put(bool flag) { put(static_cast<std::int64_t>(flag ? 1 : 0)); }
    void put(double number) { reals_.push_back(number), valid_.push_back(1); }
    void put(std::string_view text) {
        if (offsets_.empty())
            offsets_.push_back(0);
        if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - bytes_.size())
            throw Error{SPINE_RESOURCE, "a batch's text column exceeds 2 GiB"};
        bytes_.append(text);
        offsets_.push_back(static_cast<std::int32_t>(bytes_.size()));
        valid_.push_back(1);
    }
    template <typename T> void put(const std::optional<T>& maybe) {
        put(maybe ? *maybe : T{});
        if (!maybe)
            valid_.back() = 0, ++nulls_;
    }
    std::size_t text_bytes() const noexcept { return bytes_.size(); }

private:
    friend class Batch;
    std::vector<std::int64_t> integers_;
    std::vector<double> reals_;
    std::vector<std::int32_t> offsets_;
    std::string bytes_;
    std::vector<std::uint8_t> valid_; // one byte a row; packed when the batch is handed over
    std::vector<std::uint8_t> bits_;
    std::int64_t nulls_ = 0;
    std::array<const void*, 3> buffers_{};
    ArrowArray array_{};
};

/// A batch with its memory, handed to the host as one Arrow struct array that owns it.
class Batch {
public:
    explicit Batch(std::size_t count) : columns(count) {}
    std::vector<ColumnBuffer> columns;
    std::int64_t rows = 0;

    static ArrowArray release_to_host(Batch* batch, std::string_view letters) {
        ArrowArray out{};
        for (std::size_t i = 0; i < batch->columns.size(); ++i) {
            auto& column = batch->columns[i];
            column.bits_.assign(static_cast<std::size_t>((batch->rows + 7) / 8), 0);
            if (column.nulls_ > 0)
                for (std::size_t row = 0; row < column.valid_.size(); ++row)
                    if (column.valid_[row] != 0)
                        column.bits_[row >> 3] = static_cast<std::uint8_t>(column.bits_[row >> 3] | (1u << (row & 7)));
            auto& array = column.array_;
            array.length = batch->rows;
            array.null_count = column.nulls_;
            column.buffers_[0] = column.nulls_ > 0 ? column.bits_.data() : nullptr;
            array.n_buffers = 2;
            if (letters[i] == 'l')
                column.buffers_[1] = column.integers_.data();
            else if (letters[i] == 'g')
                column.buffers_[1] = column.reals_.data();
            else {
                array.n_buffers = 3;
                column.buffers_[1] = column.offsets_.data();
                column.buffers_[2] = column.bytes_.data();
            }
            array.buffers = column.buffers_.data();
            array.release = [](ArrowArray* child) { child->release = nullptr; }; // the struct array owns the memory
            batch->children_.push_back(&array);
        }
        out.length = batch->rows;
        out.n_buffers = 1;
        out.buffers = batch->no_buffer_.data();
        out.n_children = static_cast<std::int64_t>(batch->columns.size());
        out.children = batch->children_.data();
        out.private_data = batch;
        out.release = [](ArrowArray* array) {
            delete static_cast<Batch*>(array->private_data); // made by new in Appender: Arrow's release owns it
            array->release = nullptr;
        };
        return out;
    }

private:
    std::vector<ArrowArray*> children_;
    std::array<const void*, 1> no_buffer_{};
};

} // namespace detail

/// Rows on their way into a dataset: `rows.add(symbol, shares)`, then `finish()`.
template <typename... Columns> class Appender {
public:
    Appender(const spine_append_1* api, spine_appender* appender) noexcept : api_{api}, appender_{appender} {}
    Appender(Appender&& other) noexcept = default;

    void add(const Columns&... cells) {
        if (!batch_)
            batch_.reset(new detail::Batch{sizeof...(Columns)}); // owned by the Arrow release once pushed
        put(std::index_sequence_for<Columns...>{}, cells...);
        if (++batch_->rows == rows_per_batch)
            flush();
    }
    /// The rows are whole; returns how many there are. Without it the attempt cannot commit.
    std::uint64_t finish() {
        flush();
        std::uint64_t count = 0;
        require(api_->finish(appender_, &count));
        return count;
    }

private:
    static constexpr std::int64_t rows_per_batch = 4096;
    static constexpr char letters[sizeof...(Columns) + 1] = {detail::Cell<Columns>::letter..., '\0'};

    template <std::size_t... I> void put(std::index_sequence<I...>, const Columns&... cells) {
        (batch_->columns[I].put(cells), ...);
    }
    void flush() {
        if (!batch_)
            return;
        ArrowArray array = detail::Batch::release_to_host(batch_.get(), letters);
        static_cast<void>(batch_.release());
        require(api_->push(appender_, &array));
    }
    const spine_append_1* api_;
    spine_appender* appender_;
    std::unique_ptr<detail::Batch> batch_;
};

/// The rows of a SELECT: `for (auto [symbol, shares] : attempt.select<std::string_view, std::int64_t>("SELECT …", seq))`.
/// Texts are valid until the next row is taken.
template <typename... Columns> class Selection {
public:
    Selection(const spine_db_1* api, spine_cursor* cursor) : api_{api}, cursor_{cursor} { fetch(); }
    Selection(const Selection&) = delete;
    Selection& operator=(const Selection&) = delete;
    ~Selection() {
        release();
        api_->close(cursor_);
    }

    struct End {};
    class Iterator {
    public:
        explicit Iterator(Selection* selection) noexcept : selection_{selection} {}
        std::tuple<Columns...> operator*() const { return selection_->row(std::index_sequence_for<Columns...>{}); }
        Iterator& operator++() {
            if (++selection_->at_ == selection_->batch_.length)
                selection_->fetch();
            return *this;
        }
        bool operator!=(End) const noexcept { return selection_->batch_.length != 0; }

    private:
        Selection* selection_;
    };
    Iterator begin() noexcept { return Iterator{this}; }
    End end() const noexcept { return {}; }

private:
    friend class Iterator;
    template <std::size_t... I> std::tuple<Columns...> row(std::index_sequence<I...>) const {
        return {detail::Cell<Columns>::read(*batch_.children[I], at_)...};
    }
    void fetch() {
        release();
        at_ = 0;
        require(api_->next(cursor_, 4096, &batch_));
    }
    void release() noexcept {
        if (batch_.release != nullptr)
            batch_.release(&batch_);
        batch_ = ArrowArray{};
    }
    const spine_db_1* api_;
    spine_cursor* cursor_;
    ArrowArray batch_{};
    std::int64_t at_ = 0;
};

} // namespace sdk_1
} // namespace spine
