#include "gallery.hpp"

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "db/sqlite/transaction.hpp"
#include "domain/assets.hpp"
#include "rows.hpp"

namespace medialith::bench {
namespace {

constexpr int kRowsOfACommit = 250;

/// A picture that is there, to be linked.
struct Template {
  domain::NewAsset asset;
  std::string key;
};

std::vector<Template> templates_of(Store& store, const domain::Principal& owner) {
  std::vector<Template> templates;
  must(store.session().run({"SELECT a.content_type, a.size, a.sha256, a.width, a.height, b.key FROM {assets} a"
                            " JOIN {blobs} b ON b.rid = a.blob_rid WHERE a.user_rid = $1 AND a.kind = 'image'"
                            " AND a.width IS NOT NULL ORDER BY a.rid",
                            owner.user.value},
                           [&](const db::Row& row) {
                             Template made;
                             made.asset.kind = domain::AssetKind::image;
                             made.asset.content_type = std::string(row.text(0));
                             made.asset.size = row.integer(1);
                             made.asset.sha256 = std::string(text_of(row.bytes(2)));
                             made.asset.width = row.integer(3);
                             made.asset.height = row.integer(4);
                             made.key = std::string(row.text(5));
                             templates.push_back(std::move(made));
                           }),
       "pictures");
  if (templates.empty()) must(fail(ErrorCode::not_found, "There is no picture to make a gallery of."), "gallery");
  return templates;
}

domain::Generation generation_of(Store& store, std::int64_t n) {
  constexpr std::array<std::string_view, 4> kModels = {"flux-dev", "flux-schnell", "sdxl-turbo", "qwen-image"};
  constexpr std::array<std::string_view, 4> kTags = {R"([])", R"(["portrait"])", R"(["night","city"])", R"(["keep"])"};
  domain::Generation generation = row(n, store.rids());
  generation.id = store.uuids().make();
  generation.fields.model_id = kModels.at(static_cast<std::size_t>(n * 7 % 4));
  generation.fields.model_name = generation.fields.model_id;
  generation.fields.tags = kTags.at(static_cast<std::size_t>(n * 5 % 4));
  generation.fields.favorite = n % 9 == 0;
  // What a page of tiles never shows would only make the filling longer.
  generation.fields.prompt.resize(60);
  generation.fields.input_params = "{}";
  generation.fields.result = "{}";
  return generation;
}

void add_asset(Store& store, const domain::Principal& owner, domain::NewAsset asset) {
  db::sqlite::SessionTransaction tx(store.session());
  domain::Mutation mutation(tx, owner, nullptr, store.now());
  const auto made = domain::create_asset(mutation, asset, nullptr);
  must(made ? tx.outcome({}) : Result<void>(std::unexpected(made.error())), "asset");
}

}  // namespace

void fill_gallery(Store& store, const std::string& blobs, std::int64_t count) {
  const domain::Principal owner = store.users(1).at(0);
  const std::vector<Template> templates = templates_of(store, owner);
  const std::filesystem::path folder(blobs);
  store.execute("PRAGMA synchronous=OFF");
  store.execute("PRAGMA cache_size=-262144");
  for (std::int64_t n = 0; n < count;) {
    store.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < kRowsOfACommit && n < count; ++i, ++n) {
      const Template& picture = templates.at(static_cast<std::size_t>(n * 31) % templates.size());
      domain::NewAsset asset = picture.asset;
      const domain::Generation generation = generation_of(store, n);
      store.create(owner, generation, search_text_of(generation.fields));
      asset.rid = {store.rids().next()};
      asset.id = fmt::format("img_{:026}", n);
      asset.filename = fmt::format("picture-{:05}.png", n);
      asset.generation_id = generation.id;
      asset.blob_key = std::filesystem::path(picture.key).replace_filename(store.uuids().make() + ".png").string();
      // Nobody may write to a file of the store, which is why it lets one have several names.
      std::filesystem::create_hard_link(folder / picture.key, folder / asset.blob_key);
      add_asset(store, owner, std::move(asset));
    }
    store.execute("COMMIT");
  }
  store.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace medialith::bench
