#include "system.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "net/run_sync.hpp"

namespace medialith::sim {
namespace {

constexpr std::size_t kSourcePiece = 700;
constexpr std::size_t kManyBlobs = 100'000;

// In 1 000 each. High enough that a simulation of some sixty steps meets several.
constexpr db::FaultChances kDatabaseFaults = {
    .refused = 15, .lost = 20, .unknown = 30, .rerun = 60, .late = 50, .read_refused = 8};

blob::FaultPlan store_plan() {
  using enum blob::Operation;
  using Moment = blob::FaultRule::Moment;
  blob::FaultPlan plan;
  for (const auto operation : {stage, write, finish, read_back}) {
    plan.rules.push_back({.operation = operation, .code = ErrorCode::disk_full, .probability = 0.01});
  }
  plan.rules.push_back({.operation = commit, .probability = 0.03});
  plan.rules.push_back({.operation = commit, .moment = Moment::after, .probability = 0.03});
  plan.rules.push_back({.operation = remove, .probability = 0.1});
  return plan;
}

std::filesystem::path make_folder() {
  const std::filesystem::path memory = "/dev/shm";
  const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "medialith-sim-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no folder for the simulation in " + parent.string());
  return pattern;
}

std::string line_of_generation(const db::Row& row) {
  return fmt::format("generation {} version {} deleted {} prompt {}", row.text(0), row.integer(2), row.boolean(3),
                     row.text(1));
}

std::string line_of_asset(const db::Row& row) {
  const int gone = !row.boolean(6) ? 0 : row.boolean(7) ? 2 : 1;
  return fmt::format("asset {} on {} version {} gone {} {} of {} {}", row.text(0),
                     row.is_null(1) ? "nothing" : row.text(1), row.integer(5), gone, row.text(2), row.integer(3),
                     to_hex(row.bytes(4)));
}

}  // namespace

