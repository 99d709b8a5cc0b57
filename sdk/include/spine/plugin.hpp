/// The C++17 layer over `spine/abi.h` for authors of plugins. It adds no capability, only safety: tables that are plain
/// constants, parameters and rows with types, and a barrier that turns every exception into a status.
///
/// A plugin is data (`Param`, `Column`, `Dataset`, `Migration`, `Pipeline`, `Lambda`, `Domain`, `Plugin`, all constexpr) and
/// functions that take an `Attempt&` (work), a `Plan&` (what the work will write and read) or a `Check&` (a lambda).
///
/// Threads: everything here may be used only on the thread that the function was called on, except `Attempt::log`,
///          `Attempt::progress` and `Attempt::cancelled`.
/// Lives:   texts and objects obtained from an attempt live until the function returns; a row's texts until the next row
///          is taken.
/// Fails:   every failed host call throws; let it pass. To fail yourself, throw `spine::Error`.
#pragma once

#include "spine/abi.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__clang__)
#define SPINE_COMPILER_TEXT "clang " __clang_version__
#elif defined(__GNUC__)
#define SPINE_COMPILER_TEXT "gcc " __VERSION__
#else
#define SPINE_COMPILER_TEXT "unknown"
#endif

/// Before the definition of the one exported function.
#define SPINE_EXPORT extern "C" __attribute__((visibility("default")))

namespace spine {
// A name of its own underneath: exceptions and inline functions of a plugin must never be taken for the host's of the same
// name, neither by the linker (a plugin may be linked into the program) nor by the exception handler.
inline namespace sdk_1 {

inline constexpr std::string_view sdk_version = "1.0.0";

constexpr spine_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }
constexpr std::string_view view(spine_str text) noexcept {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, static_cast<std::size_t>(text.size)};
}

// ---- failures ------------------------------------------------------------------------------------------------------

/// A failure with the reason that a person reads. `details` is JSON or empty.
class Error : public std::exception {
public:
    Error(spine_status status, std::string message, spine_retry retry = SPINE_RETRY_BY_CATEGORY,
          std::uint64_t backoff_ms = 0, std::string details = {})
        : status_{status}, retry_{retry}, backoff_ms_{backoff_ms}, message_{std::move(message)},
          details_{std::move(details)} {}

    const char* what() const noexcept override { return message_.c_str(); }
    spine_status status() const noexcept { return status_; }
    spine_retry retry() const noexcept { return retry_; }
    std::uint64_t backoff_ms() const noexcept { return backoff_ms_; }
    const std::string& details() const noexcept { return details_; }

private:
    spine_status status_;
    spine_retry retry_;
    std::uint64_t backoff_ms_;
    std::string message_;
    std::string details_;
};

/// A host call failed and the host has recorded why; carries the status out. Not for authors to throw.
struct Stop final {
    spine_status status;
};

inline void require(spine_status status) {
    if (status != SPINE_OK)
        throw Stop{status};
}

/// Calls `body` and turns whatever leaves it into a status; the barrier at every entry of a plugin.
template <typename Body> spine_status guard(const spine_run* run, Body&& body) noexcept {
    try {
        std::forward<Body>(body)();
        return SPINE_OK;
    } catch (const Stop& stop) {
        return stop.status;
    } catch (const Error& error) {
        return run->fail(run, error.status(), error.retry(), error.backoff_ms(), str(error.what()),
                         str(error.details()));
    } catch (const std::bad_alloc&) {
        return run->fail(run, SPINE_RESOURCE, SPINE_RETRY_BY_CATEGORY, 0, str("out of memory"), {});
    } catch (const std::exception& error) {
        return run->fail(run, SPINE_PANIC, SPINE_RETRY_NEVER, 0, str(error.what()), {});
    } catch (...) {
        return run->fail(run, SPINE_PANIC, SPINE_RETRY_NEVER, 0, str("an exception that is no std::exception"), {});
    }
}

// ---- values --------------------------------------------------------------------------------------------------------

/// JSON text as a value of its own type.
struct Json {
    std::string_view text;
};

