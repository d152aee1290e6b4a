// The OpenAPI 3.1 document and what it shares with the page at /docs: both are made from the route table alone, so that
// neither can promise what is not routed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/route.hpp"

namespace medialith::http {

/// A schema that routes name: JSON Schema 2020-12 as text, without `$id`.
struct ComponentSchema {
  std::string name;
  std::string json;
};

/// What the documents say of the installation as a whole. All views outlive the call they are passed to.
struct ApiInfo {
  std::string_view version;              ///< of the server
  std::string_view base_url;             ///< public URL or base path; may be empty
  std::string_view cookie_name;          ///< of the login
  std::string_view signature_parameter;  ///< of signed URLs: the query parameter that carries the signature
};

/// The document as JSON. Unlisted routes are left out. HEAD is not repeated beside GET.
/// Asserts that schema names are unique and that every schema and header field that a route names exists. `Error` is
/// added here and must not be among `schemas`.
std::string openapi_document(std::span<const Route> routes, std::span<const ComponentSchema> schemas,
                             const ApiInfo& info);

/// The schema of every error body on the native wire, all codes enumerated.
std::string error_schema();

/// The statuses of the errors that a route may answer beside the responses it declares, ascending: those of the server
/// itself, and those that follow from its access, its body, its path values and its being a mutation.
std::vector<int> error_statuses(const Route& route);

/// Every code with this status, as it stands on the wire.
std::vector<std::string_view> codes_of_status(int status);

/// A header field that responses may name, with what it means; nullptr when unknown.
struct HeaderDoc {
  std::string_view name;
  std::string_view type;  ///< JSON Schema type
  std::string_view description;
};
const HeaderDoc* find_header_doc(std::string_view name);

/// "/v1/generations/{id}"; a `*` is `{rest}`.
std::string path_template(std::string_view pattern);
/// The names of a pattern's path values, in order; a `*` is "rest".
std::vector<std::string_view> path_parameters(std::string_view pattern);

/// The media types a route's body may have; "*/*" stands for any.
std::vector<std::string_view> body_types(const BodyPolicy& body);

/// "read", "write" …; empty for none.
std::string_view scope_name(Scope scope);

}  // namespace medialith::http
