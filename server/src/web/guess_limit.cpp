#include "web/guess_limit.hpp"

#include <algorithm>

#include "web/rate_sharing.hpp"

namespace medialith::web {
namespace {

constexpr std::string_view kKind = "guess";

}  // namespace

GuessLimit::GuessLimit(db::Database& database, const db::SharedClock& clock, Rate rate)
    : database_(database), clock_(clock), refill_(refill_of(rate)) {}

Task<Result<void>> GuessLimit::count(std::string name) {
  const Digest bucket = domain::rate_limit_name(kKind, name);
  const Time now = clock_.now();
  auto take = [&](db::Transaction& tx) { return domain::try_token(tx, bucket, refill_, now); };
  CO_TRY_ASSIGN(const auto wait, co_await database_.write(take));
  if (!wait) co_return Result<void>();
  Error error = make_error(ErrorCode::rate_limited, "Too many wrong tries. Wait a moment before the next one.");
  error.retry_after = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*wait));
  co_return fail(std::move(error));
}

void GuessLimit::give_back(db::Transaction& tx, std::string_view name) const {
  domain::give_token_back(tx, domain::rate_limit_name(kKind, name), refill_);
}

Task<Result<void>> GuessLimit::give_back(std::string name) {
  auto put = [&](db::Transaction& tx) -> Result<void> {
    give_back(tx, name);
    return {};
  };
  co_return co_await database_.write(put);
}

}  // namespace medialith::web
