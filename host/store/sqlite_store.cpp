#include "store/capture_desk.hpp"
#include "store/publication.hpp"
#include "store/sqlite_store.hpp"

#include "error.hpp"
#include "store/core_schema.hpp"
#include "store/digest.hpp"
#include "store/integrity.hpp"
#include "store/migrations.hpp"
#include "store/restore.hpp"
#include "store/retention.hpp"
#include "store/run_history.hpp"
#include "store/run_book.hpp"
#include "store/run_desk.hpp"
#include "store/run_records.hpp"
#include "store/run_trace.hpp"
#include "store/sqlite_bench.hpp"
#include "store/sqlite_files.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_query.hpp"
#include "store/sqlite_records.hpp"
#include "store/told.hpp"
#include "store/version_book.hpp"
#include "store/workers.hpp"

#include <algorithm>
#include <filesystem>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spine::store {

namespace {

std::string store_id_of(Connection& connection) {
    return connection.guarded([&] {
        SQLite::Statement row{connection.db(), "SELECT store_id FROM core_store"};
        return row.executeStep() ? row.getColumn(0).getString() : std::string{};
    });
}

/// Refuses what is a database but not a store of ours.
void check_ours(Connection& connection) {
    const auto id = connection.guarded(
        [&] { return connection.db().execAndGet("PRAGMA application_id").getInt(); });
    if (id != application_id)
        throw Error{ErrorCode::invalid,
                    "'" + connection.path() + "' is a database, but no store of spine",
                    "name another store with --db sqlite:PATH"};
    checked_core_version(connection);
}

/// Whether a file holds nothing after an unfinished first commit was taken back, as opening it for writing does. A journal
/// that was left by the switch to the log, after that commit, takes nothing back that matters.
bool is_empty(const std::string& file) {
    Connection connection{file, Connection::Mode::create};
    return connection.guarded([&] {
        return connection.db().execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
    });
}

/// A store that is gone is not one that never was: its lock file knows its id, its log has commits.
void refuse_if_lost(const std::string& file, FileState found) {
    if (found == FileState::present || (found == FileState::unfinished && !is_empty(file)))
        return;
    const auto id = FairLock::store_id_in(file + ".lock");
    const auto log = file_bytes(file + "-wal");
    if (id.empty() && log == 0)
        return;
    if (found != FileState::unfinished && file_bytes(file) > 0)
        return; // somebody else has just made it
    throw Error{ErrorCode::unavailable,
                "store '" + file + "' is damaged: the file is " + (found == FileState::missing ? "gone" : "empty") +
                    (id.empty() ? std::string{} : ", and its lock file knows it as store " + id) +
                    (log == 0 ? std::string{} : ", and its log '" + file + "-wal' has " + std::to_string(log) + " bytes"),
                "keep what is there, and: spine db restore FILE, with the newest copy made by 'spine db backup'"};
}

/// What a writing process has beside a reading one. Members are destroyed from the last to the first.
struct Writing {
    Writing(env::Clock& clock,
            env::Random& random,
            const std::string& path,
            const FairLock::Notice& notice,
            const LockPatience& patience)
        : lock{clock, path + ".lock", true, notice, patience}, connection{path, Connection::Mode::write},
          workers{random, path + ".workers"}, writer{connection, lock, notice} {}
    FairLock lock;
    Connection connection;
    Workers workers;
    Writer writer;
};

class SqliteStore final : public control::Store {
public:
    SqliteStore(env::Clock& clock,
                env::Random& random,
                const std::string& path,
                control::Access access,
                const FairLock::Notice& notice,
                const LockPatience& patience,
                env::Log* log)
        : clock_{clock}, log_{log}, path_{path},
          writing_{access == control::Access::write
                       ? std::make_unique<Writing>(clock, random, path, notice, patience)
                       : nullptr},
          watched_{path + ".workers"},
          liveness_{writing_ ? static_cast<queue::Liveness&>(writing_->workers) : watched_},
          reading_{path, Connection::Mode::read}, state_{reading_}, records_{reading_, liveness_},
          run_records_{reading_, liveness_},
          run_journal_{{clock, writing_ ? &writing_->writer : nullptr, reading_, liveness_, nullptr, log}},
          desk_{{clock, writing_ ? &writing_->writer : nullptr, reading_, liveness_}},
          versions_{clock, writing_ ? &writing_->writer : nullptr, reading_}, run_history_{reading_},
          retention_{clock, writing_ ? &writing_->writer : nullptr, reading_}, run_trace_{reading_, liveness_} {
        check_ours(reading_);
        if (!writing_)
            return;
        const auto id = store_id_of(reading_);
        const auto lock_id = writing_->lock.store_id();
        if (lock_id.empty()) { // the database was copied without its lock file
            const FairLock::Guard guard{writing_->lock};
            writing_->lock.set_store_id(id);
        } else if (lock_id != id) {
            throw Error{ErrorCode::invalid,
                        "'" + path + ".lock' belongs to another store",
                        "if the database was moved here, remove the lock file while nothing runs"};
        }
        // A crash between the first commit and this switch leaves a store in rollback mode.
        const auto mode = writing_->connection.guarded([&] {
            return writing_->connection.db().execAndGet("PRAGMA journal_mode=WAL").getString();
        });
        if (mode != "wal")
            throw Error{ErrorCode::unavailable,
                        "store '" + path + "' cannot be put into WAL mode",
                        "it must lie on a local file system"};
    }

