// What a picture says about how it was made.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compressedText, text, unicodeText } from '../lib/png.mjs';
import { png } from './fixtures.mjs';
import { Server } from './harness.mjs';

const server = new Server();
let client;
before(async () => ({ client } = await server.start()));
after(() => server.dispose());

const A1111 = 'a fox in the snow, <lora:winter:0.8>\nNegative prompt: blurry, low quality\nSteps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 18446744073709551615, Size: 512x768, Model: flux-dev';

/** Uploads and gives the generation that came of it. */
const generationOf = async (picture, query) => {
  const asset = await client.asset(picture, query);
  assert.notEqual(asset.generationId, null, 'no recipe was found');
  const answer = await client.get(`/v1/generations/${asset.generationId}`);
  assert.deepEqual(answer.json.assets, [asset]);
  return answer;
};

test('an A1111 picture brings its generation along', async () => {
  const { json, text: raw } = await generationOf(png(64, 96, [text('parameters', A1111)]), { filename: '00001.png' });
  assert.equal(json.prompt, 'a fox in the snow, <lora:winter:0.8>');
  assert.equal(json.modelId, 'flux-dev');
  assert.equal(json.modelName, 'flux-dev');
  assert.equal(json.category, 'image-generation');
  assert.equal(json.status, 'completed');
  assert.equal(json.version, 1);
  const { negativePrompt, steps, sampler, cfg, loras } = json.recipe;
  assert.deepEqual({ negativePrompt, steps, sampler, cfg, loras }, { negativePrompt: 'blurry, low quality', steps: 20, sampler: 'Euler a', cfg: 7.5, loras: [{ name: 'winter', weight: 0.8 }] });
  assert.ok(raw.includes('"seed":18446744073709551615'), 'every digit of the seed');
});

test('compressed and international text is read too', async () => {
  assert.equal((await generationOf(png(8, 8, [compressedText('parameters', A1111)]))).json.modelId, 'flux-dev');
  assert.equal((await generationOf(png(8, 8, [unicodeText('parameters', 'ein Füchslein 🦊\nSteps: 5, Seed: 7')]))).json.prompt, 'ein Füchslein 🦊');
});

const node = (class_type, inputs) => ({ class_type, inputs });
const GRAPH = {
  1: node('CheckpointLoaderSimple', { ckpt_name: 'models/dreamshaper_8.safetensors' }),
  2: node('CLIPTextEncode', { text: 'ugly, blurry', clip: ['1', 1] }), // the negative stands first
  3: node('CLIPTextEncode', { text: 'a castle at dawn', clip: ['1', 1] }),
  4: node('EmptyLatentImage', { width: 512, height: 512, batch_size: 1 }),
  5: node('KSampler', { seed: 42, steps: 25, cfg: 6.5, sampler_name: 'dpmpp_2m', scheduler: 'karras', denoise: 1, model: ['1', 0], positive: ['3', 0], negative: ['2', 0], latent_image: ['4', 0] }),
  6: node('VAEDecode', { samples: ['5', 0], vae: ['1', 2] }),
  7: node('SaveImage', { images: ['6', 0], filename_prefix: 'x' }),
};

test('a ComfyUI picture is walked from its sampler', async () => {
  const { json } = await generationOf(png(8, 8, [text('prompt', JSON.stringify(GRAPH))]));
  assert.equal(json.prompt, 'a castle at dawn');
  assert.equal(json.modelId, 'dreamshaper_8');
  const { negativePrompt, seed, steps, cfg, sampler } = json.recipe;
  assert.deepEqual({ negativePrompt, seed, steps, cfg, sampler }, { negativePrompt: 'ugly, blurry', seed: 42, steps: 25, cfg: 6.5, sampler: 'dpmpp_2m' });
});

test('ComfyUI: two samplers, and a text made by another node', async () => {
  const two = { ...GRAPH, 8: node('KSampler', { ...GRAPH[5].inputs, seed: 43, steps: 10, denoise: 0.5, latent_image: ['5', 0] }), 6: node('VAEDecode', { samples: ['8', 0], vae: ['1', 2] }) };
  assert.equal((await generationOf(png(8, 8, [text('prompt', JSON.stringify(two))]))).json.prompt, 'a castle at dawn');
  const made = { ...GRAPH, 3: node('CLIPTextEncode', { text: ['9', 0], clip: ['1', 1] }), 9: node('PrimitiveStringMultiline', { value: 'a text of another node' }) };
  assert.equal((await generationOf(png(8, 8, [text('prompt', JSON.stringify(made))]))).json.prompt, 'a text of another node');
});

test('a picture with a home makes no generation of its own', async () => {
  const home = await client.generation({ prompt: 'mine' });
  const before = (await client.all('/v1/generations')).length;
  const asset = await client.asset(png(8, 8, [text('parameters', A1111)]), { generationId: home.id });
  assert.equal(asset.generationId, home.id);
  assert.equal((await client.get(`/v1/generations/${home.id}`)).json.prompt, 'mine');
  assert.equal((await client.all('/v1/generations')).length, before);
});

test('a picture without a recipe makes none', async () => {
  for (const texts of [[], [text('Software', 'a camera')], [text('parameters', '')], [text('prompt', '{}')], [text('prompt', 'not json {')], [['zTXt', Buffer.from('parameters\0\0garbage')]]]) {
    assert.equal((await client.asset(png(8, 8, texts))).generationId, null);
  }
});

test('a retry and the same bytes make one generation', async () => {
  const picture = png(8, 8, [text('parameters', A1111)]);
  const first = await client.upload(picture, { key: 'recipe' });
  const before = (await client.all('/v1/generations')).length;
  assert.equal((await client.upload(picture, { key: 'recipe' })).json.generationId, first.json.generationId);
  assert.equal((await client.upload(picture)).json.generationId, first.json.generationId);
  assert.equal((await client.all('/v1/generations')).length, before);
});

test('whatever a file says, the generation fits its own description', async () => {
  // The client checks each answer against the schema.
  const long = 'x'.repeat(600);
  const rows = [
    `p\nSteps: -5, Sampler: ${long}, Model: ${long}, Seed: -1, CFG scale: -1e5`, `p\nSteps: 99999999999, CFG scale: 1e308, Seed: 00012, Model: a/b\\c.ckpt`,
    `${'ü'.repeat(100_000)}\nSteps: 20, Seed: 1`, `<lora:${long}:1>\nSteps: 1`, `p <lora:x:abc> <lora::1> <lora:y>\nSteps: 1`, 'p\nNegative prompt: \nSteps: 1, Size: 0x0, Seed: abc, Foo Bar: "a, b"',
    `p\nSteps: 1000001, Sampler: , Model: `,
  ];
  for (const parameters of rows) {
    const asset = await client.asset(png(8, 8, [unicodeText('parameters', parameters)]));
    if (asset.generationId === null) continue;
    const { json } = await client.get(`/v1/generations/${asset.generationId}`);
    // And what came from a file can be sent as a whole again.
    const { id, createdAt, updatedAt, deletedAt, assets, version, ...members } = json;
    const answer = await client.put(`/v1/generations/${id}`, members);
    assert.equal(answer.status, 200, `${parameters.slice(0, 60)}: ${answer.text.slice(0, 500)}`);
  }
  const prompts = (await client.all('/v1/generations?view=full')).map(({ prompt }) => prompt.length);
  assert.equal(Math.max(...prompts), 32_768, 'the long prompt is there, cut at 64 KiB');
});
