#include "api/bulk_work.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "api/bulk_request.hpp"
#include "api/generation_body.hpp"
#include "api/present.hpp"

namespace medialith::api {
namespace {

using domain::BulkAction;
using domain::Operation;
using domain::Rows;
using What = BulkTarget::What;

// A step is made smaller when its statements held the writer longer than this, and larger when less than half of it.
constexpr std::chrono::milliseconds kStepTime{5};
// The same where a trip alone takes longer.
constexpr std::chrono::milliseconds kDistantStepTime{100};
constexpr std::int64_t kFirstStep = 100;
constexpr std::int64_t kFirstUpdates = 20;
constexpr std::int64_t kSmallestStep = 5;
constexpr std::chrono::milliseconds kLongestPause{50};
constexpr std::chrono::seconds kRetry{1};

domain::Search search_of(const BulkTarget& target, std::int64_t position, std::int64_t limit) {
  return {.filter = target.filter,
          .words = target.words,
          .matching = target.matching,
          .after = domain::Position{.rid = position},
          .limit = limit};
}

/// What one step is about.
struct Stretch {
  Rows rows;
  std::vector<domain::Updated> updates;
  std::int64_t position = 0;
  bool last = false;
};

/// The newest `limit` of two lists, each newest first, and where they end.
Stretch newest_of(Rows all, std::int64_t limit, std::int64_t position) {
  Stretch stretch{.position = position};
  auto generation = all.generations.begin();
  auto asset = all.assets.begin();
  std::int64_t taken = 0;
  for (; taken < limit && (generation != all.generations.end() || asset != all.assets.end()); ++taken) {
    const bool next_is_asset =
        generation == all.generations.end() || (asset != all.assets.end() && *asset > *generation);
    stretch.position = next_is_asset ? *asset : *generation;
    next_is_asset ? stretch.rows.assets.push_back(*asset++) : stretch.rows.generations.push_back(*generation++);
  }
  stretch.last = generation == all.generations.end() && asset == all.assets.end() && taken < limit;
  return stretch;
}

/// As an answer shows it. Its members hold what they hold as raw text.
Result<json::Document> document_of(const domain::Generation& generation) {
  std::string whole;
  json::Writer text(whole);
  begin_generation(text, view_of(generation));
  finish_generation(whole, "");
  return json::Document::parse(std::move(whole), {.max_depth = json::kMaxDepth, .keep_depth = 1});
}

/// The members that `set` names, as the generation has them now.
Result<std::string> replaced_members(const domain::Generation& generation, json::View set) {
  TRY_ASSIGN(const json::Document now, document_of(generation));
  std::string replaced;
  json::Writer out(replaced);
  out.begin_object();
  for (const json::View member : set.children()) {
    if (const auto before = now.root().find(member.key())) out.key(member.key()).raw(before->raw());
  }
  out.end_object();
  return replaced;
}

/// With the members of `before` as they were. Whole, not as a patch: what was merged into one goes again.
Result<domain::GenerationFields> put_back(const domain::Generation& generation, json::View before) {
  TRY_ASSIGN(const json::Document now, document_of(generation));
  std::string whole;
  json::Writer out(whole);
  out.begin_object();
  for (const json::View member : now.root().children()) {
    out.key(member.key()).raw(before.find(member.key()).value_or(member).raw());
  }
  out.end_object();
  TRY_ASSIGN(const auto document,
             json::Document::parse(std::move(whole), {.max_depth = json::kMaxDepth, .keep_depth = 1}));
  return fields_of(document.root());
}

/// Reads what the next step of an operation is about.
class Reader {
 public:
  Reader(db::Connection& connection, const web::Services& services, const Operation& operation,
         const BulkTarget& target)
      : connection_(connection), services_(services), operation_(operation), target_(target) {}

  Result<Stretch> next(std::int64_t limit) {
    if (target_.what == What::undo) return next_undo(limit);
    TRY_ASSIGN(Rows rows, rows_below(limit));
    const bool updates = operation_.action == BulkAction::update;
    if (updates) rows.assets.clear();
    if (operation_.action == BulkAction::restore && !rows.assets.empty()) return with_homes(std::move(rows), limit);
    Stretch stretch = newest_of(std::move(rows), limit, operation_.position);
    if (!updates) return stretch;
    TRY_ASSIGN(const auto generations, domain::find_generations(connection_, stretch.rows.generations));
    for (const domain::Generation& generation : generations) {
      if (generation.deleted_at) continue;
      auto fields = patched(generation.fields, target_.set->root());
      // One that cannot become that, such as an amount without a currency, stays as it is and holds nobody up.
      if (!fields && fields.error().code == ErrorCode::validation_failed) continue;
      if (!fields) return std::unexpected(std::move(fields).error());
      stretch.updates.push_back(domain::updated(generation, std::move(*fields), services_.clock.now()));
      TRY_ASSIGN(stretch.updates.back().replaced, replaced_members(generation, target_.set->root()));
    }
    return stretch;
  }

