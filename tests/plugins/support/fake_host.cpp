#include "support/fake_host.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <limits>
#include <set>
#include <sqlite3.h>
#include <stdexcept>
#include <utility>
#include <variant>

namespace spine::fake {

namespace {

std::string_view view(spine_str text) {
    return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}
spine_str str(std::string_view text) { return {text.data(), text.size()}; }

template <class T> const T& item(const spine_table& table, std::uint32_t i) {
    return *reinterpret_cast<const T*>(static_cast<const char*>(table.items) +
                                       std::size_t{i} * table.stride);
}

std::vector<std::string> split(std::string_view text, char by) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto at = std::min(text.find(by), text.size());
        auto part = text.substr(0, at);
        while (!part.empty() && part.front() == ' ')
            part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ')
            part.remove_suffix(1);
        parts.emplace_back(part);
        text.remove_prefix(std::min(at + 1, text.size()));
    }
    return parts;
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string json_of(const Partition& partition) {
    std::string json = "{";
    for (const auto& [key, text] : partition)
        json.append(json.size() > 1 ? ",\"" : "\"")
            .append(key)
            .append("\":\"")
            .append(text)
            .append("\"");
    return json + "}";
}

Partition partition_of(const spine_field* keys, std::uint32_t count) {
    Partition partition;
    for (std::uint32_t i = 0; i < count; ++i)
        partition[std::string(view(keys[i].name))] = std::string(view(keys[i].value.text));
    return partition;
}

Value owned(const spine_value& raw) {
    return {raw.type, raw.integer, raw.real, std::string(view(raw.text))};
}
spine_value lent(const Value& value) {
    return {value.type, 0, value.integer, value.real, str(value.text)};
}

using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Capture {
    std::int64_t seq = 0;
    std::string id;
    Partition partition;
    std::string content;
    std::int64_t captured_ms = 0;
};

/// Numbers, booleans and JSON as they are, texts in quotes.
std::string json_of(const Values& values) {
    std::string json = "{";
    for (const auto& [name, value] : values) {
        json.append(json.size() > 1 ? ",\"" : "\"").append(name).append("\":");
        switch (value.type) {
        case SPINE_INT:
            json += std::to_string(value.integer);
            break;
        case SPINE_BOOL:
            json += value.integer != 0 ? "true" : "false";
            break;
        case SPINE_REAL:
            json += std::to_string(value.real);
            break;
        case SPINE_JSON:
            json += value.text;
            break;
        case SPINE_NULL:
            json += "null";
            break;
        default:
            json.append("\"").append(value.text).append("\"");
        }
    }
    return json + "}";
}

std::string time_text(std::int64_t ms) { return std::to_string(ms); }

} // namespace

Value value(std::string_view text) { return {SPINE_TEXT, 0, 0, std::string(text)}; }
Value value(const char* text) { return value(std::string_view(text)); }
Value value(std::int64_t number) { return {SPINE_INT, number, 0, {}}; }
Value value(double number) { return {SPINE_REAL, 0, number, {}}; }
Value value(bool flag) { return {SPINE_BOOL, flag ? 1 : 0, 0, {}}; }
Value json(std::string_view text) { return {SPINE_JSON, 0, 0, std::string(text)}; }

std::string Outcome::text(const std::string& output) const {
    const auto found = outputs.find(output);
    return found == outputs.end() ? "absent" : found->second.text;
}
std::int64_t Outcome::integer(const std::string& output) const {
    return outputs.at(output).integer;
}
double Outcome::real(const std::string& output) const { return outputs.at(output).real; }
bool Outcome::flag(const std::string& output) const { return outputs.at(output).integer != 0; }
std::string Outcome::check(std::string_view name) const {
    for (const Check& check : checks)
        if (check.name == name)
            return check.status == SPINE_CHECK_PASS   ? "PASS"
                   : check.status == SPINE_CHECK_WARN ? "WARN"
                   : check.status == SPINE_CHECK_FAIL ? "FAIL"
                                                      : "NOT_ASKED";
    return "absent";
}

struct Host::Store {
    const spine_plugin_desc* desc = nullptr;
    sqlite3* db = nullptr;
    std::vector<Capture> captures;
    std::vector<Manifest> manifest;
    std::int64_t derivations = 0;
    std::map<std::string, const spine_dataset*> datasets;
    std::set<std::string> reals; ///< "dataset.column" of floating-point numbers

    ~Store() { sqlite3_close(db); }

