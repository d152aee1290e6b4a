#include "web/body_budget.hpp"

#include "net/runtime.hpp"

namespace medialith::web {
namespace {
// Waiting is rare and long; looking again now and then is simpler than a queue of coroutines on several loops.
constexpr std::chrono::milliseconds kLookAgain{20};
}  // namespace

bool BodyBudget::try_take(Share& share, std::uint64_t more) {
  const std::lock_guard lock(mutex_);
  if (free_ < more) return false;
  free_ -= more;
  share.budget_ = this;
  share.bytes_ += more;
  return true;
}

void BodyBudget::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  free_ += bytes;
}

Task<Result<void>> BodyBudget::enlarge(Share& share, std::uint64_t bytes) {
  if (bytes <= share.bytes_) co_return Result<void>();
  const std::uint64_t more = bytes - share.bytes_;
  for (std::chrono::milliseconds waited{0}; !try_take(share, more); waited += kLookAgain) {
    if (waited >= wait_) {
      Error error = make_error(ErrorCode::overloaded, "Too many large requests at once. Try again in a moment.");
      error.retry_after = std::chrono::seconds(5);
      co_return fail(std::move(error));
    }
    co_await net::sleep_for(kLookAgain);
  }
  co_return Result<void>();
}

}  // namespace medialith::web
