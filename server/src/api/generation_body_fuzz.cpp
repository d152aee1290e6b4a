// A request body on its way to a generation: parsed, checked against the schema, read, patched. Whatever was accepted
// gives fields that are valid JSON where they say so, and that full text can read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/generation_body.hpp"
#include "api/present.hpp"
#include "base/json.hpp"
#include "web/schema.hpp"

namespace {

using medialith::domain::GenerationFields;
namespace json = medialith::json;
namespace web = medialith::web;

void must_be_json(std::string_view text) {
  if (!json::Document::parse(std::string(text), {.max_depth = json::kMaxDepth, .keep_depth = 1})) std::abort();
}

void must_be_whole(const GenerationFields& fields) {
  must_be_json(fields.input_params);
  must_be_json(fields.result);
  must_be_json(fields.metadata);
  must_be_json(fields.tags);
  if (fields.recipe) must_be_json(*fields.recipe);
  (void)search_text_of(fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = json::Document::parse(std::string(reinterpret_cast<const char*>(data), size),
                                          {.max_depth = 256, .keep_depth = 1});
  if (!body) return 0;
  if (web::check(medialith::api::kGenerationInputSchema, body->root(), web::Use::create)) {
    const auto fields = medialith::api::fields_of(body->root());
    if (fields) must_be_whole(*fields);
  }
  if (web::check(medialith::api::kGenerationPatchSchema, body->root(), web::Use::patch)) {
    GenerationFields before;
    before.model_id = "m";
    before.metadata = R"({"a":{"b":1},"c":[1]})";
    before.recipe = R"({"seed":1,"loras":[{"name":"x"}]})";
    const auto after = medialith::api::patched(before, body->root());
    if (after) must_be_whole(*after);
  }
  return 0;
}