    control::Table executions(const control::Filter& f) override { return records_.executions(f); }
    boost::json::object execution(const std::string& id) override { return records_.execution(id); }
    control::Table children(const std::string& id) override { return records_.children(id); }
    control::Table runs(const control::Filter& f) override { return run_records_.runs(f); }
    boost::json::object workflow_run(const std::string& id) override {
        return run_records_.workflow_run(id);
    }
    control::Table steps(const std::string& id) override { return run_records_.steps(id); }
    control::Table run_executions(const std::string& id) override {
        return run_records_.executions(id);
    }
    control::Table run_rejects(const std::string& id) override { return run_records_.rejects(id); }
    control::Table run_quality(const std::string& id) override { return run_records_.quality(id); }
    control::Table run_anomalies(const std::string& id) override {
        return run_records_.anomalies(id);
    }
    control::Table manifest(const control::Filter& f) override { return records_.manifest(f); }
    control::Table captures(const control::Filter& f) override { return records_.captures(f); }
    control::Table rejects(const control::Filter& f) override { return records_.rejects(f); }
    control::Table quality(const control::Filter& f) override { return records_.quality(f); }
    control::Table anomalies(const control::Filter& f) override { return records_.anomalies(f); }

    control::InitReport migrate(const workflow::Catalogue& catalogue) override {
        auto& writer = writer_or_refuse();
        control::InitReport report;
        if (pending_migrations(writer.connection(), catalogue).empty())
            return report;
        report.applied = writer.transact([&] {
            auto applied = apply_migrations(writer.connection(), catalogue, clock_);
            if (std::any_of(applied.begin(), applied.end(), [](const auto& m) { return m.owner == "core"; }))
                writer.sums().forget(); // everything was summed up anew
            return applied;
        });
        tell_migrations(log_, report.applied);
        return report;
    }
    std::vector<control::Damage> check(const control::Examination& how) override { return damages(reading_, how); }
    void backup(const std::string& file) override { back_up(reading_, file); }
    void query(const std::string& sql, const control::RowVisitor& visitor, const control::QueryLimits& limits) override {
        run_query(clock_, path_, sql, visitor, limits);
    }
    control::Table digest(const workflow::Catalogue&) override { return digest_of(reading_); }
    control::StoreInfo info(const workflow::Catalogue& catalogue) override {
        control::StoreInfo info;
        info.path = path_;
        info.engine = std::string{"SQLite "} + sqlite3_libversion();
        info.store_id = store_id_of(reading_);
        info.core_version = checked_core_version(reading_);
        info.bytes = file_bytes(path_);
        info.wal_bytes = file_bytes(path_ + "-wal");
        info.pending = pending_migrations(reading_, catalogue);
        return info;
    }
    run::Journal& journal(const workflow::Catalogue& catalogue) override {
        catalogue_ = &catalogue;
        datasets_ = catalogue.datasets();
        state_.know(catalogue);
        journal_ = std::make_unique<SqliteJournal>(UnitPlace{
            clock_,
            writing_ ? &writing_->writer : nullptr,
            reading_,
            state_,
            liveness_,
            [this]() -> PluginReader& {
                if (!plugin_reader_)
                    plugin_reader_ = std::make_unique<PluginReader>(clock_, path_, *catalogue_);
                return *plugin_reader_;
            },
            datasets_,
            catalogue,
            folder_of(path_),
            nullptr,
            log_});
        return *journal_;
    }
    run::RunJournal& run_journal() override { return run_journal_; }
    run::Benches& benches(const workflow::Catalogue& catalogue) override {
        auto& writer = writer_or_refuse();
        benches_ = std::make_unique<SqliteBenches>(clock_, path_, writer, writing_->workers, catalogue, log_);
        return *benches_;
    }
    run::RunDesk& desk() override { return desk_; }
    control::VersionBook& versions() override { return versions_; }
    control::RunHistory& run_history() override { return run_history_; }
    control::Retention& retention() override { return retention_; }
    control::CaptureDesk& captures_desk(const workflow::Catalogue& catalogue) override {
        auto& writer = writer_or_refuse();
        if (!reading_.guarded([&] { return has_publications(reading_); }))
            migrate(workflow::Catalogue{});
        captures_desk_ = std::make_unique<SqliteCaptureDesk>(clock_, writer, catalogue);
        return *captures_desk_;
    }
    control::RunTrace& run_trace() override { return run_trace_; }
    void close() override {
        plugin_reader_.reset();
        reading_.forget();
        if (writing_)
            writing_->writer.checkpoint();
    }

private:
    Writer& writer_or_refuse() {
        if (!writing_)
            throw Error{ErrorCode::internal, "store '" + path_ + "' was opened for reading"};
        return writing_->writer;
    }

