// Generations, assets and errors in Fumi's words: history items with their media files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "domain/assets.hpp"
#include "domain/generations.hpp"
#include "domain/operations.hpp"
#include "http/message.hpp"
#include "web/generation_page.hpp"
#include "web/schema.hpp"
#include "web/services.hpp"

namespace medialith::compat {

/// A history item with `mediaFiles`. `services` outlives the shape.
web::GenerationShape history_shape(const web::Services& services);

/// The members of a media file, in an object that the caller begins and ends. `signed_until_s`: of `signedUrl`, which
/// anyone may use; `blobUrl` is the owner's.
void write_media_file(json::Writer& out, const domain::AssetView& asset, const web::Services& services,
                      std::int64_t signed_until_s);

/// What an upload answers: a media file, what the app read before there were any, and whether it was here already.
enum class Duplicate : std::uint8_t { no, yes };
std::string kept_file_json(const domain::AssetView& asset, const web::Services& services, Duplicate duplicate);

/// `{"deleted":n}`: 200, or 202 while the rest goes on in the background.
http::Response deleted_response(const domain::Operation& operation);
http::Response deleted_one_response();

/// The native error body with `details` naming members: an app reads `error` and `details`.
http::Response present_history_error(const Error& error, const http::Request& request);

/// Fields of a new item, or of one with the members of a change in place of its own. Both were checked.
domain::GenerationFields with_members(domain::GenerationFields fields, json::View body);

extern const web::Schema kHistoryItemInputSchema;   ///< POST
extern const web::Schema kHistoryItemChangeSchema;  ///< PUT

}  // namespace medialith::compat