inline spine_value value_of(std::string_view text) noexcept { return {SPINE_TEXT, 0, 0, 0.0, str(text)}; }
inline spine_value value_of(const std::string& text) noexcept { return value_of(std::string_view{text}); }
inline spine_value value_of(const char* text) noexcept { return value_of(std::string_view{text}); }
inline spine_value value_of(Json json) noexcept { return {SPINE_JSON, 0, 0, 0.0, str(json.text)}; }
inline spine_value value_of(bool flag) noexcept { return {SPINE_BOOL, 0, flag ? 1 : 0, 0.0, {}}; }
inline spine_value value_of(double number) noexcept { return {SPINE_REAL, 0, 0, number, {}}; }
inline spine_value value_of(std::nullptr_t) noexcept { return {SPINE_NULL, 0, 0, 0.0, {}}; }
template <typename Integer, std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>, int> = 0>
spine_value value_of(Integer number) noexcept {
    return {SPINE_INT, 0, static_cast<std::int64_t>(number), 0.0, {}};
}
template <typename T> spine_value value_of(const std::optional<T>& maybe) noexcept {
    return maybe ? value_of(*maybe) : value_of(nullptr);
}

/// A named value; borrows its texts for the call it is given to.
struct Field {
    template <typename T> Field(std::string_view name, const T& value) : raw{str(name), value_of(value)} {}
    spine_field raw;
};
using Fields = std::initializer_list<Field>;

namespace detail {
inline const spine_field* raw(Fields fields) noexcept {
    static_assert(sizeof(Field) == sizeof(spine_field), "Field adds nothing to spine_field");
    return fields.size() == 0 ? nullptr : &fields.begin()->raw;
}
/// The host's elements may be longer or shorter than ours: what it does not know stays zero.
template <typename T> std::vector<T> copied(const spine_table& table) {
    std::vector<T> out(table.count);
    for (std::uint32_t i = 0; i < table.count; ++i)
        std::memcpy(static_cast<void*>(&out[i]),
                    static_cast<const char*>(table.items) + std::size_t{i} * table.stride,
                    table.stride < sizeof(T) ? table.stride : sizeof(T));
    return out;
}
template <typename T> constexpr spine_table table(const T* items, std::size_t count) noexcept {
    return {items, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(sizeof(T))};
}
} // namespace detail

/// A constant list; made from a C array so that no author writes a count.
template <typename T> struct List {
    constexpr List() = default;
    template <std::size_t N> constexpr List(const T (&array)[N]) : table{detail::table(array, N)} {}
    spine_table table{};
};

/// One value of a partition key: `key_of(R"({"tier":"OTC"})", "tier")` is `OTC`; empty when absent.
inline std::string_view key_of(std::string_view partition, std::string_view name) {
    const std::string needle = "\"" + std::string{name} + "\":\"";
    const auto at = partition.find(needle);
    if (at == std::string_view::npos)
        return {};
    const auto from = at + needle.size();
    const auto end = partition.find('"', from);
    return end == std::string_view::npos ? std::string_view{} : partition.substr(from, end - from);
}

// ---- declarations --------------------------------------------------------------------------------------------------

inline constexpr spine_type boolean = SPINE_BOOL, integer = SPINE_INT, real = SPINE_REAL, text = SPINE_TEXT,
                            date = SPINE_DATE, timestamp = SPINE_TIMESTAMP, json = SPINE_JSON;

enum class Presence : std::uint32_t { optional = 0, required = SPINE_PARAM_REQUIRED };
inline constexpr Presence required = Presence::required, optional = Presence::optional;

