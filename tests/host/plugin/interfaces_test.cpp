#include "probe.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <limits>
#include <thread>

namespace spine::plugin {
namespace {

constexpr auto all_outputs = std::numeric_limits<std::uint32_t>::max();
const unit::Partition day_one{"probe.domain", R"({"day":"2026-01-02"})"};
const unit::Partition day_two{"probe.domain", R"({"day":"2026-01-09"})"};

unit::ManifestRow
manifest_row(const unit::Partition& partition, const std::string& stage, std::int64_t capture) {
    unit::ManifestRow row;
    row.partition = partition;
    row.stage = stage;
    row.row_count = 50;
    row.capture_seq = capture;
    row.capture_id = "capture_" + std::to_string(capture);
    row.captured_at = "2026-01-05T00:00:00.000Z";
    row.metrics = {{"rows", 50}};
    row.current = true;
    return row;
}

unit::Capture
capture_of(const unit::Partition& partition, std::int64_t seq, const std::string& at) {
    return {seq, "capture_" + std::to_string(seq), partition, "sha", "uri", 1, at};
}

const run::Plan& plan_in(const run::Planned& planned) {
    const auto* plan = std::get_if<run::Plan>(&planned);
    BOOST_TEST_REQUIRE(plan != nullptr);
    return *plan;
}

run::Planned plan_with(Probe& probe, const std::function<void(spine::Plan&)>& work) {
    return probe.plan([&](const spine_run* run) {
        return spine::guard(run, [&] {
            spine::Plan plan{run};
            work(plan);
        });
    });
}

/// The attempt fails with category CONFIGURATION and these words.
void check_misuse(const unit::Outcome& outcome, const std::string& words) {
    BOOST_TEST((failure_in(outcome).category == unit::Category::configuration));
    BOOST_TEST(contains(failure_in(outcome).message, words),
               "'" << words << "' is not in: " << failure_in(outcome).message);
}

bool is_done(const unit::Outcome& outcome) {
    if (const auto* failure = std::get_if<unit::Failure>(&outcome))
        BOOST_TEST_MESSAGE(failure->message);
    return std::holds_alternative<unit::Done>(outcome);
}

spine_check a_check() {
    return {sizeof(spine_check),
            0,
            SPINE_INTEGRITY_CHECK,
            SPINE_CHECK_PASS,
            str("balance"),
            str("1"),
            str("1"),
            {}};
}
spine_reject a_reject() {
    return {sizeof(spine_reject),
            0,
            7,
            str("BAD_NUMBER"),
            str("not a number"),
            str("x|y"),
            str("week.csv")};
}

} // namespace

BOOST_AUTO_TEST_SUITE(planning)

BOOST_AUTO_TEST_CASE(a_plan_has_its_outputs_and_sorted_inputs) {
    Probe probe;
    probe.state.rows = {manifest_row(day_one, "RAW", 7), manifest_row(day_two, "RAW", 8)};
    const auto planned = plan_with(probe, [](spine::Plan& plan) {
        const auto first = plan.output({{"day", "2026-01-09"}});
        plan.needs({{"day", "2026-01-09"}}, "SOURCE", first); // an alias
        plan.needs({{"day", "2026-01-02"}}, "RAW");
        plan.needs({{"day", "2026-01-02"}}, "RAW"); // said twice, read once
        BOOST_TEST(!plan.uses({{"day", "2026-01-16"}}, "RAW"));
    });
    const auto& plan = plan_in(planned);
    BOOST_TEST_REQUIRE(plan.outputs.size() == 1u);
    BOOST_TEST((plan.outputs[0] == day_two));
    BOOST_TEST_REQUIRE(plan.inputs.size() == 2u);
    BOOST_TEST((plan.inputs[0].row.partition == day_one));
    BOOST_TEST(!plan.inputs[0].output.has_value());
    BOOST_TEST(plan.inputs[1].row.stage == "RAW");
    BOOST_TEST(plan.inputs[1].output.value() == 0u);
    BOOST_TEST(!plan.historic);
    BOOST_TEST(!plan.unneeded.has_value());
}

BOOST_AUTO_TEST_CASE(a_stage_that_is_missing_or_stale_is_a_dependency_with_the_command_to_run) {
    Probe probe;
    const auto needs = [](spine::Plan& plan) { plan.needs({{"day", "2026-01-02"}}, "RAW"); };
    const auto missing = std::get<unit::Failure>(plan_with(probe, needs));
    BOOST_TEST((missing.category == unit::Category::dependency));
    BOOST_TEST(contains(missing.message, "RAW of {\"day\":\"2026-01-02\"}"));
    BOOST_TEST(contains(missing.hint, "spine run probe.domain.fetch -p day=2026-01-02"));
    probe.state.rows = {manifest_row(day_one, "RAW", 7)};
    probe.state.rows[0].current = false;
    const auto stale = std::get<unit::Failure>(plan_with(probe, needs));
    BOOST_TEST((stale.category == unit::Category::dependency));
    BOOST_TEST(contains(stale.message, "older capture"));
    // Leaving out what is there but out of date would make a narrower set the latest.
    const auto uses = [](spine::Plan& plan) { plan.uses({{"day", "2026-01-02"}}, "RAW"); };
    BOOST_TEST(contains(std::get<unit::Failure>(plan_with(probe, uses)).message, "older capture"));
    probe.state.rows.clear();
    BOOST_TEST(plan_in(plan_with(probe, uses)).inputs.empty());
}

BOOST_AUTO_TEST_CASE(a_missing_need_cannot_be_shrugged_off) {
    Probe probe;
    const auto planned = probe.plan([](const spine_run* run) {
        const auto* plan = interface_from<spine_plan_1>(run, SPINE_PLAN_ID);
        const spine::Field day{"day", "2026-01-02"};
        BOOST_TEST(plan->input(run, all_outputs, &day.raw, 1, str("RAW"), 0) == SPINE_NOT_FOUND);
        return SPINE_OK;
    });
    BOOST_TEST(std::holds_alternative<unit::Failure>(planned));
}

BOOST_AUTO_TEST_CASE(as_of_reads_the_heads_of_that_time_and_no_manifest) {
    Probe probe;
    probe.state.captures = {capture_of(day_one, 1, "2026-01-05T10:00:00.000Z"),
                            capture_of(day_one, 2, "2026-01-06T23:00:00.000Z"),
                            capture_of(day_one, 3, "2026-01-20T00:00:00.000Z"),
                            capture_of(day_two, 4, "2026-01-06T09:00:00.000Z")};
    const auto seq_at =
        [&](const char* until, const char* capture, const char* day) -> std::int64_t {
        const auto planned = plan_with(probe, [&](spine::Plan& plan) {
            plan.as_of(until, capture);
            plan.uses({{"day", day}}, "RAW");
        });
        const auto& plan = plan_in(planned);
        BOOST_TEST(plan.historic);
        if (plan.inputs.empty())
            return 0;
        BOOST_TEST(!plan.inputs[0].row.current);
        BOOST_TEST(plan.inputs[0].row.inputs_sha256.empty());
        BOOST_TEST(plan.inputs[0].row.stage == "RAW");
        return plan.inputs[0].row.capture_seq;
    };
    BOOST_TEST(seq_at("2026-01-05T10:00:00.000Z", "", "2026-01-02") == 1); // inclusive
    BOOST_TEST(seq_at("2026-01-06T22:59:59Z", "", "2026-01-02") == 1);
    BOOST_TEST(seq_at("2026-01-06", "", "2026-01-02") == 2); // the whole day
    BOOST_TEST(seq_at("2026-01-04", "", "2026-01-02") == 0);
    BOOST_TEST(seq_at("", "capture_1", "2026-01-02") == 1);
    BOOST_TEST(seq_at("", "capture_2", "2026-01-09") == 4); // others: as known when it was made
    BOOST_TEST(seq_at("", "capture_1", "2026-01-09") == 0);
    const auto unknown = std::get<unit::Failure>(
        plan_with(probe, [](spine::Plan& plan) { plan.as_of("", "capture_9"); }));
    BOOST_TEST(unknown.exit_code == 4);
    BOOST_TEST(contains(unknown.message, "'capture_9'"));
}

BOOST_AUTO_TEST_CASE(a_plan_may_say_that_nothing_is_to_be_done) {
    Probe probe;
    const auto planned =
        plan_with(probe, [](spine::Plan& plan) { plan.skip("no week was published"); });
    BOOST_TEST(plan_in(planned).unneeded.value() == "no week was published");
}

BOOST_AUTO_TEST_CASE(a_plan_that_makes_no_sense_is_refused) {
    Probe probe;
    const auto refused = [&](const char* words, const std::function<void(spine::Plan&)>& work) {
        const auto failure = std::get<unit::Failure>(plan_with(probe, work));
        BOOST_TEST(contains(failure.message, words), failure.message);
    };
    refused("plan.output: output {\"day\":\"2026-01-02\"} is named twice", [](spine::Plan& plan) {
        plan.output({{"day", "2026-01-02"}});
        plan.output({{"day", "2026-01-02"}});
    });
    refused("plan.output: a partition has at least one key",
            [](spine::Plan& plan) { plan.output({}); });
    refused("plan.input: output 3 does not exist", [](spine::Plan& plan) {
        plan.uses({{"day", "2026-01-02"}}, "RAW", 3);
    });
    refused("declares no stage 'NOWHERE'", [](spine::Plan& plan) {
        plan.needs({{"day", "2026-01-02"}}, "NOWHERE");
    });
    refused("plan.as_of: a time or a capture", [](spine::Plan& plan) { plan.as_of("", ""); });
    refused("'last week'", [](spine::Plan& plan) { plan.as_of("last week", ""); });
    refused("'day' is given twice", [](spine::Plan& plan) {
        plan.output({{"day", "x"}, {"day", "y"}});
    });
    refused("no name of a partition key", [](spine::Plan& plan) { plan.output({{"Day!", "x"}}); });
    refused("is empty", [](spine::Plan& plan) { plan.output({{"day", ""}}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(working)

BOOST_AUTO_TEST_CASE(the_manifest_can_be_read_by_alias_and_in_order) {
    Probe probe;
    probe.state.rows = {manifest_row(day_two, "RAW", 8), manifest_row(day_one, "RAW", 7)};
    probe.state.captures = {{7, "c7", day_one, {}, {}, 0, "2026-01-03"}, {8, "c8", day_two, {}, {}, 0, "2026-01-03"}, {9, "c9", day_two, {}, {}, 0, "2026-01-04"}};
    BOOST_TEST(is_done(probe.attempt("work", [](spine::Attempt& attempt) {
        const auto row = attempt.manifest({{"day", "2026-01-02"}}, "SOURCE", "probe");
        BOOST_TEST_REQUIRE(row.has_value());
        BOOST_TEST(view(row->stage) == "RAW");
        BOOST_TEST(row->current == 1u);
        BOOST_TEST(row->row_count == 50);
        BOOST_TEST(view(row->metrics) == "{\"rows\":50}");
        BOOST_TEST(view(row->partition) == "{\"day\":\"2026-01-02\"}");
        BOOST_TEST(!attempt.manifest({{"day", "2026-01-02"}}, "DONE").has_value());
        const auto rows = attempt.manifest_rows({}, "RAW");
        BOOST_TEST_REQUIRE(rows.size() == 2u);
        BOOST_TEST(rows[0].capture_seq == 7);
        BOOST_TEST(rows[1].current == 0u); // a newer capture has not come so far
    })));
}

BOOST_AUTO_TEST_CASE(
    a_smaller_struct_of_an_older_sdk_is_filled_no_further_than_it_reaches_and_a_wrong_one_refused) {
    Probe probe;
    probe.state.rows = {manifest_row(day_one, "RAW", 7)};
    const auto outcome = probe.run("work", [](const spine_run* run) {
        const auto* manifest = interface_from<spine_manifest_1>(run, SPINE_MANIFEST_ID);
        const spine::Field day{"day", "2026-01-02"};
        spine_manifest_row row{};
        for (const std::uint32_t size : {0u, 8u, 0xffffffffu}) {
            row.struct_size = size;
            BOOST_TEST(manifest->get(run, {}, &day.raw, 1, str("RAW"), &row) == SPINE_INVALID_ARG);
        }
        BOOST_TEST(manifest->get(run, {}, &day.raw, 1, str("RAW"), nullptr) == SPINE_INVALID_ARG);
        BOOST_TEST(manifest->get(run, {}, nullptr, 1, str("RAW"), &row) == SPINE_INVALID_ARG);
        BOOST_TEST(manifest->get(run, {}, &day.raw, 0xffffffffu, str("RAW"), &row) ==
                   SPINE_INVALID_ARG);
        row.struct_size = sizeof row;
        BOOST_TEST(manifest->get(run, {}, &day.raw, 1, str("RAW"), &row) == SPINE_OK);
        return SPINE_OK;
    });
    BOOST_TEST(is_done(outcome)); // reading wrongly is no harm done
}

BOOST_AUTO_TEST_CASE(a_partition_is_claimed_read_back_and_reached) {
    Probe probe;
    unit::Input input{0, manifest_row(day_one, "RAW", 7)};
    probe.unit.pinned = {input};
    BOOST_TEST(is_done(probe.attempt("rows", [](spine::Attempt& attempt) {
        BOOST_TEST(attempt.claim({{"day", "2026-01-02"}}) == 0u);
        BOOST_TEST(attempt.partition() == "{\"day\":\"2026-01-02\"}");
        BOOST_TEST(attempt.output_count() == 1u);
        const auto pinned = attempt.input();
        BOOST_TEST(pinned.capture_seq == 7);
        BOOST_TEST(pinned.rowset == 0);
        BOOST_TEST(view(pinned.row.capture_id) == "capture_7");
        BOOST_TEST(attempt.derived() == 50);
        attempt.reached(attempt.derived(), 12, {{"symbols", 3}});
    })));
    BOOST_TEST_REQUIRE(probe.unit.stages.size() == 1u);
    BOOST_TEST(probe.unit.stages[0].rowset == 50);
    BOOST_TEST(probe.unit.stages[0].row_count == 12);
    BOOST_TEST(probe.unit.stages[0].metrics.at("symbols").as_int64() == 3);
}

BOOST_AUTO_TEST_CASE(a_partition_that_somebody_holds_is_a_conflict_naming_him) {
    Probe probe;
    probe.unit.held_by = "execution 42";
    const auto outcome = probe.attempt("rows", [](spine::Attempt& attempt) {
        attempt.claim({{"day", "2026-01-02"}});
    });
    BOOST_TEST(failure_in(outcome).exit_code == 5);
    BOOST_TEST((failure_in(outcome).category == unit::Category::transient));
    BOOST_TEST(contains(failure_in(outcome).message, "execution 42"));
    BOOST_TEST(failure_in(outcome).elsewhere);
}

BOOST_AUTO_TEST_CASE(only_the_host_says_that_work_is_done_elsewhere) {
    Probe own;
    const auto conflict = failure_in(own.attempt("rows", [](spine::Attempt&) { throw spine::Error{SPINE_CONFLICT, "two of them", SPINE_RETRY_BY_CATEGORY, 0, R"({"busy":true})"}; }));
    BOOST_TEST(conflict.exit_code == 5);
    BOOST_TEST(!conflict.elsewhere);
    Probe held;
    held.unit.held_by = "execution 42";
    const auto in_own_words = failure_in(held.attempt("rows", [](spine::Attempt& attempt) {
        try {
            attempt.claim({{"day", "2026-01-02"}});
        } catch (const spine::Error&) {
            throw spine::Error{SPINE_CONFLICT, "somebody has the day"};
        }
    }));
    BOOST_TEST(in_own_words.elsewhere);
}

BOOST_AUTO_TEST_CASE(partitions_are_used_as_declared) {
    Probe probe;
    check_misuse(probe.attempt("rows",
                               [](spine::Attempt& attempt) {
                                   attempt.claim({{"week", "1"}});
                               }),
                 R"(key 'week' was given ('1'), wanted are 'day')");
    check_misuse(probe.attempt("rows", [](spine::Attempt& attempt) { attempt.derived(); }),
                 "has claimed no partition yet");
    check_misuse(probe.attempt("work",
                               [](spine::Attempt& attempt) {
                                   attempt.claim({{"day", "2026-01-02"}});
                                   attempt.reached(0, 1);
                               }),
                 "declares no stage");
    Probe counts;
    check_misuse(counts.attempt("rows",
                                [](spine::Attempt& attempt) {
                                    attempt.claim({{"day", "2026-01-02"}});
                                    attempt.reached(0, static_cast<std::uint64_t>(-5));
                                }),
                 "negative");
}

BOOST_AUTO_TEST_CASE(a_partition_has_the_keys_and_types_that_are_declared) {
    const auto claimed = [](const char* pipeline, spine::Fields keys, const char* words) {
        Probe probe;
        check_misuse(probe.attempt(pipeline, [&](spine::Attempt& attempt) { attempt.claim(keys); }), words);
    };
    claimed("rows", {{"day", "2026-01-02"}, {"tier", "OTC"}}, "key 'tier' was given ('OTC'), wanted are 'day'");
    claimed("rows", {{"day", "2026-02-30"}}, "key 'day': '2026-02-30' is not in the calendar");
    claimed("rows", {{"day", 20260102}}, "key 'day': the integer 20260102 was given, wanted is date");
    // A pipeline that declares no keys has those of its domain's datasets.
    claimed("fetch", {{"dya", "2026-01-02"}}, "key 'dya' was given ('2026-01-02'), wanted are 'day'");
    claimed("fetch", {{"day", "soon"}}, "key 'day': 'soon' is no date, wanted is date");
    Probe probe;
    const auto planned = plan_with(probe, [](spine::Plan& plan) { plan.output({{"week", "2026-01-09"}}); });
    BOOST_TEST(contains(std::get<unit::Failure>(planned).message, "plan.output: partition {\"week\":\"2026-01-09\"}: key 'week' was given"));
}

BOOST_AUTO_TEST_CASE(texts_of_rows_have_no_nul_and_dates_are_in_the_calendar) {
    const auto appended = [](std::string_view symbol, std::string_view day) {
        return [=](spine::Attempt& attempt) {
            auto rows = attempt.replace<std::int64_t, std::string_view, std::optional<std::string_view>>("probe_rows", 9, "n|symbol|on_day");
            rows.add(1, symbol, day);
            rows.finish();
        };
    };
    Probe probe;
    check_misuse(probe.attempt("rows", appended(std::string_view{"A\0B", 3}, "2026-01-02")), "column 'symbol' has text in row 0 with a NUL in it");
    Probe dates;
    check_misuse(dates.attempt("rows", appended("A", "2026-02-29")), "'2026-02-29' in row 0, which is no date");
    Probe fields;
    check_misuse(fields.run("rows",
                            [](const spine_run* run) {
                                const spine::Field symbol{"symbol", std::string_view{"A\0B", 3}};
                                return interface_from<spine_db_1>(run, SPINE_DB_ID)->write(run, str("probe_rows"), 9, SPINE_WRITE_INSERT, &symbol.raw, 1);
                            }),
                 "'A\\x00B' has a NUL in it");
}

BOOST_AUTO_TEST_CASE(rows_reach_the_unit_cell_by_cell) {
    Probe probe;
    BOOST_TEST(is_done(probe.attempt("rows", [](spine::Attempt& attempt) {
        auto rows = attempt.replace<std::int64_t,
                                    std::string_view,
                                    std::optional<double>,
                                    std::optional<std::string_view>>(
            "probe_rows", 9, "n | symbol | price | on_day");
        rows.add(1, "AAPL", 1.5, "2026-01-02");
        rows.add(2, "Zoë", std::nullopt, std::nullopt);
        BOOST_TEST(rows.finish() == 2u);
    })));
    BOOST_TEST_REQUIRE(probe.unit.replaced.size() == 1u);
    const auto& replaced = probe.unit.replaced[0];
    BOOST_TEST(replaced.rowset == 9);
    BOOST_TEST(replaced.sink->finished);
    const std::vector<test::MemoryRow> wanted{{"1", "AAPL", "1.500000", "2026-01-02"},
                                              {"2", "Zoë", "null", "null"}};
    BOOST_TEST((replaced.sink->rows == wanted));
}

BOOST_AUTO_TEST_CASE(many_rows_cross_in_batches_and_none_is_lost) {
    Probe probe;
    BOOST_TEST(is_done(probe.attempt("rows", [](spine::Attempt& attempt) {
        auto rows = attempt.replace<std::int64_t, std::string_view>("probe_rows", 9, "n|symbol");
        for (std::int64_t n = 0; n < 10'000; ++n)
            rows.add(n, std::to_string(n));
        BOOST_TEST(rows.finish() == 10'000u);
    })));
    const auto& rows = probe.unit.replaced[0].sink->rows;
    BOOST_TEST_REQUIRE(rows.size() == 10'000u);
    for (std::size_t n = 0; n < rows.size(); ++n)
        if (rows[n][0] != std::to_string(n) || rows[n][1] != rows[n][0])
            BOOST_FAIL("row " << n << " is wrong");
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_finished_do_not_count) {
    Probe probe;
    const auto outcome = probe.attempt("rows", [](spine::Attempt& attempt) {
        auto rows = attempt.replace<std::int64_t, std::string_view>("probe_rows", 9, "n|symbol");
        rows.add(1, "A");
    });
    BOOST_TEST(contains(failure_in(outcome).message, "probe_rows was never finished"));
    check_misuse(probe.attempt("rows",
                               [](spine::Attempt& attempt) {
                                   attempt.replace<std::int64_t>("probe_elsewhere", 9, "n");
                               }),
                 "dataset 'probe_elsewhere' is not declared");
}

BOOST_AUTO_TEST_CASE(a_batch_that_lies_is_released_and_ends_the_attempt) {
    Probe probe;
    int released = 0;
    const auto lie = [&] {
        ArrowArray batch{};
        batch.length = 3;
        batch.n_children = 7;
        batch.private_data = &released;
        batch.release = [](ArrowArray* array) {
            ++*static_cast<int*>(array->private_data);
            array->release = nullptr;
        };
        return batch;
    };
    const auto outcome = probe.run("rows", [&](const spine_run* run) {
        const auto* append = interface_from<spine_append_1>(run, SPINE_APPEND_ID);
        spine_appender* appender = nullptr;
        std::uint64_t count = 0;
        BOOST_TEST(append->open(run, str("probe_rows"), 1, str("n|symbol"), &appender) == SPINE_OK);
        auto batch = lie();
        BOOST_TEST(append->push(appender, &batch) == SPINE_INVALID_ARG);
        BOOST_TEST(append->push(appender, nullptr) == SPINE_INVALID_ARG);
        batch = lie();
        BOOST_TEST(append->push(nullptr, &batch) == SPINE_INVALID_ARG);
        BOOST_TEST(append->finish(appender, &count) == SPINE_OK);
        BOOST_TEST(append->finish(appender, &count) == SPINE_INVALID_ARG);
        return SPINE_OK;
    });
    BOOST_TEST(released == 2);
    check_misuse(outcome,
                 "append.push: rows for probe_rows: the batch has 7 columns, 2 were named");
}

BOOST_AUTO_TEST_CASE(a_query_comes_back_in_its_types_and_lets_its_snapshot_go_at_the_end) {
    Probe probe;
    const auto integer = [](std::int64_t n) {
        return unit::Cell{unit::CellKind::integer, n, 0, {}};
    };
    const auto text = [](const char* t) { return unit::Cell{unit::CellKind::text, 0, 0, t}; };
    for (int n = 0; n < 5'000; ++n)
        probe.unit.answer.push_back(
            {integer(n),
             n % 3 == 0 ? unit::Cell{} : text("AAPL"),
             n % 2 == 0 ? integer(n) : unit::Cell{unit::CellKind::real, 0, 0.5, {}}});
    BOOST_TEST(is_done(probe.attempt("rows", [&](spine::Attempt& attempt) {
        std::int64_t count = 0;
        for (const auto& [n, symbol, price] :
             attempt.select<std::int64_t, std::optional<std::string_view>, double>(
                 "SELECT …", std::int64_t{7}, "x")) {
            if (n != count || symbol.has_value() == (n % 3 == 0) ||
                (n % 2 == 0 ? price != static_cast<double>(n) : price != 0.5))
                BOOST_FAIL("row " << count << " is wrong");
            ++count;
        }
        BOOST_TEST(count == 5'000);
        BOOST_TEST(probe.unit.open_cursors == 0);
    })));
    BOOST_TEST(probe.unit.queries == std::vector<std::string>{"SELECT … with 2"},
               boost::test_tools::per_element());
    check_misuse(probe.attempt("rows",
                               [](spine::Attempt& attempt) {
                                   for (const auto& row :
                                        attempt.select<std::string_view, std::string_view, double>(
                                            "SELECT …"))
                                       static_cast<void>(row);
                               }),
                 "db.next: column 1 of the query is an integer, `types` says u (text)");
}

BOOST_AUTO_TEST_CASE(queries_are_called_as_documented) {
    Probe probe;
    const auto outcome = probe.run("work", [&](const spine_run* run) {
        const auto* db = interface_from<spine_db_1>(run, SPINE_DB_ID);
        spine_cursor* cursor = nullptr;
        const auto bad = value_of(std::numeric_limits<double>::infinity());
        BOOST_TEST(db->query(run, str("SELECT 1"), nullptr, 0, str("lx"), &cursor) ==
                   SPINE_INVALID_ARG);
        BOOST_TEST(db->query(run, str("SELECT 1"), nullptr, 0, {}, &cursor) == SPINE_INVALID_ARG);
        BOOST_TEST(db->query(run, str("SELECT 1"), nullptr, 2, str("l"), &cursor) ==
                   SPINE_INVALID_ARG);
        BOOST_TEST(db->query(run, str("SELECT 1"), &bad, 1, str("l"), &cursor) ==
                   SPINE_INVALID_ARG);
        BOOST_TEST(db->query(run, str("SELECT 1"), nullptr, 0, str("l"), nullptr) ==
                   SPINE_INVALID_ARG);
        BOOST_TEST(db->query(run, {nullptr, 5}, nullptr, 0, str("l"), &cursor) ==
                   SPINE_INVALID_ARG);
        BOOST_TEST(db->query(run, str("SELECT 1"), nullptr, 0, str("l"), &cursor) == SPINE_OK);
        ArrowArray batch{};
        BOOST_TEST(db->next(cursor, 0, &batch) == SPINE_INVALID_ARG);
        BOOST_TEST(db->next(cursor, 10, nullptr) == SPINE_INVALID_ARG);
        BOOST_TEST(db->next(nullptr, 10, &batch) == SPINE_INVALID_ARG);
        std::thread{[&] {
            BOOST_TEST(db->next(cursor, 10, &batch) == SPINE_INVALID_STATE);
        }}.join();
        BOOST_TEST(db->next(cursor, 10, &batch) == SPINE_OK);
        BOOST_TEST(batch.length == 0);
        batch.release(&batch);
        db->close(cursor);
        db->close(cursor);
        BOOST_TEST(db->next(cursor, 10, &batch) == SPINE_INVALID_ARG);
        db->close(nullptr);
        return SPINE_OK;
    });
    BOOST_TEST(contains(failure_in(outcome).message, "db.next: called from another thread"));
}

BOOST_AUTO_TEST_CASE(small_writes_are_handed_on) {
    Probe probe;
    const auto outcome = probe.run("work", [](const spine_run* run) {
        const auto* db = interface_from<spine_db_1>(run, SPINE_DB_ID);
        const spine::Field field{"n", 1};
        BOOST_TEST(db->write(run, str("probe_rows"), 1, SPINE_WRITE_INSERT, &field.raw, 1) ==
                   SPINE_OK);
        return db->write(run, str("probe_rows"), 1, 9, &field.raw, 1);
    });
    BOOST_TEST(probe.unit.written == std::vector<std::string>{"probe_rows:1"},
               boost::test_tools::per_element());
    check_misuse(outcome, "db.write: kind 9");
}

BOOST_AUTO_TEST_CASE(a_host_failure_reaches_the_outcome_with_its_exit_code_and_hint) {
    Probe probe;
    const auto outcome = probe.attempt(
        "fetch", [](spine::Attempt& attempt) { attempt.open("/nonexistent/week.csv"); });
    BOOST_TEST((failure_in(outcome).category == unit::Category::dependency));
    BOOST_TEST(failure_in(outcome).exit_code == 4);
    BOOST_TEST(failure_in(outcome).message == "file '/nonexistent/week.csv' does not exist");
    BOOST_TEST(!failure_in(outcome).hint.empty());
    const auto remote = probe.attempt(
        "fetch", [](spine::Attempt& attempt) { attempt.open("https://example.org/week.csv"); });
    BOOST_TEST((failure_in(remote).category == unit::Category::configuration));
    BOOST_TEST(contains(failure_in(remote).hint, "download"));
}

BOOST_AUTO_TEST_CASE(a_missing_file_may_be_shrugged_off) {
    Probe probe;
    BOOST_TEST(is_done(probe.run("work", [](const spine_run* run) {
        const auto* source = interface_from<spine_source_1>(run, SPINE_SOURCE_ID);
        spine_source* opened = nullptr;
        BOOST_TEST(source->open(run, str("/nonexistent/week.csv"), &opened) == SPINE_NOT_FOUND);
        BOOST_TEST((opened == nullptr));
        return SPINE_OK;
    })));
    const auto other = probe.run("work", [](const spine_run* run) {
        spine_source* opened = nullptr;
        interface_from<spine_source_1>(run, SPINE_SOURCE_ID)
            ->open(run, str("/nonexistent/week.csv"), &opened);
        return SPINE_INTERNAL; // another status than the host's: that is not why
    });
    BOOST_TEST(contains(
        failure_in(other).message,
        "returned INTERNAL without saying why; the last host call that failed said: file"));
}

BOOST_AUTO_TEST_CASE(a_source_becomes_a_capture_once_it_is_read_to_its_end) {
    Probe probe;
    const test::TemporaryFolder folder;
    const auto file = folder.path() + "/week.csv";
    std::ofstream{file} << "abc";
    const auto read_it = [&](bool whole, bool write) {
        return probe.attempt("fetch", [&](spine::Attempt& attempt) {
            attempt.claim({{"day", "2026-01-02"}});
            auto source = attempt.open("file://" + file);
            while (whole && !source.read().empty()) {
            }
            const auto capture = attempt.capture(source, "2026-01-01", "given");
            BOOST_TEST(capture.rowset == 100);
            BOOST_TEST(view(capture.capture_id) == "capture_1");
            BOOST_TEST(source.name() == "week.csv");
            if (write)
                attempt.reached(capture.rowset, 1);
        });
    };
    BOOST_TEST(is_done(read_it(true, false)));
    BOOST_TEST_REQUIRE(probe.unit.observed.size() == 1u);
    BOOST_TEST(probe.unit.observed[0].source_bytes == 3);
    BOOST_TEST(probe.unit.observed[0].source_last_update == "2026-01-01");
    BOOST_TEST(probe.unit.observed[0].source_uri == "file://" + file);
    check_misuse(read_it(false, false), "capture.declare: the source has not been read to its end");

    probe.unit.head_sha256 = probe.unit.observed[0].content_sha256;
    const auto unchanged = read_it(true, false);
    BOOST_TEST_REQUIRE(std::holds_alternative<unit::Unneeded>(unchanged));
    BOOST_TEST(contains(std::get<unit::Unneeded>(unchanged).reason, "capture_1"));
    BOOST_TEST(is_done(read_it(true, true)));
}

BOOST_AUTO_TEST_CASE(sources_are_used_as_documented) {
    Probe probe;
    const test::TemporaryFolder folder;
    const auto file = folder.path() + "/week.csv";
    std::ofstream{file} << "abc";
    probe.run("fetch", [&](const spine_run* run) {
        const auto* api = interface_from<spine_source_1>(run, SPINE_SOURCE_ID);
        const auto* captures = interface_from<spine_capture_1>(run, SPINE_CAPTURE_ID);
        spine_source* source = nullptr;
        spine_bytes bytes{};
        std::int32_t found = -1;
        BOOST_TEST(api->exists(run, str(file), &found) == SPINE_OK);
        BOOST_TEST(found == 1);
        BOOST_TEST(api->exists(run, str(folder.path()), &found) == SPINE_OK);
        BOOST_TEST(found == 0);
        BOOST_TEST(api->open(run, str(file), nullptr) == SPINE_INVALID_ARG);
        BOOST_TEST(api->open(run, {}, &source) == SPINE_INVALID_ARG);
        BOOST_TEST(api->open(run, str(file), &source) == SPINE_OK);
        BOOST_TEST(api->read(source, nullptr) == SPINE_INVALID_ARG);
        BOOST_TEST(api->read(nullptr, &bytes) == SPINE_INVALID_ARG);
        spine_source_info info{};
        BOOST_TEST(api->info(source, &info) == SPINE_INVALID_ARG); // struct_size 0
        api->close(source);
        api->close(source);
        BOOST_TEST(api->read(source, &bytes) == SPINE_INVALID_ARG);
        api->close(nullptr);
        spine_capture out{};
        out.struct_size = sizeof out;
        spine_capture_request request{sizeof request, 0, nullptr, {}, {}};
        BOOST_TEST(captures->declare(run, &request, &out) == SPINE_INVALID_ARG);
        request.source = reinterpret_cast<const spine_source*>(&info);
        BOOST_TEST(captures->declare(run, &request, &out) == SPINE_INVALID_ARG);
        BOOST_TEST(captures->declare(run, nullptr, &out) == SPINE_INVALID_ARG);
        return SPINE_OK;
    });
}

BOOST_AUTO_TEST_CASE(findings_are_handed_on) {
    Probe probe;
    BOOST_TEST(is_done(probe.attempt("work", [](spine::Attempt& attempt) {
        attempt.claim({{"day", "2026-01-02"}});
        attempt.reject("BAD_NUMBER", "not a number", std::string(5'000, 'x') + "é", 7, "week.csv");
        attempt.reject("BAD_NUMBER", "é at the edge", std::string(4'095, 'x') + "é", 8);
        attempt.check(
            "balance", SPINE_BUSINESS_RULE_CHECK, SPINE_CHECK_WARN, "1", "2", "{\"a\":1}");
        attempt.check("swing", SPINE_BUSINESS_RULE_CHECK, SPINE_CHECK_NOT_ASKED, "no week before", "");
        attempt.anomaly(SPINE_SEVERITY_CRITICAL, "GAP", "a week is missing");
        attempt.anomaly(SPINE_SEVERITY_INFO, "NOTE", "of no partition", {}, all_outputs);
    })));
    BOOST_TEST_REQUIRE(probe.unit.rejects.size() == 2u);
    BOOST_TEST(probe.unit.rejects[0].raw_text.size() == 4'096u);
    BOOST_TEST(probe.unit.rejects[0].line_number == 7);
    BOOST_TEST(probe.unit.rejects[1].raw_text.size() == 4'095u); // not half a character
    BOOST_TEST_REQUIRE(probe.unit.checks.size() == 2u);
    BOOST_TEST(probe.unit.checks[0].category == "BUSINESS_RULE");
    BOOST_TEST(probe.unit.checks[0].status == "WARN");
    BOOST_TEST(probe.unit.checks[1].status == "NOT_ASKED");
    BOOST_TEST_REQUIRE(probe.unit.anomalies.size() == 2u);
    BOOST_TEST(probe.unit.anomalies[0].severity == "CRITICAL");
    BOOST_TEST(probe.unit.anomalies[0].output.value() == 0u);
    BOOST_TEST(!probe.unit.anomalies[1].output.has_value());
}

BOOST_AUTO_TEST_CASE(findings_that_make_no_sense_are_refused_by_name) {
    Probe probe;
    probe.unit.claimed = {day_one};
    const auto refused = [&](const char* words,
                             const std::function<spine_status(const spine_run*)>& work) {
        check_misuse(probe.run("work", work), words);
    };
    const auto reject_with = [](const std::function<void(spine_reject&)>& change) {
        return [=](const spine_run* run) {
            auto reject = a_reject();
            change(reject);
            return interface_from<spine_rejects_1>(run, SPINE_REJECTS_ID)->add(run, &reject, 1);
        };
    };
    refused("rejects.add: reason_code is empty", reject_with([](auto& r) { r.reason_code = {}; }));
    refused("rejects.add: raw_text is not UTF-8",
            reject_with([](auto& r) { r.raw_text = str("\xff"); }));
    refused("rejects.add: raw_text is null", reject_with([](auto& r) {
                r.raw_text = {nullptr, 3};
            }));
    refused("rejects.add: line number -1", reject_with([](auto& r) { r.line_number = -1; }));
    refused("rejects.add: output 4 does not exist", reject_with([](auto& r) { r.output = 4; }));
    refused("rejects.add: a reject is null or has a struct_size",
            reject_with([](auto& r) { r.struct_size = 12; }));
    refused("rejects.add: rejects are null", [](const spine_run* run) {
        return interface_from<spine_rejects_1>(run, SPINE_REJECTS_ID)->add(run, nullptr, 3);
    });
    // So many are no fault of the plugin: the source is not what it reads.
    const auto flooded = failure_in(probe.run("work", [](const spine_run* run) {
        const auto reject = a_reject();
        return interface_from<spine_rejects_1>(run, SPINE_REJECTS_ID)->add(run, &reject, 1'000'001);
    }));
    BOOST_TEST((flooded.category == unit::Category::data_quality));
    BOOST_TEST(flooded.exit_code == 6);
    BOOST_TEST(contains(flooded.message, "more than 1000000 rejects in one attempt"));
    const auto check_with = [](const std::function<void(spine_check&)>& change) {
        return [=](const spine_run* run) {
            auto check = a_check();
            change(check);
            return interface_from<spine_quality_1>(run, SPINE_QUALITY_ID)->record(run, &check);
        };
    };
    refused("quality.record: category 3 does not exist",
            check_with([](auto& c) { c.category = 3; }));
    refused("quality.record: status 9 does not exist", check_with([](auto& c) { c.status = 9; }));
    refused("quality.record: name is empty", check_with([](auto& c) { c.name = {}; }));
    refused("was not asked, and `actual` does not say why", check_with([](auto& c) {
                c.status = SPINE_CHECK_NOT_ASKED;
                c.actual = {};
            }));
    refused("quality.record: details is no JSON",
            check_with([](auto& c) { c.details = str("{"); }));
    refused("quality.record: actual is not UTF-8",
            check_with([](auto& c) { c.actual = str("\xc0\x80"); }));
    refused("quality.record: the check is null", [](const spine_run* run) {
        return interface_from<spine_quality_1>(run, SPINE_QUALITY_ID)->record(run, nullptr);
    });
    refused("more than 10000 quality checks", [](const spine_run* run) {
        const auto check = a_check();
        spine_status status = SPINE_OK;
        for (int i = 0; i <= 10'000 && status == SPINE_OK; ++i)
            status = interface_from<spine_quality_1>(run, SPINE_QUALITY_ID)->record(run, &check);
        return status;
    });
    refused("anomalies.record: severity 5 does not exist", [](const spine_run* run) {
        const spine_anomaly anomaly{
            sizeof(spine_anomaly), all_outputs, 5, 0, str("X"), str("y"), {}};
        return interface_from<spine_anomalies_1>(run, SPINE_ANOMALIES_ID)->record(run, &anomaly);
    });
}

BOOST_AUTO_TEST_CASE(rejects_of_a_newer_sdk_stand_further_apart) {
    struct Newer {
        spine_reject reject;
        std::uint64_t more;
    };
    Probe probe;
    probe.unit.claimed = {day_one};
    BOOST_TEST(is_done(probe.run("work", [](const spine_run* run) {
        Newer two[2] = {{a_reject(), 1}, {a_reject(), 2}};
        for (auto& one : two)
            one.reject.struct_size = sizeof(Newer);
        two[1].reject.line_number = 9;
        return interface_from<spine_rejects_1>(run, SPINE_REJECTS_ID)->add(run, &two[0].reject, 2);
    })));
    BOOST_TEST_REQUIRE(probe.unit.rejects.size() == 2u);
    BOOST_TEST(probe.unit.rejects[1].line_number == 9);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(composites)

BOOST_AUTO_TEST_CASE(a_child_is_dispatched_by_its_full_name_and_comes_back_whole) {
    Probe probe;
    std::vector<std::string> asked;
    probe.dispatch = [&](const std::string& pipeline, const boost::json::object& params) {
        asked.push_back(pipeline + " " + std::to_string(params.size()));
        run::ChildResult result;
        result.state = asked.size() == 1 ? run::ChildResult::State::completed
                                         : run::ChildResult::State::failed;
        result.execution_id = "child-1";
        result.outputs = {{"rows", 50}, {"tier", "OTC"}};
        if (asked.size() > 1) {
            result.failure.emplace();
            result.failure->category = unit::Category::dependency;
            result.failure->message = "not there";
        }
        return result;
    };
    BOOST_TEST(is_done(probe.attempt("all", [](spine::Attempt& attempt) {
        const auto first = attempt.dispatch("rows", {{"day", "2026-01-02"}, {"n", 1}});
        BOOST_TEST(first.completed());
        BOOST_TEST(first.execution_id() == "child-1");
        BOOST_TEST(first.output("rows")->integer == 50);
        BOOST_TEST(view(first.output("tier")->text) == "OTC");
        const auto second = attempt.dispatch("probe.domain.work", {});
        BOOST_TEST(second.failed());
        BOOST_TEST(second.error_category() == "DEPENDENCY");
        BOOST_TEST(second.error() == "not there");
    })));
    const std::vector<std::string> wanted{"probe.domain.rows 2", "probe.domain.work 0"};
    BOOST_TEST(asked == wanted, boost::test_tools::per_element());
    check_misuse(
        probe.attempt("all",
                      [](spine::Attempt& attempt) { attempt.dispatch("otc.ingest_week", {}); }),
        "'otc.ingest_week' is no pipeline of plugin probe");
}

BOOST_AUTO_TEST_CASE(a_composite_sees_that_a_file_is_there_but_cannot_read_it) {
    Probe probe;
    const auto outcome = probe.attempt("all", [](spine::Attempt& attempt) {
        BOOST_TEST(!attempt.exists("/nonexistent"));
        attempt.open("/etc/hostname");
    });
    BOOST_TEST(failure_in(outcome).exit_code == 8);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(lambdas)

BOOST_AUTO_TEST_CASE(a_lambda_reads_what_it_is_given_and_gives_back_what_it_says) {
    Probe probe;
    run::LambdaCall call;
    call.params = {{"tier", "OTC"}};
    call.config = {{"max_rows", 100}};
    call.outputs = {{"ingest", {{"row_count", 50}, {"list", boost::json::array{1}}}}};
    const auto result = probe.lambda(
        [](const spine_run* run) {
            return spine::guard(run, [&] {
                spine::Check check{run};
                BOOST_TEST(check.text("tier") == "OTC");
                BOOST_TEST(check.option("max_rows")->integer == 100);
                BOOST_TEST(!check.option("absent").has_value());
                BOOST_TEST(check.output_of("ingest.row_count")->integer == 50);
                BOOST_TEST(view(check.output_of("ingest.list")->text) == "[1]");
                BOOST_TEST(!check.output_of("ingest.absent").has_value());
                BOOST_TEST(!check.output_of("..").has_value());
                check.update("week", "2026-01-02");
                check.quality(50, 49, 0.02, true);
                check.event("checked", "{\"a\":1}");
                check.output("fine", true);
            });
        },
        call);
    BOOST_TEST(result.ok);
    BOOST_TEST(!result.failure.has_value());
    BOOST_TEST(result.outputs.at("fine").as_bool());
    BOOST_TEST(result.updates.at("week").as_string() == "2026-01-02");
    BOOST_TEST(result.quality.at("valid_count").as_int64() == 49);
    BOOST_TEST(result.events.at(0).at("details").at("a").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(a_lambda_that_fails_says_why) {
    Probe probe;
    const auto result = probe.lambda([](const spine_run* run) {
        return run->fail(run,
                         SPINE_INVALID_DATA,
                         SPINE_RETRY_NEVER,
                         0,
                         str("too few"),
                         str("{\"category\":\"QUALITY_GATE\"}"));
    });
    BOOST_TEST(!result.ok);
    BOOST_TEST_REQUIRE(result.failure.has_value());
    BOOST_TEST((result.failure->category == unit::Category::quality_gate));
    const auto wrong = probe.lambda([](const spine_run* run) {
        return interface_from<spine_step_1>(run, SPINE_STEP_ID)->quality(run, 1, 2, 0.0, 1);
    });
    BOOST_TEST(contains(wrong.failure->message, "step.quality"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
