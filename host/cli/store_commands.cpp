#include "cli/store_commands.hpp"

#include "cli/session.hpp"
#include "control/migrate_all.hpp"
#include "error.hpp"
#include "workflow/literal.hpp"

#include <boost/json/string.hpp>

namespace spine::cli {

namespace json = boost::json;

int init_store(Session& session, const Invocation& invocation) {
    const auto& catalogue = session.libraries.get().catalogue();
    bool created = false;
    const auto store = session.stores.create(created, invocation.has("create-parents") ? control::Parents::made : control::Parents::must_be_there);
    const auto report = control::migrate_all(*store, catalogue);
    const auto info = store->info(report.sound);
    store->close();

    json::array applied, refused_tables;
    control::Table table{{"owner", "version", "name"}, {}, false};
    for (const auto& migration : report.applied) {
        applied.push_back(json::object{{"owner", migration.owner}, {"version", migration.version}, {"name", migration.name}});
        table.rows.push_back({json::value(migration.owner), json::value(migration.version), json::value(migration.name)});
    }
    json::object document;
    document["path"] = info.path;
    document["store_id"] = info.store_id;
    document["created"] = created;
    document["applied"] = std::move(applied);
    std::string text = fields_text({{created ? "created" : "store", info.path}, {"id", info.store_id}, {"engine", info.engine}});
    text += table.rows.empty() ? "nothing to migrate\n" : "\nmigrations applied:\n" + table_text(session, table);
    for (const auto& refused : report.refused)
        refused_tables.push_back(json::object{{"plugin", refused.plugin}, {"reason", refused.why.what()}, {"hint", refused.why.hint()}});
    if (!refused_tables.empty())
        document["refused"] = std::move(refused_tables);
    show(session, document, text);
    tell_refused(session, catalogue);
    for (const auto& refused : report.refused)
        session.words.error("plugin '" + refused.plugin + "' was not migrated: " + refused.why.what(), refused.why.hint());
    return report.refused.empty() ? 0 : exit_code(ErrorCode::invalid);
}

namespace {

json::object problem_document(const control::Damage& damage) {
    json::object document{{"problem", damage.what}};
    const auto add = [&](const char* name, const json::value& value) {
        if (!value.is_string() || !value.get_string().empty())
            document[name] = value;
    };
    add("dataset", json::value(damage.dataset));
    add("partition", structured("partition", json::value(damage.partition_key)));
    add("capture_id", json::value(damage.capture_id));
    add("stage", json::value(damage.stage));
    add("repair", json::value(damage.repair));
    return document;
}

} // namespace

int check_store(Session& session, const Invocation& invocation) {
    const auto& catalogue = session.libraries.get().catalogue();
    const auto store = session.stores.open(control::Access::read);
    const auto problems = store->check({invocation.has("deep"), &catalogue});
    json::array listed;
    std::string text;
    for (const auto& problem : problems) {
        listed.emplace_back(problem_document(problem));
        text += (text.empty() ? "" : "\n") +
                fields_text({{"problem", problem.what},
                             {"dataset", problem.dataset},
                             {"partition", pairs_text(structured("partition", json::value(problem.partition_key)))},
                             {"capture", problem.capture_id},
                             {"stage", problem.stage},
                             {"anew by", problem.repair}});
    }
    json::object document;
    document["sound"] = problems.empty();
    document["problems"] = std::move(listed);
    show(session, document, problems.empty() ? "the store is sound\n" : text);
    if (problems.empty())
        return 0;
    session.words.error("the store has " + std::to_string(problems.size()) + " problem(s)",
                        "what has a command beside it is made anew by that; for the rest: restore the newest copy made by 'spine db backup'");
    return exit_code(ErrorCode::bad_data);
}

int backup_store(Session& session, const Invocation& invocation) {
    const auto& file = invocation.arguments.at(0);
    const auto store = session.stores.open(control::Access::read);
    store->backup(file);
    show(session, json::object{{"file", file}}, fields_text({{"backup", file}}));
    return 0;
}

int restore_store(Session& session, const Invocation& invocation) {
    const auto restored = session.stores.restore(invocation.arguments.at(0));
    json::object document{{"path", restored.path}, {"store_id", restored.store_id}};
    document["set_aside"] = json::array(restored.set_aside.begin(), restored.set_aside.end());
    auto text = fields_text({{"restored", restored.path}, {"id", restored.store_id}});
    for (const auto& file : restored.set_aside)
        text += fields_text({{"set aside", file}});
    show(session, document, text);
    return 0;
}

int digest_store(Session& session, const Invocation&) {
    const auto& catalogue = session.libraries.get().catalogue();
    const auto store = session.stores.open(control::Access::read);
    show(session, store->digest(catalogue));
    return 0;
}

namespace {

/// A number of a query's limit, or a fault.
std::int64_t limit_of(const Invocation& invocation, const std::string& option, std::int64_t otherwise, workflow::Diagnostics& faults) {
    constexpr std::int64_t most = 86'400;
    if (!invocation.has(option))
        return otherwise;
    const auto read = workflow::read_literal(workflow::Type::integer, invocation.value(option));
    const auto* value = std::get_if<json::value>(&read);
    if (value != nullptr && value->get_int64() >= 1 && value->get_int64() <= most)
        return value->get_int64();
    faults.push_back({"--" + option + " '" + invocation.value(option) + "'", "is no number from 1 to " + std::to_string(most), {}, 0, 0});
    return otherwise;
}

} // namespace

int query_store(Session& session, const Invocation& invocation) {
    workflow::Diagnostics faults;
    control::QueryLimits limits;
    limits.time = std::chrono::seconds{limit_of(invocation, "timeout", 60, faults)};
    limits.bytes = limit_of(invocation, "memory", 1024, faults) << 20;
    if (!faults.empty())
        return refuse_usage(session, faults);
    auto look = session.look();
    look.null_text = "NULL";
    look.guard_formulas = invocation.has("guard-formulas");
    const auto store = session.stores.open(control::Access::read);
    const auto printer = make_row_printer(session.output(), session.out(), look);
    store->query(invocation.arguments.at(0),
                 {[&](const std::vector<std::string>& names) { printer->columns(names); },
                  [&](const std::vector<json::value>& cells) {
                      printer->row(cells);
                      return session.out().open(); // `spine query ... | head` needs no more
                  }},
                 limits);
    printer->end();
    return 0;
}

} // namespace spine::cli
