import { bulk } from '../api/bulk';
import type { UploadedAsset } from '../api/types';
import { uploads } from '../uploads/uploads';
import { paintPng } from './paint';
import { withText } from './png_text';
import { recipeChunk, sampleRecipes } from './recipes';
import { sampleTag } from './tag';

const seeds = [884213, 3141592, 42500017, 1999063];

/**
 * Paints two dozen pictures and uploads them as any other file. Resolves when each has been kept or refused, and those
 * that were kept are tagged, by which they are found again and removed.
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
  const generations = (await kept(files)).flatMap(({ generationId }) => (generationId === null ? [] : [generationId]));
  if (generations.length > 0) await bulk({ action: 'update', set: { tags: [sampleTag] } }, generations);
}

/** Uploads the files; resolves with the assets of those that were kept, when nothing more is to be expected. */
function kept(files: readonly File[]): Promise<UploadedAsset[]> {
  return new Promise((resolve) => {
    const names = new Set(files.map((file) => file.name));
    const look = () => {
      const states = uploads.rows().filter((row) => names.has(row.name)).map((row) => row.state);
      if (states.some(({ kind }) => ['waiting', 'sending', 'keeping', 'paused'].includes(kind))) return;
      stop();
      resolve(states.flatMap((state) => (state.kind === 'kept' || state.kind === 'duplicate' ? [state.asset] : [])));
    };
    const stop = uploads.subscribe(look);
    uploads.add(files);
  });
}
