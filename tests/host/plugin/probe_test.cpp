/// Which files the names of --only and --without mean.
#include "plugin/probe.hpp"

#include <boost/test/unit_test.hpp>

using spine::plugin::names_file;

BOOST_AUTO_TEST_SUITE(files_by_their_names)

BOOST_AUTO_TEST_CASE(a_name_means_its_file_with_or_without_the_usual_prefix_and_ending) {
    for (const auto* file : {"spine_demo.so", "libdemo.so", "demo.so"})
        BOOST_TEST(names_file({"demo"}, file), file);
    BOOST_TEST(names_file({"other", "spine_demo"}, "spine_demo.so"));
    BOOST_TEST(names_file({"spine_demo.so"}, "spine_demo.so"));
}

BOOST_AUTO_TEST_CASE(it_means_no_other_file) {
    for (const auto* name : {"dem", "demo2", "", ".so", "DEMO", "*"})
        BOOST_TEST(!names_file({name}, "spine_demo.so"), name);
    BOOST_TEST(!names_file({}, "spine_demo.so"));
}

BOOST_AUTO_TEST_SUITE_END()