 private:
  Result<Rows> rows_below(std::int64_t limit) {
    switch (target_.what) {
      case What::filter: {
        TRY_ASSIGN(const auto hits,
                   domain::search_generations(connection_, {services_.tokenizer, services_.texts}, operation_.user,
                                              search_of(target_, operation_.position, limit)));
        // Words that find nothing any more are looked for as substrings: those rows are none of its own.
        if (hits.matching != target_.matching) return Rows{};
        return Rows{.generations = rids_of(hits), .assets = {}};
      }
      case What::trash:
        return domain::rows_in_trash(connection_, operation_.user, operation_.position, limit);
      default:
        return domain::rows_named(connection_, operation_.user, target_.ids, operation_.position);
    }
  }

  /// An asset comes back only when its generation is there: one that is asked for too comes along at once.
  Result<Stretch> with_homes(Rows rows, std::int64_t limit) {
    const std::vector<std::int64_t> asked = rows.generations;
    // Each asset may bring one, and both count.
    Stretch stretch = newest_of(std::move(rows), limit / 2, operation_.position);
    TRY_ASSIGN(const auto homes, domain::homes_in_trash(connection_, stretch.rows.assets));
    for (const std::int64_t home : homes) {
      if (std::ranges::binary_search(asked, home, std::greater<>())) stretch.rows.generations.push_back(home);
    }
    return stretch;
  }

  Result<Stretch> next_undo(std::int64_t limit) {
    TRY_ASSIGN(const auto changed, domain::changed_by(connection_, *operation_.undoes, operation_.position, limit));
    Stretch stretch{.position = changed.empty() ? operation_.position : changed.back().rid,
                    .last = std::ssize(changed) < limit};
    for (const domain::Changed& row : changed) {
      (row.generation ? stretch.rows.generations : stretch.rows.assets).push_back(row.rid);
    }
    if (target_.undone != BulkAction::update) return stretch;
    TRY_ASSIGN(const auto generations, domain::find_generations(connection_, stretch.rows.generations));
    for (const domain::Generation& generation : generations) {
      const auto row = std::ranges::find(changed, generation.rid.value, &domain::Changed::rid);
      TRY_ASSIGN(const auto before,
                 json::Document::parse(row->replaced.value_or("{}"), {.max_depth = json::kMaxDepth}));
      TRY_ASSIGN(auto fields, put_back(generation, before.root()));
      stretch.updates.push_back(domain::updated(generation, std::move(fields), services_.clock.now()));
    }
    return stretch;
  }

