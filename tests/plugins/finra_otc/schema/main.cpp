#define BOOST_TEST_MODULE plugins.finra_otc.schema
#include <boost/test/unit_test.hpp>
