// A database with a store beside it, filled and read as a test likes, without a server.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "blob/memory/memory_store.hpp"
#include "domain/assets.hpp"
#include "domain/generations.hpp"
#include "domain/legacy.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/trash.hpp"
#include "movers/copy.hpp"
#include "movers/tables.hpp"

namespace medialith::movers {

class Deployment : public domain::Scratch {
 public:
  explicit Deployment(std::uint64_t seed) : Scratch(seed) {}

  Side side() { return {reading_of(*database), store}; }

  /// A generation of theirs with that prompt, in English.
  domain::Generation generate(const domain::Principal& who, const std::string& prompt, std::string result = "{}") {
    domain::Generation made{.rid = {rids.next()}, .id = uuids.make()};
    made.fields.model_id = made.fields.model_name = "flux";
    made.fields.prompt = prompt;
    made.fields.result = std::move(result);
    made.fields.cost = domain::Money{"0.0400", "USD"};
    made.updated_at = domain::created_at(made.rid.value);
    const domain::SearchText search = search_text_of(made.fields);
    const domain::IdempotencyKey key{"key of " + made.id, std::string(32, 'f')};
    EXPECT_TRUE(mutate(who, [&](domain::Mutation& m) { return create_generation(m, made, search); }, &key));
    return made;
  }

  void reword(const domain::Principal& who, domain::Generation& generation, const std::string& prompt) {
    generation.fields.prompt = prompt;
    ++generation.version;
    const domain::SearchText search = search_text_of(generation.fields);
    EXPECT_TRUE(mutate(who, [&](domain::Mutation& m) { return update_generation(m, generation, search, true); }));
  }

  void put(const std::string& key, const std::string& bytes) {
    auto staging = net::run_sync(store.stage({})).value();
    ASSERT_TRUE(net::run_sync(staging->write(bytes_of(bytes))));
    ASSERT_TRUE(net::run_sync(staging->finish()));
    ASSERT_TRUE(net::run_sync(staging->commit(key)));
  }

  /// A file of theirs; its key.
  std::string keep(const domain::Principal& who, const std::string& bytes, std::optional<std::string> home = {}) {
    const std::string uuid = uuids.make();
    const domain::NewAsset asset{.rid = {rids.next()},
                                 .id = make_asset_id(AssetPrefix::file, random),
                                 .filename = "file " + uuid.substr(0, 8),
                                 .content_type = "text/plain",
                                 .size = std::ssize(bytes),
                                 .sha256 = std::string(text_of(sha256(bytes))),
                                 .blob_key = fmt::format("users/{}/2026/11/{}.txt", who.user_id, uuid),
                                 .generation_id = std::move(home)};
    put(asset.blob_key, bytes);
    const auto kept = mutate(who, [&](domain::Mutation& m) { return create_asset(m, asset, nullptr); });
    EXPECT_TRUE(kept) << kept.error().message;
    return asset.blob_key;
  }

  void run(const db::Statement& statement) {
    const auto done = write([&](db::Transaction& tx) -> Result<void> { return tx.ask({statement}); });
    EXPECT_TRUE(done) << done.error().detail;
  }

  /// Gives everything of one to another; the first has no files then.
  void assign_all(const domain::Principal& from, const domain::Principal& to) {
    run({"UPDATE {users} SET kind = 'legacy' WHERE rid = $1", from.user.value});
    const auto assign = [](domain::Mutation& m) -> Result<void> {
      TRY(domain::assign_legacy(m, 1000));
      return {};
    };
    EXPECT_TRUE(mutate(to, assign));
    run({"UPDATE {blobs} SET user_rid = $1 WHERE user_rid = $2", to.user.value, from.user.value});
  }

  /// Purges a file: row, document, blob's row and bytes.
  void purge(const std::string& key) {
    const std::int64_t rid = number(
        {"SELECT a.rid FROM {assets} a JOIN {blobs} b ON b.rid = a.blob_rid WHERE b.key = $1", std::string_view(key)});
    const domain::Principal nobody;
    EXPECT_TRUE(mutate(nobody, [&](domain::Mutation& m) -> Result<void> {
      remove_search_document(m, domain::AssetRid{rid});
      m.later({"DELETE FROM {assets} WHERE rid = $1", rid});
      m.later({"DELETE FROM {blobs} WHERE key = $1", std::string_view(key)});
      return {};
    }));
    EXPECT_TRUE(net::run_sync(store.remove(key)));
  }

  /// Every copied table's rows as text, in every column that is copied.
  std::map<std::string, std::vector<std::string>> rows() {
    std::map<std::string, std::vector<std::string>> all;
    for (const Table& table : copied_tables()) {
      auto look = [&](db::Connection& connection) {
        db::Statement statement("SELECT ");
        for (const Column& column : table.columns) {
          if (&column != &table.columns.front()) statement.append(", ");
          statement.append(column.name);
        }
        statement.append(" FROM ").append(table.braced).append(" WHERE ").append(table.only).append(" ORDER BY 1, 2");
        return connection.all(statement, [&](const db::Row& row) {
          std::string line;
          for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const int column = static_cast<int>(i);
            line += row.is_null(column) ? "NULL|" : fmt::format("{}|", row.text(column));
          }
          return line;
        });
      };
      all[std::string(table.name)] = read(look).value();
    }
    return all;
  }

  /// Every blob's bytes.
  std::map<std::string, std::string> files() {
    std::map<std::string, std::string> all;
    for (const auto& listed : net::run_sync(store.list("", "", 10'000)).value().blobs) {
      auto reader = net::run_sync(store.open(listed.key, {})).value();
      std::string bytes(listed.size, '\0');
      EXPECT_EQ(net::run_sync(reader->read(std::as_writable_bytes(std::span(bytes)))).value(), bytes.size());
      all[listed.key] = bytes;
    }
    return all;
  }

  /// What full text finds each row by. On PostgreSQL; FTS5 itself compares its index with the rows it was made from.
  std::vector<std::string> documents() {
    if (has_fts5()) {
      run({"INSERT INTO generations_search (generations_search, rank) VALUES ('integrity-check', 1)"});
      run({"INSERT INTO assets_search (assets_search, rank) VALUES ('integrity-check', 1)"});
      return {};
    }
    constexpr db::Sql kDocuments("SELECT '' WHERE 1 = 0",
                                 db::on_postgres("SELECT concat_ws(' ', rid, strip(search), strip(ts_filter(search,"
                                                 " '{b}'))) FROM {generations} UNION ALL SELECT concat_ws(' ', rid,"
                                                 " strip(search)) FROM {assets} ORDER BY 1"));
    auto look = [&](db::Connection& connection) {
      return connection.all({kDocuments}, [](const db::Row& row) { return std::string(row.text(0)); });
    };
    return read(look).value();
  }

  /// How many generations full text finds by a token.
  std::int64_t found(std::string_view token) {
    return number({db::Sql("SELECT count(*) FROM {generations_search} WHERE generations_search MATCH $1",
                           db::on_postgres("SELECT count(*) FROM {generations} WHERE search @@ $1::text::tsquery")),
                   token});
  }

  blob::MemoryStore store{clock};
};

}  // namespace medialith::movers
