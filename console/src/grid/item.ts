import type { Asset, AssetState, Generation, Trashed } from '../api/types';

export const generationPrefix = 'gen:';

/** One tile: an asset with the generation it comes from, or a generation that has no media. */
export interface Item {
  /** The asset's id; of a generation without media `gen:` and its id. */
  id: string;
  asset: Asset | null;
  /** A summary. Null: the file came without a recipe. */
  generation: Generation | null;
  /** The time by which its list is ordered: of the creation; in the trash, of the deletion. */
  at: string;
  /** When it goes for good; null outside of the trash. */
  purgeAt: string | null;
}

export function itemOfAsset(asset: Asset, generation: Generation | null): Item {
  return { id: asset.id, asset, generation, at: asset.createdAt, purgeAt: null };
}

export function itemOfGeneration(generation: Generation): Item {
  const id = generationPrefix + generation.id;
  return { id, asset: null, generation, at: generation.createdAt, purgeAt: null };
}

/** A generation in a list of generations: one tile for each of its files. */
export function itemsOfGeneration(generation: Generation): Item[] {
  if (generation.assets.length === 0) return [itemOfGeneration(generation)];
  return generation.assets.map((asset) => ({ ...itemOfAsset(asset, generation), at: generation.createdAt }));
}

export function itemsOfTrash({ asset, generation, deletedAt, purgeAt }: Trashed): Item[] {
  if (asset !== undefined) return [{ ...itemOfAsset(asset, null), at: deletedAt, purgeAt }];
  return generation === undefined ? [] : [{ ...itemOfGeneration(generation), at: deletedAt, purgeAt }];
}

/** What /v1/bulk knows it by. */
export function wireId(item: Item): string {
  return item.asset?.id ?? item.generation?.id ?? item.id;
}

/** What to call it in a sentence. */
export function nameOf({ asset, generation }: Pick<Item, 'asset' | 'generation'>): string {
  if (asset !== null) return asset.filename ?? asset.id;
  return generation?.prompt.slice(0, 60) || (generation?.id ?? '');
}

const stateWords: Record<Exclude<AssetState, 'ready'>, string> = {
  fetching: 'being fetched',
  device: 'on a device only',
  missing: 'bytes are missing',
  failed: 'failed',
};

/** Why there is nothing to see; null when there is. */
export function troubleOf({ asset, generation }: Item): string | null {
  if (asset !== null) return asset.state === 'ready' ? null : stateWords[asset.state];
  return generation?.status === 'failed' ? 'failed' : null;
}

export interface Hit {
  text: string;
  ranges: [number, number][];
}

/** The members of which a hit is shown, the most telling first. */
const ofGeneration = ['prompt', 'modelName', 'modelId', 'category', 'provider'] as const;

/** What a search found in it; null when the hit is in something that is not shown, such as another file's name. */
export function hitOf({ asset, generation }: Item): Hit | null {
  for (const member of ofGeneration) {
    const ranges = generation?.highlights?.[member];
    if (ranges?.length && generation) return { text: generation[member], ranges };
  }
  const ranges = asset?.highlights?.['filename'];
  return ranges?.length && asset?.filename ? { text: asset.filename, ranges } : null;
}
