/// Published definitions in a SQLite store.
#pragma once

#include "control/version_book.hpp"
#include "env/clock.hpp"
#include "store/connection.hpp"
#include "store/writer.hpp"

namespace spine::store {

/// A store that was made before there were versions has none.
///
/// Lives: not longer than what it is made of; without a writer it only reads.
class SqliteVersionBook final : public control::VersionBook {
public:
    SqliteVersionBook(env::Clock& clock, Writer* writer, Connection& reading) : clock_{clock}, writer_{writer}, reading_{reading} {}
    std::vector<control::PublishedVersion> versions(const std::string& workflow) override;
    std::optional<control::PublishedText> find(const std::string& workflow, std::optional<std::int64_t> version) override;
    std::vector<control::PublishedText> current() override;
    control::Publication publish(const control::NewVersion& wanted) override;

private:
    bool has_versions();
    env::Clock& clock_;
    Writer* writer_;
    Connection& reading_;
};

/// Whether the store has a table of this name.
bool has_table(Connection& connection, const std::string& name);

} // namespace spine::store
