#include "model.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace medialith::sim {
namespace {

Told refuse(ErrorCode code) { return {.refused = code}; }

std::string_view name_of(Thing thing) { return thing == Thing::generation ? "generation" : "asset"; }

}  // namespace

Told Model::apply(const Step& step) {
  if (const auto answer = answers_.find(step.key); !step.key.empty() && answer != answers_.end()) {
    if (answer->second.fingerprint != step.fingerprint()) return refuse(ErrorCode::idempotency_key_reused);
    if (step.cut_at) return refuse(ErrorCode::length_mismatch);
    const bool other_bytes = step.kind == Kind::upload && answer->second.sha256 != to_hex(sha256(step.bytes));
    if (other_bytes) return refuse(ErrorCode::idempotency_key_reused);
    return {.replayed = true, .status = answer->second.status};
  }
  switch (step.kind) {
    case Kind::create:
      return create(step);
    case Kind::edit:
      return edit(step);
    case Kind::remove:
      return remove(step);
    case Kind::restore:
      return restore(step);
    case Kind::upload:
      return upload(step);
    case Kind::remove_asset:
      return remove_asset(step);
    case Kind::restore_asset:
      return restore_asset(step);
    case Kind::restart:
      return {};
  }
  return {};
}

Told Model::create(const Step& step) {
  if (find_generation(step.generation) >= 0) return refuse(ErrorCode::already_exists);
  generations_.push_back({.id = step.generation, .prompt = step.prompt});
  const int index = static_cast<int>(generations_.size()) - 1;
  record(Thing::generation, index, false);
  return done(step, 201, Thing::generation, index);
}

Told Model::edit(const Step& step) {
  const int index = find_generation(step.generation);
  if (index < 0 || generations_[index].deleted) return refuse(ErrorCode::not_found);
  Generation& generation = generations_[index];
  if (step.seen_version && *step.seen_version != generation.version) return refuse(ErrorCode::version_conflict);
  generation.prompt = step.prompt;
  ++generation.version;
  record(Thing::generation, index, false);
  return done(step, 200, Thing::generation, index);
}

Told Model::remove(const Step& step) {
  const int index = find_generation(step.generation);
  if (index < 0 || generations_[index].deleted) return refuse(ErrorCode::not_found);
  Generation& generation = generations_[index];
  if (step.seen_version && *step.seen_version != generation.version) return refuse(ErrorCode::version_conflict);
  generation.deleted = true;
  ++generation.version;
  record(Thing::generation, index, true);
  for (std::size_t i = 0; i < assets_.size(); ++i) {
    if (assets_[i].home == index && assets_[i].gone == Gone::no) move(static_cast<int>(i), Gone::with_generation);
  }
  return done(step, 204, Thing::generation, index);
}

Told Model::restore(const Step& step) {
  const int index = find_generation(step.generation);
  if (index < 0) return refuse(ErrorCode::not_found);
  Generation& generation = generations_[index];
  if (!generation.deleted) return done(step, 200, Thing::generation, index);
  generation.deleted = false;
  ++generation.version;
  record(Thing::generation, index, false);
  for (std::size_t i = 0; i < assets_.size(); ++i) {
    if (assets_[i].home == index && assets_[i].gone == Gone::with_generation) move(static_cast<int>(i), Gone::no);
  }
  return done(step, 200, Thing::generation, index);
}

Told Model::upload(const Step& step) {
  if (step.cut_at || step.missing > 0) return refuse(ErrorCode::length_mismatch);
  const std::string hash = to_hex(sha256(step.bytes));
  int home = -1;
  if (!step.generation.empty()) {
    home = find_generation(step.generation);
    if (home < 0 || generations_[home].deleted) return refuse(ErrorCode::not_found);
  }
  if (const int same = find_same(hash, step.bytes.size(), home); same >= 0) {
    if (assets_[same].gone != Gone::no) {
      touch(assets_[same].home);
      move(same, Gone::no);
    }
    return done(step, 200, Thing::asset, same, hash);
  }
  const bool named = home >= 0;
  if (!named && !step.prompt.empty()) {
    generations_.push_back({.id = {}, .prompt = step.prompt});
    home = static_cast<int>(generations_.size()) - 1;
    record(Thing::generation, home, false);
  }
  assets_.push_back({.id = {}, .home = home, .filename = step.filename, .sha256 = hash, .size = step.bytes.size()});
  const int index = static_cast<int>(assets_.size()) - 1;
  if (named && !forgets_home) touch(home);
  record(Thing::asset, index, false);
  return done(step, 201, Thing::asset, index, hash);
}

