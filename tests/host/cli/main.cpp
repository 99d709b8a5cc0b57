#define BOOST_TEST_MODULE host_cli
#include <boost/test/unit_test.hpp>
