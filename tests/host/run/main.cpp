#define BOOST_TEST_MODULE host_run
#include <boost/test/unit_test.hpp>
