// What an attempt may not commit although it says that it is done, and what it is told.
#include "store_fixture.hpp"

#include "error.hpp"
#include "store/apply.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Promised : StoreFixture {
    std::unique_ptr<Process> here = mortal();
    run::Started start = here->started(here->planned("read", "w1"));
    unit::Unit& unit = *start.unit;
    unit::Rowset rowset = unit.observe(0, {"aa", "file:///x", 3, "", ""}).rowset;

    unit::RowSink& rows() { return unit.replace("demo_raw", rowset, {"line", "symbol", "shares"}); }
    static void row(unit::RowSink& sink, std::int64_t line, const char* symbol) {
        sink.integer(0, line);
        sink.text(1, symbol);
        sink.integer(2, 5);
        sink.end_row();
    }
    void reached(std::int64_t count) { unit.reached({0, rowset, count, {}}); }
    /// Refused with these words, as an execution that failed and left nothing behind.
    void refused(unit::Category category, const std::string& words) {
        const auto commit = unit.commit(unit::Done{});
        BOOST_TEST_REQUIRE(std::holds_alternative<unit::Refused>(commit));
        const auto& failure = std::get<unit::Refused>(commit).failure;
        BOOST_TEST((failure.category == category));
        BOOST_TEST(failure.exit_code == unit::exit_code(category));
        BOOST_TEST(contains(failure.message, words), "'" << words << "' is not in: " << failure.message);
        BOOST_TEST(!failure.hint.empty());
        BOOST_TEST(here->value("SELECT count(*) FROM core_captures") == "0");
        BOOST_TEST(here->value("SELECT count(*) FROM core_manifest") == "0");
        BOOST_TEST(here->value("SELECT status FROM core_executions") == "failed");
        BOOST_TEST(contains(here->value("SELECT error_message FROM core_executions"), words));
    }
    void broken(const std::string& words) { refused(unit::Category::step_error, words); }
    void bad_data(const std::string& words) { refused(unit::Category::data_quality, words); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(broken_promises, Promised)

BOOST_AUTO_TEST_CASE(a_declared_stage_must_be_reached) {
    auto& sink = rows();
    row(sink, 1, "A");
    sink.finish();
    broken(R"(demo.weeks.read declares that it reaches RAW, and ended without having reached it for {"week":"w1"})");
}

BOOST_AUTO_TEST_CASE(a_declared_stage_must_be_reached_for_every_partition) {
    unit.claim(Process::partition("w2"));
    auto& sink = rows();
    row(sink, 1, "A");
    sink.finish();
    reached(1);
    broken(R"(ended without having reached it for {"week":"w2"})");
}

BOOST_AUTO_TEST_CASE(a_stage_has_as_many_rows_as_one_of_its_datasets) {
    auto& sink = rows();
    row(sink, 1, "A");
    row(sink, 2, "B");
    sink.finish();
    reached(3);
    broken(R"(says that RAW of {"week":"w1"} has 3 rows, and none of its datasets was given so many: demo_raw 2)");
}

BOOST_AUTO_TEST_CASE(a_stage_without_rows_of_its_own_counts_what_it_likes) {
    reached(300);
    BOOST_TEST(committed(unit.commit(unit::Done{})));
    BOOST_TEST(here->value("SELECT row_count FROM core_manifest") == "300");
}

BOOST_AUTO_TEST_CASE(a_count_that_updates_make_unknown_is_taken_as_it_is) {
    unit.write("demo_raw", rowset, unit::WriteKind::insert, {{"line", std::int64_t{1}}, {"symbol", "A"}, {"shares", std::int64_t{5}}});
    unit.write("demo_raw", rowset, unit::WriteKind::update, {{"line", std::int64_t{1}}, {"shares", std::int64_t{6}}});
    reached(1);
    BOOST_TEST(committed(unit.commit(unit::Done{})));
    BOOST_TEST(here->value("SELECT shares FROM demo_raw") == "6");
}

BOOST_AUTO_TEST_CASE(rows_of_an_appender_that_was_not_finished_are_refused) {
    auto& sink = rows();
    row(sink, 1, "A");
    reached(1);
    broken("dataset 'demo_raw': the rows were not finished");
}

BOOST_AUTO_TEST_CASE(a_second_appender_on_the_same_rows_is_refused_at_once) {
    rows().finish();
    BOOST_CHECK_EXCEPTION(rows(), Error, [](const Error& error) {
        return error.code() == ErrorCode::invalid && contains(error.what(), "dataset 'demo_raw': the rows of this rowset have an appender already");
    });
}

BOOST_AUTO_TEST_CASE(two_rows_with_one_key_are_both_named) {
    auto& sink = rows();
    row(sink, 7, "A");
    row(sink, 8, "B");
    row(sink, 7, "C");
    sink.finish();
    reached(3);
    bad_data("dataset 'demo_raw': two rows have one key: line=7");
}

BOOST_AUTO_TEST_CASE(a_null_where_none_is_allowed_names_row_and_column) {
    auto& sink = rows();
    row(sink, 1, "A");
    sink.integer(0, 9);
    sink.null(1);
    sink.integer(2, 5);
    sink.end_row();
    sink.finish();
    reached(2);
    bad_data("dataset 'demo_raw': the row line=9 has no value in column 'symbol', which may not be null");
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_names_row_column_and_value) {
    unit.write("demo_raw", rowset, unit::WriteKind::insert, {{"line", std::int64_t{4}}, {"symbol", "A"}, {"shares", "many"}});
    reached(1);
    bad_data(R"(dataset 'demo_raw': the row line=4 has "many" in column 'shares', which takes integers)");
}

BOOST_AUTO_TEST_CASE(a_small_write_that_leaves_out_what_is_needed_names_the_column) {
    unit.write("demo_raw", rowset, unit::WriteKind::insert, {{"line", std::int64_t{4}}, {"symbol", "A"}});
    reached(1);
    bad_data("the row line=4 has no value in column 'shares', which may not be null");
}

BOOST_AUTO_TEST_CASE(a_row_that_is_there_already_is_not_inserted) {
    for (int i = 0; i < 2; ++i)
        unit.write("demo_raw", rowset, unit::WriteKind::insert, {{"line", std::int64_t{4}}, {"symbol", "A"}, {"shares", std::int64_t{1}}});
    reached(2);
    bad_data("a row with the key line=4 is there already");
}

BOOST_AUTO_TEST_CASE(an_update_that_meets_no_row_is_refused) {
    unit.write("demo_raw", rowset, unit::WriteKind::update, {{"line", std::int64_t{4}}, {"shares", std::int64_t{1}}});
    reached(0);
    bad_data("dataset 'demo_raw': an update meets no row: none has the key line=4");
}

BOOST_AUTO_TEST_CASE(a_delete_that_meets_no_row_is_refused) {
    unit.write("demo_raw", rowset, unit::WriteKind::erase, {{"line", std::int64_t{4}}});
    reached(0);
    bad_data("dataset 'demo_raw': a delete meets no row: none has the key line=4");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(capture_ids, StoreFixture)

BOOST_AUTO_TEST_CASE(partitions_never_share_an_id) {
    auto process = this->process();
    store::Connection connection{file, store::Connection::Mode::write};
    const auto id = [&](const std::map<std::string, std::string>& values) {
        return store::capture_id_for(connection, {"demo.weeks", unit::partition_key(values)}, env::to_text(clock.now()));
    };
    BOOST_TEST(id({{"a", "x"}, {"b", "y:z"}}) == "demo.weeks:x:y%3Az:20260103");
    BOOST_TEST(id({{"a", "x:y"}, {"b", "z"}}) == "demo.weeks:x%3Ay:z:20260103");
    BOOST_TEST(id({{"a", "x%3Ay"}, {"b", "z"}}) == "demo.weeks:x%253Ay:z:20260103");
    // What has neither is as it has always been.
    BOOST_TEST(id({{"tier", "OTC"}, {"week_ending", "2025-12-19"}}) == "demo.weeks:OTC:2025-12-19:20260103");
}

BOOST_AUTO_TEST_CASE(keys_of_other_names_with_the_same_values_get_the_next_number) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    store::Connection connection{file, store::Connection::Mode::write};
    const unit::Partition other{"demo.weeks", unit::partition_key({{"month", "w1"}})};
    BOOST_TEST(store::capture_id_for(connection, other, env::to_text(clock.now())) == "demo.weeks:w1:20260103.2");
}

BOOST_AUTO_TEST_SUITE_END()
