#define BOOST_TEST_MODULE host_control
#include <boost/test/unit_test.hpp>
