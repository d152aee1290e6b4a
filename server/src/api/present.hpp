// How generations, assets and users look on the native wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "domain/accounts.hpp"
#include "domain/assets.hpp"
#include "domain/generations.hpp"
#include "domain/highlight.hpp"
#include "web/asset_url.hpp"
#include "web/generation_page.hpp"
#include "web/schema.hpp"

namespace medialith::api {

void write_asset(json::Writer& out, const domain::AssetView& asset, const web::UrlMode& urls);
/// Without the closing brace, so that a page can add the assets it reads afterwards: call finish_generation().
void begin_generation(json::Writer& out, const domain::GenerationView& generation);
/// `assets`: the elements of an array, comma-separated. `highlights`: an object, or empty where nothing was searched
/// for. Answers where in `out` the elements begin, so that they can be put in later.
std::size_t finish_generation(std::string& out, std::string_view assets, std::string_view highlights = {});

/// How lists and single answers show generations. `urls.services` outlives the shape.
web::GenerationShape native_shape(web::UrlMode urls, domain::ListView view);

/// Where a search hit, as an object of members and `[[begin,end],…]` in UTF-16 code units of the member as it is shown.
std::string highlights_of(domain::Highlighter& highlighter, const domain::GenerationView& generation);
std::string highlights_of(domain::Highlighter& highlighter, const domain::AssetView& asset);

extern const web::Schema kAssetSchema;
extern const web::Schema kUrlInputSchema;               ///< POST /v1/assets/:id/url
extern const web::Schema kUrlSchema;                    ///< its answer
extern const web::Schema kGenerationSchema;             ///< an answer
extern const web::Schema kGenerationInputSchema;        ///< POST
extern const web::Schema kGenerationPatchSchema;        ///< PATCH
extern const web::Schema kGenerationReplacementSchema;  ///< PUT

}  // namespace medialith::api
