#include "calc/text_pool.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

using finra::calc::TextPool;

BOOST_AUTO_TEST_SUITE(text_pool)

BOOST_AUTO_TEST_CASE(equal_texts_have_one_number_and_read_back) {
    TextPool pool;
    BOOST_TEST(pool.add("") == 0U);
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 5000; ++i)
            BOOST_TEST_REQUIRE(pool.add("text " + std::to_string(i)) ==
                               static_cast<TextPool::Id>(i + 1));
    BOOST_TEST(pool.text(0) == "");
    BOOST_TEST(pool.text(1) == "text 0");
    BOOST_TEST(pool.text(5000) == "text 4999");
}

BOOST_AUTO_TEST_CASE(a_moved_pool_keeps_its_texts) {
    TextPool pool;
    const auto id = pool.add("Asia Broadband");
    const TextPool moved = std::move(pool);
    BOOST_TEST(moved.text(id) == "Asia Broadband");
}

BOOST_AUTO_TEST_SUITE_END()
