#define BOOST_TEST_MODULE host_plugin
#include <boost/test/unit_test.hpp>
