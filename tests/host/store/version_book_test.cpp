#include "run_fixture.hpp"

#include "workflow/sha256.hpp"

using namespace spine;
using namespace spine::test;

namespace {
control::NewVersion text(const std::string& text, const std::string& workflow = "demo.refresh") {
    return {workflow, 1, text, workflow::sha256_hex(text), "ann", "because", false};
}
} // namespace

BOOST_FIXTURE_TEST_SUITE(version_book, RunFixture)

BOOST_AUTO_TEST_CASE(versions_count_from_one_and_the_newest_one_is_current) {
    auto process = this->process();
    auto& book = process.store->versions();
    BOOST_TEST(book.versions("demo.refresh").empty());
    BOOST_TEST(!book.find("demo.refresh", std::nullopt));
    BOOST_TEST(book.publish(text("one")).current.version == 1);
    clock.advance(std::chrono::seconds{2});
    const auto second = book.publish(text("two"));
    BOOST_TEST(second.published);
    BOOST_TEST(second.current.version == 2);
    BOOST_TEST(book.publish(text("x", "demo.other")).current.version == 1);

    const auto all = book.versions("demo.refresh");
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST((all[0] == second.current));
    BOOST_TEST(all[0].published_at == "2026-01-03T04:15:03.000Z");
    BOOST_TEST(all[0].published_by == "ann");
    BOOST_TEST(all[0].changelog == "because");
    BOOST_TEST(!all[0].rolled_back_from);
    BOOST_TEST(book.find("demo.refresh", std::nullopt)->text == "two");
    BOOST_TEST(book.find("demo.refresh", 1)->text == "one");
    BOOST_TEST(!book.find("demo.refresh", 3));
    const auto current = book.current();
    BOOST_TEST_REQUIRE(current.size() == 2u);
    BOOST_TEST(current[0].version.workflow == "demo.other");
    BOOST_TEST(current[1].text == "two");
    BOOST_TEST(process.store->check().empty());
}

BOOST_AUTO_TEST_CASE(the_text_of_the_current_version_publishes_nothing) {
    auto process = this->process();
    auto& book = process.store->versions();
    book.publish(text("one"));
    const auto again = book.publish(text("one"));
    BOOST_TEST(!again.published);
    BOOST_TEST(again.current.version == 1);
    BOOST_TEST(process.value("SELECT count(*) FROM core_workflow_versions") == "1");
}

BOOST_AUTO_TEST_CASE(going_back_is_a_new_version_with_the_old_text) {
    auto process = this->process();
    auto& book = process.store->versions();
    book.publish(text("one"));
    book.publish(text("two"));
    auto back = text("one");
    back.rolls_back = true;
    const auto third = book.publish(back);
    BOOST_TEST(third.current.version == 3);
    BOOST_TEST(third.current.rolled_back_from.value_or(0) == 2);
    BOOST_TEST(book.find("demo.refresh", std::nullopt)->text == "one");
    BOOST_TEST(book.find("demo.refresh", 2)->text == "two");
    BOOST_TEST(!book.publish(back).published);
    BOOST_TEST(process.value("SELECT count(*) FROM core_workflow_definitions") == "2");
}

BOOST_AUTO_TEST_CASE(two_processes_never_get_the_same_number) {
    auto one = process(), other = process();
    one.store->versions().publish(text("one"));
    BOOST_TEST(other.store->versions().publish(text("two")).current.version == 2);
    BOOST_TEST(one.store->versions().publish(text("three")).current.version == 3);
    BOOST_TEST(!other.store->versions().publish(text("three")).published);
}

BOOST_AUTO_TEST_CASE(a_run_of_an_unpublished_text_and_its_version_share_one_definition) {
    auto process = this->process();
    const auto run = opened(process);
    BOOST_TEST(process.store->versions().publish(text("name: demo.refresh")).published);
    BOOST_TEST(process.value("SELECT count(*) FROM core_workflow_definitions") == "1");
    store::SqliteStores stores{clock, random, url, {}};
    const auto reader = stores.open(control::Access::read);
    BOOST_TEST(reader->versions().versions("demo.refresh").size() == 1u);
    BOOST_CHECK_THROW(reader->versions().publish(text("two")), Error);
}

BOOST_AUTO_TEST_SUITE_END()
