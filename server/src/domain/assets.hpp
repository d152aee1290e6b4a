// An asset: one stored media file of one owner, with its blob.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "domain/generations.hpp"
#include "domain/mutation.hpp"
#include "domain/rid.hpp"

namespace medialith::domain {

enum class AssetKind : std::uint8_t { image, video, audio, file };
std::string_view kind_name(AssetKind kind);
std::optional<AssetKind> asset_kind_from(std::string_view name);

/// An asset as views into a row. Valid only inside the callback that receives it.
struct AssetView {
  AssetRid rid;
  std::string_view id;
  std::optional<std::string_view> generation_id;
  std::string_view kind;
  std::string_view state;
  std::string_view visibility;
  std::optional<std::string_view> external_url;
  std::optional<std::string_view> filename;
  std::string_view content_type;
  std::optional<std::int64_t> size;
  std::span<const std::byte> sha256;  ///< 32 bytes, or none
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  std::optional<std::int64_t> duration_ms;
  std::int64_t version = 1;
  Time updated_at;
  std::optional<Time> deleted_at;
  std::int64_t url_epoch = 1;  ///< of its owner, for signed URLs
  std::optional<GenerationRid> generation_rid;
};
using OnAsset = std::function<void(const AssetView&)>;

/// Hands out assets that a search has found, in the order of `rids`.
Result<void> read_assets(db::Connection& connection, const std::vector<std::int64_t>& rids, const OnAsset& on_row);
/// Of all these generations, in rid order: the second statement of a page of generations, whatever its size.
Result<void> list_assets_of(db::Connection& connection, UserRid user, std::span<const GenerationRid> generations,
                            const OnAsset& on_row);
/// Calls `on_row` once, or not at all when the owner has none of that id (or it lies in the trash). Answers whether.
Result<bool> find_asset(db::Connection& connection, UserRid user, std::string_view id, const OnAsset& on_row,
                        Trash trash = Trash::exclude);

/// What serving the bytes needs. Found by id alone: the caller checks the owner or the signature.
struct AssetContent {
  UserRid owner;
  std::int64_t url_epoch = 1;
  std::string blob_key;
  std::string content_type;
  std::optional<std::string> filename;
  std::uint64_t size = 0;
  std::string sha256;  ///< 32 bytes
};
Result<std::optional<AssetContent>> find_content(db::Connection& connection, std::string_view id);

/// A file that has arrived. Its row is written only after its bytes are durable under `blob_key`.
struct NewAsset {
  AssetRid rid;
  std::string id;
  AssetKind kind = AssetKind::file;
  std::optional<std::string> filename;
  std::string content_type;
  std::int64_t size = 0;
  std::string sha256;  ///< 32 bytes
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  std::string blob_key;                      ///< empty: the bytes are not durable yet, because they seem to be known
  std::optional<std::string> generation_id;  ///< its home, which must exist
};
/// The generation that a file's own recipe makes, when no home was named.
struct RecipeGeneration {
  Generation generation;
  SearchText search;
};

enum class Arrival : std::uint8_t {
  created,       ///< a new asset owns the blob
  duplicate,     ///< the same bytes were there on the same home; the blob is not used
  restored,      ///< they lay in the trash and are back; the blob is not used
  bytes_needed,  ///< nothing was done: the bytes are not known after all, and have to be made durable first
};
struct ArrivalOutcome {
  std::optional<Replay> replay;  ///< set: nothing was done, answer with it
  Arrival arrival = Arrival::created;
  std::string asset_id;
};

/// What a file with these bytes would meet. Read before the blob is committed, so that known bytes are not kept twice.
/// Errors: not_found naming generationId when the home is not there.
Result<bool> is_known(db::Connection& connection, UserRid user, const NewAsset& asset);

/// Errors: not_found naming generationId when the home is not there.
Result<ArrivalOutcome> create_asset(Mutation& mutation, const NewAsset& asset, const RecipeGeneration* from_recipe);

/// Errors: not_found, version_conflict (`expected_version` is not the current one).
Result<std::optional<Replay>> trash_asset(Mutation& mutation, std::string_view id,
                                          std::optional<std::int64_t> expected_version);
/// Of one that is not in the trash: nothing happens. Errors: not_found; also when its generation lies in the trash,
/// which has to be restored itself.
Result<std::optional<Replay>> restore_asset(Mutation& mutation, std::string_view id);

/// How many assets of all users are not in the trash, counted no further than `most`.
Result<std::int64_t> count_all_assets(db::Connection& connection, std::int64_t most);

}  // namespace medialith::domain