    /// Known to `core_captures` from then on.
    void take(Capture capture) {
        execute("INSERT INTO core_captures VALUES (" + std::to_string(capture.seq) + ", '" +
                capture.id + "', 'fake', '" + json_of(capture.partition) + "')");
        captures.push_back(std::move(capture));
    }
    void execute(const std::string& sql) const {
        char* error = nullptr;
        if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK)
            throw std::runtime_error(sql + ": " + (error == nullptr ? "?" : error));
    }
    /// "symbol TEXT"
    std::string declared(const std::string& dataset, const spine_column& column) {
        const std::string name(view(column.name));
        if (column.type == SPINE_REAL)
            reals.insert(dataset + "." + name);
        return name + (column.type == SPINE_REAL                               ? " REAL"
                       : column.type == SPINE_INT || column.type == SPINE_BOOL ? " INTEGER"
                                                                               : " TEXT");
    }
    void create_view(const std::string& dataset) const {
        execute("CREATE VIEW " + dataset + " AS SELECT *, version AS capture_seq FROM " + dataset +
                "__rows");
    }
    void add_column(const std::string& dataset, const spine_column& column) {
        execute("DROP VIEW " + dataset);
        execute("ALTER TABLE " + dataset + "__rows ADD COLUMN " + declared(dataset, column));
        create_view(dataset);
    }
    const Capture* head(const Partition& partition) const {
        const auto found =
            std::find_if(captures.rbegin(), captures.rend(), [&](const Capture& capture) {
                return capture.partition == partition;
            });
        return found == captures.rend() ? nullptr : &*found;
    }

    /// What readers see of a partition, every capture that they ever saw, and what each capture has reached.
    std::map<Partition, std::int64_t> published;
    std::set<std::int64_t> ever_published;
    std::vector<Manifest> reached;

    void publish(const Partition& partition, std::int64_t seq) {
        published[partition] = seq;
        ever_published.insert(seq);
    }
    void keep_reached(const Manifest& row) {
        const auto same = std::find_if(reached.begin(), reached.end(), [&](const auto& old) {
            return old.partition == row.partition && old.stage == row.stage && old.capture_seq == row.capture_seq;
        });
        if (same == reached.end())
            reached.push_back(row);
        else
            *same = row;
    }
    const spine_stage* stage_named(std::string_view name) const {
        const auto& stages = item<spine_domain_desc>(desc->domains, 0).stages;
        for (std::uint32_t i = 0; i < stages.count; ++i)
            if (view(item<spine_stage>(stages, i).name) == name)
                return &item<spine_stage>(stages, i);
        return nullptr;
    }
    const spine_stage* publishing_stage() const {
        const auto& stages = item<spine_domain_desc>(desc->domains, 0).stages;
        for (std::uint32_t i = 0; i < stages.count; ++i)
            if ((item<spine_stage>(stages, i).flags & SPINE_STAGE_PUBLISHES) != 0)
                return &item<spine_stage>(stages, i);
        return nullptr;
    }
    struct Seen {
        Manifest row;
        bool current = false;
    };
    /// As the real host has it: a stage before the publishing one of the head for work on the partition itself, everything else of
    /// what is published.
    std::optional<Seen> seen(const Partition& partition, const std::string& stage, bool across) const {
        const auto* publishing = publishing_stage();
        const auto* asked = stage_named(stage);
        const bool as_readers = across || publishing == nullptr || asked == nullptr || asked->rank >= publishing->rank;
        const auto of = published.find(partition);
        const std::int64_t shown = of == published.end() ? 0 : of->second;
        const Capture* newest = head(partition);
        const std::int64_t wanted = as_readers ? shown : newest == nullptr ? 0 : newest->seq;
        std::optional<Seen> older;
        for (const Manifest& row : reached)
            if (row.partition == partition && row.stage == stage) {
                if (row.capture_seq == wanted || row.capture_seq == 0)
                    return Seen{row, true};
                if (!as_readers || (row.capture_seq < shown && ever_published.count(row.capture_seq) != 0))
                    older = Seen{row, false};
            }
        return older;
    }
};

/// Everything that one call of the plugin has asked for.
struct Host::Run {
    Host* host = nullptr;
    spine_run raw{};
    bool composite = false;
    bool is_lambda = false;
    bool planning = false;
    Values params;
    Values options;
    std::string stage;
    Outcome outcome;

    struct Pinned {
        std::uint32_t output = 0;
        Partition partition;
        std::string stage;
        const Capture* capture = nullptr;
        std::string partition_json;
        std::string metrics;
    };
    std::vector<Partition> outputs;
    std::vector<std::string> output_json;
    std::vector<Pinned> inputs;
    std::string as_of_time, as_of_capture;
    bool historic = false;

    struct Place { // what a rowset stands for
        std::int64_t seq = 0;
        bool is_new_capture = false;
    };
    std::deque<Place> places{Place{}};
    std::vector<Capture> new_captures;
    struct Replacement {
        std::string dataset;
        spine_rowset rowset = 0;
        std::vector<std::string> columns;
        std::vector<std::vector<Cell>> rows;
        bool finished = false;
    };
    std::deque<Replacement> replacements;
    std::vector<Manifest> reached;
    std::deque<std::string> texts; ///< the arena
    std::deque<std::vector<spine_manifest_row>> row_lists;
    std::vector<spine_input> input_list;
    std::deque<std::vector<spine_field>> child_outputs;

    spine_str keep(std::string text) { return str(texts.emplace_back(std::move(text))); }
    spine_status fail(spine_status status, std::string message) {
        outcome.message = std::move(message);
        return status;
    }
};

struct SourceState {
    Host* host = nullptr;
    std::string location, content, digest;
    std::size_t at = 0;
    bool finished = false;
};

struct CursorState {
    sqlite3_stmt* statement = nullptr;
    std::string letters;
    bool ended = false; // a statement that is stepped past its end begins anew
    ~CursorState() { sqlite3_finalize(statement); }
};

/// One Arrow batch with its memory.
struct ReadBatch {
    struct Column {
        std::vector<std::int64_t> integers;
        std::vector<double> reals;
        std::vector<std::int32_t> offsets{0};
        std::string bytes;
        std::vector<std::uint8_t> bits;
        std::int64_t nulls = 0;
        std::array<const void*, 3> buffers{};
        ArrowArray array{};
    };
    std::deque<Column> columns;
    std::vector<ArrowArray*> children;
    std::array<const void*, 1> none{};
};

/// The functions behind the interfaces. They are what crosses the boundary, so none may throw.
struct Callbacks {
    static Host::Run& of(const spine_run* run) { return *static_cast<Host::Run*>(run->ctx); }

    static spine_status param(const spine_run* run, spine_str name, spine_value* out) {
        const auto found = of(run).params.find(std::string(view(name)));
        if (found == of(run).params.end())
            return SPINE_NOT_FOUND;
        *out = lent(found->second);
        return SPINE_OK;
    }
    static std::int32_t is_cancelled(const spine_run*) { return 0; }
    static void progress(const spine_run*, std::uint64_t, std::uint64_t, spine_str) {}
    static spine_status wait(const spine_run* run, std::uint64_t milliseconds) {
        of(run).outcome.waits_ms.push_back(milliseconds);
        return SPINE_OK;
    }
    static spine_status fail(const spine_run* run,
                             spine_status status,
                             spine_retry retry,
                             std::uint64_t,
                             spine_str message,
                             spine_str details) {
        of(run).outcome.retry = retry;
        of(run).outcome.message = view(message);
        of(run).outcome.details = view(details);
        return status;
    }
    static spine_status emit(const spine_run* run, spine_str name, const spine_value* value) {
        of(run).outcome.outputs[std::string(view(name))] = owned(*value);
        return SPINE_OK;
    }

