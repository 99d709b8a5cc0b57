/// A store in a folder of its own, and processes that work on it.
#pragma once

#include "run/due.hpp"
#include "store/connection.hpp"
#include "store/sqlite_store.hpp"
#include "support/heard_log.hpp"
#include "support/manual_clock.hpp"
#include "support/sample_plugin.hpp"
#include "support/temporary_folder.hpp"
#include "unit/partition.hpp"

#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spine::test {

struct Row {
    std::string symbol;
    std::int64_t shares;
};
using Rows = std::vector<Row>;

/// What one process has: its own connections, locks and worker's name. Destroying it without an end is its death.
class Process {
public:
    enum class Tables { migrated, as_they_are };
    HeardLog log; ///< what whoever debugs would hear
    Process(ManualClock& clock, env::Random& random, const std::string& url, const workflow::Catalogue& offered,
            Tables tables = Tables::migrated)
        : catalogue{offered}, clock_{clock}, random_{random},
          stores_{clock, random, url, [](const std::string&) {}, {}, &log} {
        bool created = false;
        store = stores_.create(created);
        if (tables == Tables::migrated)
            store->migrate(catalogue);
    }
    run::Journal& journal() {
        if (journal_ == nullptr)
            journal_ = &store->journal(catalogue);
        return *journal_;
    }
    run::Request request(const std::string& name, const std::string& week) {
        run::Request made;
        made.execution_id = env::new_id(clock_, random_);
        made.batch_id = "batch";
        made.pipeline = catalogue.find_pipeline("demo.weeks." + name);
        made.plugin = &catalogue.plugins.front();
        made.params = {{"week", week}};
        made.created_at = env::to_text(clock_.now());
        return made;
    }
    /// A request that has planned as the runner would.
    run::Request planned(const std::string& name, const std::string& week) {
        auto made = request(name, week);
        if (made.pipeline->plans)
            made.plan.outputs = {partition(week)};
        else
            made.plan = run::default_plan(*made.pipeline, made.params, journal().state()).plan;
        run::add_digests(made.plan, *made.pipeline, made.params);
        return made;
    }
    static unit::Partition partition(const std::string& week) {
        return {"demo.weeks", unit::partition_key({{"week", week}})};
    }
    run::Started started(const run::Request& request) {
        auto start = journal().start(request);
        return std::move(std::get<run::Started>(start));
    }
    /// The text of a one-cell query.
    std::string value(const std::string& sql) {
        std::string text;
        store->query(sql,
                     {[](const auto&) {},
                      [&](const std::vector<boost::json::value>& row) {
                          text = row.front().is_string() ? std::string{row.front().get_string()}
                                                         : boost::json::serialize(row.front());
                          return true;
                      }});
        return text;
    }

    /// Reads a week whose source has these rows; returns how the commit ended, or nullopt when nothing was new.
    std::optional<unit::Commit> read_week(const std::string& week, const Rows& rows, bool force = false) {
        auto wish = planned("read", week);
        wish.force = force;
        auto start = started(wish);
        return read_into(*start.unit, rows);
    }
    static std::optional<unit::Commit> read_into(unit::Unit& unit, const Rows& rows) {
        std::string content;
        for (const auto& row : rows)
            content += row.symbol + "|" + std::to_string(row.shares) + "\n";
        const auto seen = unit.observe(0, {run::sha256_hex(content), "file:///x", 10, "", "given"});
        if (seen.unchanged) {
            unit.commit(unit::Unneeded{"already read", {}});
            return std::nullopt;
        }
        auto& sink = unit.replace("demo_raw", seen.rowset, {"line", "symbol", "issuer", "shares"});
        std::int64_t line = 0;
        for (const auto& row : rows) {
            sink.integer(0, ++line);
            sink.text(1, row.symbol);
            sink.text(2, "Issuer of " + row.symbol);
            sink.integer(3, row.shares);
            sink.end_row();
        }
        const auto count = static_cast<std::int64_t>(sink.finish());
        unit.reached({0, seen.rowset, count, {{"row_count", count}}});
        return unit.commit(unit::Done{{{"row_count", count}}});
    }
    /// Totals a week: no rows of its own, only the stage.
    unit::Commit total_into(unit::Unit& unit) {
        unit.reached({0, unit.rowset_of(0), 1, {}});
        return unit.commit(unit::Done{});
    }

    const workflow::Catalogue& catalogue;
    std::unique_ptr<control::Store> store;

private:
    ManualClock& clock_;
    env::Random& random_;
    store::SqliteStores stores_;
    run::Journal* journal_ = nullptr;
};

struct StoreFixture {
    TemporaryFolder folder;
    ManualClock clock;
    CountingRandom random;
    workflow::Catalogue catalogue = sample_catalogue();
    std::string file = folder.path() + "/spine.db";
    std::string url = "sqlite:" + file;

    Process process() { return {clock, random, url, catalogue}; }
    std::unique_ptr<Process> mortal() { return std::make_unique<Process>(clock, random, url, catalogue); }
};

inline bool committed(const unit::Commit& commit) { return std::holds_alternative<unit::Committed>(commit); }
inline bool committed(const std::optional<unit::Commit>& commit) { return commit && committed(*commit); }

} // namespace spine::test