  db::Connection& connection_;
  const web::Services& services_;
  const Operation& operation_;
  const BulkTarget& target_;
};

domain::Move move_of(BulkAction action, BulkAction undone) {
  if (action == BulkAction::undo) return undone == BulkAction::trash ? domain::Move::restore : domain::Move::trash;
  if (action == BulkAction::trash) return domain::Move::trash;
  return action == BulkAction::restore ? domain::Move::restore : domain::Move::purge;
}

/// An operation under way, in one coroutine.
struct Work {
  web::Services& services;
  Operation operation;
  BulkTarget target;
  std::int64_t step_rows;
};

Result<Work> begin_work(web::Services& services, Operation operation) {
  TRY_ASSIGN(BulkTarget target, read_target(operation));
  const bool updates = operation.action == BulkAction::update || target.undone == BulkAction::update;
  return Work{services, std::move(operation), std::move(target), updates ? kFirstUpdates : kFirstStep};
}

void adapt(Work& work, std::chrono::steady_clock::duration held) {
  const auto wanted = work.services.database.is_shared() ? kDistantStepTime : kStepTime;
  if (held > wanted) work.step_rows = std::max(kSmallestStep, work.step_rows / 2);
  if (held < wanted / 2) work.step_rows = std::min(domain::kMaxStep, work.step_rows * 2);
}

/// One step; afterwards the operation is as the database has it. Answers how long the writer was held, its commit
/// included.
Task<Result<std::chrono::steady_clock::duration>> take_step(Work& work) {
  web::Services& services = work.services;
  auto look = [&work](db::Connection& connection) {
    return Reader(connection, work.services, work.operation, work.target).next(work.step_rows);
  };
  CO_TRY_ASSIGN(const Stretch stretch, co_await services.database.read(look, db::ReadKind::long_read));
  // Whoever asked for the operation was allowed to; it goes on when their login has ended.
  const domain::Principal principal{.user = work.operation.user, .user_id = work.operation.user_id};
  std::chrono::steady_clock::time_point begun;
  std::chrono::steady_clock::duration held{};
  auto run = [&](db::Transaction& tx) {
    begun = services.clock.monotonic();
    domain::Mutation mutation(tx, principal, nullptr, services.clock.now());
    const domain::Step step{work.operation, stretch.position, stretch.last};
    const bool updates = work.operation.action == BulkAction::update || work.target.undone == BulkAction::update;
    auto done =
        updates ? domain::take_step(mutation, step, stretch.updates)
                : domain::take_step(mutation, step, move_of(work.operation.action, work.target.undone), stretch.rows);
    held = services.clock.monotonic() - begun;
    return done;
  };
  CO_TRY_ASSIGN(const auto changed, co_await services.database.write(run));
  (void)changed;  // whoever has taken the step, the operation says where it stands
  const auto whole = services.clock.monotonic() - begun;
  adapt(work, held);
  auto again = [&work](db::Connection& connection) {
    return domain::find_operation(connection, work.operation.user, work.operation.id);
  };
  CO_TRY_ASSIGN(auto now, co_await services.database.read(again));
  if (!now) co_return fail(ErrorCode::not_found, "There is no such operation.");
  work.operation = std::move(*now);
  co_return whole;
}

/// For as long as a step has held the writer it is left to others, who find no more than one step before them.
Task<void> pause_after(std::chrono::steady_clock::duration held) {
  co_await net::sleep_for(std::min(std::chrono::ceil<std::chrono::milliseconds>(held), kLongestPause));
}

/// Whether it may go away by itself. A step is safe to repeat, also one of which nobody knows whether it was written:
/// it is taken only where the operation stands.
bool passes(ErrorCode code) {
  return code == ErrorCode::overloaded || code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown ||
         code == ErrorCode::disk_full;
}

/// Steps until it is completed, until then, or until one fails, which is in the log.
Task<Result<void>> take_steps(Work& work, std::chrono::steady_clock::time_point until) {
  while (!work.operation.completed && work.services.clock.monotonic() < until) {
    const auto held = co_await take_step(work);
    if (!held) {
      work.services.log.error("bulk_step_failed", held.error(), {{"operation", work.operation.id}});
      co_return std::unexpected(held.error());
    }
    if (!work.operation.completed) co_await pause_after(*held);
  }
  co_return Result<void>();
}

/// Goes on until it is completed, or until an error that waiting does not heal; the next start tries again.
Task<void> go_on(Work work) {
  while (!work.operation.completed) {
    const auto done = co_await take_steps(work, std::chrono::steady_clock::time_point::max());
    if (done) continue;
    if (!passes(done.error().code)) co_return;
    co_await net::sleep_for(kRetry);
  }
}

}  // namespace

Result<Matched> count_matched(db::Connection& connection, const web::Services& services, const Operation& operation) {
  TRY_ASSIGN(const BulkTarget target, read_target(operation));
  switch (target.what) {
    case What::filter: {
      constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
      TRY_ASSIGN(const auto hits,
                 domain::search_generations(connection, {services.tokenizer, services.texts}, operation.user,
                                            search_of(target, operation.position, kAll)));
      return Matched{static_cast<std::int64_t>(hits.rows.size()), hits.matching};
    }
    case What::trash: {
      TRY_ASSIGN(const std::int64_t rows, domain::count_in_trash(connection, operation.user));
      return Matched{rows};
    }
    case What::undo: {
      TRY_ASSIGN(const std::int64_t rows, domain::count_changed_by(connection, *operation.undoes));
      return Matched{rows};
    }
    case What::ids:
      break;
  }
  TRY_ASSIGN(const Rows rows, domain::rows_named(connection, operation.user, target.ids, operation.position));
  const std::size_t assets = operation.action == BulkAction::update ? 0 : rows.assets.size();
  return Matched{static_cast<std::int64_t>(rows.generations.size() + assets)};
}

Task<Result<Operation>> work_on(web::Services& services, Operation operation) {
  const auto until = services.clock.monotonic() + kBulkWait;
  CO_TRY_ASSIGN(Work work, begin_work(services, std::move(operation)));
  // The operation is kept, so whoever asked for it is told its name also when a step has failed.
  (void)co_await take_steps(work, until);
  Operation now = work.operation;
  if (!now.completed) services.runtime.spawn(0, go_on(std::move(work)));
  co_return now;
}

Task<void> resume_operations(web::Services& services) {
  auto look = [](db::Connection& connection) { return domain::running_operations(connection); };
  auto found = co_await services.database.read(look, db::ReadKind::long_read);
  if (!found) {
    services.log.error("bulk_not_resumed", found.error());
    co_return;
  }
  for (const Operation& operation : *found) {
    auto work = begin_work(services, operation);
    if (work) {
      co_await go_on(std::move(*work));
    } else {
      services.log.error("bulk_not_resumed", work.error(), {{"operation", operation.id}});
    }
  }
}

}  // namespace medialith::api
