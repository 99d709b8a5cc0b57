#include "error.hpp"
#include "plugin/incoming_batch.hpp"
#include "plugin/outgoing_batch.hpp"
#include "support/memory_unit.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <limits>

namespace spine::plugin {
namespace {

using namespace test;

/// Two columns (n, symbol) of three rows, built by hand so that each part of it can lie.
struct HandMade {
    HandMade() {
        numbers.length = texts.length = batch.length = 3;
        numbers.n_buffers = 2;
        numbers.buffers = number_buffers.data();
        texts.n_buffers = 3;
        texts.buffers = text_buffers.data();
        batch.n_buffers = 1;
        batch.buffers = no_buffer.data();
        batch.n_children = 2;
        batch.children = children.data();
        batch.private_data = this;
        batch.release = [](ArrowArray* array) {
            ++static_cast<HandMade*>(array->private_data)->released;
            array->release = nullptr;
        };
    }
    std::array<std::int64_t, 3> values{1, 2, 3};
    std::array<std::int32_t, 4> offsets{0, 1, 3, 3};
    std::string bytes = "ABC";
    std::uint8_t valid = 0b101;
    std::array<const void*, 2> number_buffers{nullptr, values.data()};
    std::array<const void*, 3> text_buffers{nullptr, offsets.data(), bytes.data()};
    std::array<const void*, 1> no_buffer{};
    ArrowArray numbers{}, texts{}, batch{};
    std::array<ArrowArray*, 2> children{&numbers, &texts};
    int released = 0;
};

const std::vector<workflow::Column> columns{{"n", workflow::Type::integer, false, false, ""},
                                            {"symbol", workflow::Type::text, true, false, ""}};

void refuses(const std::string& words,
             const std::function<void(HandMade&)>& lie,
             const std::vector<workflow::Column>& wanted = columns) {
    HandMade made;
    lie(made);
    BOOST_CHECK_EXCEPTION((IncomingBatch{made.batch, wanted}), Error, [&](const Error& error) {
        BOOST_TEST(std::string{error.what()}.find(words) != std::string::npos,
                   "'" << words << "' is not in: " << error.what());
        return error.code() == ErrorCode::usage;
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch)

BOOST_AUTO_TEST_CASE(a_sound_batch_is_written_row_by_row) {
    HandMade made;
    made.texts.null_count = 1;
    made.text_buffers[0] = &made.valid;
    MemorySink sink{columns};
    IncomingBatch{made.batch, columns}.write_to(sink);
    const std::vector<MemoryRow> wanted{{"1", "A"}, {"2", "null"}, {"3", ""}};
    BOOST_TEST((sink.rows == wanted));
}

BOOST_AUTO_TEST_CASE(lies_about_the_shape_are_refused) {
    refuses("the batch has been released", [](HandMade& m) { m.batch.release = nullptr; });
    refuses("-1 rows", [](HandMade& m) { m.batch.length = -1; });
    refuses("rows, 0 to 1000000", [](HandMade& m) { m.batch.length = std::int64_t{1} << 60; });
    refuses("plain struct array", [](HandMade& m) { m.batch.offset = 1; });
    refuses("plain struct array", [](HandMade& m) { m.batch.null_count = 1; });
    refuses("3 columns, 2 were named", [](HandMade& m) { m.batch.n_children = 3; });
    refuses("-1 columns", [](HandMade& m) { m.batch.n_children = -1; });
    refuses("2 columns", [](HandMade& m) { m.batch.children = nullptr; });
    refuses("column 'n' is null", [](HandMade& m) { m.children[0] = nullptr; });
    refuses("column 'symbol' has 2 rows, the batch has 3", [](HandMade& m) { m.texts.length = 2; });
    refuses("'n' is not a flat column", [](HandMade& m) { m.numbers.offset = 1; });
    refuses("'n' is not a flat column", [](HandMade& m) { m.numbers.n_children = 1; });
    refuses("'n' has 3 buffers", [](HandMade& m) { m.numbers.n_buffers = 3; });
    refuses("'symbol' has 3 buffers", [](HandMade& m) { m.texts.buffers = nullptr; });
    refuses("'n' has no values", [](HandMade& m) { m.number_buffers[1] = nullptr; });
    refuses("'symbol' has text without bytes", [](HandMade& m) { m.text_buffers[2] = nullptr; });
}

BOOST_AUTO_TEST_CASE(lies_about_nulls_are_refused) {
    refuses("'n' claims -2 nulls", [](HandMade& m) { m.numbers.null_count = -2; });
    refuses("'n' claims 4 nulls", [](HandMade& m) { m.numbers.null_count = 4; });
    refuses("'n' has nulls but no validity bitmap", [](HandMade& m) { m.numbers.null_count = 1; });
    refuses("'symbol' claims 2 nulls and has 1", [](HandMade& m) {
        m.texts.null_count = 2;
        m.text_buffers[0] = &m.valid;
    });
    refuses("'n' has nulls but may not be null", [](HandMade& m) {
        m.numbers.null_count = -1; // not counted
        m.number_buffers[0] = &m.valid;
    });
}

BOOST_AUTO_TEST_CASE(offsets_that_leave_the_text_are_refused) {
    refuses("negative or go backward", [](HandMade& m) { m.offsets = {-1, 1, 3, 3}; });
    refuses("negative or go backward", [](HandMade& m) { m.offsets = {0, 3, 1, 3}; });
    refuses("negative or go backward", [](HandMade& m) { m.offsets = {0, 2'000'000'000, 1, 1}; });
}

BOOST_AUTO_TEST_CASE(cells_that_no_column_takes_are_refused) {
    refuses("'symbol' has text in row 1 that is not UTF-8",
            [](HandMade& m) { m.bytes[2] = '\xff'; });
    // One character over two cells is none in either.
    refuses("'symbol' has text in row 0 that is not UTF-8",
            [](HandMade& m) { m.bytes.replace(0, 2, "é"); });
    refuses("'n' has 2 in row 1, neither 0 nor 1",
            [](HandMade& m) {
                m.values = {1, 2, 0};
            },
            {{"n", workflow::Type::boolean, false, false, ""}, columns[1]});
    refuses("'symbol' has 'A' in row 0, which is no date",
            [](HandMade&) {},
            {columns[0], {"symbol", workflow::Type::date, false, false, ""}});
    static constexpr std::array<double, 3> reals{
        1.0, std::numeric_limits<double>::quiet_NaN(), 2.0};
    refuses("'n' has a number in row 1 that is not finite",
            [](HandMade& m) { m.number_buffers[1] = reals.data(); },
            {{"n", workflow::Type::real, false, false, ""}, columns[1]});
}

BOOST_AUTO_TEST_CASE(a_batch_is_released_once_whatever_happens) {
    HandMade made;
    {
        BatchOwner owner{&made.batch};
        BOOST_TEST(owner.release());
        BOOST_TEST(owner.release());
    }
    BOOST_TEST(made.released == 1);
    {
        const BatchOwner again{&made.batch}; // its release is null now
        const BatchOwner nothing{nullptr};
    }
    BOOST_TEST(made.released == 1);
    HandMade forgetful;
    forgetful.batch.release = [](ArrowArray* array) {
        ++static_cast<HandMade*>(array->private_data)->released;
    };
    {
        BatchOwner owner{&forgetful.batch};
        BOOST_TEST(owner.release());
    }
    BOOST_TEST(forgetful.released == 1);
    HandMade throws;
    throws.batch.release = [](ArrowArray*) { throw 42; };
    BOOST_TEST(!BatchOwner{&throws.batch}.release());
}

BOOST_AUTO_TEST_CASE(batches_that_are_lent_stay_as_they_are_until_they_come_back) {
    int open = 0;
    std::vector<std::vector<unit::Cell>> cells;
    for (std::int64_t n = 0; n < 4; ++n)
        cells.push_back({unit::Cell{unit::CellKind::integer, n, 0, {}}});
    MemoryCursor cursor{cells, open};
    OutgoingBatches batches;
    ArrowArray first{}, second{}, third{};
    BOOST_TEST(batches.fill(first, cursor, "l", 2));
    BOOST_TEST(batches.fill(second, cursor, "l", 1));
    const auto value = [](const ArrowArray& batch) {
        return *static_cast<const std::int64_t*>(batch.children[0]->buffers[1]);
    };
    BOOST_TEST(value(first) == 0);
    BOOST_TEST(value(second) == 2);
    first.release(&first);
    BOOST_TEST((first.release == nullptr));
    BOOST_TEST(!batches.fill(third, cursor, "l", 100));
    BOOST_TEST(third.length == 1);
    BOOST_TEST(value(third) == 3);
    BOOST_TEST(value(second) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spine::plugin
