// Files and whole weeks for the tests of the pipelines.
#pragma once

#include "support/fake_host.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <spine/abi.h>
#include <string>

extern "C" const spine_plugin* spine_plugin_query(uint32_t major, uint32_t minor) noexcept;

namespace finra {

using spine::fake::Host;
using spine::fake::json;
using spine::fake::Outcome;
using spine::fake::Partition;
using spine::fake::value;
using spine::fake::Values;

/// A host with the plugin and the sample weeks of the project in the folder `data`.
struct Weeks : Host {
    Weeks() : Host(*spine_plugin_query(SPINE_ABI_MAJOR, SPINE_ABI_MINOR)) {
        for (const char* week : {"2025-12-19", "2025-12-26", "2026-01-02"}) {
            const std::string name = std::string("week_") + week + ".psv";
            std::ifstream in(SPINE_SOURCE_DIR "/tests/data/finra/" + name, std::ios::binary);
            files["data/" + name] = std::string(std::istreambuf_iterator<char>(in), {});
        }
    }

    Outcome ingest(const std::string& content, Values params = {}) {
        files["week.psv"] = content;
        params.emplace("file", value("week.psv"));
        return run("ingest_week", params);
    }
    Outcome done(const std::string& pipeline, const Values& params) {
        Outcome outcome = run(pipeline, params);
        BOOST_TEST_REQUIRE(outcome.status == SPINE_OK, pipeline << ": " << outcome.message);
        return outcome;
    }
    Outcome done_file(const std::string& content, const Values& params = {}) {
        Outcome outcome = ingest(content, params);
        BOOST_TEST_REQUIRE(outcome.status == SPINE_OK, outcome.message);
        return outcome;
    }
    /// Ingests, normalises and aggregates a file of the simple layout.
    void week(const std::string& tier, const std::string& week, const std::string& rows);
};

/// "A|UBSA|10|1\n…" as a file of the simple layout.
inline std::string
simple(const std::string& tier, const std::string& week, const std::string& rows) {
    std::string file = "WeekEnding|Tier|Symbol|MPID|TotalShares|TotalTrades\n";
    for (std::size_t at = 0; at < rows.size();) {
        const auto end = rows.find('\n', at);
        file.append(week).append("|").append(tier).append("|");
        file.append(rows, at, end - at).append("\n");
        at = end == std::string::npos ? rows.size() : end + 1;
    }
    return file;
}

inline Values of(const std::string& tier, const std::string& week) {
    return {{"tier", value(tier)}, {"week_ending", value(week)}};
}
/// The same by a person who takes what is lost.
inline Values accepting(Values params) {
    params["accept_loss"] = value(true);
    return params;
}
inline Partition key(const std::string& tier, const std::string& week) {
    return {{"tier", tier}, {"week_ending", week}};
}

inline void Weeks::week(const std::string& tier, const std::string& week, const std::string& rows) {
    const Outcome ingested = ingest(simple(tier, week, rows));
    BOOST_TEST_REQUIRE(ingested.status == SPINE_OK, ingested.message);
    done("normalize_week", of(tier, week));
    done("aggregate_week", of(tier, week));
}

/// Message and hint of a failure, as a person sees them.
inline std::string told(const Outcome& outcome) { return outcome.message + " " + outcome.details; }

/// The check of this name, which must be there.
inline spine::fake::Check check_of(const Outcome& outcome, std::string_view name) {
    for (const spine::fake::Check& check : outcome.checks)
        if (check.name == name)
            return check;
    BOOST_TEST_REQUIRE(false, "no check " << name);
    return {};
}

inline bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace finra