/// `Param{"tier", text, required, "the tier"}.one_of("OTC | NMS_TIER_1 = tier1")`
struct Param : spine_param {
    constexpr Param(std::string_view name_, spine_type type_, Presence presence, std::string_view description_)
        : spine_param{sizeof(spine_param), static_cast<std::uint32_t>(presence), str(name_), type_, 0, {}, {},
                      str(description_)} {}
    /// The value when none is given, as one would write it on a command line.
    constexpr Param otherwise(std::string_view value) const {
        Param copy{*this};
        copy.default_value = str(value);
        return copy;
    }
    /// See `spine_param::allowed`.
    constexpr Param one_of(std::string_view values) const {
        Param copy{*this};
        copy.allowed = str(values);
        return copy;
    }
    /// Another value gives other rows.
    constexpr Param in_digest() const {
        Param copy{*this};
        copy.flags |= SPINE_PARAM_IN_DIGEST;
        return copy;
    }
};

struct Column : spine_column {
    constexpr Column(std::string_view name_, spine_type type_, std::string_view description_ = {})
        : spine_column{sizeof(spine_column), 0, str(name_), type_, 0, str(description_)} {}
    constexpr Column nullable() const { return with(SPINE_COLUMN_NULLABLE); }
    constexpr Column repeated() const { return with(SPINE_COLUMN_REPEATED); }

private:
    constexpr Column with(std::uint32_t flag) const {
        Column copy{*this};
        copy.flags |= flag;
        return copy;
    }
};

enum class KeyedBy : std::uint32_t { capture = SPINE_BY_CAPTURE, inputs = SPINE_BY_INPUTS };

struct Dataset : spine_dataset {
    constexpr Dataset(std::string_view name_, KeyedBy by, std::string_view partition_keys_, List<Column> columns_,
                      std::string_view key_, std::string_view description_ = {})
        : spine_dataset{sizeof(spine_dataset), static_cast<std::uint32_t>(by), str(name_), {}, str(partition_keys_),
                        columns_.table, str(key_), str(description_)} {}
};

struct MigrationStep : spine_migration_step {
    constexpr MigrationStep(std::uint32_t kind_, std::string_view name_, const spine_dataset* dataset_,
                            const spine_column* column_, std::string_view sql_)
        : spine_migration_step{sizeof(spine_migration_step), kind_, str(name_), dataset_, column_, str(sql_)} {}
};
constexpr MigrationStep create(const Dataset& dataset) {
    return {SPINE_STEP_CREATE_DATASET, view(dataset.name), &dataset, nullptr, {}};
}
constexpr MigrationStep add_column(std::string_view dataset, const Column& column) {
    return {SPINE_STEP_ADD_COLUMN, dataset, nullptr, &column, {}};
}
constexpr MigrationStep create_view(std::string_view name, std::string_view select) {
    return {SPINE_STEP_CREATE_VIEW, name, nullptr, nullptr, select};
}
constexpr MigrationStep drop_view(std::string_view name) {
    return {SPINE_STEP_DROP_VIEW, name, nullptr, nullptr, {}};
}

struct Migration : spine_migration {
    constexpr Migration(std::uint32_t number_, std::string_view name_, List<MigrationStep> steps_)
        : spine_migration{sizeof(spine_migration), number_, str(name_), steps_.table} {}
};

struct Stage : spine_stage {
    constexpr Stage(std::string_view name_, std::uint32_t rank_, std::string_view aliases_ = {})
        : spine_stage{sizeof(spine_stage), rank_, str(name_), str(aliases_)} {}
};

struct Domain : spine_domain_desc {
    constexpr Domain(std::string_view name_, std::string_view alias_, std::string_view table_prefix_,
                     List<Stage> stages_ = {}, List<Param> config_ = {})
        : spine_domain_desc{sizeof(spine_domain_desc), 0, str(name_), str(alias_), str(table_prefix_), stages_.table,
                            config_.table} {}
};

// ---- what a function of a plugin works with -------------------------------------------------------------------------

