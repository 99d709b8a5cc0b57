#include "demo_plugins.hpp"
#include "hostile_documents.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/validate.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <set>

using namespace spine::workflow;

namespace {

std::string first_fault(const std::string& text) {
    const auto answer = read_workflow(text, "w.yaml");
    const auto* faults = std::get_if<Diagnostics>(&answer);
    return faults == nullptr ? std::string{} : faults->front().message;
}

std::string with_defaults(const std::string& yaml) { return "name: w\ndefaults: " + yaml + "\nsteps: [{name: a, pipeline: b}]\n"; }

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_yaml)

BOOST_AUTO_TEST_CASE(every_hostile_document_is_refused_or_read_whole) {
    const auto documents = spine::test::HostileDocuments{}.make();
    const auto plugins = spine::test::demo_plugins();
    BOOST_TEST(documents.size() >= 300u);
    double slowest = 0;
    std::string slowest_name;
    std::size_t refused = 0;
    for (const auto& document : documents) {
        const auto begin = std::chrono::steady_clock::now();
        const auto definition = read_what_can_be(document.text, "w.yaml");
        const auto validation = validate(definition, plugins);
        refused += definition.faults.empty() ? 0 : 1;
        BOOST_TEST(definition.faults.size() <= 101u, document.name);
        for (const auto& fault : validation.errors) {
            BOOST_TEST(!fault.message.empty(), document.name);
            BOOST_TEST(!fault.hint.empty(), document.name + ": " + fault.message);
            BOOST_TEST(fault.message.size() < 1'500u, document.name + ": " + fault.message.substr(0, 200));
        }
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
        if (taken.count() > slowest) {
            slowest = taken.count();
            slowest_name = document.name;
        }
        if (definition.faults.empty() && document.text.size() < 100'000)
            BOOST_TEST((std::get<Definition>(read_workflow(write_workflow(definition.workflow, Spelling::flat), "w.yaml")).workflow == definition.workflow),
                       document.name);
    }
    BOOST_TEST_MESSAGE(documents.size() << " documents, " << refused << " refused; the slowest took " << slowest << " ms: " << slowest_name);
}

BOOST_AUTO_TEST_CASE(a_limit_says_which_one_it_is) {
    BOOST_TEST(first_fault(with_defaults("{a: " + std::string(62, '[') + std::string(62, ']') + "}")) == "");
    BOOST_TEST(first_fault(with_defaults("{a: " + std::string(63, '[') + std::string(63, ']') + "}")) == "nested deeper than 64");
    std::string aliases = "{a: &a 1, b: [";
    for (int i = 0; i < 100; ++i)
        aliases += "*a, ";
    BOOST_TEST(first_fault(with_defaults(aliases + "]}")) == "");
    BOOST_TEST(first_fault(with_defaults(aliases + "*a]}")) == "more than 100 aliases");
    std::string bomb = "{a0: &a0 [x, x, x, x, x, x, x, x, x, x]";
    for (int i = 1; i < 9; ++i) {
        bomb += ", a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int k = 0; k < 10; ++k)
            bomb += "*a" + std::to_string(i - 1) + ", ";
        bomb += "]";
    }
    BOOST_TEST(first_fault(with_defaults(bomb + "}")) == "more than 100000 values, aliases expanded");
    const std::string shut(40, ']');
    BOOST_TEST(first_fault(with_defaults("{a: &a " + std::string(40, '[') + shut + ", b: " + std::string(40, '[') + "*a" + shut + "}")) == "nested deeper than 64");
    BOOST_TEST(first_fault(with_defaults("{a: &a " + std::string(400'000, 'x') + ", b: [*a, *a, *a, *a, *a]}")) == "more than 2097152 bytes of texts, aliases expanded");
    BOOST_TEST(first_fault(with_defaults("\n  ? " + std::string(1'025, 'k') + "\n  : 1")).find("a key of more than 1024 bytes") == 0u);
    BOOST_TEST(first_fault(with_defaults("{a: " + std::string(250'000, '[') + "}")).find("too much for one workflow") == 0u);
}

BOOST_AUTO_TEST_CASE(ten_thousand_steps_that_hang_on_each_other_are_read_and_judged_in_time) {
    for (const auto* policy : {"", "execution: parallel\n"}) {
        std::string text = std::string{"name: w\n"} + policy + "steps:\n";
        for (int i = 0; i < 10'000; ++i) {
            const auto before = "s" + std::to_string(i - 1);
            text += "- {name: s" + std::to_string(i) + ", pipeline: demo.idle" + (i == 0 ? "" : ", depends_on: [" + before + "]") + (i % 8 == 4 ? ", when: outputs." + before + ".n > 0" : "") + "}\n";
        }
        const auto begin = std::chrono::steady_clock::now();
        const auto found = validate(read_what_can_be(text, "w.yaml"), spine::test::demo_plugins());
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        BOOST_TEST(found.ok(), (found.ok() ? std::string{} : found.errors.front().message));
        BOOST_TEST_MESSAGE("10,000 steps" << (*policy == '\0' ? "" : " side by side") << ": " << taken.count() << " s");
        BOOST_TEST(taken.count() < 20); // far above what it takes, for sanitizers on a busy machine
    }
}

BOOST_AUTO_TEST_CASE(ten_thousand_steps_are_read_and_one_more_is_refused) {
    std::string text = "name: w\nsteps:\n";
    for (int i = 0; i < 10'000; ++i)
        text += "- {name: s" + std::to_string(i) + ", pipeline: p}\n";
    BOOST_TEST(first_fault(text) == "");
    BOOST_TEST(first_fault(text + "- {name: more, pipeline: p}\n") == "more than 10000 steps");
}

BOOST_AUTO_TEST_SUITE_END()