    env::Clock& clock_;
    env::Log* log_;
    std::string path_;
    std::unique_ptr<Writing> writing_;
    WatchedWorkers watched_;
    queue::Liveness& liveness_;
    Connection reading_;
    SqliteState state_;
    SqliteRecords records_;
    RunRecords run_records_;
    SqliteRunBook run_journal_;
    SqliteRunDesk desk_;
    SqliteVersionBook versions_;
    SqliteRunHistory run_history_;
    SqliteRetention retention_;
    SqliteRunTrace run_trace_;
    const workflow::Catalogue* catalogue_ = nullptr;
    std::vector<workflow::Dataset> datasets_;
    std::unique_ptr<PluginReader> plugin_reader_;
    std::unique_ptr<SqliteJournal> journal_;
    std::unique_ptr<SqliteBenches> benches_;
    std::unique_ptr<SqliteCaptureDesk> captures_desk_;
};

} // namespace

SqliteStores::SqliteStores(env::Clock& clock,
                           env::Random& random,
                           std::string url,
                           FairLock::Notice notice,
                           LockPatience patience,
                           env::Log* log)
    : clock_{clock}, random_{random}, url_{std::move(url)}, notice_{std::move(notice)}, patience_{std::move(patience)}, log_{log} {
    std::error_code unknown;
    folder_ = std::filesystem::current_path(unknown).string();
}

