#include <string>

#include <gtest/gtest.h>

#include "media/recipe.hpp"

namespace medialith::media {
namespace {

Recipe read(std::string_view prompt, std::string_view workflow = "") {
  auto recipe = recipe_from_comfyui(prompt, workflow);
  EXPECT_TRUE(recipe) << prompt << workflow;
  return recipe.value_or(Recipe{});
}

// ComfyUI's own first graph, the negative text first in the file, with a chain of two LoRAs.
constexpr std::string_view kDefault = R"({
  "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["11", 1]}},
  "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a glass bottle, galaxy inside", "clip": ["11", 1]}},
  "3": {"class_type": "KSampler", "inputs": {"seed": 156680208700286, "steps": 20, "cfg": 8.0,
        "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0, "model": ["11", 0], "positive": ["6", 0],
        "negative": ["7", 0], "latent_image": ["5", 0]}},
  "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "styles\\rain.safetensors", "strength_model": 0.8,
        "strength_clip": 1, "model": ["4", 0], "clip": ["4", 1]}},
  "11": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "glow.safetensors", "strength_model": -0.5,
        "model": ["10", 0]}},
  "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "SDXL/v1-5-pruned.safetensors"}},
  "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
  "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
  "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}}
})";

TEST(ComfyUi, WalksFromTheSamplerWhateverTheOrder) {
  const Recipe recipe = read(kDefault);
  EXPECT_EQ(recipe.prompt, "a glass bottle, galaxy inside");
  EXPECT_EQ(recipe.negative_prompt, "text, watermark");
  EXPECT_EQ(recipe.seed, "156680208700286");
  EXPECT_EQ(recipe.steps, 20);
  EXPECT_EQ(recipe.cfg, 8);
  EXPECT_EQ(recipe.sampler, "euler");
  EXPECT_EQ(recipe.scheduler, "normal");
  EXPECT_EQ(recipe.model, "v1-5-pruned");
  EXPECT_EQ(recipe.width, 512);
  EXPECT_EQ(recipe.height, 768);
  EXPECT_EQ(recipe.loras, (std::vector<Lora>{{"rain", 0.8}, {"glow", -0.5}}));
  EXPECT_TRUE(recipe.extra.empty());
  EXPECT_EQ(to_json(recipe),
            R"({"negativePrompt":"text, watermark","model":"v1-5-pruned","seed":156680208700286,"steps":20,)"
            R"("sampler":"euler","scheduler":"normal","cfg":8,"width":512,"height":768,)"
            R"("loras":[{"name":"rain","weight":0.8},{"name":"glow","weight":-0.5}],"generator":"comfyui"})");
}

TEST(ComfyUi, TakesTheSamplerThatFeedsTheSavedImage) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 10, "positive": ["5", 0], "negative": ["6", 0]}},
    "2": {"class_type": "KSampler", "inputs": {"seed": 2, "steps": 12, "denoise": 0.4, "positive": ["7", 0],
          "negative": ["6", 0], "latent_image": ["3", 0]}},
    "3": {"class_type": "LatentUpscale", "inputs": {"width": 2048, "height": 1024, "samples": ["1", 0]}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "first", "clip": ["9", 1]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad", "clip": ["9", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "second", "clip": ["9", 1]}},
    "8": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    "10": {"class_type": "VAEDecode", "inputs": {"samples": ["2", 0]}},
    "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0]}}
  })");
  EXPECT_EQ(recipe.prompt, "second");
  EXPECT_EQ(recipe.seed, "2");
  EXPECT_EQ(recipe.width, 2048);
  EXPECT_EQ(recipe.extra, (std::vector<Recipe::Extra>{{"denoise", "0.4"}}));
}

TEST(ComfyUi, TakesTheSavedImageEvenWhereTheOtherChainIsLonger) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["5", 0], "latent_image": ["2", 0]}},
    "2": {"class_type": "KSampler", "inputs": {"seed": 2, "positive": ["5", 0]}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "t", "clip": ["9", 1]}},
    "8": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    "11": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}
  })");
  EXPECT_EQ(recipe.seed, "2");
}

