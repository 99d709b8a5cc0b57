#include "plugin/digest.hpp"

#include "error.hpp"

#include <array>
#include <openssl/evp.h>

namespace spine::plugin {

namespace {
void require(int answer) {
    if (answer != 1)
        throw Error{ErrorCode::internal, "OpenSSL cannot compute SHA-256"};
}
} // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_{EVP_MD_CTX_new()} {
    require(context_ == nullptr ? 0 : 1);
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(const void* bytes, std::size_t size) {
    require(EVP_DigestUpdate(context_.get(), bytes, size));
}

std::string Sha256::hex() {
    static constexpr char digits[] = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(context_.get(), raw.data(), &size));
    std::string text;
    text.reserve(2 * std::size_t{size});
    for (unsigned int i = 0; i < size; ++i) {
        text += digits[raw.at(i) >> 4];
        text += digits[raw.at(i) & 15];
    }
    return text;
}

std::string sha256(std::string_view bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.hex();
}

} // namespace spine::plugin
