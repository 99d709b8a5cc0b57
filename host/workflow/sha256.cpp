#include "workflow/sha256.hpp"

#include <array>
#include <openssl/evp.h>

namespace spine::workflow {

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, 32> raw{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), raw.data(), &size, EVP_sha256(), nullptr);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto byte : raw) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

} // namespace spine::workflow
