#include "db/testing/faulty_database.hpp"

#include "net/runtime.hpp"

namespace medialith::db {
namespace {

// How often a late answer lets others go first, at most.
constexpr unsigned kMaxTurns = 16;

Task<void> let_others_go_first(unsigned turns) {
  for (; turns > 0; --turns) co_await net::yield();
}

std::unexpected<Error> unknown(std::string detail) {
  return fail(ErrorCode::outcome_unknown, "It is not known whether this was saved.", std::move(detail));
}

}  // namespace

unsigned FaultyDatabase::turns() {
  return happens(chances_.late) ? 1 + static_cast<unsigned>(random_() % kMaxTurns) : 0;
}

Task<Result<void>> FaultyDatabase::run_read(ReadKind kind, ReadFn fn) {
  if (happens(chances_.read_refused)) co_return fail(ErrorCode::unavailable, "The database cannot answer.", "planned");
  const unsigned late = turns();
  auto result = co_await inner().run_read(kind, std::move(fn));
  co_await let_others_go_first(late);
  co_return result;
}

Task<Result<void>> FaultyDatabase::run_write(std::size_t bytes, WriteFn fn) {
  if (happens(chances_.refused)) {
    const ErrorCode code = random_() % 2 == 0 ? ErrorCode::unavailable : ErrorCode::overloaded;
    co_return fail(code, "The database cannot take writes.", "planned");
  }
  // Drawn before the first await, so that the order of answers does not change what is drawn.
  const bool lost = happens(chances_.lost);
  const bool becomes_unknown = happens(chances_.unknown);
  const bool rerun = happens(chances_.rerun);
  const unsigned late = turns();
  if (lost || rerun) {
    WriteFn undone = [&fn](Transaction& tx) -> Result<void> {
      TRY(fn(tx));
      return fail(ErrorCode::unavailable, "", "undone by plan");
    };
    (void)co_await inner().run_write(bytes, std::move(undone));
    if (lost) co_return unknown("planned, not committed");
  }
  auto result = co_await inner().run_write(bytes, std::move(fn));
  co_await let_others_go_first(late);
  if (becomes_unknown && result) co_return unknown("planned, committed");
  co_return result;
}

}  // namespace medialith::db
