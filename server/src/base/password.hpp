// Passwords, kept as argon2id by libsodium in PHC strings (`$argon2id$v=19$m=19456,t=2,p=1$…`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace medialith {

/// What one hash costs. The default is the least that OWASP and ASVS 5.0 allow: 19 456 KiB, two passes, one lane.
struct PasswordCost {
  std::uint64_t passes = 2;
  std::size_t memory_bytes = std::size_t{19'456} * 1024;
};

/// Hashes and checks passwords. Every call but needs_rehash() takes the memory and the tens of milliseconds of its
/// cost, so callers bound how many run at once. Thread-safe.
class PasswordHasher {
 public:
  /// Takes the time of one hash: it makes the one that dummy_verify() checks against.
  /// Errors: overloaded, when there is no memory.
  static Result<PasswordHasher> make(PasswordCost cost = {});

  /// A PHC string with a salt of its own, at most 127 characters. Errors: overloaded.
  Result<std::string> hash(const Secret& password) const;
  /// False also for a text that is no PHC string.
  bool verify(const Secret& password, const std::string& phc) const;
  /// Whether `phc` was made with another cost: hash anew at the next good login.
  bool needs_rehash(const std::string& phc) const;
  /// As long as verify(), always false: for a login whose user does not exist (R-S1).
  bool dummy_verify(const Secret& password) const;

 private:
  PasswordHasher(PasswordCost cost, std::string dummy) : cost_(cost), dummy_(std::move(dummy)) {}
  PasswordCost cost_;
  std::string dummy_;
};

}  // namespace medialith