Folder::Folder() : path_(make_folder()) {
  const ManualClock clock;
  InlinePool pool;
  auto database = db::SqliteDatabase::open({.path = path_ / "empty.db"}, clock, pool);
  if (!database) throw std::runtime_error(database.error().message);
  auto make = [&](db::Transaction& tx) {
    return domain::ensure_singleton_user(tx, domain::UserKind::local, "0190b2a4-0000-7000-8000-000000000001",
                                         clock.now());
  };
  const auto user = net::run_sync((*database)->write(make));
  if (!user) throw std::runtime_error(user.error().message);
  owner_ = {.user = user->rid, .user_id = user->id, .scopes = domain::Scopes::all};
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::fresh() const {
  const auto path = path_ / "simulation.db";
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
  std::filesystem::copy_file(path_ / "empty.db", path, std::filesystem::copy_options::overwrite_existing);
  return path;
}

System::System(const Folder& folder, std::uint64_t seed, bool with_faults, const Planted& planted)
    : folder_(folder),
      path_(folder.fresh()),
      seed_(seed),
      with_faults_(with_faults),
      planted_(planted),
      random_(seed),
      store_(std::make_unique<blob::FaultyStore>(memory_, seed, with_faults ? store_plan() : blob::FaultPlan{})) {
  open();
}

void System::open() {
  database_.reset();
  sqlite_.reset();
  rids_.emplace(clock_);
  db::SqliteOptions options{.path = path_};
  if (planted_.keep_group_after_full) {
    options.faults.keep_group_after_full = true;
    options.faults.drop_group = [groups = 0]() mutable { return ++groups % 3 == 0; };
  }
  auto opened = db::SqliteDatabase::open(std::move(options), clock_, pool_);
  if (!opened) throw std::runtime_error("the database does not open again: " + opened.error().message);
  sqlite_ = std::move(*opened);
  const auto newest = net::run_sync(sqlite_->read(domain::newest_rid));
  if (!newest) throw std::runtime_error("the newest row cannot be read: " + newest.error().message);
  rids_->start_after(*newest);
  const auto chances = with_faults_ ? kDatabaseFaults : db::FaultChances{};
  database_ = std::make_unique<db::FaultyDatabase>(*sqlite_, ++seed_, chances);
}

// ---- steps --------------------------------------------------------------------------------------------------------

struct System::Attempt {
  const Step& step;
  std::optional<domain::IdempotencyKey> key = {};
  std::optional<domain::Replay> replay = {};

  const domain::IdempotencyKey* key_or_null() const { return key ? &*key : nullptr; }
};

Result<Outcome> System::perform(const Step& step) {
  if (step.kind != Kind::restart) return net::run_sync(run(step));
  open();
  return Outcome{};
}

Task<Result<Outcome>> System::run(const Step& step) {
  Attempt attempt{step};
  if (!step.key.empty()) {
    attempt.key = domain::IdempotencyKey{step.key, step.fingerprint()};
    auto look = [&](db::Connection& c) { return domain::find_replay(c, folder_.owner().user, *attempt.key); };
    CO_TRY_ASSIGN(attempt.replay, co_await database_->read(look));
  }
  if (step.kind == Kind::upload) co_return co_await run_upload(attempt);
  if (attempt.replay) co_return Outcome{true, attempt.replay->status};
  switch (step.kind) {
    case Kind::create: {
      domain::Generation generation{.rid = {rids_->next()}, .id = step.generation};
      generation.fields.model_id = generation.fields.model_name = "simulated";
      generation.fields.prompt = step.prompt;
      generation.updated_at = domain::created_at(generation.rid.value);
      const auto search = domain::search_text_of(generation.fields);
      co_return co_await mutate(
          attempt, 201, [&](domain::Mutation& mutation) { return create_generation(mutation, generation, search); });
    }
    case Kind::edit:
      co_return co_await run_edit(attempt);
    case Kind::remove:
      co_return co_await mutate(attempt, 204, [&](domain::Mutation& mutation) {
        return domain::trash_generation(mutation, step.generation, step.seen_version);
      });
    case Kind::restore:
      co_return co_await mutate(attempt, 200, [&](domain::Mutation& mutation) {
        return domain::restore_generation(mutation, step.generation);
      });
    case Kind::remove_asset:
      co_return co_await mutate(attempt, 204, [&](domain::Mutation& mutation) {
        return domain::trash_asset(mutation, step.asset, step.seen_version);
      });
    default:
      co_return co_await mutate(
          attempt, 200, [&](domain::Mutation& mutation) { return domain::restore_asset(mutation, step.asset); });
  }
}

template <class F>
Task<Result<Outcome>> System::mutate(const Attempt& attempt, int status, F fn) {
  const Time now = clock_.now();
  auto write = [&](db::Transaction& tx) {
    domain::Mutation mutation(tx, folder_.owner(), attempt.key_or_null(), now);
    return fn(mutation);
  };
  CO_TRY_ASSIGN(const auto replay, co_await database_->write(write));
  if (replay) co_return Outcome{true, replay->status};
  co_return Outcome{false, status};
}

/// As the API does it: read, edit outside the transaction, write if the version is still the one read.
Task<Result<Outcome>> System::run_edit(Attempt& attempt) {
  const Step& step = attempt.step;
  auto look = [&](db::Connection& c) { return domain::find_generation(c, folder_.owner().user, step.generation); };
  CO_TRY_ASSIGN(const auto current, co_await database_->read(look));
  if (!current) co_return fail(ErrorCode::not_found, "");
  if (step.seen_version && *step.seen_version != current->version) co_return fail(ErrorCode::version_conflict, "");
  domain::Generation next = *current;
  next.fields.prompt = step.prompt;
  ++next.version;
  next.updated_at = clock_.now();
  const auto search = domain::search_text_of(next.fields);
  co_return co_await mutate(
      attempt, 200, [&](domain::Mutation& mutation) { return update_generation(mutation, next, search, true); });
}

Task<Result<Outcome>> System::run_upload(Attempt& attempt) {
  const Step& step = attempt.step;
  intake::Intake intake({*database_, *store_, clock_, random_, uuids_, *rids_, pool_}, {},
                        {.row_before_blob = planted_.row_before_blob});
  intake::Arriving file{.principal = folder_.owner(),
                        .key = attempt.key_or_null(),
                        .replay = attempt.replay ? &*attempt.replay : nullptr,
                        .filename = step.filename,
                        .size = step.bytes.size() + step.missing};
  if (!step.generation.empty()) file.generation_id = step.generation;
  std::size_t at = 0;
  intake::Source source = [&]() -> Task<Result<std::span<const std::byte>>> {
    const std::size_t end = step.cut_at.value_or(step.bytes.size());
    if (step.cut_at && at >= end) co_return fail(ErrorCode::length_mismatch, "The connection ended.");
    const auto piece = bytes_of(step.bytes).subspan(at, std::min(kSourcePiece, end - at));
    at += piece.size();
    co_return piece;
  };
  CO_TRY_ASSIGN(const auto outcome, co_await intake.take(file, source));
  if (outcome.replay) co_return Outcome{true, outcome.replay->status};
  co_return Outcome{false, outcome.arrival == domain::Arrival::created ? 201 : 200};
}

// ---- what is there ------------------------------------------------------------------------------------------------

Listing System::look() {
  Listing listing;
  auto read = [&](db::Connection& c) -> Result<void> {
    listing = {};
    const auto keep = [&](const std::string& line) { listing.lines.push_back(line); };
    TRY(c.each(db::Sql("SELECT coalesce(max(seq), 0) FROM {change_heads}"),
               [&](const db::Row& row) { keep(fmt::format("head {}", row.integer(0))); }));
    TRY(c.each(db::Sql("SELECT id, prompt, version, deleted_at IS NOT NULL FROM {generations}"),
               [&](const db::Row& row) {
                 keep(line_of_generation(row));
                 listing.generation_ids_and_prompts.emplace_back(row.text(0), row.text(1));
               }));
    TRY(c.each(
        db::Sql("SELECT a.id, g.id, a.filename, a.size, a.sha256, a.version, a.deleted_at IS NOT NULL,"
                " a.deleted_with_generation FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid"),
        [&](const db::Row& row) {
          keep(line_of_asset(row));
          listing.asset_ids_and_names.emplace_back(row.text(0), row.text(2));
        }));
    TRY(c.each(db::Sql("SELECT key, status, kind, object_id FROM {idempotency}"), [&](const db::Row& row) {
      keep(fmt::format("answer {} {} {} {}", row.text(0), row.integer(1), row.text(2), row.text(3)));
    }));
    TRY(c.each(db::Sql("SELECT kind, id, version, deleted FROM {changes}"), [&](const db::Row& row) {
      keep(fmt::format("change {} {} version {} deleted {}", row.text(0), row.text(1), row.integer(2), row.boolean(3)));
    }));
    return look_at_blobs(c, listing);
  };
  if (auto done = net::run_sync(sqlite_->read(read)); !done)
    listing.wrong.push_back("cannot look: " + done.error().detail);
  std::ranges::sort(listing.lines);
  return listing;
}

/// Every row has its blob, of its size.
Result<void> System::look_at_blobs(db::Connection& connection, Listing& listing) {
  const auto page = net::run_sync(memory_.list("users/", "", kManyBlobs));
  if (!page) return std::unexpected(page.error());
  std::map<std::string, std::uint64_t, std::less<>> sizes;
  for (const blob::Listed& blob : page->blobs) sizes.emplace(blob.key, blob.size);
  std::size_t used = 0;
  auto compare = [&](const db::Row& row) {
    const auto blob = sizes.find(row.text(1));
    const bool there = blob != sizes.end() && blob->second == static_cast<std::uint64_t>(row.integer(2));
    there ? void(++used) : listing.wrong.push_back(fmt::format("the bytes of {} are not there", row.text(0)));
  };
  TRY(connection.each(db::Sql("SELECT a.id, b.key, b.size FROM {assets} a JOIN {blobs} b ON b.rid = a.blob_rid"),
                      compare));
  listing.orphans = sizes.size() - std::min(used, sizes.size());
  return {};
}

std::vector<std::string> System::audit() {
  std::vector<std::string> wrong;
  auto check_search = [&](db::Transaction& tx) -> Result<void> {
    tx.later(db::Sql("INSERT INTO {generations_search} ({generations_search}, rank) VALUES ('integrity-check', 1)"));
    tx.later(db::Sql("INSERT INTO {assets_search} ({assets_search}, rank) VALUES ('integrity-check', 1)"));
    return {};
  };
  if (auto done = net::run_sync(sqlite_->write(check_search)); !done) {
    wrong.push_back("full text does not agree with the rows: " + done.error().detail);
  }
  std::vector<std::pair<std::string, std::string>> blobs;  // key and SHA-256
  auto read = [&](db::Connection& c) {
    blobs.clear();
    return c.each(db::Sql("SELECT key, sha256 FROM {blobs}"),
                  [&](const db::Row& row) { blobs.emplace_back(row.text(0), to_hex(row.bytes(1))); });
  };
  if (auto done = net::run_sync(sqlite_->read(read)); !done) wrong.push_back("cannot look: " + done.error().detail);
  for (const auto& [key, hash] : blobs) {
    auto content = [&]() -> Task<Result<std::string>> {
      CO_TRY_ASSIGN(auto reader, co_await memory_.open(key, {}));
      std::vector<std::byte> bytes(reader->size());
      CO_TRY(co_await reader->read(bytes));
      co_return to_hex(sha256(bytes));
    };
    const auto found = net::run_sync(content());
    if (!found || *found != hash) wrong.push_back("the bytes of " + key + " are others");
  }
  return wrong;
}

}  // namespace medialith::sim
