#include "cli/store_commands.hpp"

#include "cli/session.hpp"
#include "error.hpp"

#include <boost/json/string.hpp>

namespace spine::cli {

namespace json = boost::json;

int init_store(Session& session, const Invocation&) {
    const auto& catalogue = session.libraries.get().catalogue();
    bool created = false;
    const auto store = session.stores.create(created);
    const auto report = store->migrate(catalogue);
    const auto info = store->info(catalogue);
    store->close();

    json::array applied;
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
    show(session, document, text);
    for (const auto& refused : catalogue.refused)
        session.words.warning("refused plugin " + refused.reason);
    return 0;
}

int check_store(Session& session, const Invocation&) {
    const auto store = session.stores.open(control::Access::read);
    const auto problems = store->check();
    json::array listed;
    std::string text;
    for (const auto& problem : problems) {
        listed.emplace_back(problem);
        text += fields_text({{"problem", problem}});
    }
    json::object document;
    document["sound"] = problems.empty();
    document["problems"] = std::move(listed);
    show(session, document, problems.empty() ? "the store is sound\n" : text);
    if (problems.empty())
        return 0;
    session.words.error("the store has " + std::to_string(problems.size()) + " problem(s)",
                        "keep the files as they are and restore the newest backup beside them");
    return exit_code(ErrorCode::bad_data);
}

int backup_store(Session& session, const Invocation& invocation) {
    const auto& file = invocation.arguments.at(0);
    const auto store = session.stores.open(control::Access::read);
    store->backup(file);
    show(session, json::object{{"file", file}}, fields_text({{"backup", file}}));
    return 0;
}

int digest_store(Session& session, const Invocation&) {
    const auto& catalogue = session.libraries.get().catalogue();
    const auto store = session.stores.open(control::Access::read);
    show(session, store->digest(catalogue));
    return 0;
}

int query_store(Session& session, const Invocation& invocation) {
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
                  }});
    printer->end();
    return 0;
}

} // namespace spine::cli
