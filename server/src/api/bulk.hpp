#pragma once

#include "domain/operations.hpp"
#include "web/context.hpp"
#include "web/schema.hpp"

namespace medialith::api {

/// POST /v1/bulk, GET /v1/bulk/:operation, POST /v1/bulk/:operation/undo
void add_bulk_routes(web::Routes& routes);

/// Keeps an operation and works on it while the caller waits; it goes on in the background. Answers it as it stands, or
/// as a retry's first try left it. `request`: what a bulk request is about, as kept_request() makes it.
Task<Result<domain::Operation>> start_operation(web::Context& context, domain::BulkAction action, std::string request,
                                                std::optional<std::int64_t> undoes);
/// The same as an answer: 200 when it is completed, 202 when it goes on in the background.
Task<Result<http::Response>> run_operation(web::Context& context, domain::BulkAction action, std::string request,
                                           std::optional<std::int64_t> undoes);
/// What a retry of its request is answered: the operation as it stands.
Task<Result<http::Response>> operation_response(web::Context& context, std::string id);

extern const web::Schema kBulkInputSchema;
extern const web::Schema kBulkOperationSchema;

}  // namespace medialith::api
