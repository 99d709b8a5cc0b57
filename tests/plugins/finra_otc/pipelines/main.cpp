#define BOOST_TEST_MODULE plugins.finra_otc.pipelines
#include <boost/test/unit_test.hpp>
