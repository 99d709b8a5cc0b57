#include "store/schema_check.hpp"

#include "store/migrations.hpp"

#include <map>
#include <string>
#include <string_view>

namespace spine::store {

namespace {

struct Object {
    std::string type;
    std::string sql;
    bool operator==(const Object&) const = default;
};

std::map<std::string, Object> objects_of(Connection& connection) {
    return connection.guarded([&] {
        std::map<std::string, Object> objects;
        SQLite::Statement rows{connection.db(), "SELECT name, type, tbl_name || ': ' || sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'"};
        while (rows.executeStep())
            objects[rows.getColumn(0).getString()] = {rows.getColumn(1).getString(), rows.getColumn(2).getString()};
        return objects;
    });
}

/// What may be of a plugin that is not here to say so.
bool may_be_of_a_plugin(const std::string& name, const Object& object) {
    const std::string_view text{name};
    return !text.starts_with("core_") && (object.type == "view" || (object.type == "table" && (text.ends_with("__rows") || text.ends_with("__versions"))));
}

control::Damage damage(const std::string& name, const Object& object, const std::string& how) {
    control::Damage found;
    found.what = object.type + " '" + name + "' " + how;
    found.dataset = name;
    found.repair = "spine db restore FILE";
    return found;
}

} // namespace

SchemaCheck check_schema(Connection& connection, const workflow::Catalogue& loaded) {
    Connection scratch{":memory:", Connection::Mode::create};
    const bool others = !make_as_recorded(scratch, connection, loaded).empty();
    const auto expected = objects_of(scratch);
    const auto found = objects_of(connection);
    SchemaCheck check;
    for (const auto& [name, object] : expected) {
        const auto there = found.find(name);
        if (there != found.end() && there->second == object)
            continue;
        check.damages.push_back(damage(name, object, there == found.end() ? "is gone" : "is not as its migration made it"));
        check.can_be_asked = check.can_be_asked && object.type == "index";
    }
    for (const auto& [name, object] : found)
        if (!expected.contains(name) && !(others && may_be_of_a_plugin(name, object)))
            check.damages.push_back(damage(name, object, "is there, and no migration makes it"));
    return check;
}

} // namespace spine::store
