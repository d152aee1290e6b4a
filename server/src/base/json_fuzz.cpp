// parse() never crashes, and what it takes comes back equal from raw() and from the kept nodes.
#include <cstdlib>
#include <string>

#include "base/json.hpp"

namespace {

using medialith::json::Document;
using medialith::json::Kind;
using medialith::json::View;
using medialith::json::Writer;

void emit(const View& view, Writer& out) {
  const auto children = view.children();
  if (children.empty() || (view.kind() != Kind::array && view.kind() != Kind::object)) {
    if (view.kind() == Kind::string) {
      out.string(view.text());
    } else {
      out.raw(view.raw());
    }
    return;
  }
  const bool object = view.kind() == Kind::object;
  object ? out.begin_object() : out.begin_array();
  for (const View& child : children) {
    if (object) out.key(child.key());
    emit(child, out);
  }
  object ? out.end_object() : out.end_array();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto document = Document::parse(text, {.max_depth = 32, .keep_depth = 4});
  if (!document) return 0;
  std::string again;
  Writer writer(again);
  emit(document->root(), writer);
  if (!medialith::json::equal(text, again)) std::abort();
  if (!medialith::json::equal(document->root().raw(), text)) std::abort();
  return 0;
}