TEST(ComfyUi, TakesTheLastOfTheChainWithoutASavedImage) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["5", 0]}},
    "2": {"class_type": "KSampler", "inputs": {"seed": 2, "positive": ["5", 0], "latent_image": ["1", 0]}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "t", "clip": ["9", 1]}}
  })");
  EXPECT_EQ(recipe.seed, "2");
}

TEST(ComfyUi, FollowsATextMadeByAnotherNode) {
  const Recipe recipe = read(R"json({
    "1": {"class_type": "KSampler", "inputs": {"seed": ["20", 0], "steps": ["21", 0], "positive": ["5", 0],
          "negative": ["6", 0]}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": ["12", 0], "clip": ["9", 1]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["13", 0], "clip": ["9", 1]}},
    "12": {"class_type": "StringConcatenate", "inputs": {"string_a": ["14", 0], "string_b": "at night",
           "delimiter": ", "}},
    "13": {"class_type": "SDXLPromptStyler", "inputs": {"text_positive": "wrong", "text_negative": "ugly",
           "style": "base", "log_prompt": "No"}},
    "14": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "a harbour"}},
    "20": {"class_type": "Seed (rgthree)", "inputs": {"seed": 18446744073709551615}},
    "21": {"class_type": "PrimitiveInt", "inputs": {"value": 25}}
  })json");
  EXPECT_EQ(recipe.prompt, "a harbour, at night");
  EXPECT_EQ(recipe.negative_prompt, "ugly");
  EXPECT_EQ(recipe.seed, "18446744073709551615");
  EXPECT_EQ(recipe.steps, 25);
}

TEST(ComfyUi, TakesTheOutcomeOfWildcardsAndShownTexts) {
  const auto with = [](std::string_view node) {
    return read(R"({"1":{"class_type":"KSampler","inputs":{"positive":["5",0],"seed":1}},)"
                R"("5":{"class_type":"CLIPTextEncode","inputs":{"text":["2",0],"clip":["9",1]}},"2":)" +
                std::string(node) + "}")
        .prompt;
  };
  EXPECT_EQ(with(R"({"class_type":"ImpactWildcardProcessor","inputs":{"wildcard_text":"a __x__",)"
                 R"("populated_text":"a red cat"}})"),
            "a red cat");
  EXPECT_EQ(with(R"({"class_type":"ShowText|pysssss","inputs":{"text":["3",0],"text_0":"what was said"}})"),
            "what was said");
  EXPECT_EQ(with(R"({"class_type":"Odd","inputs":{"mode":"a","filling":"the longest text here"}})"),
            "the longest text here");
}

TEST(ComfyUi, ReadsFluxWithGuiderNoiseAndSigmas) {
  const Recipe recipe = read(R"({
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cute anime girl", "clip": ["11", 0]}},
    "10": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
    "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"}},
    "13": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["25", 0], "guider": ["22", 0],
           "sampler": ["16", 0], "sigmas": ["18", 0], "latent_image": ["27", 0]}},
    "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "17": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 28, "denoise": 1.0,
           "model": ["30", 0]}},
    "18": {"class_type": "SplitSigmas", "inputs": {"sigmas": ["17", 0], "step": 0}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["30", 0], "conditioning": ["26", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 219670278747233}},
    "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
    "27": {"class_type": "EmptySD3LatentImage", "inputs": {"width": ["34", 0], "height": ["35", 0], "batch_size": 1}},
    "30": {"class_type": "ModelSamplingFlux", "inputs": {"max_shift": 1.15, "width": 1, "height": 1,
           "model": ["12", 0]}},
    "34": {"class_type": "PrimitiveNode", "inputs": {"value": 1024}},
    "35": {"class_type": "PrimitiveNode", "inputs": {"value": 1536}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["13", 0]}}
  })");
  EXPECT_EQ(recipe.prompt, "a cute anime girl");
  EXPECT_EQ(recipe.negative_prompt, "");
  EXPECT_EQ(recipe.seed, "219670278747233");
  EXPECT_EQ(recipe.steps, 28);
  EXPECT_EQ(recipe.sampler, "euler");
  EXPECT_EQ(recipe.scheduler, "simple");
  EXPECT_EQ(recipe.model, "flux1-dev");
  EXPECT_EQ(recipe.width, 1024);
  EXPECT_EQ(recipe.height, 1536);
  EXPECT_EQ(recipe.extra, (std::vector<Recipe::Extra>{{"guidance", "3.5"}}));
}

