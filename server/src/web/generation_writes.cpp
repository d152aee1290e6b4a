#include "web/generation_writes.hpp"

#include <utility>

#include "domain/operations.hpp"

namespace medialith::web {
namespace {

/// How often an unconditional change is made again on top of somebody else's before it gives up.
constexpr int kMaxTries = 8;

std::size_t body_size(const Context& context) { return context.body->root().raw().size(); }

std::unexpected<Error> stale(ErrorCode code) {
  return fail(code, "The generation has been changed since the version you named.");
}

}  // namespace

Task<Result<void>> keep_generation(Context& context, domain::Generation& generation) {
  const domain::SearchText search = search_text_of(generation.fields);
  auto run = [&](db::Transaction& tx) {
    // In each run: a run before may have met another server's row with its rid.
    generation.rid = {context.services.rids.next()};
    generation.updated_at = domain::created_at(generation.rid.value);
    domain::Mutation mutation(tx, context.who(), context.key(), generation.updated_at);
    return domain::create_generation(mutation, generation, search);
  };
  CO_TRY_ASSIGN(context.replay, co_await context.services.database.write(run, body_size(context)));
  context.settled = true;
  co_return Result<void>();
}

Task<Result<std::optional<domain::Generation>>> edit_generation(Context& context, std::string id, Precondition wanted,
                                                                Edit edit) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    auto look = [&](db::Connection& connection) { return domain::find_generation(connection, context.who().user, id); };
    CO_TRY_ASSIGN(const auto current, co_await context.services.database.read(look));
    if (!current) co_return fail(ErrorCode::not_found, "There is no such generation.");
    if (wanted.version && *wanted.version != current->version) co_return stale(wanted.code);
    CO_TRY_ASSIGN(auto fields, edit(current->fields));
    domain::Updated update = domain::updated(*current, std::move(fields), context.services.clock.now());
    auto run = [&](db::Transaction& tx) {
      domain::Mutation mutation(tx, context.who(), context.key(), update.next.updated_at);
      return domain::update_generation(mutation, update.next, update.search, update.search_changed);
    };
    const auto done = co_await context.services.database.write(run, body_size(context));
    if (done) {
      context.replay = *done;
      context.settled = true;
      co_return context.replay ? std::nullopt : std::optional(std::move(update.next));
    }
    if (done.error().code != ErrorCode::version_conflict) co_return std::unexpected(done.error());
  }
  co_return stale(ErrorCode::version_conflict);
}

Task<Result<std::string>> show_written(Context& context, domain::Generation generation, GenerationShape shape) {
  auto look = [&](db::Connection& connection) {
    return show_generation(connection, context.who().user, generation, shape);
  };
  co_return co_await context.services.database.read(look);
}

}  // namespace medialith::web
