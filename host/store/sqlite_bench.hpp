/// Benches on SQLite: for each thread a connection to read with and a worker's name, one writer for all.
#pragma once

#include "env/log.hpp"
#include "run/bench.hpp"
#include "store/owned_runs.hpp"
#include "store/workers.hpp"
#include "store/writer.hpp"
#include "workflow/catalogue.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spine::store {

/// Lives: longer than the benches it opens; not longer than writer, workers and catalogue.
class SqliteBenches final : public run::Benches {
public:
    SqliteBenches(env::Clock& clock,
                  std::string path,
                  Writer& writer,
                  Workers& workers,
                  const workflow::Catalogue& catalogue,
                  env::Log* log = nullptr);
    std::unique_ptr<run::Bench> open() override;

private:
    class Bench;
    env::Clock& clock_;
    std::string path_;
    Writer& writer_;
    Workers& workers_;
    const workflow::Catalogue& catalogue_;
    std::vector<workflow::Dataset> datasets_;
    OwnedRuns owned_;
    env::Log* log_;
};

} // namespace spine::store