    static spine_status config_get(const spine_run* run, spine_str key, spine_value* out) {
        const auto& config = of(run).host->config;
        const auto found = config.find(std::string(view(key)));
        if (found == config.end())
            return SPINE_NOT_FOUND;
        const auto& domains = of(run).host->store_->desc->domains;
        for (std::uint32_t d = 0; d < domains.count; ++d) {
            const auto& declared = item<spine_domain_desc>(domains, d).config;
            for (std::uint32_t c = 0; c < declared.count; ++c) {
                const auto& param = item<spine_param>(declared, c);
                if (view(param.name) != view(key))
                    continue;
                *out = {static_cast<std::uint32_t>(param.type), 0, 0, 0, str(found->second)};
                if (param.type == SPINE_REAL)
                    out->real = std::stod(found->second);
                if (param.type == SPINE_INT)
                    out->integer = std::stoll(found->second);
                return SPINE_OK;
            }
        }
        return SPINE_INVALID_ARG;
    }
    static std::int64_t created_at_ms(const spine_run* run) { return of(run).host->now_ms; }

    static spine_manifest_row row_of(Host::Run& run, const Host::Store::Seen& seen) {
        const Manifest& manifest = seen.row;
        spine_manifest_row row{};
        row.struct_size = sizeof row;
        const Capture* newest = run.host->store_->head(manifest.partition);
        row.current = manifest.capture_seq == 0 || (newest != nullptr && newest->seq == manifest.capture_seq) ? 1 : 0;
        row.partition = run.keep(json_of(manifest.partition));
        row.stage = run.keep(manifest.stage);
        row.row_count = manifest.row_count;
        row.capture_seq = manifest.capture_seq;
        row.capture_id = run.keep(manifest.capture_id);
        row.metrics = run.keep(manifest.metrics);
        return row;
    }
    static spine_status manifest_get(const spine_run* run,
                                     spine_str,
                                     const spine_field* keys,
                                     std::uint32_t count,
                                     spine_str stage,
                                     spine_manifest_row* out) {
        const auto row =
            of(run).host->store_->seen(partition_of(keys, count), std::string(view(stage)), false);
        if (!row)
            return SPINE_NOT_FOUND;
        *out = row_of(of(run), *row);
        return SPINE_OK;
    }
    static spine_status manifest_list(const spine_run* run,
                                      spine_str,
                                      const spine_field* keys,
                                      std::uint32_t count,
                                      spine_str stage,
                                      spine_table* out) {
        auto& list = of(run).row_lists.emplace_back();
        const Partition wanted = partition_of(keys, count);
        for (const Manifest& row : of(run).host->store_->manifest)
            if (row.stage == view(stage) &&
                std::includes(
                    row.partition.begin(), row.partition.end(), wanted.begin(), wanted.end()))
                if (const auto seen = of(run).host->store_->seen(row.partition, row.stage, false))
                    list.push_back(row_of(of(run), *seen));
        *out = {list.data(), static_cast<std::uint32_t>(list.size()), sizeof(spine_manifest_row)};
        return SPINE_OK;
    }

    static spine_status
    plan_output(const spine_run* run, const spine_field* keys, std::uint32_t count) {
        of(run).outputs.push_back(partition_of(keys, count));
        return SPINE_OK;
    }
    static spine_status plan_input(const spine_run* raw,
                                   std::uint32_t output,
                                   const spine_field* keys,
                                   std::uint32_t count,
                                   spine_str stage,
                                   std::uint32_t flags) {
        Host::Run& run = of(raw);
        const Host::Store& store = *run.host->store_;
        const Partition partition = partition_of(keys, count);
        const Capture* capture = nullptr;
        if (run.historic) {
            for (const Capture& candidate : store.captures)
                if (candidate.partition == partition &&
                    (run.as_of_capture.empty() ? time_text(candidate.captured_ms) <= run.as_of_time
                                               : candidate.id == run.as_of_capture))
                    capture = &candidate;
        }
        const bool across = std::find(run.outputs.begin(), run.outputs.end(), partition) == run.outputs.end();
        const auto row =
            run.historic ? std::nullopt : store.seen(partition, std::string(view(stage)), across);
        if (row && row->current)
            for (const Capture& candidate : store.captures)
                if (candidate.seq == row->row.capture_seq)
                    capture = &candidate;
        if (capture == nullptr) {
            if ((flags & SPINE_INPUT_OPTIONAL) == 0)
                run.fail(SPINE_NOT_FOUND,
                         std::string(view(stage)) + " of " + json_of(partition) +
                             " has not been reached");
            return SPINE_NOT_FOUND;
        }
        run.inputs.push_back({output,
                              partition,
                              std::string(view(stage)),
                              capture,
                              json_of(partition),
                              row ? row->row.metrics : "{}"});
        return SPINE_OK;
    }
    static spine_status plan_as_of(const spine_run* run, spine_str until, spine_str capture) {
        of(run).historic = true;
        of(run).as_of_time = view(until);
        of(run).as_of_capture = view(capture);
        return SPINE_OK;
    }
    static spine_status plan_skip(const spine_run*, spine_str) { return SPINE_UNSUPPORTED; }

