import type { Json } from '../api/json';
import type { Asset, Generation, Recipe } from '../api/types';
import { formatBytes, formatDuration } from '../ui/format';

/** One line of the inspector; `copy` offers the value to the clipboard. */
export interface Fact {
  name: string;
  value: string;
  copy?: boolean;
}

const known = (value: string | null | undefined): value is string =>
  value !== null && value !== undefined && value !== '' && value !== 'unknown';

/** How the picture was made. Members that are not known have no line: nothing is made up. */
export function recipeFacts(generation: Generation): Fact[] {
  const recipe: Recipe = generation.recipe ?? {};
  const facts: Fact[] = [];
  const model = known(generation.modelName) ? generation.modelName : generation.modelId;
  if (known(model)) facts.push({ name: 'Model', value: model });
  if (known(generation.provider)) facts.push({ name: 'Provider', value: generation.provider });
  if (recipe.seed !== null && recipe.seed !== undefined) {
    facts.push({ name: 'Seed', value: String(recipe.seed), copy: true });
  }
  if (recipe.steps !== null && recipe.steps !== undefined) facts.push({ name: 'Steps', value: String(recipe.steps) });
  if (known(recipe.sampler)) facts.push({ name: 'Sampler', value: recipe.sampler });
  if (recipe.cfg !== null && recipe.cfg !== undefined) facts.push({ name: 'CFG', value: String(recipe.cfg) });
  for (const lora of recipe.loras ?? []) {
    const weight = lora.weight === null || lora.weight === undefined ? '' : ` · ${lora.weight}`;
    facts.push({ name: 'LoRA', value: lora.name + weight });
  }
  if (generation.cost !== null) facts.push({ name: 'Cost', value: formatCost(generation.cost) });
  return facts;
}

/** The whole recipe as text, one line for each thing, for a chat or another tool. */
export function recipeText(generation: Generation): string {
  const lines = generation.prompt === '' ? [] : [generation.prompt];
  const negative = generation.recipe?.negativePrompt;
  if (known(negative)) lines.push(`Negative: ${negative}`);
  return [...lines, ...recipeFacts(generation).map(({ name, value }) => `${name}: ${value}`)].join('\n');
}

/** What is stored. */
export function fileFacts(asset: Asset): Fact[] {
  const facts: Fact[] = [];
  if (asset.width !== null && asset.height !== null) {
    facts.push({ name: 'Size', value: `${asset.width} × ${asset.height}` });
  }
  if (asset.duration !== null) facts.push({ name: 'Length', value: formatDuration(asset.duration) });
  if (asset.size !== null) facts.push({ name: 'File size', value: formatBytes(asset.size) });
  facts.push({ name: 'Type', value: asset.contentType });
  return facts;
}

export function formatCost({ amount, currency }: { amount: string; currency: string }): string {
  return currency === 'USD' ? `$${amount}` : `${amount} ${currency}`;
}

/** What an upload row says of a file's recipe: the prompt may be cut, seed and model stay whole. */
export function recipeLine(generation: Generation): { prompt: string; origin: string } | null {
  const origin: string[] = [];
  const seed = generation.recipe?.seed;
  if (seed !== null && seed !== undefined) origin.push(`seed ${seed}`);
  if (known(generation.modelName)) origin.push(generation.modelName);
  if (generation.prompt === '' && origin.length === 0) return null;
  return { prompt: generation.prompt, origin: origin.join(' · ') };
}

function isEmpty(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Everything else that came with the generation, for the folded JSON. Empty members are left out. */
export function parametersOf(generation: Generation): { [key: string]: Json } | null {
  const recipe = generation.recipe as Json;
  const all = { recipe, inputParams: generation.inputParams, result: generation.result, metadata: generation.metadata };
  const filled = Object.entries(all).filter(([, value]) => !isEmpty(value));
  return filled.length === 0 ? null : Object.fromEntries(filled);
}
