#define BOOST_TEST_MODULE plugins.common
#include <boost/test/unit_test.hpp>