/// What all three kinds of function can do.
class Call {
public:
    explicit Call(const spine_run* run) noexcept : run_{run} {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    const spine_run* raw() const noexcept { return run_; }

    bool has(std::string_view param) const {
        spine_value value{};
        return run_->param(run_, str(param), &value) == SPINE_OK && value.type != SPINE_NULL;
    }
    /// A parameter that is there; throws when it is not.
    std::string_view text(std::string_view param) const { return spine::view(value(param).text); }
    std::string_view date(std::string_view param) const { return text(param); }
    std::int64_t integer(std::string_view param) const { return value(param).integer; }
    double real(std::string_view param) const { return value(param).real; }
    bool flag(std::string_view param) const { return value(param).integer != 0; }
    std::optional<std::string_view> maybe_text(std::string_view param) const {
        return has(param) ? std::optional{text(param)} : std::nullopt;
    }

    /// A configuration key that the domain declared.
    std::optional<spine_value> config(std::string_view key) const {
        spine_value value{};
        const auto status = need<spine_config_1>(SPINE_CONFIG_ID)->get(run_, str(key), &value);
        if (status == SPINE_NOT_FOUND)
            return std::nullopt;
        require(status);
        return value;
    }
    std::string_view config_text(std::string_view key) const {
        const auto value = config(key);
        return value ? spine::view(value->text) : std::string_view{};
    }

    /// The manifest row of a stage; an empty domain is the own one.
    std::optional<spine_manifest_row> manifest(Fields partition, std::string_view stage,
                                               std::string_view domain = {}) const {
        spine_manifest_row row{};
        row.struct_size = sizeof row;
        const auto status = need<spine_manifest_1>(SPINE_MANIFEST_ID)
                                ->get(run_, str(domain), detail::raw(partition),
                                      static_cast<std::uint32_t>(partition.size()), str(stage), &row);
        if (status == SPINE_NOT_FOUND)
            return std::nullopt;
        require(status);
        return row;
    }
    /// All rows of a stage whose partition has these keys, ordered by partition.
    std::vector<spine_manifest_row> manifest_rows(Fields keys, std::string_view stage,
                                                  std::string_view domain = {}) const {
        spine_table rows{};
        require(need<spine_manifest_1>(SPINE_MANIFEST_ID)
                    ->list(run_, str(domain), detail::raw(keys), static_cast<std::uint32_t>(keys.size()), str(stage),
                           &rows));
        return detail::copied<spine_manifest_row>(rows);
    }

    void log(std::uint32_t level, std::string_view message) const {
        if (const auto* log = static_cast<const spine_log_1*>(run_->get_interface(run_, str(SPINE_LOG_ID))))
            log->write(run_, level, str(message));
    }
    void info(std::string_view message) const { log(SPINE_LOG_INFO, message); }
    void warn(std::string_view message) const { log(SPINE_LOG_WARN, message); }

    bool cancelled() const noexcept { return run_->is_cancelled(run_) != 0; }
    bool forced() const noexcept { return (run_->flags & SPINE_RUN_FORCE) != 0; }
    bool dry() const noexcept { return (run_->flags & SPINE_RUN_DRY) != 0; }

    template <typename T> void emit(std::string_view name, const T& value) {
        const auto raw = value_of(value);
        require(run_->emit(run_, str(name), &raw));
    }

protected:
    template <typename Interface> const Interface* need(std::string_view id) const {
        const auto* found = static_cast<const Interface*>(run_->get_interface(run_, str(id)));
        if (found == nullptr)
            throw Error{SPINE_UNSUPPORTED, "the host does not offer " + std::string{id} + " to this kind of work"};
        return found;
    }
    const spine_run* run_;

private:
    spine_value value(std::string_view param) const {
        spine_value value{};
        const auto status = run_->param(run_, str(param), &value);
        if (status == SPINE_NOT_FOUND)
            throw Error{SPINE_INVALID_ARG, "parameter '" + std::string{param} + "' is not given"};
        require(status);
        return value;
    }
};

/// What the work will write and read. See `spine_plan_1`.
class Plan : public Call {
public:
    using Call::Call;
    /// A partition that will be written; returns its index.
    std::uint32_t output(Fields partition) {
        require(plan()->output(run_, detail::raw(partition), static_cast<std::uint32_t>(partition.size())));
        return outputs_++;
    }
    static constexpr std::uint32_t all_outputs = std::numeric_limits<std::uint32_t>::max();
    /// A stage that must be there.
    void needs(Fields partition, std::string_view stage, std::uint32_t output = all_outputs) {
        require(plan()->input(run_, output, detail::raw(partition), static_cast<std::uint32_t>(partition.size()),
                              str(stage), 0));
    }
    /// A stage that is used if it is there; false when it is not.
    bool uses(Fields partition, std::string_view stage, std::uint32_t output = all_outputs) {
        const auto status = plan()->input(run_, output, detail::raw(partition),
                                          static_cast<std::uint32_t>(partition.size()), str(stage),
                                          SPINE_INPUT_OPTIONAL);
        if (status == SPINE_NOT_FOUND)
            return false;
        require(status);
        return true;
    }
    /// History instead of the heads; one of both may be empty.
    void as_of(std::string_view captured_until, std::string_view capture_id) {
        require(plan()->as_of(run_, str(captured_until), str(capture_id)));
    }
    void skip(std::string_view reason) { require(plan()->skip(run_, str(reason))); }

private:
    const spine_plan_1* plan() const { return need<spine_plan_1>(SPINE_PLAN_ID); }
    std::uint32_t outputs_ = 0;
};

/// A file that the host reads, unpacks and hashes.
class Source {
public:
    Source(const spine_source_1* api, spine_source* source) noexcept : api_{api}, source_{source} {}
    Source(Source&& other) noexcept : api_{other.api_}, source_{std::exchange(other.source_, nullptr)} {}
    Source& operator=(Source&&) = delete;
    ~Source() {
        if (source_ != nullptr)
            api_->close(source_);
    }
    /// The next bytes, valid until the next call; empty at the end.
    std::string_view read() {
        spine_bytes bytes{};
        require(api_->read(source_, &bytes));
        return bytes.size == 0 ? std::string_view{}
                               : std::string_view{reinterpret_cast<const char*>(bytes.data),
                                                  static_cast<std::size_t>(bytes.size)};
    }
    spine_source_info info() const {
        spine_source_info info{};
        info.struct_size = sizeof info;
        require(api_->info(source_, &info));
        return info;
    }
    std::string_view name() const { return view(info().name); }
    const spine_source* raw() const noexcept { return source_; }

private:
    const spine_source_1* api_;
    spine_source* source_;
};

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

/// How a child of a composite ended. Texts live as long as the attempt.
class Child {
public:
    explicit Child(const spine_child& child) noexcept : child_{child} {}
    bool completed() const noexcept { return child_.state == SPINE_CHILD_COMPLETED; }
    bool skipped() const noexcept { return child_.state == SPINE_CHILD_SKIPPED; }
    bool planned() const noexcept { return child_.state == SPINE_CHILD_PLANNED; }
    bool failed() const noexcept {
        return child_.state == SPINE_CHILD_FAILED || child_.state == SPINE_CHILD_CANCELLED;
    }
    std::string_view execution_id() const noexcept { return view(child_.execution_id); }
    std::string_view reason() const noexcept { return view(child_.reason); }
    std::string_view error_category() const noexcept { return view(child_.error_category); }
    std::string_view error() const noexcept { return view(child_.error_message); }
    std::optional<spine_value> output(std::string_view name) const noexcept {
        for (std::uint32_t i = 0; i < child_.output_count; ++i)
            if (view(child_.outputs[i].name) == name)
                return child_.outputs[i].value;
        return std::nullopt;
    }

private:
    spine_child child_;
};

/// One attempt of a pipeline.
class Attempt : public Call {
public:
    using Call::Call;

