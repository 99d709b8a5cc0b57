#define BOOST_TEST_MODULE host_queue
#include <boost/test/unit_test.hpp>
