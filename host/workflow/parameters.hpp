/// Checks the parameters of a call against the table that the plugin declared, and describes the table as JSON Schema.
#pragma once

#include "workflow/catalogue.hpp"
#include "workflow/diagnostic.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spine::workflow {

/// Names to values as written on a command line, in the order given.
using Written = std::vector<std::pair<std::string, std::string>>;

/// Canonical values of every declared parameter that was given or has a default, in name order: booleans and integers as
/// such, reals as numbers, dates and timestamps as text, the first spelling of an allowed value; or all faults at once.
using Bound = std::variant<boost::json::object, Diagnostics>;

Bound bind(const std::vector<Parameter>& table, const Written& given);
/// The same for values that already have types (a workflow's, a composite's); text is read as on a command line.
Bound bind(const std::vector<Parameter>& table, const boost::json::object& given);

/// JSON Schema 2020-12 of the table.
boost::json::object json_schema(const std::vector<Parameter>& table, std::string_view title);


} // namespace spine::workflow
