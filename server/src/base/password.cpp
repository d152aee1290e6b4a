#include "base/password.hpp"

#include <array>
#include <utility>

#include <sodium.h>

namespace medialith {
namespace {

Result<std::string> hash_with(PasswordCost cost, const Secret& password) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> phc{};
  const std::string_view text = password.reveal();
  if (crypto_pwhash_argon2id_str(phc.data(), text.data(), text.size(), cost.passes, cost.memory_bytes) != 0) {
    return fail(ErrorCode::overloaded, "The server is busy.", "argon2id: out of memory");
  }
  return std::string(phc.data());
}

}  // namespace

Result<PasswordHasher> PasswordHasher::make(PasswordCost cost) {
  if (sodium_init() < 0) return fail(ErrorCode::internal, "The server cannot start.", "libsodium: sodium_init failed");
  // Nobody knows the password: it is random and forgotten here.
  std::string random(32, '\0');
  randombytes_buf(random.data(), random.size());
  TRY_ASSIGN(std::string dummy, hash_with(cost, Secret(std::move(random))));
  return PasswordHasher(cost, std::move(dummy));
}

Result<std::string> PasswordHasher::hash(const Secret& password) const { return hash_with(cost_, password); }

bool PasswordHasher::verify(const Secret& password, const std::string& phc) const {
  const std::string_view text = password.reveal();
  return crypto_pwhash_argon2id_str_verify(phc.c_str(), text.data(), text.size()) == 0;
}

bool PasswordHasher::needs_rehash(const std::string& phc) const {
  return crypto_pwhash_argon2id_str_needs_rehash(phc.c_str(), cost_.passes, cost_.memory_bytes) != 0;
}

bool PasswordHasher::dummy_verify(const Secret& password) const {
  verify(password, dummy_);
  return false;
}

}  // namespace medialith