Told Model::remove_asset(const Step& step) {
  const int index = find_asset(step.asset);
  if (index < 0 || assets_[index].gone != Gone::no) return refuse(ErrorCode::not_found);
  if (step.seen_version && *step.seen_version != assets_[index].version) return refuse(ErrorCode::version_conflict);
  touch(assets_[index].home);
  move(index, Gone::self);
  return done(step, 204, Thing::asset, index);
}

Told Model::restore_asset(const Step& step) {
  const int index = find_asset(step.asset);
  if (index < 0) return refuse(ErrorCode::not_found);
  const Asset& asset = assets_[index];
  // Whatever lies in the trash with its generation, or on a generation there, comes back with that.
  if (asset.gone == Gone::with_generation) return refuse(ErrorCode::not_found);
  if (asset.gone == Gone::self && asset.home >= 0 && generations_[asset.home].deleted) {
    return refuse(ErrorCode::not_found);
  }
  if (asset.gone == Gone::self) {
    touch(asset.home);
    move(index, Gone::no);
  }
  return done(step, 200, Thing::asset, index);
}

int Model::find_generation(const std::string& id) const {
  const auto found = std::ranges::find(generations_, id, &Generation::id);
  return found == generations_.end() || id.empty() ? -1 : static_cast<int>(found - generations_.begin());
}

int Model::find_asset(const std::string& id) const {
  const auto found = std::ranges::find(assets_, id, &Asset::id);
  return found == assets_.end() || id.empty() ? -1 : static_cast<int>(found - assets_.begin());
}

/// The newest with these bytes that is there, else the newest in the trash that can come back by itself.
int Model::find_same(const std::string& sha256, std::uint64_t size, int home) const {
  int in_trash = -1;
  for (int i = static_cast<int>(assets_.size()) - 1; i >= 0; --i) {
    const Asset& asset = assets_[i];
    if (asset.sha256 != sha256 || asset.size != size || (home >= 0 && asset.home != home)) continue;
    if (asset.gone == Gone::no) return i;
    const bool home_in_trash = asset.home >= 0 && generations_[asset.home].deleted;
    if (in_trash < 0 && asset.gone == Gone::self && !home_in_trash) in_trash = i;
  }
  return in_trash;
}

Told Model::done(const Step& step, int status, Thing thing, int index, std::string sha256) {
  if (!step.key.empty()) answers_[step.key] = {step.fingerprint(), status, thing, index, std::move(sha256)};
  return {.status = status};
}

void Model::record(Thing thing, int index, bool deleted) {
  ++head_;
  const std::int64_t version = thing == Thing::generation ? generations_[index].version : assets_[index].version;
  changes_[{thing, index}] = {version, deleted};
}

/// A generation shows its assets, so it changes when they do.
void Model::touch(int generation) {
  if (generation < 0) return;
  ++generations_[generation].version;
  record(Thing::generation, generation, false);
}

void Model::move(int asset, Gone gone) {
  assets_[asset].gone = gone;
  ++assets_[asset].version;
  record(Thing::asset, asset, gone != Gone::no);
}

void Model::learn(const std::vector<std::pair<std::string, std::string>>& generation_ids_and_prompts,
                  const std::vector<std::pair<std::string, std::string>>& asset_ids_and_names) {
  for (Generation& generation : generations_) {
    if (!generation.id.empty()) continue;
    for (const auto& [id, prompt] : generation_ids_and_prompts) {
      if (prompt == generation.prompt) generation.id = id;
    }
  }
  for (Asset& asset : assets_) {
    if (!asset.id.empty()) continue;
    for (const auto& [id, name] : asset_ids_and_names) {
      if (name == asset.filename && find_asset(id) < 0) asset.id = id;
    }
  }
}

std::vector<std::string> Model::lines() const {
  std::vector<std::string> lines = {fmt::format("head {}", head_)};
  for (const Generation& g : generations_) {
    lines.push_back(fmt::format("generation {} version {} deleted {} prompt {}", g.id, g.version, g.deleted, g.prompt));
  }
  for (const Asset& a : assets_) {
    lines.push_back(fmt::format("asset {} on {} version {} gone {} {} of {} {}", a.id,
                                a.home < 0 ? "nothing" : generations_[a.home].id, a.version, std::to_underlying(a.gone),
                                a.filename, a.size, a.sha256));
  }
  const auto id_of = [this](Thing thing, int index) {
    return thing == Thing::generation ? generations_[index].id : assets_[index].id;
  };
  for (const auto& [key, answer] : answers_) {
    lines.push_back(fmt::format("answer {} {} {} {}", key, answer.status, name_of(answer.thing),
                                id_of(answer.thing, answer.index)));
  }
  for (const auto& [about, change] : changes_) {
    lines.push_back(fmt::format("change {} {} version {} deleted {}", name_of(about.first),
                                id_of(about.first, about.second), change.version, change.deleted));
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace medialith::sim
