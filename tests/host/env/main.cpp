#define BOOST_TEST_MODULE host_env
#include <boost/test/unit_test.hpp>
