// Filters as clients name them: in a query, or as members of a bulk request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/filter.hpp"
#include "http/message.hpp"
#include "http/route.hpp"

namespace medialith::web {

/// The filters among `named`; a repeated name means any of its values. What is wrong with them is added to `errors`,
/// so that one answer names it all. Names that are no filter are left to the caller.
domain::Filter read_filter(const std::vector<http::QueryParameter>& named, std::vector<FieldError>& errors);

/// The words of `q`; none when it is blank or not there.
std::vector<std::string> read_words(const std::vector<http::QueryParameter>& named);

/// `q` and the filters, for the route table.
const std::vector<http::Parameter>& filter_parameters();

}  // namespace medialith::web
