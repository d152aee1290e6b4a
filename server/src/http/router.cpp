#include <algorithm>
#include <cassert>

#include "http/route.hpp"
#include "http/uri.hpp"

namespace medialith::http {
namespace {

constexpr std::array kMethods = {Method::get,   Method::head,    Method::post,   Method::put,
                                 Method::patch, Method::delete_, Method::options};

// Cuts the first segment off `rest`, which follows a slash. `last` tells that no slash came after it.
std::string_view take_segment(std::string_view& rest, bool& last) {
  const std::size_t end = rest.find('/');
  last = end == std::string_view::npos;
  const std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(last ? rest.size() : end + 1);
  return segment;
}

}  // namespace

std::int32_t Router::child(std::int32_t node, std::string_view segment) {
  const auto fresh = static_cast<std::int32_t>(nodes_.size());
  Node& parent = nodes_[static_cast<std::size_t>(node)];
  std::int32_t* slot = nullptr;
  if (segment.starts_with(':')) {
    assert(segment.size() > 1 && "a parameter has a name");
    slot = &parent.parameter;
  } else if (segment == "*") {
    slot = &parent.rest;
  } else {
    const auto at =
        std::ranges::lower_bound(parent.children, segment, {}, &decltype(parent.children)::value_type::first);
    if (at != parent.children.end() && at->first == segment) return at->second;
    slot = &parent.children.emplace(at, segment, kNone)->second;
  }
  if (*slot != kNone) return *slot;
  *slot = fresh;
  nodes_.emplace_back();  // last: it moves `parent`
  return fresh;
}

void Router::add(Route route) {
  assert(route.pattern.starts_with('/'));
  assert(std::ranges::find(routes_, route.operation, &Route::operation) == routes_.end() &&
         "operation names are unique");
  std::string_view rest = route.pattern.substr(1);
  std::int32_t node = 0;
  std::size_t parameters = 0;
  for (bool last = false; !last;) {
    const std::string_view segment = take_segment(rest, last);
    assert((segment != "*" || last) && "'*' stands last");
    parameters += segment.starts_with(':') || segment == "*" ? 1 : 0;
    node = child(node, segment);
  }
  assert(parameters <= kMaxPathValues);
  Node& end = nodes_[static_cast<std::size_t>(node)];
  std::int32_t& slot = end.routes.at(std::to_underlying(route.method));
  assert(slot == kNone && "one route per method and pattern");
  slot = static_cast<std::int32_t>(routes_.size());
  end.terminal = true;
  routes_.push_back(std::move(route));
}

// The most specific terminal node for what follows a slash; kNone when there is none. Backtracks, so that `/a/b/c` does
// not hide `/a/:x/d`; the work is bounded by the nodes of the table, whatever the path.
std::int32_t Router::find(std::int32_t node, std::string_view rest, Values& values) const {
  const Node& here = nodes_[static_cast<std::size_t>(node)];
  std::string_view after = rest;
  bool last = false;
  const std::string_view segment = take_segment(after, last);
  const auto descend = [&](std::int32_t next) {
    if (last) return nodes_[static_cast<std::size_t>(next)].terminal ? next : kNone;
    return find(next, after, values);
  };
  const auto at = std::ranges::lower_bound(here.children, segment, {}, &decltype(here.children)::value_type::first);
  if (at != here.children.end() && at->first == segment) {
    if (const std::int32_t found = descend(at->second); found != kNone) return found;
  }
  if (here.parameter != kNone && !segment.empty()) {
    values.taken.at(values.count++) = segment;
    if (const std::int32_t found = descend(here.parameter); found != kNone) return found;
    --values.count;
  }
  if (here.rest != kNone && !rest.empty()) {
    values.taken.at(values.count++) = rest;
    return here.rest;
  }
  return kNone;
}

const Route* Router::route_of(const Node& node, Method method) const {
  std::int32_t index = node.routes.at(std::to_underlying(method));
  if (index == kNone && method == Method::head) index = node.routes.at(std::to_underlying(Method::get));
  return index == kNone ? nullptr : &routes_[static_cast<std::size_t>(index)];
}

Result<Router::Match> Router::match(Method method, std::string_view raw_path) const {
  std::string storage;
  TRY_ASSIGN(const std::string_view path, decode_path(raw_path, storage));
  Match match;
  Values values;
  const std::int32_t node = find(0, path.substr(1), values);
  if (node == kNone) return match;
  const Node& end = nodes_[static_cast<std::size_t>(node)];
  match.route = route_of(end, method);
  if (match.route == nullptr) {
    for (const Method candidate : kMethods) {
      if (route_of(end, candidate) != nullptr) match.allowed.push_back(candidate);
    }
    return match;
  }
  match.path_values.assign(values.taken.begin(), values.taken.begin() + static_cast<std::ptrdiff_t>(values.count));
  return match;
}

}  // namespace medialith::http
