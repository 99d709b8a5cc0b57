/// What every version of a dataset's rows was when it was written: how many rows, and their sum. Kept in the commit that wrote them.
#pragma once

#include "store/connection.hpp"
#include "store/row_sum.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spine::store {

struct RowsetMaker {
    std::string stage;
    std::string execution_id;
};
/// All of a version was written.
void record_rowset(Connection& connection, const std::string& dataset, std::int64_t version, const RowSum& sum, const RowsetMaker& maker);
/// Some of its rows became others. A version that two attempts made is no one stage's any more: no single command makes it anew.
void change_rowset(Connection& connection, const std::string& dataset, std::int64_t version, const RowSum& taken, const RowSum& added, const RowsetMaker& maker);

/// The datasets that have tables, whether or not their plugin is loaded.
std::vector<std::string> stored_datasets(Connection& connection);
/// Every version's sum as its rows are, by reading all of them.
std::map<std::int64_t, RowSum> computed_rowsets(Connection& connection, const std::string& dataset);
/// Records what is there, for stores that were written without.
void record_all_rowsets(Connection& connection);

} // namespace spine::store