    static spine_status claim(const spine_run* run,
                              const spine_field* keys,
                              std::uint32_t count,
                              std::uint32_t* output) {
        *output = static_cast<std::uint32_t>(of(run).outputs.size());
        of(run).outputs.push_back(partition_of(keys, count));
        return SPINE_OK;
    }
    static spine_status
    partition_output(const spine_run* run, std::uint32_t output, spine_str* json) {
        if (output >= of(run).outputs.size())
            return SPINE_NOT_FOUND;
        *json = of(run).keep(json_of(of(run).outputs[output]));
        return SPINE_OK;
    }
    static spine_status partition_inputs(const spine_run* raw, spine_table* out) {
        Host::Run& run = of(raw);
        if (run.input_list.empty()) {
            std::stable_sort(
                run.inputs.begin(), run.inputs.end(), [](const auto& left, const auto& right) {
                    return left.partition_json < right.partition_json;
                });
            for (const auto& pinned : run.inputs) {
                spine_input input{};
                input.struct_size = sizeof input;
                input.output = pinned.output;
                input.capture_seq = pinned.capture->seq;
                run.places.push_back({pinned.capture->seq, false});
                input.rowset = static_cast<spine_rowset>(run.places.size() - 1);
                input.row.struct_size = sizeof input.row;
                input.row.domain = run.keep("fake");
                input.row.partition = run.keep(pinned.partition_json);
                input.row.stage = run.keep(pinned.stage);
                input.row.capture_seq = pinned.capture->seq;
                input.row.capture_id = run.keep(pinned.capture->id);
                input.row.metrics = run.keep(pinned.metrics);
                run.input_list.push_back(input);
            }
        }
        *out = {run.input_list.data(),
                static_cast<std::uint32_t>(run.input_list.size()),
                sizeof(spine_input)};
        return SPINE_OK;
    }
    static spine_status derived(const spine_run* run, std::uint32_t, spine_rowset* out) {
        of(run).places.push_back({++of(run).host->store_->derivations, false});
        *out = static_cast<spine_rowset>(of(run).places.size() - 1);
        return SPINE_OK;
    }
    static spine_status reached(const spine_run* raw,
                                std::uint32_t output,
                                spine_rowset rowset,
                                std::int64_t row_count,
                                const spine_field*,
                                std::uint32_t) {
        Host::Run& run = of(raw);
        if (output >= run.outputs.size() || static_cast<std::size_t>(rowset) >= run.places.size())
            return run.fail(SPINE_INVALID_ARG, "reached: no such output or rowset");
        Manifest row{run.outputs[output], run.stage, row_count, 0, {}, run.historic, {}};
        const auto seq = run.places[static_cast<std::size_t>(rowset)].seq;
        const auto find = [&](const std::vector<Capture>& captures) {
            for (const Capture& capture : captures)
                if (capture.seq == seq && capture.partition == row.partition) {
                    row.capture_seq = capture.seq;
                    row.capture_id = capture.id;
                }
        };
        find(run.host->store_->captures);
        find(run.new_captures);
        run.reached.push_back(row);
        return SPINE_OK;
    }

    static spine_status open(const spine_run* run, spine_str location, spine_source** out) {
        const auto found = of(run).host->files.find(std::string(view(location)));
        if (found == of(run).host->files.end())
            return of(run).fail(SPINE_NOT_FOUND, "no file " + std::string(view(location)));
        auto* source = new SourceState{}; // owned by the plugin until close
        source->host = of(run).host;
        source->location = found->first;
        source->content = found->second;
        source->digest = std::to_string(std::hash<std::string>{}(found->second));
        *out = reinterpret_cast<spine_source*>(source);
        return SPINE_OK;
    }
    static spine_status read(spine_source* raw, spine_bytes* out) {
        auto& source = *reinterpret_cast<SourceState*>(raw);
        constexpr std::size_t piece = 1000; // small, so that lines are cut
        const std::size_t size = std::min(piece, source.content.size() - source.at);
        *out = {reinterpret_cast<const std::uint8_t*>(source.content.data()) + source.at, size};
        source.at += size;
        if (size == 0 && !source.finished) {
            source.finished = true;
            if (source.host->after_reading != nullptr)
                source.host->after_reading(*source.host);
        }
        return SPINE_OK;
    }
    static spine_status info(const spine_source* raw, spine_source_info* out) {
        const auto& source = *reinterpret_cast<const SourceState*>(raw);
        out->finished = source.finished ? 1 : 0;
        out->uri = str(source.location);
        out->name = str(source.location);
        out->bytes = source.content.size();
        out->sha256 = str(source.digest);
        return SPINE_OK;
    }
    static void close(spine_source* source) { delete reinterpret_cast<SourceState*>(source); }
    static spine_status exists(const spine_run* run, spine_str location, std::int32_t* out) {
        *out = of(run).host->files.count(std::string(view(location))) != 0 ? 1 : 0;
        return SPINE_OK;
    }

    static spine_status
    declare(const spine_run* raw, const spine_capture_request* request, spine_capture* out) {
        Host::Run& run = of(raw);
        const Host::Store& store = *run.host->store_;
        const auto& source = *reinterpret_cast<const SourceState*>(request->source);
        if (!source.finished || request->output >= run.outputs.size())
            return run.fail(SPINE_INVALID_STATE, "capture: not read to the end, or no output");
        const Partition& partition = run.outputs[request->output];
        if (const Capture* head = store.head(partition);
            head != nullptr && head->content == source.content) {
            run.outcome.unchanged = true;
            run.places.push_back({head->seq, false});
            out->unchanged = 1;
            out->capture_id = run.keep(head->id);
        } else {
            Capture capture;
            capture.seq = static_cast<std::int64_t>(store.captures.size()) + 1;
            capture.id = "capture-" + std::to_string(capture.seq);
            capture.partition = partition;
            capture.content = source.content;
            capture.captured_ms = run.host->now_ms;
            run.places.push_back({capture.seq, true});
            out->unchanged = 0;
            out->capture_id = run.keep(capture.id);
            run.new_captures.push_back(std::move(capture));
        }
        out->rowset = static_cast<spine_rowset>(run.places.size() - 1);
        return SPINE_OK;
    }

