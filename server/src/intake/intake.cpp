#include "intake/intake.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "intake/describe.hpp"

namespace medialith::intake {
namespace {

constexpr std::size_t kMaxFilename = 255;

AssetPrefix prefix_of(media::MediaKind kind) {
  switch (kind) {
    case media::MediaKind::image:
      return AssetPrefix::img;
    case media::MediaKind::video:
      return AssetPrefix::vid;
    case media::MediaKind::audio:
      return AssetPrefix::aud;
    case media::MediaKind::file:
      return AssetPrefix::file;
  }
  return AssetPrefix::file;
}

bool is_allowed(const Policy& policy, std::string_view content_type) {
  if (policy.allowed_types.empty()) return true;
  for (const std::string& pattern : policy.allowed_types) {
    if (pattern == content_type || pattern == "*/*") return true;
    if (pattern.ends_with("/*") && content_type.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1))) {
      return true;
    }
  }
  return false;
}

std::string sha256_member(const domain::Replay& replay) {
  const auto details = json::Document::parse(replay.details);
  if (!details) return {};
  const auto member = details->root().find("sha256");
  return member ? std::string(member->text()) : std::string();
}

/// `users/{userId}/{yyyy}/{mm}/{uuid}.{ext}` (S0-9): readable for an operator, never an authority for anybody.
std::string blob_key(std::string_view user_id, Time now, std::string_view uuid, std::string_view extension) {
  const std::string month = to_iso8601(now);
  return fmt::format("users/{}/{}/{}/{}.{}", user_id, month.substr(0, 4), month.substr(5, 2), uuid, extension);
}

}  // namespace

struct Intake::Staged {
  std::unique_ptr<blob::Staging> staging;
  std::optional<media::Sniffed> type;
  domain::NewAsset asset;
  std::optional<domain::RecipeGeneration> from_recipe;
};

Result<void> check_filename(std::string_view filename) {
  const auto refuse = [](std::string message) {
    return fail([&] {
      Error error = make_error(ErrorCode::validation_failed, message);
      error.fields.push_back({"filename", "not_allowed", std::move(message)});
      return error;
    }());
  };
  if (filename.empty() || filename.size() > kMaxFilename) return refuse("A file name has 1 to 255 bytes.");
  for (const char c : filename) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return refuse("A file name has no control characters.");
  }
  return {};
}

Task<Result<domain::ArrivalOutcome>> Intake::take(const Arriving& file, Source source) {
  if (file.filename) CO_TRY(check_filename(*file.filename));
  if (file.size && *file.size > policy_.max_file_size) {
    co_return fail(ErrorCode::file_too_large,
                   fmt::format("The file is larger than the {} allowed.", format_size(policy_.max_file_size)));
  }
  if (file.replay != nullptr) co_return co_await compare_with_replay(file, std::move(source));
  const auto begun = parts_.clock.monotonic();
  CO_TRY_ASSIGN(Staged staged, co_await stage(file, std::move(source)));
  CO_TRY_ASSIGN(domain::ArrivalOutcome outcome, co_await keep(file, staged));
  if (on_kept_ && !outcome.replay) {
    on_kept_({.name = file.filename ? std::string_view(*file.filename) : outcome.asset_id,
              .size = static_cast<std::uint64_t>(staged.asset.size),
              .took = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.monotonic() - begun),
              .duplicate = outcome.arrival != domain::Arrival::created});
  }
  co_return outcome;
}

/// The first try has been answered: these bytes are only read to see that they are the same.
Task<Result<domain::ArrivalOutcome>> Intake::compare_with_replay(const Arriving& file, Source source) {
  Sha256 hash;
  std::uint64_t size = 0;
  while (true) {
    CO_TRY_ASSIGN(const auto bytes, co_await source());
    if (bytes.empty()) break;
    size += bytes.size();
    if (size > policy_.max_file_size) co_return fail(ErrorCode::file_too_large, "The file is too large.");
    hash.update(bytes);
  }
  if (to_hex(hash.finish()) != sha256_member(*file.replay)) {
    co_return fail(ErrorCode::idempotency_key_reused, "This Idempotency-Key was used for another file.");
  }
  domain::ArrivalOutcome outcome;
  outcome.replay = *file.replay;
  outcome.asset_id = file.replay->object_id;
  co_return outcome;
}

