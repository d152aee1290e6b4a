import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { UploadedAsset } from '../api/types';
import { FakeXhr } from './fake_xhr';
import { summarise, UploadQueue, type UploadState } from './queue';
import { xhrTransport } from './transport';

let requests: FakeXhr[];
let clock: number;
let timers: { run: () => void; ms: number }[];
let stored: string[];
let signedOut: number;
let queue: UploadQueue;

beforeEach(() => {
  requests = [];
  clock = 1000;
  timers = [];
  stored = [];
  signedOut = 0;
  let key = 0;
  queue = new UploadQueue({
    transport: xhrTransport(
      () => {
        const xhr = new FakeXhr();
        requests.push(xhr);
        return xhr as unknown as XMLHttpRequest;
      },
      (name) => `/v1/uploads?filename=${encodeURIComponent(name)}`,
    ),
    newKey: () => `key-${++key}`,
    now: () => clock,
    later: (run, ms) => timers.push({ run, ms }),
    onUnauthenticated: () => signedOut++,
  });
  queue.onStored((asset) => stored.push(asset.id));
});

const png = (name: string, size = 100) => new File([new Uint8Array(size)], name, { type: 'image/png' });
const asset = (id: string, more: Partial<UploadedAsset> = {}) => ({ id, kind: 'image', state: 'ready', ...more });
const states = () => queue.rows().map((row) => row.state.kind);
const state = <K extends UploadState['kind']>(index: number, kind: K) => {
  const found = queue.rows()[index]?.state;
  expect(found?.kind).toBe(kind);
  return found as Extract<UploadState, { kind: K }>;
};
const request = (index: number) => requests[index] as FakeXhr;
/** Lets the promise of an answer reach the queue. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a row', () => {
  it('is sent as the raw body with type, name and key', () => {
    queue.add([png('fox & rain.png')]);
    const xhr = request(0);
    expect([xhr.method, xhr.url]).toEqual(['POST', '/v1/uploads?filename=fox%20%26%20rain.png']);
    expect(xhr.headers).toMatchObject({ 'Content-Type': 'image/png', 'Idempotency-Key': 'key-1' });
    expect(xhr.body?.name).toBe('fox & rain.png');
  });

  it('goes from bar to kept, and counts from the last byte to the answer', async () => {
    queue.add([png('a.png')]);
    request(0).progress(40);
    expect(state(0, 'sending').sent).toBe(40);
    request(0).progress(30);
    expect(state(0, 'sending').sent).toBe(40);
    clock = 5000;
    request(0).sent();
    expect(states()).toEqual(['keeping']);
    clock = 5038;
    request(0).answer(201, asset('img_1'));
    await settle();
    expect(state(0, 'kept').ms).toBe(38);
    expect(stored).toEqual(['img_1']);
  });

  it('says when the bytes are here already', async () => {
    queue.add([png('a.png')]);
    request(0).answer(200, asset('img_1', { duplicate: true }));
    await settle();
    expect(state(0, 'duplicate').asset.id).toBe('img_1');
    expect(stored).toEqual(['img_1']);
  });

  it('gives the reason of a refusal and can be sent again with the same key', async () => {
    queue.add([png('a.png')]);
    request(0).answer(413, { error: 'The file is larger than 50 MB.', code: 'FILE_TOO_LARGE', requestId: 'r-9' });
    await settle();
    expect(state(0, 'refused')).toMatchObject({ reason: 'The file is larger than 50 MB.', requestId: 'r-9' });
    queue.retry(1);
    expect(request(1).headers['Idempotency-Key']).toBe('key-1');
    request(1).answer(201, asset('img_1'));
    await settle();
    expect(states()).toEqual(['kept']);
  });

  it('is broken, not lost, when no answer comes, and goes on when the server is back', async () => {
    queue.add([png('a.png')]);
    request(0).onerror?.();
    await settle();
    expect(state(0, 'broken').reason).toContain('connection broke');
    queue.retryBroken();
    expect(states()).toEqual(['sending']);
    expect(request(1).headers['Idempotency-Key']).toBe('key-1');
  });

  it('does not take half an answer for a success', async () => {
    queue.add([png('a.png')]);
    request(0).answer(201, '{"id":"img_');
    await settle();
    expect(states()).toEqual(['broken']);
    expect(stored).toEqual([]);
  });

  it('waits as long as the server asks, and longer each time when it does not say', async () => {
    queue.add([png('a.png')]);
    request(0).answer(429, { error: 'Slow down.', code: 'RATE_LIMITED' }, { 'Retry-After': '7' });
    await settle();
    expect(state(0, 'paused')).toMatchObject({ reason: 'Slow down.', seconds: 7 });
    expect(timers[0]?.ms).toBe(7000);
    timers[0]?.run();
    expect(states()).toEqual(['sending']);
    for (const [attempt, seconds] of [[1, 2], [2, 4], [3, 8]] as const) {
      request(attempt).answer(503, { error: 'Busy.', code: 'OVERLOADED' });
      await settle();
      expect(state(0, 'paused').seconds).toBe(seconds);
      timers[attempt]?.run();
    }
  });

  it('asks for a sign-in when the login has ended', async () => {
    queue.add([png('a.png')]);
    request(0).answer(401, { error: 'Sign in first.', code: 'UNAUTHENTICATED' });
    await settle();
    expect(states()).toEqual(['refused']);
    expect(signedOut).toBe(1);
  });

  it('gives up after a minute without a byte, but not while the server writes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      queue.add([png('a.png'), png('b.png')]);
      request(1).sent();
      vi.advanceTimersByTime(59_000);
      request(0).progress(10);
      vi.advanceTimersByTime(59_000);
      expect(states()).toEqual(['sending', 'keeping']);
      vi.advanceTimersByTime(1_000);
      await settle();
      expect(state(0, 'broken').reason).toBe('No byte moved for a minute.');
      vi.advanceTimersByTime(600_000);
      expect(states()).toEqual(['broken', 'keeping']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the queue', () => {
  it('sends three at once, in order', async () => {
    queue.add(['1', '2', '3', '4', '5'].map((name) => png(name)));
    expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting', 'waiting']);
    request(1).answer(201, asset('img_2'));
    await settle();
    expect(states()).toEqual(['sending', 'kept', 'sending', 'sending', 'waiting']);
    expect(request(3).body?.name).toBe('4');
  });

  it('lets the next one go while a row waits for the server', async () => {
    queue.add(['1', '2', '3', '4'].map((name) => png(name)));
    request(0).answer(429, { error: 'Slow down.', code: 'RATE_LIMITED' });
    await settle();
    expect(states()).toEqual(['paused', 'sending', 'sending', 'sending']);
  });

  it('stops what is removed and ignores its late answer', async () => {
    queue.add(['1', '2', '3', '4'].map((name) => png(name)));
    const abort = vi.spyOn(request(0), 'abort');
    queue.remove(1);
    expect(abort).toHaveBeenCalledOnce();
    request(0).answer(201, asset('img_1'));
    await settle();
    expect(states()).toEqual(['sending', 'sending', 'sending']);
    expect(stored).toEqual([]);
  });

  it('never clears an error', async () => {
    queue.add(['1', '2', '3'].map((name) => png(name)));
    request(0).answer(201, asset('img_1'));
    request(1).answer(415, { error: 'Not this type.', code: 'UNSUPPORTED_MEDIA_TYPE' });
    request(2).onerror?.();
    await settle();
    queue.clearStored();
    expect(states()).toEqual(['refused', 'broken']);
  });

  it('gives a new snapshot on every change and the same one between', () => {
    const seen: unknown[] = [];
    queue.subscribe(() => seen.push(queue.rows()));
    queue.add([png('a.png')]);
    request(0).progress(1);
    expect(new Set(seen).size).toBe(seen.length);
    expect(queue.rows()).toBe(queue.rows());
  });
});

describe('summarise', () => {
  it('counts rows and weighs progress by bytes', async () => {
    queue.add([png('1', 100), png('2', 300), png('3', 400), png('4', 200)]);
    request(0).answer(201, asset('img_1'));
    request(1).progress(150);
    request(2).answer(415, { error: 'Not this type.', code: 'UNSUPPORTED_MEDIA_TYPE' });
    await settle();
    expect(summarise(queue.rows())).toEqual({ total: 4, underWay: 2, stored: 1, failed: 1, progress: 0.65 });
  });

  it('never exceeds one, also when headers are counted as bytes sent', () => {
    queue.add([png('1', 100)]);
    request(0).progress(250);
    expect(summarise(queue.rows()).progress).toBe(1);
  });
});
