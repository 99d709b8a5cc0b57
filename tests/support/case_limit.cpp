/// A limit of time for every case of a test program: one that hangs ends the program and is named, instead of leaving ctest to
/// stop the whole suite minutes later with nobody named. Linked into every program by spine_add_test.
#include <boost/test/framework.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/tree/test_unit.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

namespace {

/// What the handler says; written before the alarm is set, because a handler may not build texts.
char message[512];

void say_and_end(int) {
    // A failed write leaves nothing else to try.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, message, std::strlen(message));
    ::_exit(1);
}

unsigned limit_in_seconds() {
    const char* text = std::getenv("SPINE_CASE_SECONDS"); // 0: no limit, for somebody with a debugger
    return text == nullptr ? 240 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

class CaseLimit final : public boost::unit_test::test_observer {
public:
    void test_unit_start(const boost::unit_test::test_unit& unit) override {
        if (unit.p_type != boost::unit_test::TUT_CASE)
            return;
        const auto text = "\ncase '" + unit.full_name() + "' has not ended within " +
                          std::to_string(limit_in_seconds()) + " s\n";
        const auto size = std::min(text.size(), sizeof message - 1);
        std::memcpy(message, text.data(), size);
        message[size] = '\0';
        ::alarm(limit_in_seconds());
    }
    void test_unit_finish(const boost::unit_test::test_unit& unit, unsigned long) override {
        if (unit.p_type == boost::unit_test::TUT_CASE)
            ::alarm(0);
    }
};

CaseLimit limit; // lives until the program ends: Boost still tells its observers when this file's configuration is gone

struct Watch {
    Watch() {
        std::signal(SIGALRM, say_and_end);
        boost::unit_test::framework::register_observer(limit);
    }
};
BOOST_TEST_GLOBAL_CONFIGURATION(Watch);

} // namespace
