/// The SQL that a declared dataset becomes on SQLite: a narrow table of rows and the views that people read.
#pragma once

#include "workflow/catalogue.hpp"

#include <string>
#include <vector>

namespace spine::store {

/// The table underneath: "otc_raw" has its rows in "otc_raw__rows".
std::string rows_table(const std::string& dataset);
/// Its first column: capture_seq or derivation_seq.
std::string rowset_column(const workflow::Dataset& dataset);

/// Table, view and latest view.
std::vector<std::string> create_dataset_sql(const workflow::Dataset& dataset);
/// Drops and makes anew the two views.
std::vector<std::string> create_views_sql(const workflow::Dataset& dataset);
std::string add_column_sql(const std::string& dataset, const workflow::Column& column);

/// The columns of the view: partition keys, then the declared ones.
std::vector<std::string> readable_columns(const workflow::Dataset& dataset);

} // namespace spine::store
