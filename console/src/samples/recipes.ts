import type { Scene } from './paint';
import { city, dunes, forest, moonlight, petals, planet } from './scenes';

export interface SampleRecipe {
  scene: Scene;
  name: string;
  prompt: string;
  negative: string;
  model: string;
  sampler: string;
  steps: number;
  cfg: number;
  width: number;
  height: number;
  /** Which program's text the file carries. */
  dialect: 'a1111' | 'comfyui';
}

const plain = { negative: 'blurry, text, watermark', sampler: 'Euler a', steps: 28, cfg: 6.5 };

/** Each is painted with several seeds. The pictures are ours; the prompts say what a model would have been asked. */
export const sampleRecipes: SampleRecipe[] = [
  {
    ...plain,
    scene: dunes,
    name: 'dunes',
    prompt: 'dunes at dusk, low sun, haze, 85 mm',
    model: 'sample-landscape',
    width: 600,
    height: 400,
    dialect: 'a1111',
  },
  {
    ...plain,
    scene: moonlight,
    name: 'moonlight',
    prompt: 'full moon over a calm sea, long exposure, deep blue',
    model: 'sample-landscape',
    width: 400,
    height: 600,
    dialect: 'a1111',
  },
  {
    ...plain,
    scene: forest,
    name: 'forest',
    prompt: 'beech forest in morning mist, soft light from above',
    model: 'sample-landscape',
    width: 448,
    height: 560,
    dialect: 'a1111',
  },
  {
    ...plain,
    scene: planet,
    name: 'planet',
    prompt: 'a ringed planet among stars, nebula, cinematic',
    model: 'sample-space',
    sampler: 'euler',
    steps: 20,
    width: 512,
    height: 512,
    dialect: 'comfyui',
  },
  {
    ...plain,
    scene: city,
    name: 'city',
    prompt: 'neon city at night, wet street, reflections, 35 mm',
    model: 'sample-space',
    sampler: 'dpmpp_2m',
    steps: 24,
    width: 640,
    height: 400,
    dialect: 'comfyui',
  },
  {
    ...plain,
    scene: petals,
    name: 'petals',
    prompt: 'garden flowers from above, macro, dark background',
    model: 'sample-macro',
    cfg: 5,
    width: 480,
    height: 480,
    dialect: 'a1111',
  },
];

/** The text chunk that a picture of this recipe and seed carries: its keyword and its text. */
export function recipeChunk(recipe: SampleRecipe, seed: number): [string, string] {
  return recipe.dialect === 'a1111' ? ['parameters', a1111(recipe, seed)] : ['prompt', comfyUi(recipe, seed)];
}

function a1111({ prompt, negative, steps, sampler, cfg, model, width, height }: SampleRecipe, seed: number): string {
  const settings = `Steps: ${steps}, Sampler: ${sampler}, CFG scale: ${cfg}, Seed: ${seed}, Size: ${width}x${height}, Model: ${model}`;
  return `${prompt}\nNegative prompt: ${negative}\n${settings}`;
}

/** The smallest graph that ComfyUI would run. */
function comfyUi({ prompt, negative, steps, sampler, cfg, model, width, height }: SampleRecipe, seed: number): string {
  const node = (type: string, inputs: object) => ({ class_type: type, inputs });
  return JSON.stringify({
    1: node('CheckpointLoaderSimple', { ckpt_name: `${model}.safetensors` }),
    2: node('CLIPTextEncode', { text: prompt, clip: ['1', 1] }),
    3: node('CLIPTextEncode', { text: negative, clip: ['1', 1] }),
    4: node('EmptyLatentImage', { width, height, batch_size: 1 }),
    5: node('KSampler', {
      seed,
      steps,
      cfg,
      sampler_name: sampler,
      scheduler: 'normal',
      denoise: 1,
      model: ['1', 0],
      positive: ['2', 0],
      negative: ['3', 0],
      latent_image: ['4', 0],
    }),
    6: node('VAEDecode', { samples: ['5', 0], vae: ['1', 2] }),
    7: node('SaveImage', { filename_prefix: 'sample', images: ['6', 0] }),
  });
}
