#include "queue/claim.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine::queue;

namespace {
Verdict verdict(ItemState state, bool alive, int attempts = 1) {
    Item item;
    item.state = state;
    item.attempt_count = attempts;
    return claim_verdict(item, alive);
}
} // namespace

BOOST_AUTO_TEST_SUITE(claim)

BOOST_AUTO_TEST_CASE(a_key_that_nobody_has_is_taken_new) {
    BOOST_TEST((claim_verdict(std::nullopt, true) == Verdict::take_new));
    for (const auto ended : {ItemState::complete, ItemState::failed, ItemState::cancelled})
        BOOST_TEST((verdict(ended, true) == Verdict::take_new));
}

BOOST_AUTO_TEST_CASE(what_somebody_alive_works_on_is_left_alone_however_long_it_takes) {
    BOOST_TEST((verdict(ItemState::running, true) == Verdict::leave));
    BOOST_TEST((verdict(ItemState::retry_wait, true) == Verdict::leave));
}

BOOST_AUTO_TEST_CASE(what_the_dead_left_is_adopted_until_it_has_killed_too_often) {
    BOOST_TEST((verdict(ItemState::running, false, 2) == Verdict::adopt));
    BOOST_TEST((verdict(ItemState::running, false, 3) == Verdict::bury));
    BOOST_TEST((verdict(ItemState::pending, false) == Verdict::adopt));
}

BOOST_AUTO_TEST_CASE(every_state_has_one_name) {
    for (const auto state : {ItemState::pending, ItemState::running, ItemState::retry_wait, ItemState::complete,
                             ItemState::failed, ItemState::cancelled})
        BOOST_TEST((item_state_from(to_text(state)) == state));
    BOOST_TEST(!item_state_from("DONE"));
}

BOOST_AUTO_TEST_SUITE_END()