TEST(ComfyUi, ReadsSamplersWithTheirOwnSigmasAndGuiders) {
  const Recipe custom = read(R"({
    "1": {"class_type": "SamplerCustom", "inputs": {"noise_seed": 7, "cfg": 1.0, "positive": ["5", 0],
          "negative": ["5", 0], "sampler": ["2", 0], "sigmas": ["3", 0]}},
    "2": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "lcm"}},
    "3": {"class_type": "SDTurboScheduler", "inputs": {"steps": 1, "denoise": 1, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "turbo.ckpt"}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "t", "clip": ["4", 1]}}
  })");
  EXPECT_EQ(custom.seed, "7");
  EXPECT_EQ(custom.cfg, 1);
  EXPECT_EQ(custom.steps, 1);
  EXPECT_EQ(custom.sampler, "lcm");
  const Recipe guided = read(R"({
    "1": {"class_type": "SamplerCustomAdvanced", "inputs": {"guider": ["2", 0], "noise": ["3", 0]}},
    "2": {"class_type": "CFGGuider", "inputs": {"cfg": 4.5, "positive": ["5", 0], "negative": ["6", 0],
          "model": ["4", 0]}},
    "3": {"class_type": "RandomNoise", "inputs": {"noise_seed": 8}},
    "4": {"class_type": "UnetLoaderGGUF", "inputs": {"unet_name": "wan/q4.gguf"}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "yes", "clip": ["9", 1]}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "no", "clip": ["9", 1]}}
  })");
  EXPECT_EQ(guided.cfg, 4.5);
  EXPECT_EQ(guided.prompt, "yes");
  EXPECT_EQ(guided.negative_prompt, "no");
  EXPECT_EQ(guided.model, "q4");
}

TEST(ComfyUi, PassesThroughConditioningNodes) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSamplerAdvanced", "inputs": {"noise_seed": 3, "positive": ["20", 0], "negative": ["20", 1]}},
    "20": {"class_type": "ControlNetApplyAdvanced", "inputs": {"strength": 1, "positive": ["21", 0],
           "negative": ["24", 0], "control_net": ["30", 0], "image": ["31", 0]}},
    "21": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["22", 0], "conditioning_2": ["23", 0]}},
    "22": {"class_type": "CLIPTextEncode", "inputs": {"text": "one", "clip": ["9", 1]}},
    "23": {"class_type": "CLIPTextEncodeSDXL", "inputs": {"text_g": "two", "text_l": "two", "width": 1, "height": 1,
           "clip": ["9", 1]}},
    "24": {"class_type": "ConditioningConcat", "inputs": {"conditioning_to": ["25", 0], "conditioning_from": ["26", 0]}},
    "25": {"class_type": "CLIPTextEncodeFlux", "inputs": {"clip_l": "three", "t5xxl": "four", "clip": ["9", 1]}},
    "26": {"class_type": "CLIPTextEncode", "inputs": {"text": "five", "clip": ["9", 1]}},
    "31": {"class_type": "LoadImage", "inputs": {"image": "pose.png"}}
  })");
  EXPECT_EQ(recipe.prompt, "one\ntwo");
  EXPECT_EQ(recipe.negative_prompt, "three\nfour\nfive");
}

TEST(ComfyUi, AZeroedPromptIsNoNegativePrompt) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSampler", "inputs": {"seed": 3, "positive": ["2", 0], "negative": ["3", 0]}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "yes", "clip": ["9", 1]}},
    "3": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["2", 0]}}
  })");
  EXPECT_EQ(recipe.negative_prompt, "");
}

TEST(ComfyUi, ReadsLorasOfStackersAndSwitches) {
  const Recipe recipe = read(R"json({
    "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "model": ["3", 0]}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "t", "clip": ["3", 1]}},
    "3": {"class_type": "Power Lora Loader (rgthree)", "inputs": {"model": ["4", 0],
          "lora_1": {"on": true, "lora": "a.safetensors", "strength": 0.7},
          "lora_2": {"on": false, "lora": "off.safetensors", "strength": 1}}},
    "4": {"class_type": "LoRA Stacker", "inputs": {"model": ["5", 0], "lora_name_1": "b.safetensors", "lora_wt_1": 0.3,
          "lora_name_2": "None", "lora_wt_2": 1}},
    "5": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": ["6", 0]}},
    "6": {
  "class_type" : "Checkpoint Selector", "inputs" : {"ckpt_name" : "x\\chosen.ckpt"}
}
})json");
  EXPECT_EQ(recipe.loras, (std::vector<Lora>{{"b", 0.3}, {"a", 0.7}}));
  EXPECT_EQ(recipe.model, "chosen");
}

