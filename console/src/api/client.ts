import { errorOf, NoAnswerError } from './errors';
import { parseJson } from './json';
import type { Asset, Generation, Me, Page } from './types';

export const pageSize = 50;

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
  if (method === 'POST') headers['Idempotency-Key'] = newKey();
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

const idPath = (id: string) => encodeURIComponent(id);

export const api = {
  me: (signal?: AbortSignal) => request<Me>('v1/me', signal ? { signal } : {}),
  signIn: (email: string, password: string) =>
    request<Me>('v1/auth/login', { method: 'POST', json: { email, password } }),
  register: (email: string, password: string) =>
    request<Me>('v1/auth/register', { method: 'POST', json: { email, password } }),
  signInByToken: (token: string) => request<Me>('v1/auth/login', { method: 'POST', json: { token } }),
  setUp: (token: string, email: string, password: string) =>
    request<Me>('v1/auth/setup', { method: 'POST', json: { token, email, password } }),
  signOut: () => request<void>('v1/auth/logout', { method: 'POST' }),

  assets: (cursor: string | null, signal?: AbortSignal) => {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (cursor !== null) query.set('cursor', cursor);
    return request<Page<Asset>>(`v1/assets?${query}`, signal ? { signal } : {});
  },
  asset: (id: string, signal?: AbortSignal) => request<Asset>(`v1/assets/${idPath(id)}`, signal ? { signal } : {}),
  generation: (id: string, signal?: AbortSignal) =>
    request<Generation>(`v1/generations/${idPath(id)}`, signal ? { signal } : {}),
  deleteAsset: (id: string) => request<void>(`v1/assets/${idPath(id)}`, { method: 'DELETE' }),
  restoreAsset: (id: string) => request<Asset>(`v1/assets/${idPath(id)}/restore`, { method: 'POST' }),
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
