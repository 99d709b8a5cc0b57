#include "config/account.hpp"

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace spine::config {

std::string account_name() {
    std::array<char, 4096> texts{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr)
        return {};
    return entry.pw_name;
}

} // namespace spine::config
