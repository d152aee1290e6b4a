#include "rows.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/json.hpp"

namespace medialith::bench {
namespace {

constexpr std::array<std::string_view, 24> kWords = {"neon",     "fox",   "rain",   "portrait", "35mm",   "cinematic",
                                                     "mountain", "lake",  "sunset", "macro",    "city",   "night",
                                                     "glass",    "robot", "forest", "mist",     "golden", "hour",
                                                     "studio",   "light", "paper",  "ink",      "deep",   "sea"};

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::string prompt(std::int64_t n) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += i == 0 ? "" : " ";
    text += kWords.at(mix(static_cast<std::uint64_t>(n * 64 + i)) % kWords.size());
  }
  return text;
}

std::string params(std::int64_t n) {
  return fmt::format(R"({{"image_size":"landscape_16_9","num_inference_steps":28,"guidance_scale":3.5,"seed":{},)"
                     R"("num_images":4,"enable_safety_checker":true,"output_format":"png","acceleration":"regular"}})",
                     mix(static_cast<std::uint64_t>(n)) >> 12);
}

std::string result(std::int64_t n) {
  std::string images;
  for (int i = 0; i < 4; ++i) {
    images +=
        fmt::format(R"({}{{"url":"https://v3.fal.media/files/koala/{:016x}{:016x}.png","width":1344,"height":768,)"
                    R"("content_type":"image/png"}})",
                    i == 0 ? "" : ",", mix(static_cast<std::uint64_t>(n + i)), mix(static_cast<std::uint64_t>(n - i)));
  }
  return fmt::format(
      R"({{"images":[{}],"timings":{{"inference":2.{}}},"has_nsfw_concepts":[false,false,false,false]}})", images,
      mix(static_cast<std::uint64_t>(n)) % 1000);
}

}  // namespace

domain::Generation row(std::int64_t n, domain::RidMaker& rids) {
  domain::Generation g;
  g.rid = {rids.next()};
  g.id = fmt::format("gen_{:016x}{:08x}", mix(static_cast<std::uint64_t>(n)), n);
  g.updated_at = domain::created_at(g.rid.value);
  g.fields.model_id = fmt::format("fal-ai/flux/{}", n % 7 == 0 ? "schnell" : "dev");
  g.fields.model_name = "FLUX.1";
  g.fields.provider = "fal";
  g.fields.category = "image-generation";
  g.fields.prompt = prompt(n);
  g.fields.input_params = params(n);
  g.fields.result = result(n);
  g.fields.metadata = R"({"app":"studio","session":"s1"})";
  g.fields.recipe =
      fmt::format(R"({{"negativePrompt":"blurry, text","seed":{},"steps":28,"sampler":"euler","cfg":3.5}})",
                  mix(static_cast<std::uint64_t>(n)) >> 12);
  g.fields.duration_ms = 2100;
  g.fields.cost = domain::Money{"0.025", "USD"};
  g.fields.tags = R"(["fox","night"])";
  return g;
}

std::string library_word(std::int64_t rank) {
  constexpr std::array<std::string_view, 16> kSyllables = {"ka", "lo", "mi", "ru", "se", "ta", "vo", "ne",
                                                           "pi", "do", "za", "fe", "gu", "ho", "ja", "be"};
  std::string word;
  // Four syllables of a number that is another one for each rank: no word begins another.
  for (std::uint64_t rest = (static_cast<std::uint64_t>(rank) * 40'503U + 7U) & 0xFFFFU, i = 0; i < 4;
       ++i, rest >>= 4U) {
    word += kSyllables.at(rest & 0xFU);
  }
  return word;
}

domain::Generation library_row(std::int64_t n, domain::RidMaker& rids) {
  constexpr double kVocabulary = 30'000;
  domain::Generation g = row(n, rids);
  g.fields.prompt.clear();
  for (int i = 0; i < 24; ++i) {
    const std::uint64_t dice = mix(static_cast<std::uint64_t>(n * 64 + i)) >> 11U;
    // As likely as its rank is small (Zipf): the logarithm of the rank is evenly spread.
    const double rank = std::pow(kVocabulary, static_cast<double>(dice) / 9007199254740992.0) - 1;
    g.fields.prompt += (i == 0 ? "" : " ") + library_word(static_cast<std::int64_t>(rank));
  }
  return g;
}

std::string body(std::int64_t n) {
  const SystemClock clock;
  domain::RidMaker rids(clock);
  const domain::GenerationFields f = row(n, rids).fields;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("modelId").string(f.model_id);
  out.key("modelName").string(f.model_name);
  out.key("provider").string(f.provider);
  out.key("category").string(f.category);
  out.key("prompt").string(f.prompt);
  out.key("inputParams").raw(f.input_params);
  out.key("result").raw(f.result);
  out.key("metadata").raw(f.metadata);
  out.key("recipe").raw(*f.recipe);
  out.key("duration").number(2.1);
  out.key("cost").raw(R"({"amount":"0.025","currency":"USD"})");
  out.key("tags").raw(f.tags);
  out.end_object();
  return text;
}

}  // namespace medialith::bench
