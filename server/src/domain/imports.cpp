#include "domain/imports.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "domain/filter.hpp"

namespace medialith::domain {

GenerationRid ImportRids::next(Time created_at) {
  const std::int64_t first = first_rid_at(created_at);
  // The upper half of the millisecond to begin in, the lower one to descend into.
  constexpr std::uint64_t kHalf = 1ULL << (kRidTieBits - 1);
  const bool follows = last_ > first && domain::created_at(last_) == created_at;
  last_ = follows ? last_ - 1 : first + static_cast<std::int64_t>(kHalf + random_->u64() % kHalf);
  return {last_};
}

Result<ImportCounts> import_generations(Mutation& mutation, std::vector<Imported>& items, ImportRids& rids) {
  std::vector<std::string> ids;
  std::vector<std::int64_t> wanted;
  for (Imported& item : items) {
    item.generation.rid = rids.next(item.created_at);
    ids.push_back(item.generation.id);
    wanted.push_back(item.generation.rid.value);
  }
  std::unordered_map<std::string, bool> there;  // id → whether it lies in the trash
  bool rid_taken = false;
  db::Statement by_id("SELECT id, deleted_at IS NOT NULL FROM {generations} WHERE user_rid = $1",
                      mutation.user().value);
  append_any_of(by_id, " AND id IN (", ids);
  db::Statement by_rid("SELECT rid FROM {generations} WHERE rid IN (");
  append_rids(by_rid, wanted);
  std::vector<db::Question> questions;
  questions.push_back(
      {std::move(by_id), [&](const db::Row& row) { there[std::string(row.text(0))] = row.boolean(1); }});
  questions.push_back({std::move(by_rid), [&](const db::Row&) { rid_taken = true; }});
  TRY_ASSIGN(const auto replay, mutation.ask(std::move(questions)));
  (void)replay;  // an import keeps its answer when it has come to its end
  if (rid_taken) return fail(ErrorCode::version_conflict, "A number of a generation was taken meanwhile.");

  ImportCounts counts;
  for (const Imported& item : items) {
    const Generation& generation = item.generation;
    const auto [found, fresh] = there.try_emplace(generation.id, false);
    if (!fresh) {
      ++(found->second ? counts.in_trash : counts.existing);
      continue;
    }
    insert_generation(mutation, generation, item.search);
    mutation.record({"generation", generation.rid.value, generation.id, generation.version, false});
    ++counts.imported;
  }
  return counts;
}

}  // namespace medialith::domain
