/// Judges SQL that a plugin wrote before it meets the store.
#pragma once

#include "store/connection.hpp"
#include "workflow/catalogue.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spine::store {

/// A text passes when it is one SELECT, and when SQLite can prepare it in an empty database that has nothing but the
/// readable names, as tables without rows. So a name in it means one of those, a common table expression or a subquery, by
/// SQLite's own rules of scope; the authorizer's word on which view a column is read through need not be believed (a common
/// table expression may call itself as any view is called). Functions are those of a list, all with the same answer for the
/// same arguments.
///
/// Threads: one at a time. Lives: `columns_of` must stay callable. Fails: throws Error{unavailable} when out of memory.
class SqlGate {
public:
    /// The columns that a readable name has in the store; empty: it is not there.
    using Columns = std::function<std::vector<std::string>(const std::string& name)>;
    explicit SqlGate(Columns columns_of);

    /// From now on `name` may be read. `sql`: of a view, which is spelled out wherever it is named.
    void let_read(const std::string& name, std::string_view sql = {});
    /// What has this name has other columns now, or is gone.
    void forget(const std::string& name);

    /// What is wrong with the text; empty: nothing. With `parameters` it may have `?`, as views may not.
    enum class Parameters { allowed, none };
    std::optional<std::string> fault(std::string_view sql, Parameters parameters);

private:
    struct Name {
        std::string sql;
        std::uint64_t weight = 0; ///< see `workflow::sql_weight`; 0: not weighed yet
        std::uint64_t spread = 0; ///< see `workflow::sql_spread`; 0: not measured yet
    };
    void declare(const std::string& name);
    std::uint64_t weight_of(std::string_view sql);
    std::uint64_t spread_of(std::string_view sql);

    Columns columns_of_;
    Connection empty_;
    std::map<std::string, Name, std::less<>> readable_;
    std::set<std::string, std::less<>> declared_;
};

/// Something that plugins may read; `sql`: of a declared view.
struct Readable {
    std::string name;
    std::string sql;
};
/// Datasets with the views that the host makes of them, declared views, read models of the core.
std::vector<Readable> readable_of(const workflow::Catalogue& catalogue);
/// What a view of `plugin` may be made of: as above, but of other plugins' datasets only what is published (NAME_latest).
std::vector<Readable> readable_by_views_of(const workflow::Plugin& plugin, const workflow::Catalogue& catalogue);

/// The columns of a table or view; empty when it is not there or cannot be read.
std::vector<std::string> columns_of(Connection& connection, const std::string& name);

/// For connections that plugins' SQL runs on, behind the gate: only reading, only the listed functions and the host's
/// `spine_text`, no table of SQLite's own.
void only_let_read(Connection& connection);

} // namespace spine::store
