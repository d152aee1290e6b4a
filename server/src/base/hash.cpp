#include "base/hash.hpp"

#include <stdexcept>
#include <string>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace medialith {
namespace {

// These calls fail for want of memory or a broken installation only: nothing a caller could handle.
void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

const unsigned char* data_of(ByteSpan bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data_of(Digest& digest) { return reinterpret_cast<unsigned char*>(digest.data()); }

// Fetched once: EVP_sha256() would be looked up again by every message. Lives as long as the process.
const EVP_MD* sha256_method() {
  static const EVP_MD* const kMethod = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(kMethod != nullptr, "SHA256");
  return kMethod;
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), sha256_method(), nullptr) == 1, "EVP_DigestInit");
}

void Sha256::update(ByteSpan bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate");
}

Digest Sha256::finish() {
  Digest digest;
  require(EVP_DigestFinal_ex(context_.get(), data_of(digest), nullptr) == 1, "EVP_DigestFinal");
  require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1, "EVP_DigestInit");
  return digest;
}

Md5::Md5() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) == 1, "EVP_DigestInit");
}

void Md5::update(ByteSpan bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate");
}

Md5::Value Md5::finish() {
  Value value;
  require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(value.data()), nullptr) == 1,
          "EVP_DigestFinal");
  require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1, "EVP_DigestInit");
  return value;
}

Digest sha256(ByteSpan bytes) {
  Digest digest;
  require(EVP_Digest(bytes.data(), bytes.size(), data_of(digest), nullptr, sha256_method(), nullptr) == 1,
          "EVP_Digest");
  return digest;
}

Digest hmac_sha256(ByteSpan key, ByteSpan message) {
  Digest digest;
  // A null key would mean the key of the call before.
  const unsigned char* const key_data = key.empty() ? reinterpret_cast<const unsigned char*>("") : data_of(key);
  require(HMAC(sha256_method(), key_data, static_cast<int>(key.size()), data_of(message), message.size(),
               data_of(digest), nullptr) != nullptr,
          "HMAC");
  return digest;
}

Digest hkdf_sha256(ByteSpan secret, std::string_view label) {
  // Extract with a salt of zeros, then one block of expand: that is all HKDF is for 32 bytes.
  const Digest salt{};
  const Digest key = hmac_sha256(salt, secret);
  std::string info(label);
  info += '\x01';
  return hmac_sha256(key, bytes_of(info));
}

bool equal_in_constant_time(ByteSpan a, ByteSpan b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace medialith
