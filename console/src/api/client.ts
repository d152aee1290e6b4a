import { errorOf, NoAnswerError } from './errors';
import { parseJson } from './json';
import type { Asset, BulkOperation, Facets, FacetValue, Generation, GenerationPatch, Me, Page, Trashed, Usage } from './types';

/** As many as one answer holds. */
export const pageSize = 100;

/** Paths are relative to the page, so that a base path or a proxy prefix needs no setting here. */
export function apiUrl(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** 128 random bits. crypto.randomUUID exists on secure origins only, and http://192.168.… is none. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface RequestOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  json?: unknown;
  signal?: AbortSignal;
}

async function request<T>(path: string, { method = 'GET', json, signal }: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['Idempotency-Key'] = newKey();
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  let text: string;
  try {
    response = await fetch(apiUrl(path), {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal === undefined ? {} : { signal }),
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new NoAnswerError('The server does not answer.', { cause });
  }
  if (!response.ok) throw errorOf(response.status, text, response.headers.get('Retry-After'));
  return (text === '' ? undefined : parseJson(text)) as T;
}

const get = <T>(path: string, signal?: AbortSignal) => request<T>(path, signal ? { signal } : {});
const idPath = (id: string) => encodeURIComponent(id);

/** `ids`: generations and assets, at most 1 000; or a filter of generations, as their list has it. */
export interface BulkInput {
  action: 'trash' | 'restore' | 'purge' | 'update';
  ids?: readonly string[];
  filter?: Record<string, string | boolean | string[]>;
  set?: GenerationPatch;
}

export const api = {
  me: (signal?: AbortSignal) => get<Me>('v1/me', signal),
  signIn: (email: string, password: string) =>
    request<Me>('v1/auth/login', { method: 'POST', json: { email, password } }),
  register: (email: string, password: string) =>
    request<Me>('v1/auth/register', { method: 'POST', json: { email, password } }),
  signInByToken: (token: string) => request<Me>('v1/auth/login', { method: 'POST', json: { token } }),
  setUp: (token: string, email: string, password: string) =>
    request<Me>('v1/auth/setup', { method: 'POST', json: { token, email, password } }),
  signOut: () => request<void>('v1/auth/logout', { method: 'POST' }),

  assets: (query: URLSearchParams, signal?: AbortSignal) => get<Page<Asset>>(`v1/assets?${query}`, signal),
  asset: (id: string, signal?: AbortSignal) => get<Asset>(`v1/assets/${idPath(id)}`, signal),
  generations: (query: URLSearchParams, signal?: AbortSignal) =>
    get<Page<Generation>>(`v1/generations?${query}`, signal),
  generation: (id: string, signal?: AbortSignal) => get<Generation>(`v1/generations/${idPath(id)}`, signal),
  facets: (query: URLSearchParams, signal?: AbortSignal) => get<Facets>(`v1/facets?${query}`, signal),
  tags: (signal?: AbortSignal) => get<Page<FacetValue>>('v1/tags', signal),
  usage: (signal?: AbortSignal) => get<Usage>('v1/usage', signal),
  trash: (query: URLSearchParams, signal?: AbortSignal) => get<Page<Trashed>>(`v1/trash?${query}`, signal),

  bulk: (input: BulkInput) => request<BulkOperation>('v1/bulk', { method: 'POST', json: input }),
  bulkOperation: (id: string) => get<BulkOperation>(`v1/bulk/${idPath(id)}`),
  undoBulk: (id: string) => request<BulkOperation>(`v1/bulk/${idPath(id)}/undo`, { method: 'POST' }),
  emptyTrash: () => request<BulkOperation>('v1/trash', { method: 'DELETE' }),
};

/**
 * Where the bytes of an asset are, null while there are none. Not its `url`: that names the public address, which the
 * page's content security policy refuses when the page itself was opened under another one.
 */
export function contentUrl(asset: Asset): string | null {
  return asset.state === 'ready' ? apiUrl(`v1/assets/${idPath(asset.id)}/content`) : null;
}

export function downloadUrl(asset: Asset): string {
  return apiUrl(`v1/assets/${idPath(asset.id)}/content?download=1`);
}

export function uploadUrl(filename: string): string {
  return apiUrl(`v1/uploads?filename=${encodeURIComponent(filename)}`);
}
