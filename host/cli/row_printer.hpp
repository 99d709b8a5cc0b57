/// Prints rows as they come, in the format that was asked for.
#pragma once

#include "cli/sink.hpp"
#include "config/settings.hpp"

#include <boost/json/value.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace spine::cli {

/// How tables for people and CSV look.
struct Look {
    bool color = false;
    std::size_t width = 0;       ///< of the terminal; 0: as wide as needed
    bool guard_formulas = false; ///< CSV: a text that a spreadsheet would compute begins with '
    std::string null_text;       ///< tables: what stands for no value
};

/// Threads: one at a time. Lives: not longer than its sink. Call `columns` once, then `row` for each, then `end`.
class RowPrinter {
public:
    virtual ~RowPrinter() = default;
    virtual void columns(const std::vector<std::string>& names) = 0;
    virtual void row(const std::vector<boost::json::value>& cells) = 0;
    virtual void end() = 0;
};

/// Table: aligned, numbers to the right, data unable to steer the terminal; the widths are those of the first 10,000 rows. Where the terminal is
/// too narrow, texts are cut and those of the last column are wrapped.
/// JSON: one array with an object for each row. CSV: RFC 4180, exact, no value is empty and an empty text is "". YAML: a
/// list of mappings.
std::unique_ptr<RowPrinter> make_row_printer(config::Output output, Sink& sink, const Look& look);
std::unique_ptr<RowPrinter> make_table_printer(Sink& sink, const Look& look);

/// A cell as plain text: numbers with all their digits.
std::string cell_text(const boost::json::value& cell);

} // namespace spine::cli