    /// Claims a partition that was learned while working; returns its output index.
    std::uint32_t claim(Fields partition) {
        std::uint32_t output = 0;
        require(partitions()->claim(run_, detail::raw(partition), static_cast<std::uint32_t>(partition.size()),
                                    &output));
        return output;
    }
    /// The partition of an output, as JSON.
    std::string_view partition(std::uint32_t output = 0) const {
        spine_str json_text{};
        require(partitions()->output(run_, output, &json_text));
        return view(json_text);
    }
    /// How many outputs there are.
    std::uint32_t output_count() const {
        std::uint32_t count = 0;
        for (spine_str ignored{}; partitions()->output(run_, count, &ignored) == SPINE_OK;)
            ++count;
        return count;
    }
    /// The pinned inputs, sorted by partition.
    std::vector<spine_input> inputs() const {
        spine_table items{};
        require(partitions()->inputs(run_, &items));
        return detail::copied<spine_input>(items);
    }
    /// The first pinned input.
    spine_input input() const {
        const auto all = inputs();
        if (all.empty())
            throw Error{SPINE_INVALID_STATE, "the pipeline declares no input"};
        return all.front();
    }
    /// Where rows made from all inputs of an output go.
    spine_rowset derived(std::uint32_t output = 0) const {
        spine_rowset rowset = 0;
        require(partitions()->derived(run_, output, &rowset));
        return rowset;
    }

