import type { Json } from './json';

/** GET /v1/me. What a newer server adds is ignored. */
export interface Me {
  id: string;
  kind: string;
  email: string | null;
  name: string | null;
  admin: boolean;
  profile: 'single' | 'accounts';
}

export type AssetKind = 'image' | 'video' | 'audio' | 'file';
export type AssetState = 'ready' | 'fetching' | 'device' | 'missing' | 'failed';

/** One stored media file. `duration` is in seconds, `size` in bytes, times are ISO 8601. */
export interface Asset {
  id: string;
  kind: AssetKind;
  filename: string | null;
  contentType: string;
  size: number | null;
  sha256: string | null;
  width: number | null;
  height: number | null;
  duration: number | null;
  url: string | null;
  generationId: string | null;
  state: AssetState;
  createdAt: string;
  /** Of a search. */
  highlights?: Highlights;
}

/** Where a search hit, by member, as [begin, end] pairs for `slice`. */
export type Highlights = Record<string, [number, number][]>;

export interface UploadedAsset extends Asset {
  duplicate?: boolean;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Lora {
  name: string;
  weight?: number | null;
}

export interface Recipe {
  negativePrompt?: string | null;
  seed?: number | bigint | string | null;
  steps?: number | null;
  sampler?: string | null;
  cfg?: number | null;
  loras?: Lora[] | null;
  [other: string]: unknown;
}

/** One act of a model. */
export interface Generation {
  id: string;
  modelId: string;
  modelName: string;
  category: string;
  provider: string;
  prompt: string;
  recipe: Recipe | null;
  inputParams: Json;
  result: Json;
  metadata: Json;
  status: 'pending' | 'processing' | 'completed' | 'failed';
  error?: Json;
  cost: { amount: string; currency: string } | null;
  favorite: boolean;
  rating: number | null;
  tags: string[];
  /** A summary holds only the beginning of the prompt. */
  promptTruncated?: boolean;
  assets: Asset[];
  version: number;
  createdAt: string;
  /** Of a search. */
  highlights?: Highlights;
}

/** What lies in the trash: one of the two, and when it goes for good. */
export interface Trashed {
  kind: 'generation' | 'asset';
  deletedAt: string;
  purgeAt: string;
  generation?: Generation;
  asset?: Asset;
}

export interface FacetValue {
  value: string;
  count: number;
}

export type FacetName = 'type' | 'model' | 'lora' | 'sampler' | 'provider' | 'category' | 'tag' | 'status' | 'favorite';

/** How many generations (by `type`: assets) have what, each as if its own filter were not there. */
export interface Facets {
  facets: Record<FacetName, FacetValue[]>;
  /** Counted over the newest 1 000 matches of a search, and there are more. */
  approximate: boolean;
}

/** GET /v1/usage, in bytes. */
export interface Usage {
  estimatedSize: number;
  /** What is kept and what is free beside it; null where that is not the user's to know. */
  maxSize: number | null;
}

export interface BulkOperation {
  operation: string;
  state: 'running' | 'completed';
  matched: number;
  changed: number;
}

/** The members of a generation that this page changes. */
export type GenerationPatch = Partial<Pick<Generation, 'favorite' | 'rating' | 'tags'>>;

/** What every refused request carries. */
export interface ErrorBody {
  error: string;
  code: string;
  requestId?: string;
  details?: Record<string, unknown>;
  fields?: { path: string; code: string; message: string }[];
}
