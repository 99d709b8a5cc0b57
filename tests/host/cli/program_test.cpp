/// The real program, as a user starts it; only where it has been built.
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

#ifdef SPINE_PROGRAM

namespace {

struct Program {
    spine::test::TemporaryFolder folder;

    struct Answer {
        int code = -1;
        std::string out, err;
    };

    /// A shell line with $spine for the program, done in a folder of its own.
    Answer operator()(const std::string& line) const {
        const auto in_folder = "cd '" + folder.path() + "' && unset SPINE_DB SPINE_PLUGINS SPINE_CONFIG && spine='" SPINE_PROGRAM
                               "' && { " + line + "; } >out.txt 2>err.txt";
        const int status = std::system(in_folder.c_str()); // NOLINT(concurrency-mt-unsafe): the test has one thread
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text("out.txt"), text("err.txt")};
    }
    std::string text(const std::string& name) const {
        std::ifstream in{folder.path() + "/" + name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(program, Program)

BOOST_AUTO_TEST_CASE(it_tells_its_version) {
    const auto answer = (*this)("\"$spine\" version");
    BOOST_TEST(answer.code == 0);
    BOOST_TEST(answer.out.starts_with("spine "));
    BOOST_TEST(answer.err == "");
}

BOOST_AUTO_TEST_CASE(from_an_empty_folder_to_a_recorded_run) {
    BOOST_TEST((*this)("\"$spine\" run common.noop").code == 4); // no store yet
    const auto init = (*this)("\"$spine\" db init -o json");
    BOOST_TEST(init.code == 0);
    BOOST_TEST(init.out.find("\"created\":true") != std::string::npos, init.out);
    const auto run = (*this)("\"$spine\" run common.noop -o json");
    BOOST_TEST(run.code == 0, run.err);
    BOOST_TEST(run.out.find("\"status\":\"completed\"") != std::string::npos, run.out);
    const auto runs = (*this)("\"$spine\" runs list -o csv");
    BOOST_TEST(runs.out.find("common.noop") != std::string::npos, runs.out);
    BOOST_TEST((*this)("\"$spine\" db check").code == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_is_no_error) {
    BOOST_TEST((*this)("\"$spine\" db init").code == 0);
    const auto answer = (*this)("{ \"$spine\" query -o csv 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 2000000) SELECT i FROM n'; echo \"code $?\" >&2; } | head -n 2");
    BOOST_TEST(answer.out == "i\n1\n");
    BOOST_TEST(answer.err == "code 0\n");
}

BOOST_AUTO_TEST_CASE(a_full_or_closed_standard_output_is_exit_code_7) {
    BOOST_TEST((*this)("\"$spine\" version > /dev/full").code == 7);
    const auto closed = (*this)("\"$spine\" db init >&-");
    BOOST_TEST(closed.code == 7);
    // A file of the store that were opened as descriptor 1 would be printed into.
    const auto held = (*this)("\"$spine\" run common.sleep -p seconds=5 >&- & child=$!; sleep 1; readlink /proc/$child/fd/1 /proc/$child/fd/2; "
                              "kill -INT $child; wait $child");
    const auto first = held.out.substr(0, held.out.find('\n') + 1); // what plugins print is for standard error
    BOOST_TEST(first.size() > 1u);
    BOOST_TEST(held.out == first + first);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_a_run_with_130_and_is_recorded) {
    BOOST_TEST((*this)("\"$spine\" db init").code == 0);
    const auto answer =
        (*this)("\"$spine\" run common.sleep -p seconds=30 & child=$!; sleep 1; kill -INT $child; wait $child");
    BOOST_TEST(answer.code == 130, answer.err);
    BOOST_TEST((*this)("\"$spine\" runs list -o csv").out.find("cancelled") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
