// Real files from bytes to numbers that are known.
#include "calc/aggregate.hpp"
#include "calc/concentration.hpp"
#include "calc/normalise.hpp"
#include "calc/rolling.hpp"
#include "parse/parser.hpp"
#include "rows.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <iterator>

using namespace finra;
using namespace finra::calc;

namespace {

/// Parser and normaliser joined, as the pipelines join them through a table.
struct Week : parse::Sink {
    KeptRejects rejects;
    Normaliser normaliser{rejects};

    void row(const RawRow& row) override { normaliser.add(row); }
    void reject(const RejectedRow& row) override { rejects.reject(row); }
};

/// The condition of a case: what is not there is skipped and said to be, never passed.
struct is_there {
    std::string path;
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        boost::test_tools::assertion_result answer(
            std::ifstream(std::string(SPINE_SOURCE_DIR "/") + path).good());
        answer.message() << path << " is not there";
        return answer;
    }
};

/// The normalised rows of a file below the source folder, all of whose lines must be sound.
std::vector<VenueVolume> rows_of(const std::string& path) {
    std::ifstream in(std::string(SPINE_SOURCE_DIR "/") + path, std::ios::binary);
    BOOST_TEST_REQUIRE(in.good(), path << " is not there");
    const std::string file(std::istreambuf_iterator<char>(in), {});
    Week week;
    parse::Parser parser(week);
    parser.feed(file);
    BOOST_TEST_REQUIRE(std::holds_alternative<parse::Summary>(parser.finish()));
    const Normalised normalised = week.normaliser.finish();
    BOOST_TEST(week.rejects.kept.empty());
    std::vector<VenueVolume> rows;
    for (const NormalisedRow& row : normalised.rows)
        rows.push_back(row.volume);
    return rows;
}

