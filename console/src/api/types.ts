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
}

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
  version: number;
  createdAt: string;
}

/** What every refused request carries. */
export interface ErrorBody {
  error: string;
  code: string;
  requestId?: string;
  details?: Record<string, unknown>;
  fields?: { path: string; code: string; message: string }[];
}
