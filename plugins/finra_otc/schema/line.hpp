// A line of a published file as evidence: what a reject shows of it, and what is kept of it in a
// table, so that it can be shown later byte for byte.
#pragma once

#include "schema/record.hpp"
#include "schema/reject.hpp"

#include <string>

namespace finra {

/// Writes the line of `row` into `into`: the kept text, or where there is none the fields as its
/// layout spells them. At most `raw_text_max` bytes, never cut inside a character.
///
///   finra    tier|symbol|issue|venue|MPID|shares|trades|last update
///   simple   week|tier|symbol|MPID|shares|trades
void write_line(const RawRow& row, std::string& into);

} // namespace finra
