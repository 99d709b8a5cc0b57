#include "plugin/outgoing_batch.hpp"

#include "error.hpp"

#include <array>
#include <cstddef>
#include <limits>

namespace spine::plugin {

namespace {
/// A batch ends early when its texts have grown to this, so that no offset overflows and memory
/// stays small.
constexpr std::size_t text_bytes_max = std::size_t{32} << 20;
} // namespace

/// One column's memory. Numbers stand in `integers` or `reals`; texts in `bytes`, cut by `offsets`.
struct OutgoingColumn {
    char letter = 'l';
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
    std::vector<std::int32_t> offsets;
    std::string bytes;
    std::vector<std::uint8_t> valid;
    std::int64_t nulls = 0;
    std::array<const void*, 3> buffers{};
    ArrowArray array{};

    void clear() {
        integers.clear();
        reals.clear();
        offsets.assign(1, 0);
        bytes.clear();
        valid.clear();
        nulls = 0;
    }
    void add(const unit::Cell& cell, std::size_t row, std::size_t index) {
        if ((row & 7) == 0)
            valid.push_back(0xff);
        if (cell.kind == unit::CellKind::null) {
            valid[row >> 3] = static_cast<std::uint8_t>(valid[row >> 3] & ~(1u << (row & 7)));
            ++nulls;
        }
        if (letter == 'l')
            integers.push_back(number(cell, index));
        else if (letter == 'g')
            reals.push_back(real(cell, index));
        else
            text(cell, index);
    }
    void seal(std::int64_t rows) {
        array = ArrowArray{};
        array.length = rows;
        array.null_count = nulls;
        buffers[0] = nulls > 0 ? valid.data() : nullptr;
        array.n_buffers = letter == 'u' ? 3 : 2;
        buffers[1] = letter == 'l'   ? static_cast<const void*>(integers.data())
                     : letter == 'g' ? static_cast<const void*>(reals.data())
                                     : static_cast<const void*>(offsets.data());
        buffers[2] = letter == 'u' ? bytes.data() : nullptr;
        array.buffers = buffers.data();
        array.release = [](ArrowArray* child) {
            child->release = nullptr;
        }; // the struct array has the memory
    }

private:
    [[noreturn]] void misfit(const unit::Cell& cell, std::size_t index) const {
        static constexpr std::array<const char*, 4> kinds{"null", "an integer", "a real", "text"};
        const char* wanted = letter == 'l'   ? "l (int64)"
                             : letter == 'g' ? "g (float64)"
                                             : "u (text)";
        throw Error{ErrorCode::usage,
                    "column " + std::to_string(index + 1) + " of the query is " +
                        kinds.at(static_cast<std::size_t>(cell.kind)) + ", `types` says " + wanted};
    }
    std::int64_t number(const unit::Cell& cell, std::size_t index) const {
        if (cell.kind == unit::CellKind::integer)
            return cell.integer;
        if (cell.kind != unit::CellKind::null)
            misfit(cell, index);
        return 0;
    }
    double real(const unit::Cell& cell, std::size_t index) const {
        if (cell.kind == unit::CellKind::real)
            return cell.real;
        if (cell.kind == unit::CellKind::integer)
            return static_cast<double>(cell.integer);
        if (cell.kind != unit::CellKind::null)
            misfit(cell, index);
        return 0;
    }
    void text(const unit::Cell& cell, std::size_t index) {
        if (cell.kind == unit::CellKind::text)
            bytes.append(cell.text);
        else if (cell.kind != unit::CellKind::null)
            misfit(cell, index);
        if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
            throw Error{ErrorCode::usage, "a text of the query exceeds 2 GiB"};
        offsets.push_back(static_cast<std::int32_t>(bytes.size()));
    }
};

class OutgoingBatch {
public:
    explicit OutgoingBatch(const std::string& types) : columns_(types.size()) {
        for (std::size_t i = 0; i < types.size(); ++i) {
            columns_[i].letter = types[i];
            children_.push_back(&columns_[i].array);
        }
    }
    bool is_lent() const noexcept { return lent_; }
    void clear() {
        rows_ = 0;
        for (auto& column : columns_)
            column.clear();
    }
    /// True while there is room for more.
    bool add(unit::Cursor& row) {
        bool room = true;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            columns_[i].add(row.cell(i), rows_, i);
            room = room && columns_[i].bytes.size() < text_bytes_max;
        }
        ++rows_;
        return room;
    }
    std::size_t rows() const noexcept { return rows_; }
    void lend(ArrowArray& out) {
        const auto rows = static_cast<std::int64_t>(rows_);
        for (auto& column : columns_)
            column.seal(rows);
        out = ArrowArray{};
        out.length = rows;
        out.n_buffers = 1;
        out.buffers = no_buffer_.data();
        out.n_children = static_cast<std::int64_t>(children_.size());
        out.children = children_.data();
        out.private_data = this;
        out.release = [](ArrowArray* array) {
            static_cast<OutgoingBatch*>(array->private_data)->lent_ = false;
            array->release = nullptr;
        };
        lent_ = true;
    }

private:
    std::vector<OutgoingColumn> columns_;
    std::vector<ArrowArray*> children_;
    std::array<const void*, 1> no_buffer_{};
    std::size_t rows_ = 0;
    bool lent_ = false;
};

OutgoingBatches::OutgoingBatches() = default;
OutgoingBatches::~OutgoingBatches() = default;

OutgoingBatch& OutgoingBatches::free_batch(const std::string& types) {
    for (auto& batch : batches_)
        if (!batch->is_lent()) {
            batch->clear();
            return *batch;
        }
    batches_.push_back(std::make_unique<OutgoingBatch>(types));
    batches_.back()->clear();
    return *batches_.back();
}

bool OutgoingBatches::fill(ArrowArray& out,
                           unit::Cursor& rows,
                           const std::string& types,
                           std::uint32_t rows_max) {
    auto& batch = free_batch(types);
    bool more = true;
    for (bool room = true; room && batch.rows() < rows_max;) {
        more = rows.next();
        if (!more)
            break;
        room = batch.add(rows);
    }
    batch.lend(out);
    return more;
}

void OutgoingBatches::fill_empty(ArrowArray& out, const std::string& types) {
    free_batch(types).lend(out);
}

} // namespace spine::plugin