    static spine_status query(const spine_run* raw,
                              spine_str sql,
                              const spine_value* values,
                              std::uint32_t count,
                              spine_str types,
                              spine_cursor** out) {
        Host::Run& run = of(raw);
        auto cursor = std::make_unique<CursorState>();
        if (sqlite3_prepare_v2(run.host->store_->db,
                               sql.data,
                               static_cast<int>(sql.size),
                               &cursor->statement,
                               nullptr) != SQLITE_OK)
            return run.fail(SPINE_INVALID_ARG, sqlite3_errmsg(run.host->store_->db));
        for (std::uint32_t i = 0; i < count; ++i) {
            const int at = static_cast<int>(i + 1);
            if (const std::string_view text = view(values[i].text); values[i].type == SPINE_TEXT)
                sqlite3_bind_text(cursor->statement,
                                  at,
                                  text.data(),
                                  static_cast<int>(text.size()),
                                  SQLITE_TRANSIENT);
            else
                sqlite3_bind_int64(cursor->statement, at, values[i].integer);
        }
        cursor->letters = view(types);
        *out = reinterpret_cast<spine_cursor*>(cursor.release());
        return SPINE_OK;
    }
    static spine_status next(spine_cursor* raw, std::uint32_t max_rows, ArrowArray* out) {
        auto& cursor = *reinterpret_cast<CursorState*>(raw);
        auto batch = std::make_unique<ReadBatch>();
        batch->columns.resize(cursor.letters.size());
        std::int64_t rows = 0;
        // A few rows only, so that batches change under way.
        while (rows < std::min<std::int64_t>(max_rows, 7) && !cursor.ended) {
            if (sqlite3_step(cursor.statement) != SQLITE_ROW) {
                cursor.ended = true;
                break;
            }
            for (std::size_t i = 0; i < batch->columns.size(); ++i)
                add(batch->columns[i], cursor.statement, static_cast<int>(i), rows);
            ++rows;
        }
        for (std::size_t i = 0; i < batch->columns.size(); ++i) {
            auto& column = batch->columns[i];
            column.array.length = rows;
            column.array.null_count = column.nulls;
            column.buffers[0] = column.nulls > 0 ? column.bits.data() : nullptr;
            column.array.n_buffers = cursor.letters[i] == 'u' ? 3 : 2;
            column.buffers[1] =
                cursor.letters[i] == 'l'   ? static_cast<void*>(column.integers.data())
                : cursor.letters[i] == 'g' ? static_cast<void*>(column.reals.data())
                                           : static_cast<void*>(column.offsets.data());
            column.buffers[2] = column.bytes.data();
            column.array.buffers = column.buffers.data();
            column.array.release = [](ArrowArray* child) { child->release = nullptr; };
            batch->children.push_back(&column.array);
        }
        *out = ArrowArray{};
        out->length = rows;
        out->n_buffers = 1;
        out->buffers = batch->none.data();
        out->n_children = static_cast<std::int64_t>(batch->children.size());
        out->children = batch->children.data();
        out->private_data = batch.release();
        out->release = [](ArrowArray* array) {
            delete static_cast<ReadBatch*>(array->private_data);
            array->release = nullptr;
        };
        return SPINE_OK;
    }
    static void
    add(ReadBatch::Column& column, sqlite3_stmt* statement, int index, std::int64_t row) {
        const bool null = sqlite3_column_type(statement, index) == SQLITE_NULL;
        column.nulls += null ? 1 : 0;
        column.bits.resize(static_cast<std::size_t>(row / 8 + 1));
        if (!null)
            column.bits.back() = static_cast<std::uint8_t>(column.bits.back() | (1U << (row & 7)));
        column.integers.push_back(sqlite3_column_int64(statement, index));
        column.reals.push_back(sqlite3_column_double(statement, index));
        if (const auto* text = sqlite3_column_text(statement, index))
            column.bytes.append(reinterpret_cast<const char*>(text),
                                static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
        column.offsets.push_back(static_cast<std::int32_t>(column.bytes.size()));
    }
    static void close_cursor(spine_cursor* cursor) {
        delete reinterpret_cast<CursorState*>(cursor);
    }

    static spine_status append_open(const spine_run* raw,
                                    spine_str dataset,
                                    spine_rowset rowset,
                                    spine_str columns,
                                    spine_appender** out) {
        Host::Run& run = of(raw);
        if (run.host->store_->datasets.count(std::string(view(dataset))) == 0 ||
            static_cast<std::size_t>(rowset) >= run.places.size())
            return run.fail(SPINE_INVALID_ARG, "append: no such dataset or rowset");
        run.replacements.push_back(
            {std::string(view(dataset)), rowset, split(view(columns), '|'), {}, false});
        *out = reinterpret_cast<spine_appender*>(&run.replacements.back());
        return SPINE_OK;
    }
    static spine_status push(spine_appender* appender, ArrowArray* batch) {
        auto& replacement = *reinterpret_cast<Host::Run::Replacement*>(appender);
        for (std::int64_t row = 0; row < batch->length; ++row) {
            auto& cells = replacement.rows.emplace_back();
            for (std::int64_t i = 0; i < batch->n_children; ++i)
                cells.push_back(cell(*batch->children[i], row));
        }
        batch->release(batch);
        return SPINE_OK;
    }
    /// The type of a column is not in the array; its buffers tell text from numbers, and the
    /// dataset the rest.
    static Cell cell(const ArrowArray& column, std::int64_t row) {
        const auto* valid = static_cast<const std::uint8_t*>(column.buffers[0]);
        if (valid != nullptr && ((valid[row >> 3] >> (row & 7)) & 1) == 0)
            return {};
        if (column.n_buffers == 3) {
            const auto* offsets = static_cast<const std::int32_t*>(column.buffers[1]);
            return std::string(static_cast<const char*>(column.buffers[2]) + offsets[row],
                               static_cast<std::size_t>(offsets[row + 1] - offsets[row]));
        }
        return static_cast<const std::int64_t*>(column.buffers[1])[row];
    }
    static spine_status finish(spine_appender* appender, std::uint64_t* count) {
        auto& replacement = *reinterpret_cast<Host::Run::Replacement*>(appender);
        replacement.finished = true;
        *count = replacement.rows.size();
        return SPINE_OK;
    }

    static spine_status
    reject(const spine_run* run, const spine_reject* rejects, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i)
            of(run).outcome.rejects.push_back({std::string(view(rejects[i].reason_code)),
                                               std::string(view(rejects[i].reason_detail)),
                                               std::string(view(rejects[i].raw_text)),
                                               std::string(view(rejects[i].source_locator)),
                                               rejects[i].line_number,
                                               rejects[i].output});
        return SPINE_OK;
    }
    static spine_status check(const spine_run* run, const spine_check* check) {
        of(run).outcome.checks.push_back({std::string(view(check->name)),
                                          std::string(view(check->actual)),
                                          std::string(view(check->expected)),
                                          check->category,
                                          check->status,
                                          check->output,
                                          std::string(view(check->details))});
        return SPINE_OK;
    }
    static spine_status anomaly(const spine_run* run, const spine_anomaly* anomaly) {
        of(run).outcome.anomalies.push_back({anomaly->severity,
                                             std::string(view(anomaly->category)),
                                             std::string(view(anomaly->message)),
                                             std::string(view(anomaly->metadata))});
        return SPINE_OK;
    }

