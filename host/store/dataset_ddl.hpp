/// The SQL that a declared dataset becomes on SQLite: a narrow table of rows and the views that people read.
#pragma once

#include "workflow/catalogue.hpp"

#include <string>
#include <vector>

namespace spine::store {

/// An identifier in SQL. Names are checked when a plugin is loaded; quoting keeps a column called "group" possible.
std::string quoted(const std::string& name);
/// The table underneath: "otc_raw" has its rows in "otc_raw__rows".
std::string rows_table(const std::string& dataset);
/// The versions that it has rows of, each once with what is the same for all of its rows: the partition's values, and the
/// readable id and time. A table, because SQLite 3.40 lets no view of an untrusted schema take JSON apart.
std::string versions_table(const std::string& dataset);
/// capture_seq, capture_id, captured_at; or derivation_seq, inputs_sha256, derived_at.
std::vector<std::string> version_columns(const workflow::Dataset& dataset);
/// core_captures or core_derivations.
std::string core_versions_table(const workflow::Dataset& dataset);
/// Its first column: capture_seq or derivation_seq.
std::string rowset_column(const workflow::Dataset& dataset);

/// The names that a dataset is read by, its own first, and the one that shows what is published.
std::vector<std::string> views_of(const std::string& dataset);
std::string latest_view(const std::string& dataset);

/// Tables and views; of a store that knows of no publishing (`publishes` false) NAME_latest is the head, and there is no NAME_head.
std::vector<std::string> create_dataset_sql(const workflow::Dataset& dataset, bool publishes = true);
/// Drops and makes anew the three views.
std::vector<std::string> create_views_sql(const workflow::Dataset& dataset, bool publishes = true);
/// NAME_latest and NAME_head alone, which know no more of the dataset than this. Latest: the newest published rows that there are for each
/// partition, with is_current; head: those of the newest capture.
std::vector<std::string> create_reader_views_sql(const std::string& name, bool by_capture);
/// The first of them for one connection, with repeated texts taken from the function spine_text.
std::string fast_view_sql(const workflow::Dataset& dataset);
std::string add_column_sql(const std::string& dataset, const workflow::Column& column);

/// The columns of the view: partition keys, then the declared ones.
std::vector<std::string> readable_columns(const workflow::Dataset& dataset);

} // namespace spine::store
