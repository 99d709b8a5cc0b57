#include "demo_plugins.hpp"
#include "workflow/read_workflow.hpp"
#include "workflow/templates.hpp"
#include "workflow/validate.hpp"

#include <boost/test/unit_test.hpp>

using namespace spine::workflow;

namespace {

/// What the built-in domain `common` offers, as far as the templates name it.
Catalogue common() {
    Pipeline noop;
    noop.name = "common.noop";
    noop.domain = noop.plugin = "common";
    auto fail = noop;
    fail.name = "common.fail";
    auto category = spine::test::demo_parameter("category", Type::text);
    category.allowed = {{"STEP_ERROR"}, {"QUALITY_GATE"}};
    fail.parameters = {category};
    Handler notify;
    notify.name = "common.steps.send_completion_notification";
    notify.domain = notify.plugin = "common";
    for (const auto* name : {"slack_channel", "subject", "message"})
        notify.config.push_back(spine::test::demo_parameter(name, Type::text));
    Plugin plugin;
    plugin.id = "common";
    plugin.domains = {{"common", "", "common", "", {}, {}}};
    plugin.pipelines = {noop, fail};
    plugin.handlers = {notify};
    return {{plugin}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(templates)

BOOST_AUTO_TEST_CASE(every_template_is_valid_as_it_stands) {
    BOOST_TEST(template_names().size() == 2u);
    for (const auto& which : template_names())
        for (const auto* domain : {"", "finra.otc_transparency"}) {
            const auto text = from_template(which, "null", domain);
            BOOST_TEST_REQUIRE(text.index() == 0u);
            const auto definition = read_what_can_be(std::get<std::string>(text), "new.yaml");
            BOOST_TEST(definition.workflow.name == "null");
            BOOST_TEST(definition.workflow.domain == domain);
            const auto found = validate(definition, common());
            for (const auto& list : {found.errors, found.warnings})
                for (const auto& fault : list)
                    BOOST_ERROR(which << ":" << fault.line << ": " << fault.message);
        }
}

BOOST_AUTO_TEST_CASE(a_template_that_is_none_comes_with_the_nearest_one) {
    BOOST_TEST(std::get<Diagnostic>(from_template("etl_pipelin", "w", "")).hint == "did you mean 'etl_pipeline'?");
    BOOST_TEST(std::get<Diagnostic>(from_template("zzz", "w", "")).hint == "known are etl_pipeline, scheduled_batch");
}

BOOST_AUTO_TEST_CASE(names_that_are_none_are_refused) {
    for (const auto* name : {"", "a b", "a\nsteps: []", "1a", "a..b", "\"", "a.\xc3\xa9"}) {
        BOOST_TEST(from_template("etl_pipeline", name, "").index() == 1u, name);
        if (*name != '\0')
            BOOST_TEST(from_template("etl_pipeline", "w", name).index() == 1u, name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