std::string SqliteStores::path() const {
    constexpr std::string_view scheme = "sqlite:";
    const auto colon = url_.find(':');
    const auto from_folder = [&](const std::string& path) {
        return path.front() == '/' || folder_.empty() ? path : (std::filesystem::path{folder_} / path).lexically_normal().string();
    };
    if (url_.rfind(scheme, 0) == 0 && url_.size() > scheme.size()) {
        auto path = url_.substr(scheme.size());
        if (path.rfind("//", 0) == 0)
            path = path.substr(2);
        // Paths that SQLite would read as something else than a file in a folder.
        if (!path.empty() && path != ":memory:" && path.rfind("file:", 0) != 0)
            return from_folder(path);
    } else if (colon == std::string::npos && !url_.empty()) {
        return from_folder(url_);
    }
    throw Error{ErrorCode::invalid,
                "'" + url_.substr(0, colon == std::string::npos ? 40 : colon + 1) +
                    "…' names no store that this program can open",
                "write sqlite:PATH, for instance sqlite:/var/lib/spine/spine.db"};
}

std::unique_ptr<control::Store> SqliteStores::open(control::Access access) {
    const auto file = path();
    const auto found = checked_database_file(file);
    refuse_if_lost(file, found);
    if (found == FileState::missing)
        throw Error{ErrorCode::not_found, "there is no store '" + file + "'", "run: spine db init"};
    if (found == FileState::empty || (found == FileState::unfinished && is_empty(file)))
        throw Error{ErrorCode::not_found,
                    "store '" + file + "' is empty: its creation was cut short",
                    "run: spine db init"};
    if (access == control::Access::write && ::access(file.c_str(), W_OK) != 0)
        throw Error{errno == EACCES ? ErrorCode::denied : ErrorCode::unavailable,
                    "store '" + file + "' cannot be written: " +
                        (errno == EROFS ? "the disk is read-only" : "permission denied"),
                    errno == EROFS ? "mount the disk for writing" : "run as the user who owns it"};
    if (access == control::Access::read && ::access((file + "-shm").c_str(), F_OK) != 0 &&
        ::access(folder_of(file).c_str(), W_OK) != 0)
        throw Error{errno == EACCES ? ErrorCode::denied : ErrorCode::unavailable,
                    "store '" + file + "' cannot be read here: readers share '" + file +
                        "-shm', which is not there and cannot be made in this folder",
                    "read it as a user who may write the folder, or a copy made by: spine db backup"};
    if (access == control::Access::write) {
        // Before lock and workers files are laid beside something that is not ours.
        Connection connection{file, Connection::Mode::read};
        check_ours(connection);
    }
    return std::make_unique<SqliteStore>(clock_, random_, file, access, notice_, patience_, log_);
}

std::unique_ptr<control::Store> SqliteStores::create(bool& created, control::Parents parents) {
    const auto file = path();
    created = false;
    if (parents == control::Parents::must_be_there)
        checked_folder(file);
    if (const auto found = checked_database_file(file); found != FileState::present) {
        refuse_if_lost(file, found);
        const auto folders = make_parents(file);
        FairLock lock{clock_, file + ".lock", true, notice_, patience_};
        const FairLock::Guard guard{lock};
        if (is_empty(file)) {
            const auto id = env::new_id(clock_, random_);
            Connection connection{file, Connection::Mode::create};
            std::vector<control::AppliedMigration> applied;
            // One commit in rollback mode makes the store: before it the file is empty, after it it is ours.
            connection.guarded([&] {
                auto& db = connection.db();
                db.exec("BEGIN EXCLUSIVE");
                db.exec("PRAGMA application_id=" + std::to_string(application_id));
                applied = apply_migrations(connection, workflow::Catalogue{}, clock_);
                SQLite::Statement insert{
                    db, "INSERT INTO core_store (store_id, created_at) VALUES (?, ?)"};
                insert.bind(1, id);
                insert.bind(2, env::to_text(clock_.now()));
                insert.exec();
                db.exec("COMMIT");
            });
            ::chmod(file.c_str(), 0600);
            sync_folders(folders);
            // Only now: a lock file that knows an id says that there was a store.
            lock.set_store_id(id);
            created = true;
            tell_migrations(log_, applied);
        }
    }
    return open(control::Access::write);
}

control::Restored SqliteStores::restore(const std::string& copy) { return restore_copy(clock_, path(), copy, notice_); }

} // namespace spine::store