    static spine_status dispatch(const spine_run* raw,
                                 spine_str pipeline,
                                 const spine_field* params,
                                 std::uint32_t count,
                                 spine_child* out) {
        Host::Run& run = of(raw);
        Values values;
        for (std::uint32_t i = 0; i < count; ++i)
            values[std::string(view(params[i].name))] = owned(params[i].value);
        run.outcome.children.emplace_back(view(pipeline));
        const Outcome child = run.host->run(std::string(view(pipeline)), values);
        out->state = child.status != SPINE_OK ? SPINE_CHILD_FAILED
                     : child.unchanged        ? SPINE_CHILD_SKIPPED
                                              : SPINE_CHILD_COMPLETED;
        out->error_message = run.keep(child.message);
        return SPINE_OK;
    }

    static spine_status
    insert(const spine_run* run, std::uint32_t, spine_str beside, spine_str step) {
        of(run).outcome.inserted.push_back(std::string(view(beside)) + " " +
                                           std::string(view(step)));
        return SPINE_OK;
    }
    static spine_status retry(const spine_run* run, spine_str name, spine_str params) {
        of(run).outcome.retried.push_back(std::string(view(name)) + " " +
                                          std::string(view(params)));
        return SPINE_OK;
    }
    static spine_status step_config(const spine_run* run, spine_str name, spine_value* out) {
        const auto found = of(run).options.find(std::string(view(name)));
        if (found == of(run).options.end())
            return SPINE_NOT_FOUND;
        *out = lent(found->second);
        return SPINE_OK;
    }
    static spine_status step_output(const spine_run* run, spine_str path, spine_value* out) {
        const auto& outputs = of(run).host->step_outputs;
        const auto found = outputs.find(std::string(view(path)));
        if (found == outputs.end() || found->second.type == SPINE_NULL)
            return SPINE_NOT_FOUND;
        *out = lent(found->second);
        return SPINE_OK;
    }
    static spine_status step_quality(const spine_run* run,
                                     std::int64_t record_count,
                                     std::int64_t valid_count,
                                     double null_rate,
                                     std::int32_t passed) {
        if (record_count < 0 || valid_count < 0 || valid_count > record_count || null_rate < 0 ||
            null_rate > 1)
            return of(run).fail(SPINE_INVALID_ARG, "quality: impossible figures");
        of(run).outcome.quality = {record_count, valid_count, null_rate, passed != 0};
        return SPINE_OK;
    }
    static spine_status event(const spine_run* run, spine_str name, spine_str details) {
        of(run).outcome.events.push_back({std::string(view(name)), std::string(view(details))});
        return SPINE_OK;
    }
    static void log(const spine_run* run, std::uint32_t, spine_str message) {
        of(run).outcome.logs.emplace_back(view(message));
    }
    static spine_status update(const spine_run* run, spine_str name, const spine_value* value) {
        of(run).outcome.updates[std::string(view(name))] = owned(*value);
        return SPINE_OK;
    }

    static const void* get_interface(const spine_run* raw, spine_str id) {
        static const spine_config_1 config{sizeof(spine_config_1), 0, config_get};
        static const spine_clock_1 clock{sizeof(spine_clock_1), 0, created_at_ms};
        static const spine_manifest_1 manifest{
            sizeof(spine_manifest_1), 0, manifest_get, manifest_list};
        static const spine_plan_1 plan{
            sizeof(spine_plan_1), 0, plan_output, plan_input, plan_as_of, plan_skip};
        static const spine_partition_1 partition{sizeof(spine_partition_1),
                                                 0,
                                                 claim,
                                                 partition_output,
                                                 partition_inputs,
                                                 derived,
                                                 reached};
        static const spine_source_1 source{
            sizeof(spine_source_1), 0, open, read, info, close, exists};
        static const spine_capture_1 capture{sizeof(spine_capture_1), 0, declare};
        static const spine_db_1 db{sizeof(spine_db_1), 0, query, next, close_cursor, nullptr};
        static const spine_append_1 append{sizeof(spine_append_1), 0, append_open, push, finish};
        static const spine_rejects_1 rejects{sizeof(spine_rejects_1), 0, reject};
        static const spine_quality_1 quality{sizeof(spine_quality_1), 0, check};
        static const spine_anomalies_1 anomalies{sizeof(spine_anomalies_1), 0, anomaly};
        static const spine_dispatch_1 children{sizeof(spine_dispatch_1), 0, dispatch};
        static const spine_course_1 course{
            sizeof(spine_course_1), 0, nullptr, insert, nullptr, retry, nullptr, nullptr, nullptr};
        static const spine_step_1 step{
            sizeof(spine_step_1), 0, step_config, step_output, update, step_quality, event};
        static const spine_log_1 logger{sizeof(spine_log_1), 0, log};
        const Host::Run& run = of(raw);
        const std::string_view wanted = view(id);
        if (wanted == SPINE_CONFIG_ID)
            return &config;
        if (wanted == SPINE_MANIFEST_ID)
            return &manifest;
        if (wanted == SPINE_LOG_ID)
            return &logger;
        if (run.is_lambda && wanted == SPINE_COURSE_ID)
            return &course;
        if (run.is_lambda)
            return wanted == SPINE_STEP_ID ? &step : nullptr;
        if (run.planning)
            return wanted == SPINE_PLAN_ID ? &plan : nullptr;
        if (wanted == SPINE_CLOCK_ID)
            return &clock;
        if (wanted == SPINE_SOURCE_ID)
            return &source;
        if (run.composite)
            return wanted == SPINE_DISPATCH_ID    ? static_cast<const void*>(&children)
                   : wanted == SPINE_ANOMALIES_ID ? &anomalies
                                                  : nullptr;
        if (wanted == SPINE_PARTITION_ID)
            return &partition;
        if (wanted == SPINE_CAPTURE_ID)
            return &capture;
        if (wanted == SPINE_DB_ID)
            return &db;
        if (wanted == SPINE_APPEND_ID)
            return &append;
        if (wanted == SPINE_REJECTS_ID)
            return &rejects;
        if (wanted == SPINE_QUALITY_ID)
            return &quality;
        if (wanted == SPINE_ANOMALIES_ID)
            return &anomalies;
        return nullptr;
    }

