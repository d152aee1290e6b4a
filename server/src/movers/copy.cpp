#include "movers/copy.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "domain/accounts.hpp"
#include "movers/copy_blobs.hpp"
#include "movers/copy_rows.hpp"
#include "net/runtime.hpp"

namespace medialith::movers {
namespace {

// In `meta` of the target.
constexpr std::string_view kCopiedFrom = "copied_from";      // the source's STORE_ID
constexpr std::string_view kUnfinished = "copy_unfinished";  // since when
constexpr std::string_view kCopiedHeads = "copied_heads";    // what heads_digest() was when the last copy ended

// Times the rows are taken again because blobs went meanwhile.
constexpr int kViews = 5;

struct Marks {
  std::optional<std::string> copied_from;
  std::optional<std::string> unfinished;
  std::optional<std::string> heads;
};

Result<Marks> read_marks(db::Connection& connection) {
  Marks marks;
  TRY_ASSIGN(marks.copied_from, domain::find_meta(connection, kCopiedFrom));
  TRY_ASSIGN(marks.unfinished, domain::find_meta(connection, kUnfinished));
  TRY_ASSIGN(marks.heads, domain::find_meta(connection, kCopiedHeads));
  return marks;
}

/// Over the number of every owner's last change: every write that a user may miss raises one.
Result<std::string> heads_digest(db::Connection& connection) {
  Sha256 hash;
  TRY(connection.each(db::Sql("SELECT user_rid, seq FROM {change_heads} ORDER BY user_rid"), [&](const db::Row& row) {
    const std::string line = fmt::format("{} {}\n", row.integer(0), row.integer(1));
    hash.update(bytes_of(line));
  }));
  return to_hex(hash.finish());
}

Result<void> check_empty(const Side& target, const std::string& target_id) {
  if (!target_id.empty()) {
    return fail(ErrorCode::precondition_failed,
                fmt::format("The target holds a deployment of its own (store {}), which a copy would replace. Name an"
                            " empty folder or database, or one that was copied from this source.",
                            target_id));
  }
  TRY_ASSIGN(const blob::ListPage listed, net::run_sync(target.blobs.list("", "", 1)));
  if (listed.blobs.empty()) return {};
  return fail(ErrorCode::precondition_failed,
              fmt::format("The target's store holds files already, such as {}, and its database does not know them."
                          " Name an empty store.",
                          listed.blobs.front().key));
}

void put_back(db::Transaction& tx, std::string_view key, const std::optional<std::string>& value) {
  if (value) {
    domain::put_meta(tx, key, *value);
  } else {
    tx.later({"DELETE FROM {meta} WHERE key = $1", key});
  }
}

Task<Result<void>> finish_copy(db::Database& database) {
  auto look = [](db::Connection& connection) { return heads_digest(connection); };
  CO_TRY_ASSIGN(const std::string heads, co_await database.read(look, db::ReadKind::long_read));
  auto run = [&heads](db::Transaction& tx) -> Result<void> {
    tx.later({"DELETE FROM {meta} WHERE key = $1", kUnfinished});
    domain::put_meta(tx, kCopiedHeads, heads);
    return {};
  };
  co_return co_await database.write(run);
}

/// What was done since the view before, added to what was done before it.
void add_view(CopyReport& report, std::vector<TableFigures> tables, BlobFigures blobs) {
  for (std::size_t i = 0; i < report.tables.size(); ++i) {
    tables[i].added += report.tables[i].added;
    tables[i].changed += report.tables[i].changed;
    tables[i].deleted += report.tables[i].deleted;
  }
  report.tables = std::move(tables);
  blobs.there -= report.blobs.sent;
  blobs.there_bytes -= report.blobs.sent_bytes;
  blobs.sent += report.blobs.sent;
  blobs.sent_bytes += report.blobs.sent_bytes;
  blobs.removed += report.blobs.removed;
  report.blobs = std::move(blobs);
  ++report.views;
}

}  // namespace

Result<void> check_target(const Side& target, const CopyOrigin& origin) {
  Marks marks;
  std::string heads;
  auto look = [&](db::Connection& connection) -> Result<void> {
    TRY_ASSIGN(marks, read_marks(connection));
    TRY_ASSIGN(heads, heads_digest(connection));
    return {};
  };
  TRY(target.read(look));
  if (origin.source_id == origin.target_id) {
    return fail(ErrorCode::precondition_failed,
                fmt::format("Source and target are the same deployment (store {}).", origin.source_id));
  }
  if (!marks.copied_from) return check_empty(target, origin.target_id);
  if (*marks.copied_from != origin.source_id) {
    return fail(ErrorCode::precondition_failed,
                fmt::format("The target was copied from store {}, and the source is store {}. Name another target.",
                            *marks.copied_from, origin.source_id));
  }
  if (marks.unfinished || marks.heads == heads) return {};
  return fail(ErrorCode::precondition_failed,
              "The target has been written to since it was copied, and a copy would undo that. Name another target.");
}

Result<CopyMark> begin_copy(db::Database& target, const CopyOrigin& origin, Time now) {
  TRY_ASSIGN(Marks before, net::run_sync(target.read(read_marks)));
  CopyMark mark{to_iso8601(now), std::move(before.copied_from), std::move(before.unfinished)};
  auto run = [&](db::Transaction& tx) -> Result<void> {
    domain::put_meta(tx, kUnfinished, mark.since);
    domain::put_meta(tx, kCopiedFrom, origin.source_id);
    return {};
  };
  TRY(net::run_sync(target.write(run)));
  return mark;
}

Result<void> give_up_copy(db::Database& target, const CopyMark& mark) {
  auto run = [&](db::Transaction& tx) -> Result<void> {
    bool ours = false;
    TRY(tx.ask({db::Statement("SELECT value FROM {meta} WHERE key = $1", kUnfinished).lock(db::Lock::rows),
                [&](const db::Row& row) { ours = row.text(0) == mark.since; }}));
    if (!ours) return {};
    put_back(tx, kUnfinished, mark.unfinished);
    put_back(tx, kCopiedFrom, mark.copied_from);
    return {};
  };
  return net::run_sync(target.write(run));
}

Result<CopyReport> plan_copy(const Side& source, const Side& target, const OnProgress& on_progress) {
  CopyReport report{.views = 1};
  auto look = [&](db::Connection& connection) -> Result<void> {
    TRY_ASSIGN(report.tables, compare_rows({connection, target.read, on_progress}));
    const Reading rows = [&connection](const db::Database::ReadFn& fn) { return fn(connection); };
    TRY_ASSIGN(report.blobs, compare_blobs({rows, source.read, source.blobs, target.blobs, {}, on_progress}));
    return {};
  };
  TRY(source.read(look));
  return report;
}

Result<CopyReport> copy_deployment(const Side& source, const Side& target, db::Database& database,
                                   const CopyFaults& faults, const OnProgress& on_progress) {
  CopyReport report;
  while (report.views < kViews) {
    std::vector<TableFigures> tables;
    auto copy = [&](db::Connection& connection) -> Result<void> {
      TRY_ASSIGN(tables, copy_rows({connection, target.read, on_progress}, database));
      return {};
    };
    TRY(source.read(copy));
    TRY_ASSIGN(CopiedBlobs copied,
               copy_blobs({target.read, source.read, source.blobs, target.blobs, faults, on_progress}));
    add_view(report, std::move(tables), std::move(copied.figures));
    if (copied.some_gone) continue;
    if (report.complete()) TRY(net::run_sync(finish_copy(database)));
    return report;
  }
  return fail(ErrorCode::unavailable,
              "The source deletes files faster than they can be copied. Run the copy again when less is deleted.");
}

Result<void> refuse_unfinished_copy(db::Connection& connection) {
  TRY_ASSIGN(const Marks marks, read_marks(connection));
  if (!marks.unfinished) return {};
  return fail(ErrorCode::precondition_failed,
              fmt::format("A copy into this database began at {} and has not ended: part of it is missing. Run"
                          " `medialith copy` again until it ends with exit status 0.",
                          *marks.unfinished));
}

}  // namespace medialith::movers
