// The page at /docs: the route table as people read it.
#pragma once

#include <span>
#include <string>

#include "http/openapi.hpp"

namespace medialith::http {

/// One file without scripts or anything to load; links are relative, so it works below any base path.
struct DocsPage {
  std::string html;
  std::string content_security_policy;  ///< the strictest that shows the page: its own style by hash, nothing else
};

/// Routes grouped by tag in the order of the table, then schemas and errors. Unlisted routes are left out. What the
/// table and the schemas say is escaped. Built once at start.
DocsPage docs_page(std::span<const Route> routes, std::span<const ComponentSchema> schemas, const ApiInfo& info);

}  // namespace medialith::http
