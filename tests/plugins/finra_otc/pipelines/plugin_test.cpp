// The tables that the plugin declares.
#include "schema/tier.hpp"
#include "weeks.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <spine/plugin.hpp>
#include <string>

using namespace finra;

namespace {

template <class T> const T& item(const spine_table& table, std::uint32_t i) {
    return *reinterpret_cast<const T*>(static_cast<const char*>(table.items) +
                                       std::size_t{i} * table.stride);
}

const spine_plugin_desc& desc() {
    return *spine_plugin_query(SPINE_ABI_MAJOR, SPINE_ABI_MINOR)->desc;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(plugin, Weeks)

BOOST_AUTO_TEST_CASE(another_major_is_refused) {
    BOOST_TEST(spine_plugin_query(SPINE_ABI_MAJOR + 1, 0) == nullptr);
}

BOOST_AUTO_TEST_CASE(nine_pipelines_and_every_stage_are_declared) {
    std::set<std::string> names, stages;
    for (std::uint32_t i = 0; i < desc().pipelines.count; ++i) {
        const auto& pipeline = item<spine_pipeline_desc>(desc().pipelines, i);
        names.emplace(spine::view(pipeline.name));
        if (pipeline.stage.size > 0)
            stages.emplace(spine::view(pipeline.stage));
    }
    BOOST_TEST(names.size() == 9U);
    std::set<std::string> declared;
    const auto& domain = item<spine_domain_desc>(desc().domains, 0);
    for (std::uint32_t i = 0; i < domain.stages.count; ++i)
        declared.emplace(spine::view(item<spine_stage>(domain.stages, i).name));
    BOOST_TEST(stages == declared, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_declared_spelling_of_a_tier_means_that_tier) {
    std::size_t spellings = 0;
    for (std::uint32_t p = 0; p < desc().pipelines.count; ++p) {
        const auto& params = item<spine_pipeline_desc>(desc().pipelines, p).params;
        for (std::uint32_t i = 0; i < params.count; ++i) {
            const auto& param = item<spine_param>(params, i);
            if (spine::view(param.name) != "tier")
                continue;
            std::string_view left = spine::view(param.allowed);
            std::string_view canonical;
            while (!left.empty()) {
                const auto end = std::min(left.find_first_of("=|"), left.size());
                const std::string_view spelling = left.substr(0, end);
                const auto tier = tier_from_text(spelling);
                if (spelling == " ALL" && end == left.size()) // of backfill_range, last in its list
                    break;
                BOOST_TEST_REQUIRE(tier.has_value(), spelling);
                if (canonical.empty())
                    canonical = name(*tier);
                BOOST_TEST(name(*tier) == canonical, spelling);
                ++spellings;
                if (end < left.size() && left[end] == '|')
                    canonical = {};
                left.remove_prefix(std::min(end + 1, left.size()));
            }
        }
    }
    BOOST_TEST(spellings > 15U);
}

BOOST_AUTO_TEST_SUITE_END()
