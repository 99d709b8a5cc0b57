#include "store_fixture.hpp"

#include "control/scratch.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine;
using namespace spine::test;

BOOST_FIXTURE_TEST_SUITE(scratch, StoreFixture)

BOOST_AUTO_TEST_CASE(what_was_written_into_a_copy_is_undone_and_the_origin_never_changes) {
    auto process = this->process();
    process.read_week("w1", {{"A", 1}});
    const auto digest = [](control::Store& store, const workflow::Catalogue& offered) {
        return std::string{store.digest(offered).rows.back().back().get_string()};
    };
    const auto before = digest(*process.store, catalogue);
    control::Scratch played{[&](const std::string& at) { return std::make_unique<store::SqliteStores>(clock, random, at, store::FairLock::Notice{}); },
                            catalogue,
                            process.store.get()};
    BOOST_TEST(digest(played.store(), catalogue) == before);
    const auto kept = played.keep();
    auto wish = process.planned("read", "w2");
    auto start = played.journal().start(wish);
    BOOST_TEST(committed(Process::read_into(*std::get<run::Started>(start).unit, {{"B", 2}})));
    std::get<run::Started>(start).unit.reset();
    BOOST_TEST(digest(played.store(), catalogue) != before);
    played.come_back_to(kept);
    BOOST_TEST(digest(played.store(), catalogue) == before);
    BOOST_TEST(digest(*process.store, catalogue) == before);
}

BOOST_AUTO_TEST_SUITE_END()