    Source open(std::string_view location) {
        const auto* api = need<spine_source_1>(SPINE_SOURCE_ID);
        spine_source* source = nullptr;
        require(api->open(run_, str(location), &source));
        return {api, source};
    }
    bool exists(std::string_view location) const {
        std::int32_t found = 0;
        require(need<spine_source_1>(SPINE_SOURCE_ID)->exists(run_, str(location), &found));
        return found != 0;
    }
    /// A source, read to its end, was observed for an output. When `unchanged`, return: there is nothing to write.
    spine_capture capture(const Source& source, std::string_view source_last_update = {},
                          std::string_view week_source = {}, std::uint32_t output = 0) {
        const spine_capture_request request{sizeof(spine_capture_request), output, source.raw(),
                                            str(source_last_update), str(week_source)};
        spine_capture capture{};
        capture.struct_size = sizeof capture;
        require(need<spine_capture_1>(SPINE_CAPTURE_ID)->declare(run_, &request, &capture));
        return capture;
    }

    /// SELECT over own datasets and declared views; see `spine_db_1::query`.
    template <typename... Columns, typename... Values>
    Selection<Columns...> select(std::string_view sql, const Values&... values) const {
        constexpr char letters[sizeof...(Columns) + 1] = {detail::Cell<Columns>::letter..., '\0'};
        const std::array<spine_value, sizeof...(Values) + 1> bound{value_of(values)..., spine_value{}};
        const auto* api = need<spine_db_1>(SPINE_DB_ID);
        spine_cursor* cursor = nullptr;
        require(api->query(run_, str(sql), bound.data(), static_cast<std::uint32_t>(sizeof...(Values)),
                           str(std::string_view{letters, sizeof...(Columns)}), &cursor));
        return {api, cursor};
    }
    /// Rows that replace what the rowset had in the dataset; `columns` is '|'-separated, in the order of the types.
    template <typename... Columns>
    Appender<Columns...> replace(std::string_view dataset, spine_rowset rowset, std::string_view columns) {
        const auto* api = need<spine_append_1>(SPINE_APPEND_ID);
        spine_appender* appender = nullptr;
        require(api->open(run_, str(dataset), rowset, str(columns), &appender));
        return {api, appender};
    }

    void reject(std::string_view code, std::string_view detail, std::string_view raw, std::int64_t line,
                std::string_view locator = {}, std::uint32_t output = 0) {
        const spine_reject reject{sizeof(spine_reject), output, line, str(code), str(detail), str(raw), str(locator)};
        require(need<spine_rejects_1>(SPINE_REJECTS_ID)->add(run_, &reject, 1));
    }
    void check(std::string_view name, std::uint32_t category, std::uint32_t status, std::string_view actual,
               std::string_view expected, std::string_view details = {}, std::uint32_t output = 0) {
        const spine_check check{sizeof(spine_check), output,      category,      status,
                                str(name),           str(actual), str(expected), str(details)};
        require(need<spine_quality_1>(SPINE_QUALITY_ID)->record(run_, &check));
    }
    void anomaly(std::uint32_t severity, std::string_view category, std::string_view message,
                 std::string_view metadata = {}, std::uint32_t output = 0) {
        const spine_anomaly anomaly{sizeof(spine_anomaly), output,       severity,     0,
                                    str(category),         str(message), str(metadata)};
        require(need<spine_anomalies_1>(SPINE_ANOMALIES_ID)->record(run_, &anomaly));
    }
    /// The pipeline's stage is reached for an output.
    void reached(spine_rowset rowset, std::uint64_t row_count, Fields metrics = {}, std::uint32_t output = 0) {
        require(partitions()->reached(run_, output, rowset, static_cast<std::int64_t>(row_count),
                                      detail::raw(metrics), static_cast<std::uint32_t>(metrics.size())));
    }
    template <typename T> Attempt& output(std::string_view name, const T& value) {
        emit(name, value);
        return *this;
    }

