/// What is known about the data, read from a SQLite store.
#pragma once

#include "store/connection.hpp"
#include "unit/state.hpp"
#include "workflow/catalogue.hpp"

namespace spine::store {

/// Lives: not longer than the connection. Sees what the connection sees: inside a write transaction the current state.
class SqliteState final : public unit::State {
public:
    /// Without a catalogue no stage stands before a publishing one.
    explicit SqliteState(Connection& connection, const workflow::Catalogue* catalogue = nullptr)
        : connection_{connection}, catalogue_{catalogue} {}
    void know(const workflow::Catalogue& catalogue) noexcept { catalogue_ = &catalogue; }

    std::optional<unit::ManifestRow> manifest(const unit::Partition& partition,
                                              const std::string& stage) override;
    std::optional<unit::ManifestRow> published(const unit::Partition& partition, const std::string& stage) override;
    std::optional<unit::ManifestRow> made_from(const unit::Partition& partition,
                                               const std::string& stage,
                                               const std::string& inputs_sha256) override;
    std::optional<unit::ManifestRow> last_made(const unit::Partition& partition, const std::string& stage) override;
    std::vector<unit::ManifestRow> manifest_rows(const std::string& domain,
                                                 const std::map<std::string, std::string>& values,
                                                 const std::string& stage) override;
    std::optional<unit::Capture> head(const unit::Partition& partition) override;
    std::optional<unit::Capture> capture_until(const unit::Partition& partition,
                                               const std::string& time) override;
    std::optional<unit::Capture> capture(const std::string& capture_id) override;
    std::vector<unit::Partition> captured(const std::string& domain,
                                          const std::map<std::string, std::string>& values) override;
    std::int64_t generation(const unit::Partition& partition);
    /// What this capture has reached, published or not.
    std::optional<unit::ManifestRow> reached(std::int64_t capture_seq, const std::string& stage);

private:
    struct Seen {
        std::int64_t head = 0; ///< 0: none
        std::int64_t published = 0;
    };
    Seen seen(const unit::Partition& partition);
    std::optional<unit::ManifestRow> row_of(const unit::Partition& partition, const std::string& stage, bool as_readers);
    std::optional<unit::ManifestRow> recorded(const unit::Partition& partition, const std::string& stage);
    std::optional<unit::ManifestRow>
    readable_before(const unit::Partition& partition, const std::string& stage, std::int64_t published);
    std::optional<unit::ManifestRow> unpublished_row(const unit::Partition& partition, const std::string& stage);

    Connection& connection_;
    const workflow::Catalogue* catalogue_;
};

/// Appends " AND partition_key ->> '$.name' = ?" for each value; bind them with `bind_partition`.
std::string partition_condition(const std::map<std::string, std::string>& values);
int bind_partition(SQLite::Statement& statement,
                   int from,
                   const std::map<std::string, std::string>& values);

} // namespace spine::store
