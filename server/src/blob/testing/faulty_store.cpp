#include "blob/testing/faulty_store.hpp"

#include <utility>

namespace medialith::blob {

// A macro, because the call between the two moments is awaited in the frame that uses it.
#define MEDIALITH_WITH_FATE(store, operation, call)                             \
  auto fate = (store).next(operation);                                          \
  if (fate.before) co_return std::unexpected(std::move(*fate.before));          \
  auto outcome = co_await (call);                                               \
  if (outcome && fate.after) co_return std::unexpected(std::move(*fate.after)); \
  co_return outcome

class FaultyReader final : public Reader {
 public:
  FaultyReader(FaultyStore& store, std::unique_ptr<Reader> inner) : store_(store), inner_(std::move(inner)) {}
  std::uint64_t size() const override { return inner_->size(); }

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    auto fate = store_.next(Operation::read);
    if (fate.before) co_return std::unexpected(std::move(*fate.before));
    if (out.size() > 1 && store_.happens(&FaultPlan::short_read)) out = out.first(1 + store_.below(out.size() - 1));
    CO_TRY_ASSIGN(const std::size_t n, co_await inner_->read(out));
    if (n > 0 && store_.happens(&FaultPlan::flipped_bit)) out[store_.below(n)] ^= std::byte{1} << store_.below(8);
    if (fate.after) co_return std::unexpected(std::move(*fate.after));
    co_return n;
  }

 private:
  FaultyStore& store_;
  std::unique_ptr<Reader> inner_;
};

class FaultyStaging final : public Staging {
 public:
  FaultyStaging(FaultyStore& store, std::unique_ptr<Staging> inner) : store_(store), inner_(std::move(inner)) {}

  void aim(Aim aim) override { inner_->aim(std::move(aim)); }
  Task<Result<void>> write(std::span<const std::byte> bytes) override {
    MEDIALITH_WITH_FATE(store_, Operation::write, inner_->write(bytes));
  }
  Task<Result<BlobInfo>> finish() override { MEDIALITH_WITH_FATE(store_, Operation::finish, inner_->finish()); }
  Task<Result<void>> commit(std::string key) override {
    MEDIALITH_WITH_FATE(store_, Operation::commit, inner_->commit(key));
  }
  std::span<const std::byte> head() const override { return inner_->head(); }
  Task<Result<std::vector<std::byte>>> read_back(std::uint64_t offset, std::size_t length) override {
    MEDIALITH_WITH_FATE(store_, Operation::read_back, inner_->read_back(offset, length));
  }

 private:
  FaultyStore& store_;
  std::unique_ptr<Staging> inner_;
};

FaultyStore::FaultyStore(BlobStore& inner, std::uint64_t seed, FaultPlan plan)
    : inner_(inner), random_(seed), plan_(std::move(plan)) {}

void FaultyStore::set_plan(FaultPlan plan) {
  const std::scoped_lock lock(mutex_);
  plan_ = std::move(plan);
  calls_.fill(0);
}

std::uint64_t FaultyStore::injected() const {
  const std::scoped_lock lock(mutex_);
  return injected_;
}

FaultyStore::Fate FaultyStore::next(Operation operation) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t call = ++calls_.at(std::to_underlying(operation));
  Fate fate;
  for (const FaultRule& rule : plan_.rules) {
    if (rule.operation != operation) continue;
    if (call != rule.nth && !happens_locked(rule.probability)) continue;
    auto& slot = rule.moment == FaultRule::Moment::before ? fate.before : fate.after;
    if (slot) continue;
    slot = make_error(rule.code, "The store failed.", "injected");
    ++injected_;
  }
  return fate;
}

bool FaultyStore::happens_locked(double probability) {
  if (probability <= 0) return false;
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>(random_.u64() >> 11) * kUnit < probability;
}

bool FaultyStore::happens(double FaultPlan::* probability) {
  const std::scoped_lock lock(mutex_);
  const bool result = happens_locked(plan_.*probability);
  if (result) ++injected_;
  return result;
}

std::uint64_t FaultyStore::below(std::uint64_t bound) {
  const std::scoped_lock lock(mutex_);
  return random_.u64() % bound;
}

Capabilities FaultyStore::capabilities() const {
  Capabilities result = inner_.capabilities();
  result.direct_file = false;
  result.presigned = false;
  return result;
}

Task<Result<std::unique_ptr<Staging>>> FaultyStore::stage(Expected expected) {
  auto fate = next(Operation::stage);
  if (fate.before) co_return std::unexpected(std::move(*fate.before));
  CO_TRY_ASSIGN(auto staging, co_await inner_.stage(expected));
  if (fate.after) co_return std::unexpected(std::move(*fate.after));
  co_return std::make_unique<FaultyStaging>(*this, std::move(staging));
}

Task<Result<std::unique_ptr<Reader>>> FaultyStore::open(std::string key, Range range) {
  auto fate = next(Operation::open);
  if (fate.before) co_return std::unexpected(std::move(*fate.before));
  CO_TRY_ASSIGN(auto reader, co_await inner_.open(key, range));
  if (fate.after) co_return std::unexpected(std::move(*fate.after));
  co_return std::make_unique<FaultyReader>(*this, std::move(reader));
}

Task<Result<std::uint64_t>> FaultyStore::stat(std::string key) {
  MEDIALITH_WITH_FATE(*this, Operation::stat, inner_.stat(key));
}

Task<Result<void>> FaultyStore::remove(std::string key) {
  MEDIALITH_WITH_FATE(*this, Operation::remove, inner_.remove(key));
}

Task<Result<void>> FaultyStore::copy(std::string from, std::string to) {
  MEDIALITH_WITH_FATE(*this, Operation::copy, inner_.copy(from, to));
}

Task<Result<ListPage>> FaultyStore::list(std::string prefix, std::string cursor, std::size_t limit) {
  MEDIALITH_WITH_FATE(*this, Operation::list, inner_.list(prefix, cursor, limit));
}

}  // namespace medialith::blob