TEST(ComfyUi, TakesAllTextsWhenTheWalkFails) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "MysteryMachine", "inputs": {"knob": 3, "input": ["2", 0]}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "one", "clip": ["9", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "two", "clip": ["9", 1]}},
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "one", "clip": ["9", 1]}}
  })");
  EXPECT_EQ(recipe.prompt, "one\ntwo");
}

TEST(ComfyUi, EndsInCycles) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSampler", "inputs": {"seed": ["1", 0], "steps": ["4", 0], "positive": ["2", 0],
          "negative": ["3", 0], "model": ["1", 0], "latent_image": ["1", 0], "sampler_name": ["5", 0]}},
    "2": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["2", 0], "conditioning_2": ["3", 0]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": ["5", 0], "clip": ["3", 0]}},
    "4": {"class_type": "Int", "inputs": {"value": ["4", 0]}},
    "5": {"class_type": "StringConcatenate", "inputs": {"string_a": ["5", 0], "string_b": "end"}}
  })");
  EXPECT_EQ(recipe.prompt, "end");
  EXPECT_EQ(recipe.seed, "");
}

TEST(ComfyUi, BoundsChainsAndGraphs) {
  std::string graph = R"({"s":{"class_type":"KSampler","inputs":{"seed":1,"positive":["0",0]}})";
  for (int i = 0; i < 6000; ++i) {
    graph += ",\"" + std::to_string(i) + R"(":{"class_type":"ConditioningSetArea","inputs":{"conditioning":[")" +
             std::to_string(i + 1) + R"(",0]}})";
  }
  const Recipe recipe = read(graph + "}");
  EXPECT_EQ(recipe.seed, "1");
  EXPECT_EQ(recipe.prompt, "");
  const std::string text(kMaxPromptBytes * 3, 'x');
  const Recipe longest = read(R"({"1":{"class_type":"KSampler","inputs":{"positive":["2",0]}},)"
                              R"("2":{"class_type":"CLIPTextEncode","inputs":{"clip":["9",0],"text":")" +
                              text + "\"}}}");
  EXPECT_EQ(longest.prompt.size(), kMaxPromptBytes);
}

TEST(ComfyUi, ReadsJsonAsPythonWritesIt) {
  const Recipe recipe = read(R"({
    "1": {"class_type": "KSampler", "is_changed": [NaN, -Infinity], "inputs": {"seed": 1, "positive": ["2", 0]}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["9", 1],
          "text": "a \"NaN\" \u0000 \ud83d \ud83d\ude00 \\u0000"}}
  })");
  EXPECT_EQ(recipe.prompt, "a \"NaN\"  \xEF\xBF\xBD \xF0\x9F\x98\x80 \\u0000");
}

TEST(ComfyUi, WhatIsNoGraphSaysNothing) {
  for (const std::string_view text :
       {"", "{}", "[]", "null", "{\"1\": 2}", "{\"1\": {\"class_type\": \"A\"}}", "{\"1", "just words",
        "{\"nodes\": []}", "{\"nodes\": 5}", "{\"nodes\": [1, null, {}]}"}) {
    EXPECT_FALSE(recipe_from_comfyui(text, text)) << text;
  }
}

