#define BOOST_TEST_MODULE plugins.finra_otc.parse
#include <boost/test/unit_test.hpp>
