import { bulk } from '../api/bulk';
import { api, pageSize } from '../api/client';
import type { UploadedAsset } from '../api/types';
import { itemOfGeneration } from '../grid/item';
import { groupsOf } from '../library/changes';
import type { UploadQueue } from '../uploads/queue';
import { uploads } from '../uploads/uploads';
import { paintPng } from './paint';
import { withText } from './png_text';
import { recipeChunk, sampleRecipes } from './recipes';
import { sampleTag } from './tag';

const seeds = [884213, 3141592, 42500017, 1999063];

/**
 * Paints two dozen pictures and uploads them as any other file. Resolves when each has been kept or refused, and those
 * that were kept are tagged, by which they are found again and removed. Rejects where not all of this was done.
 */
export async function loadSamples(): Promise<void> {
  const files: File[] = [];
  // One seed after the other, so that pictures of one recipe do not stand side by side.
  for (const seed of seeds) {
    for (const recipe of sampleRecipes) {
      const [keyword, text] = recipeChunk(recipe, seed);
      const png = await paintPng(recipe.scene, recipe.width, recipe.height, seed);
      files.push(new File([withText(png, keyword, text)], `sample-${recipe.name}-${seed}.png`, { type: 'image/png' }));
    }
  }
  const assets = await kept(uploads, files);
  await tag(assets.flatMap(({ generationId }) => (generationId === null ? [] : [generationId])));
  const lost = files.length - assets.length;
  if (lost > 0) throw new Error(`${lost} of ${files.length} were not kept; their rows say why.`);
}

/** Bytes that were here before may have tags of their own, and keep them. */
async function tag(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const query = new URLSearchParams({ limit: String(pageSize) });
  for (const id of ids) query.append('generation', id);
  const { items } = await api.generations(query);
  const untagged = items.filter(({ tags }) => !tags.includes(sampleTag)).map(itemOfGeneration);
  for (const group of groupsOf(untagged, ({ generation }) => ({ tags: [...(generation?.tags ?? []), sampleTag] }))) {
    const done = await bulk({ action: 'update', set: group.set }, group.ids);
    if (done.error !== null) throw done.error;
  }
}

/** Uploads the files; resolves with the assets of those that were kept, when nothing more is to be expected. */
export function kept(queue: UploadQueue, files: readonly File[]): Promise<UploadedAsset[]> {
  return new Promise((resolve) => {
    // By row: a file of this name may have been sent before.
    const ids = new Set(queue.add(files));
    // A row that is cleared as soon as it is kept is gone when the next one ends.
    const assets = new Map<number, UploadedAsset>();
    const look = () => {
      const rows = queue.rows().filter((row) => ids.has(row.id));
      for (const { id, state } of rows) {
        if (state.kind === 'kept' || state.kind === 'duplicate') assets.set(id, state.asset);
      }
      if (rows.some(({ state }) => ['waiting', 'sending', 'keeping', 'paused'].includes(state.kind))) return;
      stop();
      resolve([...assets.values()]);
    };
    const stop = queue.subscribe(look);
    look();
  });
}