template <class Records, class Key>
auto find(const Records& records, Key Records::value_type::*key, const Key& value) {
    const auto found = std::find_if(
        records.begin(), records.end(), [&](const auto& record) { return record.*key == value; });
    BOOST_TEST_REQUIRE((found != records.end()));
    return *found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(golden)

const std::string week_1212 = "../shared/data/finra/finra_otc_weekly_otc_20251215.csv";
const std::string week_1219 = "../shared/data/finra/finra_otc_weekly_otc_20251222.csv";

BOOST_AUTO_TEST_CASE(the_otc_week_of_2025_12_12_has_the_published_numbers,
                     *boost::unit_test::precondition(is_there{week_1212})) {
    const auto rows = rows_of(week_1212);
    BOOST_TEST(rows.size() == 5328U);
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(result.symbols.size() == 3111U);
    BOOST_TEST(result.venues.size() == 9U);
    BOOST_TEST(result.total_volume == 1'335'995'901);
    BOOST_TEST(result.total_trades == 472'776);

    const auto otcn = find(result.venues, &VenueShare::mpid, mpid("OTCN"));
    BOOST_TEST(otcn.total_volume == 1'098'033'568);
    BOOST_TEST(otcn.total_trades == 132'031);
    BOOST_TEST(otcn.symbol_count == 2'300);
    BOOST_TEST(otcn.market_share.value() == 0.8218839348070724);
    BOOST_TEST(otcn.rank == 1);
    const auto otcx = find(result.venues, &VenueShare::mpid, mpid("OTCX"));
    BOOST_TEST(otcx.market_share.value() == 0.14423179730998292);
    BOOST_TEST(otcx.rank == 2);
    const auto arca = find(result.venues, &VenueShare::mpid, mpid("ARCA"));
    BOOST_TEST(arca.market_share.value() == 0.030691405541969547);
    const auto sten = find(result.venues, &VenueShare::mpid, mpid("STEN"));
    BOOST_TEST(sten.total_volume == 10);
    BOOST_TEST(sten.rank == 9);

    const auto ecox = find(result.symbols, &SymbolSummary::symbol, symbol("ECOX"));
    BOOST_TEST(ecox.total_volume == 259'127'041);
    BOOST_TEST(ecox.total_trades == 218);
    BOOST_TEST(ecox.venue_count == 2);
    BOOST_TEST(ecox.avg_trade_size_hundredths.value() == 118'865'615);

    const auto indices = value_of(hhi(rows));
    BOOST_TEST(find(indices, &SymbolHhi::symbol, symbol("ECOX")).hhi.value() == 0.9299147466219626);
    BOOST_TEST(std::abs(find(indices, &SymbolHhi::symbol, symbol("OZSC")).hhi.value() -
                        0.8302034991) < 1e-10);
    BOOST_TEST(std::abs(find(indices, &SymbolHhi::symbol, symbol("EARI")).hhi.value() -
                        0.9826758548) < 1e-10);
}

BOOST_AUTO_TEST_CASE(the_otc_week_of_2025_12_19_has_the_published_numbers,
                     *boost::unit_test::precondition(is_there{week_1219})) {
    const auto rows = rows_of(week_1219);
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(rows.size() == 5192U);
    BOOST_TEST(result.symbols.size() == 2985U);
    BOOST_TEST(result.venues.size() == 9U);
    BOOST_TEST(result.total_volume == 943'802'893);
    BOOST_TEST(result.total_trades == 497'191);
}

BOOST_AUTO_TEST_CASE(the_sample_of_an_otc_week_has_numbers_that_were_computed_apart) {
    const auto rows = rows_of("tests/data/finra/finra_otc_weekly_otc_20251222.csv");
    BOOST_TEST(rows.size() == 300U);
    const Aggregate result = value_of(aggregate(rows));
    BOOST_TEST(result.symbols.size() == 168U);
    BOOST_TEST(result.venues.size() == 4U);
    BOOST_TEST(result.total_volume == 72'242'882);
    BOOST_TEST(result.total_trades == 23'862);
    const auto otcx = find(result.venues, &VenueShare::mpid, mpid("OTCX"));
    BOOST_TEST(otcx.total_volume == 40'997'535);
    BOOST_TEST(otcx.market_share.value() == 0.5674958399361753);
    BOOST_TEST(otcx.rank == 1);
    BOOST_TEST(find(result.venues, &VenueShare::mpid, mpid("PPEX")).market_share.value() ==
               7.419416074790594e-06);
    const auto aitx = find(result.symbols, &SymbolSummary::symbol, symbol("AITX"));
    BOOST_TEST(aitx.total_volume == 16'609'495);
    BOOST_TEST(aitx.avg_trade_size_hundredths.value() == 35'339'351);
    const auto indices = value_of(hhi(rows));
    BOOST_TEST(find(indices, &SymbolHhi::symbol, symbol("AITX")).hhi.value() == 0.9606255697856327);
    BOOST_TEST(find(indices, &SymbolHhi::symbol, symbol("AACAY")).hhi.value() ==
               0.4646347431431818); // of three venues
    BOOST_TEST(find(indices, &SymbolHhi::symbol, symbol("AFFU")).hhi.value() == 1.0);
}

BOOST_AUTO_TEST_CASE(three_sample_weeks_go_to_partial_windows) {
    std::vector<WindowWeek> window;
    for (const char* week : {"2025-12-19", "2025-12-26", "2026-01-02"}) {
        const auto rows = rows_of(std::string("tests/data/finra/week_") + week + ".psv");
        BOOST_TEST(rows.size() == 50U);
        const Aggregate result = value_of(aggregate(rows));
        BOOST_TEST_REQUIRE(result.symbols.size() == 2U);
        BOOST_TEST(result.venues.size() == 30U);
        BOOST_TEST(result.total_volume == 6'938'176);
        BOOST_TEST(result.total_trades == 100'483);
        const SymbolSummary& a = result.symbols[0];
        BOOST_TEST(a.total_volume == 3'827'870);
        BOOST_TEST(a.venue_count == 29);
        BOOST_TEST(a.avg_trade_size_hundredths.value() == 5941);
        BOOST_TEST(a.liquidity_score_hundredths.value() == 172289);
        BOOST_TEST(result.symbols[1].avg_trade_size_hundredths.value() == 8626);
        BOOST_TEST(result.symbols[1].liquidity_score_hundredths.value() == 181146);
        const auto indices = value_of(hhi(rows));
        BOOST_TEST(indices.at(0).hhi.value() == 0.08214844834610846);
        BOOST_TEST(indices.at(1).hhi.value() == 0.13889315107187714);

        window.push_back({date_from_iso(week).value(), {}});
        for (const SymbolSummary& summary : result.symbols)
            window.back().symbols.push_back(
                {summary.symbol, summary.total_volume, summary.total_trades});
    }
    const Rolling rolled = value_of(rolling(window, OnIncomplete::partial));
    BOOST_TEST_REQUIRE(rolled.symbols.size() == 2U);
    BOOST_TEST(rolled.symbols[0].avg_volume == 3'827'870);
    BOOST_TEST(rolled.symbols[1].avg_volume == 3'110'306);
    for (const SymbolRolling& symbol : rolled.symbols) {
        BOOST_TEST(symbol.weeks_in_window == 3);
        BOOST_TEST(!symbol.is_complete);
        BOOST_TEST((symbol.trend == Trend::flat));
    }
}

BOOST_AUTO_TEST_SUITE_END()