    static Value default_of(const spine_param& param) {
        const std::string text(view(param.default_value));
        return param.type == SPINE_INT    ? value(std::int64_t{std::stoll(text)})
               : param.type == SPINE_REAL ? value(std::stod(text))
               : param.type == SPINE_BOOL ? value(text == "true")
               : param.type == SPINE_JSON ? json(text)
                                          : value(text);
    }

    static void prepare(Host::Run& run, const spine_table& declared, Values given) {
        for (std::uint32_t i = 0; i < declared.count; ++i) {
            const auto& param = item<spine_param>(declared, i);
            const std::string name(view(param.name));
            if (given.count(name) == 0 && param.default_value.size > 0)
                given[name] = default_of(param);
            if (given.count(name) == 0 && (param.flags & SPINE_PARAM_REQUIRED) != 0)
                throw std::runtime_error("parameter " + name + " is required");
            for (const auto& allowed : split(view(param.allowed), '|')) {
                const auto spellings = split(allowed, '=');
                for (const auto& spelling : spellings)
                    if (given.count(name) != 0 && lower(given[name].text) == lower(spelling))
                        given[name].text = spellings.front();
            }
        }
        run.params = std::move(given);
        run.raw.struct_size = sizeof run.raw;
        run.raw.flags = run.host->dry ? SPINE_RUN_DRY : 0;
        run.raw.attempt = run.host->attempt;
        run.raw.execution_id = str("execution-1");
        run.raw.batch_id = str("batch-1");
        run.raw.ctx = &run;
        run.raw.get_interface = get_interface;
        run.raw.param = param;
        run.raw.is_cancelled = is_cancelled;
        run.raw.progress = progress;
        run.raw.wait = wait;
        run.raw.fail = fail;
        run.raw.emit = emit;
    }

