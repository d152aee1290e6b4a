// The way of a change whose answer is made afterwards: one write, as one mutation of the caller.
#pragma once

#include <utility>

#include "domain/mutation.hpp"
#include "web/context.hpp"

namespace medialith::web {

/// Runs `change(mutation)`, a Result<std::optional<domain::Replay>>, and keeps the replay for the answer. Like every
/// write, `change` may run twice. Errors: those of `change` and of a write.
template <class Change>
Task<Result<void>> mutate(Context& context, Change change) {
  const Time now = context.services.clock.now();
  auto run = [&](db::Transaction& tx) {
    domain::Mutation mutation(tx, context.who(), context.key(), now);
    return change(mutation);
  };
  CO_TRY_ASSIGN(context.replay, co_await context.services.database.write(run));
  context.settled = true;
  co_return Result<void>();
}

}  // namespace medialith::web
