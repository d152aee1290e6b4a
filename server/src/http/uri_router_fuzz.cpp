// Targets through splitting, decoding, the query and a router. What comes out is UTF-8 without NUL, and a path encoded
// again decodes to itself.
#include <cstdint>
#include <cstdlib>

#include "http/route.hpp"
#include "http/text.hpp"
#include "http/uri.hpp"

namespace {

using namespace medialith::http;

const Router& router() {
  static const Router kBuilt = [] {
    Router router;
    const auto add = [&](Method method, std::string_view pattern, std::string_view operation) {
      router.add(Route{.method = method, .pattern = pattern, .operation = operation, .summary = "", .tag = ""});
    };
    add(Method::get, "/", "a");
    add(Method::get, "/a/:b", "b");
    add(Method::put, "/a/b", "c");
    add(Method::get, "/a/:b/c", "d");
    add(Method::get, "/:a/b/:c", "e");
    add(Method::get, "/a/*", "f");
    return router;
  }();
  return kBuilt;
}

void check_text(std::string_view text) {
  if (!is_utf8(text) || text.contains('\0')) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = split_target(text, "a.test");
  if (!target) return 0;
  if (const auto query = parse_query(target->query)) {
    for (const QueryParameter& parameter : *query) {
      check_text(parameter.name);
      check_text(parameter.value);
    }
  }
  std::string storage;
  const auto path = decode_path(target->path, storage);
  const auto match = router().match(Method::get, target->path);
  if (path.has_value() != match.has_value()) std::abort();
  if (!path) return 0;
  check_text(*path);
  for (const std::string& value : match->path_values) {
    check_text(value);
    if (value.empty() || !path->contains(value)) std::abort();
  }
  std::string again;
  const std::string encoded = percent_encode_path(*path);
  const auto decoded = decode_path(encoded, again);
  if (!decoded || *decoded != *path) std::abort();
  return 0;
}