    static void write(Host::Store& store, const Host::Run::Replacement& rows, std::int64_t seq) {
        const std::string table = rows.dataset + "__rows";
        store.execute("DELETE FROM " + table + " WHERE version = " + std::to_string(seq));
        std::string sql = "INSERT INTO " + table + " (version";
        std::string marks = "?";
        for (const auto& column : rows.columns) {
            sql += ", " + column;
            marks += ", ?";
        }
        sqlite3_stmt* statement = nullptr;
        sql += ") VALUES (" + marks + ")";
        if (sqlite3_prepare_v2(store.db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
            throw std::runtime_error(sql + ": " + sqlite3_errmsg(store.db));
        for (const auto& row : rows.rows) {
            sqlite3_bind_int64(statement, 1, seq);
            for (std::size_t i = 0; i < row.size(); ++i) {
                const int at = static_cast<int>(i + 2);
                const bool real = store.reals.count(rows.dataset + "." + rows.columns[i]) > 0;
                if (const auto* text = std::get_if<std::string>(&row[i])) {
                    sqlite3_bind_text(statement,
                                      at,
                                      text->c_str(),
                                      static_cast<int>(text->size()),
                                      SQLITE_TRANSIENT);
                } else if (const auto* number = std::get_if<std::int64_t>(&row[i])) {
                    double as_real = 0;
                    std::memcpy(&as_real, number, sizeof as_real);
                    if (real)
                        sqlite3_bind_double(statement, at, as_real);
                    else
                        sqlite3_bind_int64(statement, at, *number);
                } else {
                    sqlite3_bind_null(statement, at);
                }
            }
            if (sqlite3_step(statement) != SQLITE_DONE) {
                const std::string error = sqlite3_errmsg(store.db);
                sqlite3_finalize(statement);
                throw std::runtime_error(rows.dataset + ": " + error);
            }
            sqlite3_reset(statement);
        }
        sqlite3_finalize(statement);
    }

    static bool failed(const Host::Run& run, const Partition& partition) {
        return std::any_of(run.outcome.checks.begin(), run.outcome.checks.end(), [&](const Check& check) {
            return check.status == SPINE_CHECK_FAIL && check.output < run.outputs.size() && run.outputs[check.output] == partition;
        });
    }

    static void commit(Host::Run& run) {
        Host::Store& store = *run.host->store_;
        const auto* publishing = store.publishing_stage();
        const auto judges = [&](const Manifest& row) {
            return !row.historic && publishing != nullptr && view(publishing->name) == row.stage && row.capture_seq != 0;
        };
        for (const Manifest& row : run.reached)
            if (judges(row) && failed(run, row.partition) && store.ever_published.count(row.capture_seq) != 0) {
                run.outcome.status = SPINE_INVALID_DATA; // what readers see is not replaced by what failed
                run.outcome.withheld = true;
                return;
            }
        for (const auto& replacement : run.replacements) {
            if (!replacement.finished)
                throw std::runtime_error(replacement.dataset + ": the rows are not finished");
            write(store, replacement, run.places[static_cast<std::size_t>(replacement.rowset)].seq);
        }
        for (Capture& capture : run.new_captures) {
            if (publishing == nullptr)
                store.publish(capture.partition, capture.seq);
            store.take(std::move(capture));
        }
        for (Manifest& row : run.reached) {
            if (row.historic)
                continue;
            row.metrics = json_of(run.outcome.outputs);
            store.keep_reached(row);
            if (judges(row)) {
                const auto of = store.published.find(row.partition);
                if (failed(run, row.partition))
                    run.outcome.withheld = true;
                else if ((of == store.published.end() || of->second < row.capture_seq) &&
                         store.ever_published.count(row.capture_seq) == 0)
                    store.publish(row.partition, row.capture_seq);
            }
            const auto same =
                std::find_if(store.manifest.begin(), store.manifest.end(), [&](const auto& old) {
                    return old.partition == row.partition && old.stage == row.stage;
                });
            if (same == store.manifest.end())
                store.manifest.push_back(row);
            else
                *same = row;
        }
    }
};

Host::Host(const spine_plugin& plugin) : store_(std::make_unique<Store>()) {
    store_->desc = plugin.desc;
    if (sqlite3_open(":memory:", &store_->db) != SQLITE_OK)
        throw std::runtime_error("cannot open a database in memory");
    store_->execute("CREATE TABLE core_captures (capture_seq INTEGER PRIMARY KEY, capture_id TEXT, "
                    "domain TEXT, partition_key TEXT)");
    const spine_table& migrations = plugin.desc->migrations;
    for (std::uint32_t m = 0; m < migrations.count; ++m) {
        const auto& steps = item<spine_migration>(migrations, m).steps;
        for (std::uint32_t s = 0; s < steps.count; ++s) {
            const auto& step = item<spine_migration_step>(steps, s);
            if (step.kind == SPINE_STEP_ADD_COLUMN) {
                store_->add_column(std::string(view(step.name)), *step.column);
                continue;
            }
            const auto* dataset = step.dataset;
            if (dataset == nullptr)
                continue;
            const std::string name(view(dataset->name));
            store_->datasets[name] = dataset;
            std::string sql = "CREATE TABLE " + name + "__rows (version INTEGER NOT NULL";
            for (std::uint32_t c = 0; c < dataset->columns.count; ++c) {
                const auto& column = item<spine_column>(dataset->columns, c);
                sql += ", " + store_->declared(name, column) +
                       ((column.flags & SPINE_COLUMN_NULLABLE) != 0 ? "" : " NOT NULL");
            }
            sql += ", PRIMARY KEY (version";
            for (const auto& key : split(view(dataset->key), '|'))
                sql.append(", ").append(key);
            store_->execute(sql + ")) STRICT");
            store_->create_view(name);
        }
    }
}

Host::~Host() = default;

Outcome Host::run(const std::string& pipeline, const Values& params) {
    const spine_table& pipelines = store_->desc->pipelines;
    for (std::uint32_t i = 0; i < pipelines.count; ++i) {
        const auto& desc = item<spine_pipeline_desc>(pipelines, i);
        if (view(desc.name) != pipeline)
            continue;
        Run run;
        run.host = this;
        run.composite = (desc.flags & SPINE_PIPELINE_COMPOSITE) != 0;
        run.stage = view(desc.stage);
        Callbacks::prepare(run, desc.params, params);
        spine_status status = SPINE_OK;
        if (desc.plan != nullptr) {
            run.planning = true;
            status = desc.plan(&desc, &run.raw);
            run.planning = false;
        }
        if (status == SPINE_OK)
            status = desc.run(&desc, &run.raw);
        run.outcome.status = status;
        if (status == SPINE_OK && !dry)
            Callbacks::commit(run);
        return run.outcome;
    }
    throw std::runtime_error("no pipeline " + pipeline);
}

Outcome Host::call(const std::string& handler, const Values& params, const Values& options) {
    const spine_table& handlers = store_->desc->handlers;
    for (std::uint32_t i = 0; i < handlers.count; ++i) {
        const auto& desc = item<spine_handler_desc>(handlers, i);
        if (view(desc.name) != handler)
            continue;
        Run run;
        run.host = this;
        run.is_lambda = true;
        run.options = options;
        std::size_t declared = 0;
        for (std::uint32_t c = 0; c < desc.config.count; ++c) {
            const auto& option = item<spine_param>(desc.config, c);
            const std::string name(view(option.name));
            declared += options.count(name);
            if (options.count(name) == 0 && option.default_value.size > 0)
                run.options[name] = Callbacks::default_of(option);
        }
        if (declared != options.size())
            throw std::runtime_error(handler + ": an option that is not declared");
        Callbacks::prepare(run, spine_table{}, params);
        run.outcome.status = desc.call(&desc, &run.raw);
        return run.outcome;
    }
    throw std::runtime_error("no handler " + handler);
}

void Host::remember(const std::string& step, const Outcome& outcome) {
    for (const auto& [name, output] : outcome.outputs)
        step_outputs[step + "." + name] = output;
}

void Host::put_manifest(const Partition& partition,
                        const std::string& stage,
                        std::int64_t row_count,
                        bool current) {
    const auto number = static_cast<std::int64_t>(store_->captures.size()) + 1;
    const Capture before{number, "put-" + std::to_string(number), partition, {}, now_ms};
    store_->take(before);
    if (!current)
        store_->take({number + 1, "put-" + std::to_string(number + 1), partition, {}, now_ms});
    store_->manifest.push_back({partition, stage, row_count, before.seq, before.id, false, "{}"});
    store_->keep_reached(store_->manifest.back());
    store_->publish(partition, before.seq);
}

void Host::publish(const Partition& partition, std::int64_t capture_seq) {
    store_->publish(partition, capture_seq);
}

std::optional<Manifest> Host::manifest(const Partition& partition, const std::string& stage) const {
    for (const Manifest& row : store_->manifest)
        if (row.partition == partition && row.stage == stage)
            return row;
    return std::nullopt;
}

std::size_t Host::manifest_size() const { return store_->manifest.size(); }

void Host::forget(const std::string& sql) { store_->execute(sql); }

std::string Host::ask(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(store_->db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(store_->db));
    std::string answer = "nothing";
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const auto* text = sqlite3_column_text(statement, 0);
        answer = text == nullptr ? "NULL" : reinterpret_cast<const char*>(text);
    }
    sqlite3_finalize(statement);
    return answer;
}

} // namespace spine::fake
