#include <string>

#include <gtest/gtest.h>

#include "media/recipe.hpp"

namespace medialith::media {
namespace {

Recipe read(std::string_view parameters) {
  auto recipe = recipe_from_a1111(parameters);
  EXPECT_TRUE(recipe) << parameters;
  return recipe.value_or(Recipe{});
}

TEST(A1111, ReadsPromptNegativePromptAndSettings) {
  const Recipe recipe = read(
      "a lighthouse in the rain,\nfilm grain <lora:rain-v2:0.8>\n"
      "Negative prompt: blurry,\nlow quality\n"
      "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 884213, Size: 1024x1536, Model hash: 6ce0161689, "
      "Model: flux-dev, Clip skip: 2, Lora hashes: \"rain-v2: abcd, glow: ef01\", Version: 1.10");
  EXPECT_EQ(recipe.prompt, "a lighthouse in the rain,\nfilm grain <lora:rain-v2:0.8>");
  EXPECT_EQ(recipe.negative_prompt, "blurry,\nlow quality");
  EXPECT_EQ(recipe.steps, 20);
  EXPECT_EQ(recipe.sampler, "DPM++ 2M Karras");
  EXPECT_EQ(recipe.cfg, 7);
  EXPECT_EQ(recipe.seed, "884213");
  EXPECT_EQ(recipe.width, 1024);
  EXPECT_EQ(recipe.height, 1536);
  EXPECT_EQ(recipe.model, "flux-dev");
  EXPECT_EQ(recipe.loras, (std::vector<Lora>{{"rain-v2", 0.8}, {"glow", std::nullopt}}));
  EXPECT_EQ(recipe.generator, "a1111");
  EXPECT_EQ(to_json(recipe),
            R"({"negativePrompt":"blurry,\nlow quality","model":"flux-dev","seed":884213,"steps":20,)"
            R"("sampler":"DPM++ 2M Karras","cfg":7,"width":1024,"height":1536,)"
            R"("loras":[{"name":"rain-v2","weight":0.8},{"name":"glow","weight":null}],"generator":"a1111",)"
            R"("modelHash":"6ce0161689","clipSkip":2,"version":"1.10"})");
}

TEST(A1111, ReadsQuotedValuesWithCommasAndJson) {
  const Recipe recipe = read(
      "cat\nSteps: 30, Hires prompt: \"a, \\\"b\\\": c\", "
      "Civitai resources: [{\"type\":\"checkpoint\",\"name\":\"a ] , b\"},{\"weight\":1}], "
      "Civitai metadata: {\"x\": [1, 2]}, Seed: 5, Schedule type: Karras");
  EXPECT_EQ(recipe.steps, 30);
  EXPECT_EQ(recipe.seed, "5");
  EXPECT_EQ(recipe.scheduler, "Karras");
  EXPECT_EQ(recipe.extra, (std::vector<Recipe::Extra>{
                              {"hiresPrompt", "a, \"b\": c"},
                              {"civitaiResources", R"([{"type":"checkpoint","name":"a ] , b"},{"weight":1}])"},
                              {"civitaiMetadata", R"({"x": [1, 2]})"},
                          }));
}

TEST(A1111, KeepsSeedsBeyondDoubles) {
  const Recipe recipe = read("cat\nSteps: 1, Seed: 18446744073709551615");
  EXPECT_EQ(recipe.seed, "18446744073709551615");
  EXPECT_TRUE(to_json(recipe).contains(R"("seed":18446744073709551615)"));
  EXPECT_EQ(read("cat\nSteps: 1, Seed: 007").seed, "7");
  EXPECT_EQ(read("cat\nSteps: 1, Seed: 0").seed, "0");
  EXPECT_EQ(read("cat\nSteps: 1, Seed: -1").seed, "-1");
  EXPECT_EQ(read("cat\nSteps: 1, Seed: 1e9").seed, "");
  EXPECT_EQ(read("cat\nSteps: 1, Seed: " + std::string(41, '9')).seed, "");
}

TEST(A1111, ReadsEveryFormOfALoraTag) {
  const Recipe recipe =
      read("<lora:a> <lora:b:0.5:0.7> <lyco:c:-1> <lora:d:te=0.5> <lora:a:0.2> <lora: <lora:e:1\n<lora::1>");
  EXPECT_EQ(recipe.loras, (std::vector<Lora>{{"a", 1}, {"b", 0.5}, {"c", -1}, {"d", std::nullopt}}));
}

TEST(A1111, WorksWithoutSettingsOrPrompt) {
  EXPECT_EQ(read("only a prompt, with commas").prompt, "only a prompt, with commas");
  EXPECT_EQ(read("Negative prompt: ugly\nSteps: 3").negative_prompt, "ugly");
  EXPECT_EQ(read("Steps: 3, Seed: 4").prompt, "");
  EXPECT_EQ(read("cat\nSampler: Euler, CFG scale: 7, Seed: 1").cfg, 7) << "three pairs in the last line are settings";
  EXPECT_EQ(read("cat\nratio: 3, wide").prompt, "cat\nratio: 3, wide");
  EXPECT_FALSE(recipe_from_a1111(""));
  EXPECT_FALSE(recipe_from_a1111(" \n "));
  EXPECT_FALSE(recipe_from_a1111(R"({"sui_image_params": {}})"));
}

TEST(A1111, DropsWhatCannotBe) {
  const Recipe recipe = read("cat\nSteps: many, CFG scale: nan, Size: 0x5, Seed: x, Model: /a\\b/SD.XL.v1.safetensors");
  EXPECT_FALSE(recipe.steps || recipe.cfg || recipe.width || recipe.height);
  EXPECT_EQ(recipe.model, "SD.XL.v1");
}

TEST(A1111, BoundsEverything) {
  std::string parameters = std::string(kMaxPromptBytes - 1, 'p') + "\xC3\xA4";
  for (int i = 0; i < 200; ++i) parameters += "<lora:l" + std::to_string(i) + ">";
  parameters += "\nSteps: 1, Hires prompt: " + std::string(10'000, 'x');
  for (int i = 0; i < 100; ++i) parameters += ", Key" + std::to_string(i) + ": v";
  const Recipe recipe = read(parameters);
  EXPECT_EQ(recipe.prompt.size(), kMaxPromptBytes - 1) << "cut between characters";
  EXPECT_EQ(recipe.extra.size(), kMaxExtraMembers);
  EXPECT_EQ(recipe.extra.front().value.size(), kMaxExtraBytes);
  std::string tags;
  for (int i = 0; i < 200; ++i) tags += "<lora:l" + std::to_string(i) + ">";
  EXPECT_EQ(read(tags).loras.size(), kMaxLoras);
}

TEST(A1111, NoSettingsLineIsTooLong) {
  EXPECT_EQ(read("cat\nSteps: 5" + std::string(1'000'000, ',')).steps, 5);
  EXPECT_TRUE(recipe_from_a1111(std::string(1'000'000, '\n') + "x"));
  EXPECT_TRUE(recipe_from_a1111("cat\nSteps: " + std::string(1'000'000, '[')));
}

TEST(A1111, CleansText) {
  const Recipe recipe = read(std::string("c\0at\xFF", 5) + "\nSteps: 1, Model: m\xC0, Sampler: Euler");
  EXPECT_EQ(recipe.prompt, "cat\xEF\xBF\xBD");
  EXPECT_EQ(recipe.model, "m\xEF\xBF\xBD");
}

TEST(Recipe, JsonHasNoMemberTwice) {
  const Recipe recipe =
      read("cat\nSteps: 1, Width: 7, Prompt: x, Negative prompt: y, loras: z, Foo bar: 1, foo-bar: 2");
  EXPECT_EQ(to_json(recipe), R"({"steps":1,"generator":"a1111","fooBar":1})");
}

TEST(Recipe, PngTextsAreReadByKeyword) {
  const std::vector<PngText> flat = {{"Software", "x"}, {"parameters", "cat\nSteps: 4"}};
  EXPECT_EQ(recipe_from_png_text(flat)->steps, 4);
  EXPECT_FALSE(recipe_from_png_text(std::vector<PngText>{{"Software", "x"}, {"prompt", "just words"}}));
  const std::string graph = R"({"1":{"class_type":"KSampler","inputs":{"seed":9,"steps":30,"positive":["2",0]}},)"
                            R"("2":{"class_type":"CLIPTextEncode","inputs":{"text":"dog"}}})";
  const auto both = recipe_from_png_text(std::vector<PngText>{{"parameters", "cat\nSteps: 4"}, {"prompt", graph}});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->prompt, "cat");
  EXPECT_EQ(both->steps, 4);
  EXPECT_EQ(both->seed, "9") << "the graph fills the gap";
  EXPECT_EQ(both->generator, "comfyui");
}

}  // namespace
}  // namespace medialith::media
