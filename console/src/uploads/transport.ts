import { errorOf, NoAnswerError } from '../api/errors';
import { parseJson } from '../api/json';
import type { UploadedAsset } from '../api/types';
import { uploadUrl } from '../api/client';

export interface SendListener {
  /** Bytes handed to the network so far; never falls. */
  progress(sent: number): void;
  /** The last byte is out; the server is now making it durable. */
  sent(): void;
}

/** One running upload. `answer` rejects with ApiError or NoAnswerError. */
export interface Sending {
  answer: Promise<UploadedAsset>;
  abort(): void;
}

export type Transport = (file: File, idempotencyKey: string, listener: SendListener) => Sending;

const stalledAfterMs = 60_000;

/** XMLHttpRequest, because fetch reports no progress of what it sends. */
export function xhrTransport(
  makeRequest: () => XMLHttpRequest = () => new XMLHttpRequest(),
  urlOf: (filename: string) => string = uploadUrl,
): Transport {
  return (file, idempotencyKey, listener) => {
    const xhr = makeRequest();
    const answer = new Promise<UploadedAsset>((resolve, reject) => {
      let stalled: ReturnType<typeof setTimeout> | undefined;
      let why = 'The connection broke before the server answered, or the file can no longer be read.';
      const watch = () => {
        clearTimeout(stalled);
        stalled = setTimeout(() => {
          why = 'No byte moved for a minute.';
          xhr.abort();
        }, stalledAfterMs);
      };
      const fail = () => {
        clearTimeout(stalled);
        reject(new NoAnswerError(why));
      };
      let highest = 0;
      xhr.upload.onprogress = (event) => {
        watch();
        highest = Math.max(highest, event.loaded);
        listener.progress(highest);
      };
      xhr.upload.onload = () => {
        // From here on the server works, and a large file may rightly take long to reach the disk.
        clearTimeout(stalled);
        listener.sent();
      };
      xhr.onerror = fail;
      xhr.onabort = fail;
      xhr.onload = () => {
        clearTimeout(stalled);
        settle(xhr, resolve, reject);
      };
      xhr.open('POST', urlOf(file.name));
      xhr.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
      xhr.setRequestHeader('Accept', 'application/json');
      xhr.setRequestHeader('Idempotency-Key', idempotencyKey);
      watch();
      xhr.send(file);
    });
    return { answer, abort: () => xhr.abort() };
  };
}

function settle(xhr: XMLHttpRequest, resolve: (asset: UploadedAsset) => void, reject: (error: Error) => void): void {
  if (xhr.status !== 200 && xhr.status !== 201) {
    reject(errorOf(xhr.status, xhr.responseText, xhr.getResponseHeader('Retry-After')));
    return;
  }
  try {
    resolve(parseJson(xhr.responseText) as UploadedAsset);
  } catch (cause) {
    reject(new NoAnswerError('The answer arrived cut short.', { cause }));
  }
}
