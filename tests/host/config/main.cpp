#define BOOST_TEST_MODULE host_config
#include <boost/test/unit_test.hpp>
