#include "cli/list_commands.hpp"

#include "cli/age_text.hpp"
#include "cli/command_line.hpp"
#include "cli/object_table.hpp"
#include "cli/session.hpp"
#include "control/due_work.hpp"
#include "error.hpp"
#include "workflow/json.hpp"
#include "workflow/literal.hpp"

#include <algorithm>
#include <boost/json/string.hpp>
#include <cctype>
#include <functional>
#include <variant>

namespace spine::cli {
namespace {

namespace json = boost::json;

using Query = control::Table (control::Records::*)(const control::Filter&);

/// A list of records: what is asked of the store and which columns people see.
struct Listing {
    Query query;
    std::vector<std::string> shown;
    std::string name_option;   ///< the option that fills Filter::name; empty: none
    std::string status_option; ///< the option that fills Filter::status; empty: none
    std::vector<std::string> statuses; ///< what it may be; empty: any text
};

/// For programs: texts that hold JSON become that JSON.
control::Table for_programs(control::Table table) {
    for (auto& row : table.rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = structured(table.columns.at(i), row[i]);
    return table;
}

std::optional<std::size_t> column_index(const control::Table& table, const std::string& name) {
    const auto found = std::ranges::find(table.columns, name);
    if (found == table.columns.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - table.columns.begin());
}

/// For people: the telling columns, partitions as pairs, and an execution's error where it has no reason.
control::Table for_people(const control::Table& table, const std::vector<std::string>& shown) {
    std::vector<std::size_t> picked;
    control::Table out;
    for (const auto& name : shown) {
        if (const auto index = column_index(table, name)) {
            picked.push_back(*index);
            out.columns.push_back(name);
        }
    }
    if (picked.empty())
        return table;
    const auto reason = column_index(table, "reason");
    const auto error = column_index(table, "error_message");
    for (const auto& row : table.rows) {
        std::vector<json::value> cells;
        for (const auto index : picked) {
            const bool without_reason = index == reason && (row[index].is_null() || cell_text(row[index]).empty());
            const auto& cell = without_reason && error ? row[*error] : row[index];
            const auto meant = structured(table.columns[index], cell);
            cells.push_back(meant.is_object() ? json::value(pairs_text(meant)) : cell);
        }
        out.rows.push_back(std::move(cells));
    }
    return out;
}

/// The limit, or a fault.
std::size_t limit_of(const Invocation& invocation, workflow::Diagnostics& faults) {
    constexpr std::int64_t limit_max = 1'000'000;
    if (!invocation.has("limit"))
        return control::Filter{}.limit;
    const auto read = workflow::read_literal(workflow::Type::integer, invocation.value("limit"));
    const auto* value = std::get_if<json::value>(&read);
    if (value != nullptr && value->get_int64() >= 1 && value->get_int64() <= limit_max)
        return static_cast<std::size_t>(value->get_int64());
    faults.push_back({"--limit '" + invocation.value("limit") + "'", "is no number from 1 to 1000000", {}, 0, 0});
    return 0;
}

/// Whatever the case.
bool is_one_of(const std::string& text, const std::vector<std::string>& known) {
    return std::any_of(known.begin(), known.end(), [&](const std::string& one) {
        return std::equal(one.begin(), one.end(), text.begin(), text.end(), [](unsigned char a, unsigned char b) {
            return std::tolower(a) == std::tolower(b);
        });
    });
}

/// What the options ask for, or the exit code of what is wrong with them.
std::variant<control::Filter, int> filter_of(Session& session, const Invocation& invocation, const Listing& listing) {
    control::Filter filter;
    const auto& options = invocation.options;
    auto pairs = key_values("--partition", options.contains("partition") ? options.at("partition") : std::vector<std::string>{});
    auto& faults = pairs.faults;
    for (auto& [name, value] : pairs.pairs)
        if (!filter.partition.emplace(name, value).second)
            faults.push_back({"--partition " + name, "is given twice", "give each key once", 0, 0});
    filter.limit = limit_of(invocation, faults);
    if (!listing.status_option.empty())
        filter.status = invocation.value(listing.status_option);
    if (!filter.status.empty() && !listing.statuses.empty() && !is_one_of(filter.status, listing.statuses)) {
        std::string valid;
        for (const auto& status : listing.statuses)
            valid += (valid.empty() ? "" : ", ") + status;
        faults.push_back({"--" + listing.status_option, "'" + filter.status + "' is none", "there are " + valid, 0, 0});
    }
    if (invocation.has("since")) {
        if (const auto age = age_from(invocation.value("since")))
            filter.since = env::to_text(session.world.clock.now() - *age);
        else
            faults.push_back({"--since '" + invocation.value("since") + "'", "is no age", "write 12h, 7d or 4w", 0, 0});
    }
    if (!faults.empty())
        return refuse_usage(session, faults);

    filter.domain = invocation.value("domain");
    if (!listing.name_option.empty())
        filter.name = invocation.value(listing.name_option);
    // Aliases are the plugins' to know; without their plugin, full names still work.
    if (!filter.domain.empty() || !filter.name.empty()) {
        const auto& catalogue = session.libraries.get().catalogue();
        if (const auto* domain = catalogue.find_domain(filter.domain))
            filter.domain = domain->name;
        if (listing.name_option == "pipeline") {
            if (const auto* pipeline = catalogue.find_pipeline(filter.name))
                filter.name = pipeline->name;
        } else {
            for (const auto& plugin : catalogue.plugins)
                for (const auto& domain : plugin.domains)
                    if (filter.domain.empty() || filter.domain == domain.name)
                        filter.name = catalogue.stage_name(domain.name, filter.name);
        }
    }
    return filter;
}

/// What cannot be seen in the rows themselves.
void tell_extent(Session& session, std::size_t rows, bool more) {
    if (rows == 0)
        session.words.note("nothing matches");
    if (more)
        session.words.note("there is more than these " + std::to_string(rows) + "; --limit N shows up to N");
}

/// Adds why each row is stale; null: it is not, or its plugin is not there to tell.
void add_stale(Session& session, control::Store& store, const control::Filter& filter, control::Table& table) {
    table.columns.emplace_back("stale");
    const auto domain = column_index(table, "domain"), partition = column_index(table, "partition_key"), stage = column_index(table, "stage");
    control::Stale stale;
    if (!table.rows.empty()) {
        auto& library = session.libraries.get();
        const auto& catalogue = library.catalogue();
        const bool known = filter.domain.empty() || catalogue.find_domain(filter.domain) != nullptr;
        if (known)
            stale = control::stale_of(control::due_work({filter.domain, false}, catalogue, library.invoker(), store.journal(catalogue).state(), store,
                                                        env::to_text(session.world.clock.now())));
    }
    for (auto& row : table.rows) {
        const auto found = stale.find({{cell_text(row.at(*domain)), cell_text(row.at(*partition))}, cell_text(row.at(*stage))});
        row.push_back(found == stale.end() ? json::value(nullptr) : json::value(found->second));
    }
}

int list(Session& session, const Invocation& invocation, const Listing& listing) {
    const auto filter = filter_of(session, invocation, listing);
    if (const auto* code = std::get_if<int>(&filter))
        return *code;
    const auto store = session.stores.open(control::Access::read);
    auto table = ((*store).*listing.query)(std::get<control::Filter>(filter));
    if (listing.query == static_cast<Query>(&control::Records::manifest))
        add_stale(session, *store, std::get<control::Filter>(filter), table);
    switch (session.output()) {
    case config::Output::table: show(session, for_people(table, listing.shown)); break;
    case config::Output::csv: show(session, table); break;
    case config::Output::json:
    case config::Output::yaml: show(session, for_programs(table)); break;
    }
    tell_extent(session, table.rows.size(), table.more);
    return 0;
}

/// A run of a workflow or an execution, as the list of both shows it.
struct History {
    std::string kind; ///< workflow, pipeline
    json::object columns;

    std::string text(std::string_view name) const { return member_text(columns, name); }
    std::string id() const { return text(kind == "workflow" ? "run_id" : "execution_id"); }
    std::string name() const { return text(kind == "workflow" ? "workflow" : "pipeline"); }
    /// Why it is as it is: its reason, or its error and where that was.
    std::string reason() const {
        const auto error = text("error_message"), step = text("error_step"), status = text("status"), at = text("current_step");
        if (status == "due")
            return "nobody has taken it up yet";
        const auto until = text("wake_at");
        const bool stands = status == "waiting" || status == "pending";
        if (const auto given = text("reason"); !given.empty())
            return given + (stands && !until.empty() && given.find(until) == std::string::npos ? ", until " + until : "");
        if (stands && !until.empty())
            return "until " + until;
        if (error.empty() && (status == "waiting" || status == "paused"))
            return (status == "waiting" ? "blocked" : "interrupted") + (at.empty() ? std::string{} : " at step '" + at + "'");
        return error.empty() || step.empty() ? error : step + ": " + error;
    }
    /// Throws Error{invalid} when the row has no times there.
    std::string took() const {
        const auto from = text("started_at"), until = text("finished_at");
        if (from.empty() || until.empty())
            return {};
        return seconds_text(env::time_from(until) - env::time_from(from));
    }
};

/// How long it took; of a row that cannot be read nothing, and the damage is told beside the list, which the others are in all the same.
std::string took_or_told(const Session& session, const History& one) {
    try {
        return one.took();
    } catch (const Error& error) {
        session.words.warning((one.kind == "workflow" ? "run '" : "execution '") + one.id() + "' cannot be read whole: " + error.what() +
                           "; 'spine db check' says what is damaged, 'spine db restore' takes a backup back");
        return {};
    }
}

/// Whether there were more than the limit.
bool add_executions(std::vector<History>& found, const control::Table& table, bool asked_for) {
    for (auto& one : objects_of(table)) {
        History history{"pipeline", std::move(one.get_object())};
        if (!asked_for || (history.text("run_id").empty() && history.text("parent_execution_id").empty()))
            found.push_back(std::move(history));
    }
    return table.more;
}
bool add_runs(std::vector<History>& found, const control::Table& table) {
    for (auto& one : objects_of(table))
        found.push_back({"workflow", std::move(one.get_object())});
    return table.more;
}

/// People and CSV see the columns that both have; JSON and YAML all that each has.
void show_history(const Session& session, const std::vector<History>& found) {
    json::array documents;
    control::Table rows{{"id", "kind", "name", "status", "partition_key", "started_at", "took", "reason"}, {}, false};
    const bool people = session.for_people();
    for (const auto& one : found) {
        const auto* partition = one.columns.if_contains("partition_key");
        rows.rows.push_back({json::value(one.id()),
                             json::value(one.kind),
                             json::value(one.name()),
                             json::value(one.text("status")),
                             partition == nullptr                ? json::value(nullptr)
                             : people || !partition->is_object() ? json::value(pairs_text(*partition))
                                                                 : json::value(workflow::json_text(*partition)),
                             json::value(one.text("started_at")),
                             json::value(took_or_told(session, one)),
                             json::value(one.reason())});
        json::object document{{"id", one.id()}, {"kind", one.kind}, {"name", one.name()}};
        for (const auto& member : one.columns)
            document[member.key()] = member.value();
        documents.push_back(std::move(document));
    }
    show(session, documents, rows);
}

} // namespace

int list_runs(Session& session, const Invocation& invocation) {
    const Listing listing{nullptr,
                          {},
                          "pipeline",
                          "state",
                          {"running", "completed", "skipped", "superseded", "failed", "cancelled", "pending", "waiting", "blocked", "paused",
                           "interrupted", "due"}};
    auto asked = filter_of(session, invocation, listing);
    if (const auto* code = std::get_if<int>(&asked))
        return *code;
    auto& filter = std::get<control::Filter>(asked);
    const auto workflow = invocation.value("workflow");
    if (!workflow.empty() && !filter.name.empty())
        return refuse_usage(session, {{"--workflow and --pipeline", "are given together", "a run has no pipeline; give one of them", 0, 0}});
    // Who names a pipeline wants to see it wherever it ran.
    filter.asked_for = !invocation.has("all") && filter.name.empty();

    const auto store = session.stores.open(control::Access::read);
    std::vector<History> found;
    bool more = false;
    if (workflow.empty())
        more = add_executions(found, store->executions(filter), filter.asked_for);
    if (filter.name.empty()) {
        filter.name = workflow;
        more = add_runs(found, store->runs(filter)) || more;
    }
    std::ranges::stable_sort(found, std::ranges::greater{}, [](const History& one) { return one.text("started_at"); });
    if (found.size() > filter.limit) {
        found.resize(filter.limit);
        more = true;
    }
    show_history(session, found);
    tell_extent(session, found.size(), more);
    return 0;
}

int list_manifest(Session& session, const Invocation& invocation) {
    return list(session,
                invocation,
                {&control::Records::manifest,
                 {"domain", "partition_key", "stage", "row_count", "capture_id", "updated_at", "stale"},
                 "stage",
                 "",
                 {}});
}

int list_captures(Session& session, const Invocation& invocation) {
    return list(session,
                invocation,
                {&control::Records::captures,
                 {"capture_id", "state", "captured_at", "who", "why"},
                 "",
                 "",
                 {}});
}

int list_rejects(Session& session, const Invocation& invocation) {
    return list(session,
                invocation,
                {&control::Records::rejects,
                 {"domain", "partition_key", "stage", "line_number", "reason_code", "reason_detail", "raw_text"},
                 "stage",
                 "reason",
                 {}});
}

int list_quality(Session& session, const Invocation& invocation) {
    return list(session,
                invocation,
                {&control::Records::quality,
                 {"domain", "partition_key", "stage", "check_name", "category", "status", "actual_value", "expected_value"},
                 "stage",
                 "status",
                 {"PASS", "WARN", "FAIL", "NOT_ASKED"}});
}

int list_anomalies(Session& session, const Invocation& invocation) {
    return list(session,
                invocation,
                {&control::Records::anomalies,
                 {"detected_at", "severity", "domain", "partition_key", "stage", "category", "message", "resolved_at"},
                 "stage",
                 "severity",
                 {"DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"}});
}

} // namespace spine::cli
