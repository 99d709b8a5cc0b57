#define BOOST_TEST_MODULE plugins.finra_otc.lambdas
#include <boost/test/unit_test.hpp>
