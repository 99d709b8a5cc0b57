#include "store/sqlite_bench.hpp"

#include "store/run_book.hpp"
#include "store/sqlite_files.hpp"
#include "store/sqlite_journal.hpp"

namespace spine::store {

/// Members are destroyed from the last to the first.
class SqliteBenches::Bench final : public run::Bench {
public:
    explicit Bench(SqliteBenches& benches)
        : worker_{benches.workers_}, reading_{benches.path_, Connection::Mode::read}, state_{reading_, &benches.catalogue_},
          journal_{UnitPlace{benches.clock_,
                             &benches.writer_,
                             reading_,
                             state_,
                             worker_,
                             [this, &benches]() -> PluginReader& {
                                 if (!plugin_reader_)
                                     plugin_reader_ = std::make_unique<PluginReader>(
                                         benches.clock_, benches.path_, benches.catalogue_);
                                 return *plugin_reader_;
                             },
                             benches.datasets_,
                             benches.catalogue_,
                             folder_of(benches.path_),
                             &benches.owned_,
                             benches.log_}},
          runs_{{benches.clock_, &benches.writer_, reading_, benches.workers_, &benches.owned_, benches.log_}} {}

    run::Journal& executions() override { return journal_; }
    run::RunBook& runs() override { return runs_; }

private:
    BenchWorker worker_;
    Connection reading_;
    SqliteState state_;
    std::unique_ptr<PluginReader> plugin_reader_;
    SqliteJournal journal_;
    SqliteRunBook runs_;
};

SqliteBenches::SqliteBenches(env::Clock& clock,
                             std::string path,
                             Writer& writer,
                             Workers& workers,
                             const workflow::Catalogue& catalogue,
                             env::Log* log)
    : clock_{clock}, path_{std::move(path)}, writer_{writer}, workers_{workers}, catalogue_{catalogue},
      datasets_{catalogue.datasets()}, log_{log} {}

std::unique_ptr<run::Bench> SqliteBenches::open() { return std::make_unique<Bench>(*this); }

} // namespace spine::store
