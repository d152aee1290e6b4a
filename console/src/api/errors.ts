import { parseJson } from './json';
import type { ErrorBody } from './types';

/** The server answered, and its answer was no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    readonly details: Record<string, unknown> = {},
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** No answer came: the server is down, the network is cut, or the answer was lost on its way. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Retry-After as seconds; the server sends the number form only. */
export function retryAfterSeconds(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) : null;
}

/** Makes an ApiError of any refusal; one that is not ours (a proxy's HTML page) is named by its status. */
export function errorOf(status: number, text: string, retryAfter: string | null): ApiError {
  const seconds = retryAfterSeconds(retryAfter);
  try {
    const body = parseJson(text) as Partial<ErrorBody> | null;
    if (body !== null && typeof body === 'object' && typeof body.error === 'string') {
      // One field alone stands in the sentence itself.
      const fields = (body.fields ?? []).map((field) => `${field.path}: ${field.message}`);
      const message = [body.error, ...(fields.length > 1 ? fields : [])].join(' ');
      return new ApiError(status, body.code ?? '', message, body.requestId ?? null, body.details ?? {}, seconds);
    }
  } catch {
    // Not JSON: fall through to the general sentence.
  }
  return new ApiError(status, '', `The server answered with status ${status}.`, null, {}, seconds);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
