/// What belongs to the process is put back after a plugin had it.
#include "process/lent.hpp"

#include <boost/test/unit_test.hpp>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace spine::process;

BOOST_AUTO_TEST_SUITE(lent_things)

BOOST_AUTO_TEST_CASE(each_thing_is_put_back_and_named) {
    const auto here = std::filesystem::current_path();
    remember_what_is_lent();
    BOOST_TEST(put_back() == "");

    BOOST_REQUIRE(::chdir("/") == 0);
    BOOST_TEST(put_back() == "the working folder");
    BOOST_TEST(std::filesystem::current_path() == here);

    const auto mask = ::umask(0);
    BOOST_TEST(put_back() == "the umask");
    BOOST_TEST(::umask(mask) == mask);

    BOOST_REQUIRE(std::setlocale(LC_ALL, "C.UTF-8") != nullptr);
    BOOST_TEST(put_back() == "the locale");
    BOOST_TEST(std::string{std::setlocale(LC_ALL, nullptr)} == "C");

    std::fesetround(FE_UPWARD);
    BOOST_TEST(put_back() == "the rounding of floating point");
    BOOST_TEST(std::fegetround() == FE_TONEAREST);

    const auto before = std::signal(SIGPIPE, SIG_IGN);
    BOOST_TEST(put_back() == "handlers of signals");
    BOOST_TEST((std::signal(SIGPIPE, before) == before));
    std::signal(SIGPIPE, SIG_IGN); // the host's own is kept
    keep_handler(SIGPIPE);
    BOOST_TEST(put_back() == "");
    std::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(relative_names_are_meant_from_where_the_program_was_started) {
    remember_what_is_lent();
    const auto here = std::filesystem::current_path();
    BOOST_REQUIRE(::chdir("/") == 0);
    BOOST_TEST(home_path() == here.string());
    struct stat one {}, other {};
    BOOST_REQUIRE(::fstatat(home(), ".", &one, 0) == 0);
    BOOST_REQUIRE(::stat(here.c_str(), &other) == 0);
    BOOST_TEST(one.st_ino == other.st_ino);
    BOOST_TEST(put_back() == "the working folder");
}

BOOST_AUTO_TEST_SUITE_END()
