#define BOOST_TEST_MODULE host_process
#include <boost/test/unit_test.hpp>
