/// Part of the C++ layer: what a function of a plugin works with. Include `spine/plugin.hpp`.
#pragma once

#include "spine/rows.hpp"

namespace spine {
inline namespace sdk_1 {

/// What all three kinds of function can do.
class Call {
public:
    explicit Call(const spine_run* run) noexcept : run_{run} {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    const spine_run* raw() const noexcept { return run_; }

    /// Whether the parameter was given or has a default; throws when it was and cannot be had, as a secret that is not there.
    bool has(std::string_view param) const {
        spine_value value{};
        const auto status = run_->param(run_, str(param), &value);
        if (status == SPINE_NOT_FOUND)
            return false;
        require(status);
        return value.type != SPINE_NULL;
    }
    /// A parameter that is there and of this type; throws when it is not. Dates, times and JSON are texts too; a whole number
    /// is a real one.
    std::string_view text(std::string_view param) const {
        return detail::text_of(value(param), "parameter", param);
    }
    std::string_view date(std::string_view param) const {
        const auto found = value(param);
        if (found.type != SPINE_DATE && (found.type != SPINE_TEXT || !detail::is_date(spine::view(found.text))))
            detail::wrong_type(found, "parameter", param, "a date");
        return spine::view(found.text);
    }
    std::int64_t integer(std::string_view param) const {
        const auto found = value(param);
        if (found.type != SPINE_INT)
            detail::wrong_type(found, "parameter", param, "a whole number");
        return found.integer;
    }
    double real(std::string_view param) const {
        const auto found = value(param);
        if (found.type != SPINE_REAL && found.type != SPINE_INT)
            detail::wrong_type(found, "parameter", param, "a number");
        return found.type == SPINE_INT ? static_cast<double>(found.integer) : found.real;
    }
    bool flag(std::string_view param) const {
        const auto found = value(param);
        if (found.type != SPINE_BOOL)
            detail::wrong_type(found, "parameter", param, "true or false");
        return found.integer != 0;
    }
    /// Nothing when it is not given; else as `text`.
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
        return value ? detail::text_of(*value, "configuration value", key) : std::string_view{};
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

    /// 1 is the first.
    std::uint32_t attempt_number() const noexcept { return run_->attempt; }
    /// The path of the workflow's step; empty outside of a workflow.
    std::string_view step_path() const noexcept { return spine::view(run_->step); }
    /// What external systems may know this work by, whichever attempt does it.
    std::string_view idempotency_key() const noexcept { return spine::view(run_->idempotency_key); }

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
    /// `output` no_output: of no partition, as a composite's are.
    static constexpr std::uint32_t no_output = UINT32_MAX;
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

/// What a lambda asks of the course of its run: `check.course().skip({"heavy"}, "little data").retry("load")`. Steps,
/// parameters and what the host does with each request are told at `spine_course_1`. Lives: as the `Check`.
class Course {
public:
    Course(const spine_run* run, const spine_course_1* api) noexcept : run_{run}, api_{api} {}

    Course& skip(std::initializer_list<std::string_view> steps, std::string_view reason) {
        std::vector<spine_str> names;
        for (const auto step : steps)
            names.push_back(str(step));
        return done(api_->skip(run_, names.data(), static_cast<std::uint32_t>(names.size()), str(reason)));
    }
    /// `insert_before("load", Json{R"({"name":"cool_down","type":"wait","seconds":60})"})`
    Course& insert_before(std::string_view beside, Json step) {
        return done(api_->insert(run_, SPINE_COURSE_BEFORE, str(beside), str(step.text)));
    }
    Course& insert_after(std::string_view beside, Json step) {
        return done(api_->insert(run_, SPINE_COURSE_AFTER, str(beside), str(step.text)));
    }
    Course& replace(std::string_view name, Json step) { return done(api_->replace(run_, str(name), str(step.text))); }
    Course& retry(std::string_view name, Json params = {}) { return done(api_->retry(run_, str(name), str(params.text))); }
    Course& spawn(std::string_view name, std::string_view workflow, Json params = {}) {
        return done(api_->spawn(run_, str(name), str(workflow), str(params.text)));
    }
    /// As `spawn`, and gives the id that the run will have; valid until the lambda returns. Needs a host of ABI 1.3.
    std::string_view spawn_run(std::string_view name, std::string_view workflow, Json params = {}) {
        if (api_->struct_size < sizeof(spine_course_1))
            throw Error{SPINE_UNSUPPORTED, "the host does not tell the ids of spawned runs; upgrade spine"};
        spine_str id{};
        require(api_->spawn_run(run_, str(name), str(workflow), str(params.text), &id));
        return view(id);
    }
    Course& continue_as_new(Json params = {}) { return done(api_->continue_as_new(run_, str(params.text))); }

private:
    Course& done(spine_status status) {
        require(status);
        return *this;
    }
    const spine_run* run_;
    const spine_course_1* api_;
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
    /// The run's course, to be changed; from ABI 1.1 on.
    Course course() const { return {run_, need<spine_course_1>(SPINE_COURSE_ID)}; }
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

} // namespace sdk_1
} // namespace spine