    /// Milliseconds since 1970 UTC at which the execution was created; the same for every attempt.
    std::int64_t created_at_ms() const { return need<spine_clock_1>(SPINE_CLOCK_ID)->created_at_ms(run_); }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view what) const noexcept {
        run_->progress(run_, done, total, str(what));
    }
    void wait_ms(std::uint64_t milliseconds) const { require(run_->wait(run_, milliseconds)); }

    /// Does another pipeline of this plugin; for composites.
    Child dispatch(std::string_view pipeline, Fields params) { return dispatch(pipeline, params.begin(), params.size()); }
    Child dispatch(std::string_view pipeline, const std::vector<Field>& params) {
        return dispatch(pipeline, params.data(), params.size());
    }

private:
    const spine_partition_1* partitions() const { return need<spine_partition_1>(SPINE_PARTITION_ID); }
    Child dispatch(std::string_view pipeline, const Field* params, std::size_t count) {
        spine_child child{};
        child.struct_size = sizeof child;
        require(need<spine_dispatch_1>(SPINE_DISPATCH_ID)
                    ->run(run_, str(pipeline), count == 0 ? nullptr : &params->raw, static_cast<std::uint32_t>(count),
                          &child));
        return Child{child};
    }
};

/// One call of a lambda.
class Check : public Call {
public:
    using Call::Call;
    std::optional<spine_value> option(std::string_view name) const {
        return found([&](spine_value* out) { return step()->config(run_, str(name), out); });
    }
    /// An output of an earlier step: "ingest.row_count".
    std::optional<spine_value> output_of(std::string_view path) const {
        return found([&](spine_value* out) { return step()->output(run_, str(path), out); });
    }
    template <typename T> void update(std::string_view name, const T& value) {
        const auto raw = value_of(value);
        require(step()->update(run_, str(name), &raw));
    }
    void quality(std::int64_t record_count, std::int64_t valid_count, double null_rate, bool passed) {
        require(step()->quality(run_, record_count, valid_count, null_rate, passed ? 1 : 0));
    }
    void event(std::string_view name, std::string_view details = {}) {
        require(step()->event(run_, str(name), str(details)));
    }
    template <typename T> Check& output(std::string_view name, const T& value) {
        emit(name, value);
        return *this;
    }

private:
    const spine_step_1* step() const { return need<spine_step_1>(SPINE_STEP_ID); }
    template <typename Get> std::optional<spine_value> found(Get&& get) const {
        spine_value value{};
        const auto status = get(&value);
        if (status == SPINE_NOT_FOUND)
            return std::nullopt;
        require(status);
        return value;
    }
};

// ---- pipelines, lambdas, the plugin ----------------------------------------------------------------------------------

