/// Says which row a dataset's table refused and why: SQLite names the constraint, and not the row that broke it.
#pragma once

#include "error.hpp"
#include "store/attempt.hpp"

namespace spine::store {

/// Of the rows of one replacement the one that `at` stands on; `code` is SQLite's extended code.
Error refused_row(const Replacement& rows, const unit::RowReader& at, int code);
/// Of one small write.
Error refused_row(const SmallWrite& write, int code);
/// An update or a delete whose key no row has.
Error met_no_row(const SmallWrite& write);

} // namespace spine::store
