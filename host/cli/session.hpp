/// What a command works with, and the ways to show its answer.
#pragma once

#include "cli/cli.hpp"
#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/row_printer.hpp"
#include "cli/words.hpp"
#include "control/workflows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spine::cli {

struct Session {
    const World& world;
    const config::Settings& settings;
    Words& words;
    control::Stores& stores;
    control::Libraries& libraries;

    Sink& out() const { return world.out; }
    config::Output output() const { return settings.output; }
    bool for_people() const { return settings.output == config::Output::table; }
    bool colored() const;
    /// Whether the terminal is known to understand blocks that are no ASCII.
    bool draws_blocks() const;
    Look look() const;
    control::WorkflowFolder workflow_folder() const { return {settings.workflow_folder}; }
};

/// Lines for people: names aligned, values neutralised. Empty values are left out.
using Fields = std::vector<std::pair<std::string, std::string>>;
std::string fields_text(const Fields& fields);

/// JSON and YAML: the document. CSV: its members, one a line. Table: `for_people` as it is.
void show(const Session& session, const boost::json::object& document, const std::string& for_people);
/// JSON and YAML: the documents. CSV and table: the rows.
void show(const Session& session, const boost::json::array& documents, const control::Table& rows);
/// A table as it is, in any format.
void show(const Session& session, const control::Table& rows);
/// A table as text for people, without looking at the chosen format.
std::string table_text(const Session& session, const control::Table& rows);

/// JSON text in a column that holds JSON (partition_key, partition, or a name that ends in _json) as what it means; else as it is.
boost::json::value structured(std::string_view column, const boost::json::value& cell);
/// `{"tier":"OTC"}` and objects as `tier=OTC`, for people.
std::string pairs_text(const boost::json::value& object);
std::string joined(const std::vector<std::string>& words, const std::string& between = ", ");

/// "0.042 s"
std::string seconds_text(std::chrono::milliseconds duration);
/// The parameters of -p; their faults are usage.
KeyValues given_parameters(const Invocation& invocation);

/// Category, message, hint and exit code; null without a failure.
boost::json::value error_document(const std::optional<unit::Failure>& failure, int exit_code);

/// The first hundred, and how many more there are.
void tell_faults(Words& words, const workflow::Diagnostics& faults);
/// Files of plugins that were refused; those that the person was told of when they were found are left out.
void tell_refused(Session& session, const workflow::Catalogue& catalogue);
/// Faults of a command line to the person; returns the exit code of usage.
int refuse_usage(const Session& session, const workflow::Diagnostics& faults);

} // namespace spine::cli