/// What the head tells: the type, refused when it is not kept here, and with it the blob's key.
Result<void> Intake::recognise(const Arriving& file, Staged& staged) {
  staged.type = media::sniff(staged.staging->head(), file.declared_type, file.filename.value_or(""));
  const media::Sniffed& type = *staged.type;
  if (!is_allowed(policy_, type.content_type)) {
    return fail(ErrorCode::unsupported_media_type,
                fmt::format("Files of type {} are not kept here.", type.content_type));
  }
  staged.asset.blob_key = blob_key(file.principal.user_id, parts_.clock.now(), parts_.uuids.make(), type.extension);
  staged.staging->aim({.key = staged.asset.blob_key, .read_back = is_described(type)});
  return {};
}

Task<Result<Intake::Staged>> Intake::stage(const Arriving& file, Source source) {
  blob::Expected expected{.size = file.size, .sha256 = file.sha256, .max_size = policy_.max_file_size};
  Staged staged;
  CO_TRY_ASSIGN(staged.staging, co_await parts_.blobs.stage(expected));
  while (true) {
    CO_TRY_ASSIGN(const auto bytes, co_await source());
    if (bytes.empty()) break;
    CO_TRY(co_await staged.staging->write(bytes));
    const bool headed = staged.staging->head().size() == blob::kHeadSize;
    if (headed && !staged.type) CO_TRY(recognise(file, staged));
  }
  CO_TRY_ASSIGN(const blob::BlobInfo info, co_await staged.staging->finish());
  if (!staged.type) CO_TRY(recognise(file, staged));
  const media::Sniffed& type = *staged.type;
  CO_TRY_ASSIGN(const Description description, co_await describe(*staged.staging, info.size, type, parts_.work));

  domain::NewAsset& asset = staged.asset;
  asset = {.id = make_asset_id(prefix_of(type.kind), parts_.random),
           .kind = domain::asset_kind_from(media::kind_name(type.kind)).value_or(domain::AssetKind::file),
           .filename = file.filename,
           .content_type = std::string(type.content_type),
           .size = static_cast<std::int64_t>(info.size),
           .sha256 = std::string(text_of(info.sha256)),
           .blob_key = std::move(asset.blob_key),
           .generation_id = file.generation_id};
  if (description.size) {
    asset.width = description.size->width;
    asset.height = description.size->height;
  }
  if (description.recipe && !file.generation_id) {
    domain::Generation generation;
    generation.id = parts_.uuids.make();
    generation.fields = generation_of(*description.recipe, type.kind);
    domain::SearchText search = domain::search_text_of(generation.fields);
    staged.from_recipe = {std::move(generation), std::move(search)};
  }
  co_return staged;
}

Task<Result<domain::ArrivalOutcome>> Intake::keep(const Arriving& file, Staged& staged) {
  auto look = [&](db::Connection& connection) {
    return domain::is_known(connection, file.principal.user, staged.asset);
  };
  CO_TRY_ASSIGN(const bool known, co_await parts_.database.read(look));
  if (faults_.row_before_blob) {
    CO_TRY_ASSIGN(auto outcome, co_await write_row(file, staged, staged.asset.blob_key));
    CO_TRY(co_await staged.staging->commit(staged.asset.blob_key));
    co_return outcome;
  }
  if (known) {
    CO_TRY_ASSIGN(auto outcome, co_await write_row(file, staged, ""));
    if (outcome.arrival != domain::Arrival::bytes_needed) co_return outcome;
  }
  CO_TRY(co_await staged.staging->commit(staged.asset.blob_key));
  auto outcome = co_await write_row(file, staged, staged.asset.blob_key);
  const bool used = outcome && !outcome->replay && outcome->arrival == domain::Arrival::created;
  const bool unknown = !outcome && outcome.error().code == ErrorCode::outcome_unknown;
  // After an unknown outcome there may be a row: its blob is the sweeper's to judge. A blob that cannot be removed now
  // is an orphan, which the sweeper finds too.
  if (!used && !unknown) (void)co_await parts_.blobs.remove(staged.asset.blob_key);
  co_return outcome;
}

Task<Result<domain::ArrivalOutcome>> Intake::write_row(const Arriving& file, const Staged& staged, std::string key) {
  const Time now = parts_.clock.now();
  domain::NewAsset asset = staged.asset;
  asset.blob_key = std::move(key);
  auto recipe = staged.from_recipe;
  auto run = [&](db::Transaction& tx) {
    // In each run: the one before may have met another server's rows with these.
    asset.rid = {parts_.rids.next()};
    if (recipe) {
      recipe->generation.rid = {parts_.rids.next()};
      recipe->generation.updated_at = domain::created_at(recipe->generation.rid.value);
    }
    domain::Mutation mutation(tx, file.principal, file.key, now);
    return domain::create_asset(mutation, asset, recipe ? &*recipe : nullptr);
  };
  co_return co_await parts_.database.write(run);
}

}  // namespace medialith::intake
