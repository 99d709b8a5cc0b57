#include "unit/partition.hpp"
#include "unit/rows.hpp"

#include "error.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>

using namespace spine;
using spine::test::TemporaryFolder;

BOOST_AUTO_TEST_SUITE(rows)

BOOST_DATA_TEST_CASE(every_cell_comes_back_as_it_was_whatever_was_spilled,
                     boost::unit_test::data::make({std::size_t{1} << 30, std::size_t{300'000}, std::size_t{0}}),
                     memory) {
    TemporaryFolder folder;
    unit::Spill spill{folder.path(), memory};
    unit::RowWriter rows{spill};
    const auto fill = [](std::mt19937_64& random, auto&& integer, auto&& real, auto&& text, auto&& null) {
        for (int i = 0; i < 20'000; ++i) {
            integer(static_cast<std::int64_t>(random()) >> (random() % 64));
            real(static_cast<double>(random()) / 3.0);
            text(std::string(random() % 200, static_cast<char>('a' + random() % 26)));
            if (random() % 2 == 0)
                null();
            else
                integer(std::numeric_limits<std::int64_t>::min());
        }
    };
    constexpr unsigned seed = 20260103;
    std::mt19937_64 write_random{seed};
    int cells = 0;
    const auto end = [&] {
        if (++cells % 4 == 0)
            rows.end_row();
    };
    fill(write_random, [&](std::int64_t v) { rows.integer(v), end(); }, [&](double v) { rows.real(v), end(); },
         [&](const std::string& v) { rows.text(v), end(); }, [&] { rows.null(), end(); });
    BOOST_TEST(rows.rows() == 20'000u);

    for (int pass = 0; pass < 2; ++pass) { // a commit that is applied again reads again
        unit::RowReader reader{rows, 4};
        std::mt19937_64 read_random{seed};
        int column = 0;
        bool same = true;
        const auto cell = [&]() -> const unit::Cell& {
            if (column == 0)
                same = same && reader.next();
            const auto& found = reader.cell(static_cast<std::size_t>(column));
            column = (column + 1) % 4;
            return found;
        };
        fill(read_random,
             [&](std::int64_t v) { const auto& c = cell(); same = same && c.kind == unit::CellKind::integer && c.integer == v; },
             [&](double v) { const auto& c = cell(); same = same && c.kind == unit::CellKind::real && c.real == v; },
             [&](const std::string& v) { const auto& c = cell(); same = same && c.kind == unit::CellKind::text && c.text == v; },
             [&] { same = same && cell().kind == unit::CellKind::null; });
        BOOST_TEST(same);
        BOOST_TEST(!reader.next());
    }
}

BOOST_AUTO_TEST_CASE(a_scratch_folder_that_cannot_be_written_is_an_error) {
    unit::Spill spill{"/nonexistent", 0};
    BOOST_CHECK_THROW(spill.keep("x", 1), Error);
}

BOOST_AUTO_TEST_CASE(partition_keys_are_sorted_and_without_spaces_whatever_they_came_as) {
    const std::map<std::string, std::string> values{{"week_ending", "2025-12-12"}, {"tier", "OTC"}};
    BOOST_TEST(unit::partition_key(values) == R"({"tier":"OTC","week_ending":"2025-12-12"})");
    BOOST_TEST((unit::partition_values(R"( { "week_ending" : "2025-12-12", "tier":"OTC" } )") == values));
    BOOST_TEST(unit::partition_key({{"a", "\"\\\n"}}) == "{\"a\":\"\\\"\\\\\\n\"}");
    for (const char* bad : {"", "[]", "{\"a\":1}", "{\"a\":\"b\",\"a\":\"c\"}", "nonsense"})
        BOOST_CHECK_THROW(unit::partition_values(bad), Error);
}

BOOST_AUTO_TEST_SUITE_END()
