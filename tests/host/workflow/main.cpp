#define BOOST_TEST_MODULE host_workflow
#include <boost/test/unit_test.hpp>