/// `Pipeline{"normalize_week", "Apply the rules to a raw week", week_params, &normalize_week}.partition("tier|week_ending")
///      .needs("INGESTED").reaches("NORMALIZED").version("1.0.0")`
struct Pipeline : spine_pipeline_desc {
    constexpr Pipeline(std::string_view name_, std::string_view title_, List<Param> params_, void (*work_)(Attempt&))
        : spine_pipeline_desc{}, work{work_} {
        struct_size = sizeof(spine_pipeline_desc);
        name = str(name_);
        title = str(title_);
        params = params_.table;
        spine_pipeline_desc::run = &call_work;
    }
    constexpr Pipeline partition(std::string_view keys) const {
        Pipeline copy{*this};
        copy.partition_keys = str(keys);
        return copy;
    }
    constexpr Pipeline needs(std::string_view stages) const {
        Pipeline copy{*this};
        copy.spine_pipeline_desc::needs = str(stages);
        return copy;
    }
    constexpr Pipeline reaches(std::string_view stage_) const {
        Pipeline copy{*this};
        copy.stage = str(stage_);
        return copy;
    }
    constexpr Pipeline exports(std::string_view names) const {
        Pipeline copy{*this};
        copy.spine_pipeline_desc::exports = str(names);
        return copy;
    }
    /// Raise it when the same input gives other rows.
    constexpr Pipeline version(std::string_view calc) const {
        Pipeline copy{*this};
        copy.calc_version = str(calc);
        return copy;
    }
    /// See `spine_pipeline_desc::plan`.
    constexpr Pipeline plans(void (*prepare_)(Plan&)) const {
        Pipeline copy{*this};
        copy.prepare = prepare_;
        copy.plan = &call_prepare;
        return copy;
    }
    constexpr Pipeline composite() const {
        Pipeline copy{*this};
        copy.flags |= SPINE_PIPELINE_COMPOSITE;
        return copy;
    }
    constexpr Pipeline external_effects() const {
        Pipeline copy{*this};
        copy.effects = SPINE_EFFECTS_EXTERNAL;
        return copy;
    }

    void (*work)(Attempt&);
    void (*prepare)(Plan&) = nullptr;

private:
    static spine_status call_work(const spine_pipeline_desc* self, const spine_run* run) noexcept {
        return guard(run, [&] {
            Attempt attempt{run};
            static_cast<const Pipeline*>(self)->work(attempt);
        });
    }
    static spine_status call_prepare(const spine_pipeline_desc* self, const spine_run* run) noexcept {
        return guard(run, [&] {
            Plan plan{run};
            static_cast<const Pipeline*>(self)->prepare(plan);
        });
    }
};

struct Lambda : spine_handler_desc {
    constexpr Lambda(std::string_view name_, std::string_view title_, List<Param> config_, void (*work_)(Check&))
        : spine_handler_desc{sizeof(spine_handler_desc), 0, str(name_), {}, str(title_), config_.table, &call_work},
          work{work_} {}
    void (*work)(Check&);

private:
    static spine_status call_work(const spine_handler_desc* self, const spine_run* run) noexcept {
        return guard(run, [&] {
            Check check{run};
            static_cast<const Lambda*>(self)->work(check);
        });
    }
};

struct About {
    std::string_view title;
    std::string_view vendor = {};
    std::string_view license = {};
    std::string_view url = {};
};

/// Everything a plugin brings. Must be a constexpr object of static storage.
class Plugin {
public:
    constexpr Plugin(std::string_view id, std::string_view version, About about, List<Domain> domains,
                     List<Pipeline> pipelines, List<Lambda> lambdas = {}, List<Migration> migrations = {})
        : desc_{sizeof(spine_plugin_desc),
                SPINE_THREADS_PARALLEL,
                str(id),
                str(version),
                str(about.title),
                str(about.vendor),
                str(about.license),
                str(about.url),
                str(sdk_version),
                str(SPINE_COMPILER_TEXT),
                domains.table,
                pipelines.table,
                lambdas.table,
                migrations.table},
          table_{SPINE_PLUGIN_MAGIC, sizeof(spine_plugin), SPINE_ABI_MAJOR, SPINE_ABI_MINOR, 0, 0, &desc_,
                 nullptr,            nullptr,              nullptr} {}
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    constexpr const spine_plugin* table() const noexcept { return &table_; }

private:
    spine_plugin_desc desc_;
    spine_plugin table_;
};

/// The body of `spine_plugin_query`.
inline const spine_plugin* answer(const Plugin& plugin, std::uint32_t host_major, std::uint32_t) noexcept {
    return host_major == SPINE_ABI_MAJOR ? plugin.table() : nullptr;
}

} // namespace sdk_1
} // namespace spine