// The editor's form: values by position, links by number, a reroute, a bypassed LoRA, a muted sampler.
constexpr std::string_view kWorkflow = R"({
  "last_node_id": 14, "last_link_id": 20,
  "nodes": [
    {"id": 7, "type": "CLIPTextEncode", "mode": 0, "inputs": [{"name": "clip", "type": "CLIP", "link": 5}],
     "widgets_values": ["text, watermark"]},
    {"id": 6, "type": "CLIPTextEncode", "mode": 0, "inputs": [{"name": "clip", "type": "CLIP", "link": 3},
     {"name": "text", "type": "STRING", "link": 12, "widget": {"name": "text"}}], "widgets_values": ["old text"]},
    {"id": 3, "type": "KSampler", "mode": 0, "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 10},
     {"name": "negative", "link": 6}, {"name": "latent_image", "link": 2}],
     "widgets_values": [156680208700286, "randomize", 20, 8, "euler", "normal", 1]},
    {"id": 12, "type": "Reroute", "inputs": [{"name": "", "type": "*", "link": 4}]},
    {"id": 13, "type": "PrimitiveNode", "inputs": [], "widgets_values": ["a lighthouse"]},
    {"id": 10, "type": "LoraLoader", "mode": 4, "inputs": [{"name": "model", "link": 11}, {"name": "clip", "link": null}],
     "widgets_values": ["unused.safetensors", 1, 1]},
    {"id": 14, "type": "KSampler", "mode": 2, "inputs": [{"name": "latent_image", "link": 2}, {"name": "positive",
     "link": 6}], "widgets_values": [99, "fixed", 1, 1, "lcm", "simple", 1]},
    {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["dreamshaper_8.safetensors"]},
    {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 640, 1]},
    {"id": 8, "type": "VAEDecode", "inputs": [{"name": "samples", "link": 7}, {"name": "vae", "link": 8}]},
    {"id": 9, "type": "SaveImage", "inputs": [{"name": "images", "link": 9}], "widgets_values": ["ComfyUI"]}
  ],
  "links": [[1, 10, 0, 3, 0, "MODEL"], [2, 5, 0, 3, 3, "LATENT"], [3, 4, 1, 6, 0, "CLIP"], [4, 6, 0, 12, 0, "*"],
    [5, 4, 1, 7, 0, "CLIP"], [6, 7, 0, 3, 2, "CONDITIONING"], [7, 3, 0, 8, 0, "LATENT"], [8, 4, 2, 8, 1, "VAE"],
    [9, 8, 0, 9, 0, "IMAGE"], [10, 12, 0, 3, 1, "CONDITIONING"], [11, 4, 0, 10, 0, "MODEL"],
    {"id": 12, "origin_id": 13, "origin_slot": 0, "target_id": 6, "target_slot": 1, "type": "STRING"}]
})";

TEST(ComfyUi, ReadsTheEditorsForm) {
  const Recipe recipe = read("", kWorkflow);
  EXPECT_EQ(recipe.prompt, "a lighthouse");
  EXPECT_EQ(recipe.negative_prompt, "text, watermark");
  EXPECT_EQ(recipe.seed, "156680208700286");
  EXPECT_EQ(recipe.steps, 20);
  EXPECT_EQ(recipe.cfg, 8);
  EXPECT_EQ(recipe.sampler, "euler");
  EXPECT_EQ(recipe.scheduler, "normal");
  EXPECT_EQ(recipe.model, "dreamshaper_8");
  EXPECT_TRUE(recipe.loras.empty());
  EXPECT_EQ(recipe.width, 512);
  EXPECT_EQ(recipe.height, 640);
}

TEST(ComfyUi, NamesValuesOfUnknownNodesByTheirInputs) {
  const Recipe recipe = read("", R"json({"nodes": [
    {"id": 1, "type": "KSampler (Efficient)", "inputs": [{"name": "positive", "link": 1},
      {"name": "seed", "link": null, "widget": {"name": "seed"}}, {"name": "steps", "widget": {"name": "steps"}},
      {"name": "cfg", "widget": {"name": "cfg"}}], "widgets_values": [42, "fixed", 9, 2.5]},
    {"id": 2, "type": "MyTextEncode", "inputs": [], "widgets_values": {"text": "by name"}}],
    "links": [[1, 2, 0, 1, 0, "CONDITIONING"]]
})json");
  EXPECT_EQ(recipe.seed, "42");
  EXPECT_EQ(recipe.steps, 9);
  EXPECT_EQ(recipe.cfg, 2.5);
  EXPECT_EQ(recipe.prompt, "by name");
}

TEST(ComfyUi, TheGraphThatRanComesFirst) {
  EXPECT_EQ(read(kDefault, kWorkflow).prompt, "a glass bottle, galaxy inside");
  EXPECT_EQ(read("{\"broken", kWorkflow).prompt, "a lighthouse");
}

}  // namespace
}  // namespace medialith::media
