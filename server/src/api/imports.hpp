#pragma once

#include "web/context.hpp"
#include "web/schema.hpp"

namespace medialith::api {

/// Bytes of an import; of one item; field errors that an answer names.
inline constexpr std::uint64_t kMaxImport = 1ULL << 30;
inline constexpr std::size_t kMaxImportItem = 64ULL << 20;
inline constexpr std::size_t kMaxImportErrors = 100;

/// `POST /v1/imports`
void add_import_routes(web::Routes& routes);

extern const web::Schema kImportItemSchema;     ///< in schemas.cpp, beside a generation's
extern const web::Schema kImportSummarySchema;  ///< the answer

}  // namespace medialith::api
