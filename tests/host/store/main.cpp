#define BOOST_TEST_MODULE host_store
#include <boost/test/unit_test.hpp>
