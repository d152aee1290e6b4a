#include "web/known_principals.hpp"

#include <utility>

namespace medialith::web {

std::optional<domain::Principal> KnownPrincipals::find(const std::string& credential_hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(credential_hash);
  if (found == known_.end() || found->second.until <= clock_.monotonic()) return std::nullopt;
  return found->second.principal;
}

void KnownPrincipals::keep(std::string credential_hash, domain::Principal principal) {
  const std::lock_guard lock(mutex_);
  // Who was forgotten is looked up again.
  if (known_.size() >= kKnownPrincipals) known_.clear();
  known_.insert_or_assign(std::move(credential_hash),
                          Known{std::move(principal), clock_.monotonic() + kPrincipalKnown});
}

void KnownPrincipals::forget(const std::string& credential_hash) {
  const std::lock_guard lock(mutex_);
  known_.erase(credential_hash);
}

}  // namespace medialith::web
