/// A child process of the same program, for what may kill the process that does it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace spine::process {

struct ChildEnd {
    enum class How { exited, killed, did_not_end, could_not_begin } how = How::could_not_begin;
    int number = 0; ///< its exit code, the signal, or errno
};
/// Runs this program with the arguments, its descriptors on /dev/null, and waits; kills it after `most`.
ChildEnd run_child(const std::vector<std::string>& arguments, std::chrono::milliseconds most);

/// "SIGSEGV (a wrong address, or no stack left)"; "signal 9" for one that is no fault.
std::string signal_text(int number);

} // namespace spine::process
