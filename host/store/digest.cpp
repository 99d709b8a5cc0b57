#include "store/digest.hpp"

#include "run/due.hpp"
#include "store/publication.hpp"
#include "workflow/json.hpp"

#include <array>
#include <charconv>
#include <openssl/evp.h>
#include <sqlite3.h>

namespace spine::store {

namespace {

/// SHA-256 over any number of texts.
class Sha256 {
public:
    Sha256() : context_{EVP_MD_CTX_new(), EVP_MD_CTX_free} {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }
    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string hex() {
        std::array<unsigned char, 32> raw{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), raw.data(), &size);
        static constexpr char digits[] = "0123456789abcdef";
        std::string text;
        for (const auto byte : raw) {
            text.push_back(digits[byte >> 4]);
            text.push_back(digits[byte & 15]);
        }
        return text;
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

/// Of metrics, what differs from run to run: times, durations and ids.
bool is_volatile(std::string_view name) {
    const auto ends = [&](std::string_view end) { return name.ends_with(end); };
    return ends("_at") || ends("_ms") || ends("_seconds") || name == "batch_id" ||
           name == "execution_id" || name == "capture_seq" || name == "derivation_seq";
}

/// Of a dataset's view, what the host adds and a crash may change. A column of the plugin's own counts whatever its name.
bool is_of_the_version(std::string_view name) {
    return name == "captured_at" || name == "derived_at" || name == "capture_seq" || name == "derivation_seq";
}

/// A row's metrics without what differs from run to run; in a damaged store they may be anything.
std::string stable_json(const std::string& text) {
    boost::json::value value;
    try {
        value = workflow::json_from(text);
    } catch (const std::exception&) {
        return text;
    }
    if (auto* object = value.if_object()) {
        boost::json::object kept;
        for (const auto& member : *object)
            if (!is_volatile(member.key()))
                kept[member.key()] = member.value();
        return workflow::canonical_json(kept);
    }
    return workflow::canonical_json(value);
}

std::string cell_text(const SQLite::Column& column, bool json) {
    switch (column.getType()) {
    case SQLITE_INTEGER: return "i" + std::to_string(column.getInt64());
    case SQLITE_FLOAT: {
        char text[40];
        const auto end = std::to_chars(text, text + sizeof text, column.getDouble()).ptr;
        return "r" + std::string{text, end};
    }
    case SQLITE_NULL: return "n";
    default: {
        const auto text = json ? stable_json(column.getString()) : column.getString();
        return "t" + std::to_string(text.size()) + ":" + text;
    }
    }
}

struct Content {
    std::string name;
    std::string select; ///< without ORDER BY
    int columns = 0;
};

std::vector<Content> core_contents(bool with_publications) {
    std::vector<Content> contents{
        {"core_captures",
         std::string{"SELECT domain, partition_key, capture_id, content_sha256, source_uri, source_bytes, "
                     "source_last_update, week_source, supersedes"} +
             (with_publications ? ", withdrawn_at IS NOT NULL, withdrawn_by, withdrawn_reason" : "") + " FROM core_captures",
         with_publications ? 12 : 9},
        {"core_derivations",
         "SELECT d.domain, d.partition_key, d.stage, d.inputs_sha256, c.capture_id FROM "
         "core_derivations d LEFT JOIN core_derivation_inputs i ON i.derivation_seq = "
         "d.derivation_seq LEFT JOIN core_captures c ON c.capture_seq = i.capture_seq",
         5},
        // By what was made instead of by the execution's id, and once however often it was made.
        {"core_lineage",
         "SELECT DISTINCT e.pipeline, e.partition_key, l.input_domain, l.input_partition, l.input_stage, l.input_capture "
         "FROM core_lineage l LEFT JOIN core_executions e ON e.execution_id = l.execution_id",
         6},
        {"core_manifest",
         "SELECT m.domain, m.partition_key, m.stage, m.stage_rank, m.row_count, m.capture_id, d.inputs_sha256, "
         "m.inputs_sha256, m.metrics_json FROM core_manifest m LEFT JOIN core_derivations d ON d.derivation_seq = "
         "m.derivation_seq WHERE NOT (m.domain GLOB 'workflow.*' AND m.partition_key GLOB '{\"run_id\":*')",
         9},
        {"core_partitions",
         std::string{"SELECT p.domain, p.partition_key, c.capture_id"} + (with_publications ? ", u.capture_id" : "") +
             " FROM core_partitions p LEFT JOIN core_captures c ON c.capture_seq = p.head_capture" +
             (with_publications ? " LEFT JOIN core_captures u ON u.capture_seq = p.published_capture" : ""),
         with_publications ? 4 : 3},
        {"core_quality",
         "SELECT domain, partition_key, stage, capture_id, check_name, category, status, "
         "actual_value, expected_value, details_json FROM core_quality",
         10},
        {"core_rejects",
         "SELECT domain, partition_key, stage, capture_id, line_number, reason_code, reason_detail, "
         "raw_text, source_locator FROM core_rejects",
         9},
    };
    if (with_publications) {
        contents.push_back({"core_publications",
                            "SELECT u.domain, u.partition_key, c.capture_id, u.cause, u.stage, u.published_by, u.reason FROM "
                            "core_publications u LEFT JOIN core_captures c ON c.capture_seq = u.capture_seq",
                            7});
        contents.push_back({"core_reached",
                            "SELECT k.domain, k.partition_key, k.stage, k.stage_rank, c.capture_id, d.inputs_sha256, k.row_count, "
                            "k.inputs_sha256, k.metrics_json FROM core_reached k LEFT JOIN core_captures c ON c.capture_seq = k.capture_seq "
                            "LEFT JOIN core_derivations d ON d.derivation_seq = k.derivation_seq",
                            9});
    }
    return contents;
}

/// The readable view of every dataset, found by its rows' table, so that a plugin need not be loaded.
std::vector<Content> dataset_contents(Connection& connection) {
    std::vector<std::string> names;
    {
        SQLite::Statement tables{connection.db(),
                                 "SELECT substr(name, 1, length(name) - 6) FROM sqlite_schema WHERE "
                                 "type = 'table' AND name GLOB '*__rows' ORDER BY name"};
        while (tables.executeStep())
            names.push_back(tables.getColumn(0).getString());
    }
    std::vector<Content> contents;
    for (const auto& name : names) {
        std::string columns;
        int count = 0;
        SQLite::Statement info{connection.db(), "SELECT name FROM pragma_table_info(?)"};
        info.bind(1, name);
        while (info.executeStep())
            if (const auto column = info.getColumn(0).getString(); !is_of_the_version(column)) {
                columns += (columns.empty() ? "\"" : ", \"") + column + "\"";
                ++count;
            }
        contents.push_back({name, "SELECT " + columns + " FROM \"" + name + "\"", count});
    }
    return contents;
}

} // namespace

control::Table digest_of(Connection& connection) {
    return connection.guarded([&] {
        connection.db().exec("BEGIN"); // one snapshot for all tables
        control::Table table;
        table.columns = {"table", "rows", "sha256"};
        Sha256 total;
        std::int64_t total_rows = 0;
        auto contents = core_contents(has_publications(connection));
        for (auto& content : dataset_contents(connection))
            contents.push_back(std::move(content));
        for (const auto& content : contents) {
            std::string order;
            for (int i = 1; i <= content.columns; ++i)
                order += (i == 1 ? " ORDER BY " : ", ") + std::to_string(i);
            SQLite::Statement rows{connection.db(), content.select + order};
            Sha256 sha;
            std::int64_t count = 0;
            for (; rows.executeStep(); ++count) {
                for (int i = 0; i < content.columns; ++i) {
                    const auto column = rows.getColumn(i);
                    sha.add(cell_text(column, std::string_view{column.getName()} == "metrics_json"));
                    sha.add("\x1f");
                }
                sha.add("\n");
            }
            const auto hex = sha.hex();
            total.add(content.name + " " + std::to_string(count) + " " + hex + "\n");
            total_rows += count;
            table.rows.push_back({boost::json::string{content.name}, count, boost::json::string{hex}});
        }
        connection.db().exec("COMMIT");
        table.rows.push_back({"total", total_rows, boost::json::string{total.hex()}});
        return table;
    });
}

} // namespace spine::store
