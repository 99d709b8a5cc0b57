#define BOOST_TEST_MODULE plugins.finra_otc.calc
#include <boost/test/unit_test.hpp>
