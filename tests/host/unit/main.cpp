#define BOOST_TEST_MODULE host_unit
#include <boost/test/unit_test.hpp>
