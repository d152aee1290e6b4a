import { expect, it } from 'vitest';
import type { Generation } from '../api/types';
import { fileFacts, parametersOf, recipeFacts, recipeLine, recipeText } from './facts';

const bare: Generation = {
  id: 'g',
  modelId: 'unknown',
  modelName: 'unknown',
  category: 'unknown',
  provider: 'unknown',
  prompt: '',
  recipe: null,
  inputParams: {},
  result: {},
  metadata: {},
  status: 'completed',
  cost: null,
  favorite: false,
  rating: null,
  tags: [],
  assets: [],
  version: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
};

const full: Generation = {
  ...bare,
  modelId: 'flux-dev',
  modelName: 'FLUX dev',
  provider: 'fal',
  prompt: 'a neon fox',
  recipe: {
    negativePrompt: 'blurry',
    seed: 18446744073709551615n,
    steps: 28,
    sampler: 'euler',
    cfg: 3.5,
    loras: [{ name: 'rain-v2', weight: 0.8 }, { name: 'grain' }],
  },
  cost: { amount: '0.025', currency: 'USD' },
};

it('lists how a picture was made', () => {
  expect(recipeFacts(full).map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'Model: FLUX dev',
    'Provider: fal',
    'Seed: 18446744073709551615',
    'Steps: 28',
    'Sampler: euler',
    'CFG: 3.5',
    'LoRA: rain-v2 · 0.8',
    'LoRA: grain',
    'Cost: $0.025',
  ]);
});

it('gives the whole recipe as text', () => {
  expect(recipeText(full).split('\n').slice(0, 5)).toEqual([
    'a neon fox',
    'Negative: blurry',
    'Model: FLUX dev',
    'Provider: fal',
    'Seed: 18446744073709551615',
  ]);
  expect(recipeText(bare)).toBe('');
});

it('makes nothing up', () => {
  expect(recipeFacts(bare)).toEqual([]);
  expect(recipeLine(bare)).toBeNull();
  expect(parametersOf(bare)).toBeNull();
});

it('keeps a seed and a strength of zero', () => {
  expect(recipeFacts({ ...bare, recipe: { seed: 0, steps: 0, cfg: 0 } }).map((fact) => fact.value)).toEqual([
    '0',
    '0',
    '0',
  ]);
});

it('says in one line what an uploaded file carried', () => {
  expect(recipeLine(full)).toEqual({ prompt: 'a neon fox', origin: 'seed 18446744073709551615 · FLUX dev' });
});

it('describes the file', () => {
  const facts = fileFacts({
    id: 'vid_1',
    kind: 'video',
    filename: 'a.mp4',
    contentType: 'video/mp4',
    size: 1_900_000,
    sha256: null,
    width: 1024,
    height: 1536,
    duration: 4.2,
    url: null,
    generationId: null,
    state: 'ready',
    createdAt: '',
  });
  expect(facts.map((fact) => fact.value)).toEqual(['1024 × 1536', '4 s', '1.9 MB', 'video/mp4']);
});

it('folds away only what holds something', () => {
  expect(Object.keys(parametersOf({ ...full, inputParams: { a: 1 } }) ?? {})).toEqual(['recipe', 'inputParams']);
});
