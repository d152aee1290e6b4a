// Who was recognised a moment ago: a mutation asks again in its own transaction whether the login or key still stands,
// so it needs no look of its own before.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "domain/principal.hpp"

namespace medialith::web {

/// How long a look at a login or key counts for mutations that look again.
inline constexpr std::chrono::minutes kPrincipalKnown{1};
/// Logins and keys remembered at once; beyond it all are forgotten.
inline constexpr std::size_t kKnownPrincipals = 10'000;

/// By a hash of the credential as it was sent, never by the credential. Thread-safe.
class KnownPrincipals {
 public:
  explicit KnownPrincipals(const Clock& clock) : clock_(clock) {}
  std::optional<domain::Principal> find(const std::string& credential_hash) const;
  /// It has been looked up just now.
  void keep(std::string credential_hash, domain::Principal principal);
  /// It is not valid.
  void forget(const std::string& credential_hash);

 private:
  struct Known {
    domain::Principal principal;
    std::chrono::steady_clock::time_point until;
  };

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;
};

}  // namespace medialith::web
