#include "db/sqlite/readers.hpp"

#include "db/errors.hpp"

namespace medialith::db::sqlite {
namespace {

// Virtual machine steps between two looks at the clock: some 30 µs.
constexpr int kProgressSteps = 1000;
// Idle connections kept for `work` and for threads that are no loop; beyond it they are closed.
constexpr std::size_t kSpareReaders = 8;

}  // namespace

Reader::Reader(Session session, const Clock& clock) : session_(std::move(session)), clock_(clock) {
  sqlite3_progress_handler(session_.handle(), kProgressSteps, &Reader::on_progress, this);
}

int Reader::on_progress(void* self) {
  auto& reader = *static_cast<Reader*>(self);
  if (!reader.deadline_ || reader.clock_.monotonic() < *reader.deadline_) return 0;
  reader.stopped_ = true;
  return 1;
}

Result<void> Reader::each(const Statement& statement, const RowCallback& on_row) {
  return session_.run(statement, on_row);
}

std::optional<Result<void>> Reader::run(const Database::ReadFn& fn, std::optional<std::chrono::milliseconds> limit) {
  auto begun = session_.run(Statement("BEGIN"));
  if (!begun) return begun;
  stopped_ = false;
  if (limit) deadline_ = clock_.monotonic() + *limit;
  auto result = fenced(fn, static_cast<Connection&>(*this));
  deadline_.reset();
  if (session_.in_transaction()) (void)session_.run(Statement("COMMIT"));
  if (stopped_) return std::nullopt;
  return result;
}

Result<std::unique_ptr<Reader>> Readers::open() const {
  TRY_ASSIGN(Handle handle, open_handle(options_.path, Role::reader, options_.vfs));
  return std::make_unique<Reader>(Session(std::move(handle)), clock_);
}

Result<void> Readers::open_loops() {
  while (loops_.size() < options_.loops) {
    TRY_ASSIGN(std::unique_ptr<Reader> reader, open());
    loops_.push_back(std::move(reader));
  }
  return {};
}

Result<std::unique_ptr<Reader>> Readers::take_spare() {
  {
    const std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      auto reader = std::move(spare_.back());
      spare_.pop_back();
      return reader;
    }
  }
  return open();
}

void Readers::give_back(std::unique_ptr<Reader> reader) {
  const std::lock_guard lock(mutex_);
  if (spare_.size() < kSpareReaders) spare_.push_back(std::move(reader));
}

Result<void> Readers::run_here(const Database::ReadFn& fn) {
  TRY_ASSIGN(std::unique_ptr<Reader> reader, take_spare());
  auto result = reader->run(fn, std::nullopt);
  give_back(std::move(reader));
  return std::move(*result);
}

Task<Result<void>> Readers::run(ReadKind kind, Database::ReadFn fn) {
  if (kind == ReadKind::short_read) {
    const std::optional<std::size_t> loop = options_.current_loop();
    if (!loop || *loop >= loops_.size()) co_return run_here(fn);
    auto result = loops_[*loop]->run(fn, options_.short_read);
    if (result) co_return std::move(*result);
    moved_.fetch_add(1, std::memory_order_relaxed);
  }
  auto job = [this, &fn] { return run_here(fn); };
  co_return co_await net::run_on(work_, job);
}

}  // namespace medialith::db::sqlite
