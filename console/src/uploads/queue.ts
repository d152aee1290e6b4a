import { ApiError, messageOf } from '../api/errors';
import type { UploadedAsset } from '../api/types';
import type { Sending, Transport } from './transport';

export type UploadState =
  | { kind: 'waiting' }
  | { kind: 'sending'; sent: number }
  /** Every byte is out; the acknowledgement is not here yet. */
  | { kind: 'keeping' }
  /** The server asked for patience, and the row goes on by itself. */
  | { kind: 'paused'; reason: string; seconds: number }
  | { kind: 'kept'; asset: UploadedAsset; ms: number }
  | { kind: 'duplicate'; asset: UploadedAsset }
  /** The server said no. */
  | { kind: 'refused'; reason: string; requestId: string | null }
  /** No answer came; whether the bytes are kept is not known, and a retry with the same key cannot double them. */
  | { kind: 'broken'; reason: string };

export interface UploadRow {
  id: number;
  name: string;
  size: number;
  state: UploadState;
}

export interface QueueOptions {
  transport: Transport;
  newKey: () => string;
  now?: () => number;
  later?: (callback: () => void, ms: number) => void;
  onUnauthenticated?: () => void;
}

export const maxActiveUploads = 3;

const patienceCodes = new Set(['RATE_LIMITED', 'OVERLOADED', 'UNAVAILABLE', 'IDEMPOTENCY_IN_FLIGHT', 'OUTCOME_UNKNOWN']);
const longestBackoffSeconds = 30;

interface Entry {
  row: UploadRow;
  file: File;
  /** The same for every attempt of this row: the server then answers a repeated upload with the first result. */
  key: string;
  attempts: number;
  sending: Sending | null;
}

/** Sends files, three at a time, and remembers what became of each. Framework-free: subscribe and snapshot. */
export class UploadQueue {
  private entries: Entry[] = [];
  private snapshot: readonly UploadRow[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly storedListeners = new Set<(asset: UploadedAsset) => void>();
  private readonly now: () => number;
  private readonly later: (callback: () => void, ms: number) => void;
  private nextId = 1;

  constructor(private readonly options: QueueOptions) {
    this.now = options.now ?? (() => performance.now());
    this.later = options.later ?? ((callback, ms) => void setTimeout(callback, ms));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Called once for each acknowledged file, known bytes included. */
  onStored(listener: (asset: UploadedAsset) => void): () => void {
    this.storedListeners.add(listener);
    return () => this.storedListeners.delete(listener);
  }

  rows = (): readonly UploadRow[] => this.snapshot;

  /** Returns the ids of the new rows. */
  add(files: readonly File[]): number[] {
    const added = files.map((file): Entry => {
      const row: UploadRow = { id: this.nextId++, name: file.name, size: file.size, state: { kind: 'waiting' } };
      return { row, file, key: this.options.newKey(), attempts: 0, sending: null };
    });
    this.entries.push(...added);
    this.changed();
    this.pump();
    return added.map(({ row }) => row.id);
  }

  /** Sends a refused or broken row again. */
  retry(id: number): void {
    const entry = this.find(id);
    if (!entry || (entry.row.state.kind !== 'refused' && entry.row.state.kind !== 'broken')) return;
    entry.attempts = 0;
    this.set(entry, { kind: 'waiting' });
    this.pump();
  }

  /** For the moment the server is heard of again. */
  retryBroken(): void {
    for (const entry of [...this.entries]) if (entry.row.state.kind === 'broken') this.retry(entry.row.id);
  }

  /** Takes a row off the list, and stops it when it is under way. */
  remove(id: number): void {
    const entry = this.find(id);
    if (!entry) return;
    this.entries = this.entries.filter((other) => other !== entry);
    const sending = entry.sending;
    entry.sending = null;
    sending?.abort();
    this.changed();
    this.pump();
  }

  /** Takes off what is stored. Failures stay until each is dismissed: an error must not vanish unread. */
  clearStored(): void {
    this.entries = this.entries.filter(({ row }) => row.state.kind !== 'kept' && row.state.kind !== 'duplicate');
    this.changed();
  }

  private find(id: number): Entry | undefined {
    return this.entries.find((entry) => entry.row.id === id);
  }

  private set(entry: Entry, state: UploadState): void {
    entry.row = { ...entry.row, state };
    this.changed();
  }

  private changed(): void {
    this.snapshot = this.entries.map((entry) => entry.row);
    for (const listener of this.listeners) listener();
  }

  private pump(): void {
    let active = this.entries.filter((entry) => entry.sending !== null).length;
    for (const entry of this.entries) {
      if (active >= maxActiveUploads) return;
      if (entry.row.state.kind !== 'waiting' || entry.sending !== null) continue;
      active++;
      this.start(entry);
    }
  }

  private start(entry: Entry): void {
    entry.attempts++;
    let lastByteAt = this.now();
    const sending = this.options.transport(entry.file, entry.key, {
      progress: (sent) => {
        if (entry.sending === sending) this.set(entry, { kind: 'sending', sent: Math.min(sent, entry.row.size) });
      },
      sent: () => {
        lastByteAt = this.now();
        if (entry.sending === sending) this.set(entry, { kind: 'keeping' });
      },
    });
    entry.sending = sending;
    this.set(entry, { kind: 'sending', sent: 0 });
    sending.answer.then(
      (asset) => this.finish(entry, sending, () => this.stored(entry, asset, this.now() - lastByteAt)),
      (error: unknown) => this.finish(entry, sending, () => this.failed(entry, error)),
    );
  }

  /** Ignores the end of an attempt that was removed meanwhile. */
  private finish(entry: Entry, sending: Sending, conclude: () => void): void {
    if (entry.sending !== sending) return;
    entry.sending = null;
    conclude();
    this.pump();
  }

  private stored(entry: Entry, asset: UploadedAsset, ms: number): void {
    this.set(entry, asset.duplicate === true ? { kind: 'duplicate', asset } : { kind: 'kept', asset, ms });
    for (const listener of this.storedListeners) listener(asset);
  }

  private failed(entry: Entry, error: unknown): void {
    if (!(error instanceof ApiError)) {
      this.set(entry, { kind: 'broken', reason: messageOf(error) });
      return;
    }
    if (patienceCodes.has(error.code)) {
      this.pause(entry, error);
      return;
    }
    this.set(entry, { kind: 'refused', reason: error.message, requestId: error.requestId });
    if (error.status === 401) this.options.onUnauthenticated?.();
  }

  private pause(entry: Entry, error: ApiError): void {
    const seconds = error.retryAfterSeconds ?? Math.min(longestBackoffSeconds, 2 ** (entry.attempts - 1));
    this.set(entry, { kind: 'paused', reason: error.message, seconds });
    this.later(() => {
      if (this.find(entry.row.id)?.row.state.kind !== 'paused') return;
      this.set(entry, { kind: 'waiting' });
      this.pump();
    }, seconds * 1000);
  }
}

export interface UploadSummary {
  total: number;
  underWay: number;
  stored: number;
  failed: number;
  /** 0…1 over all bytes of all rows. */
  progress: number;
}

export function summarise(rows: readonly UploadRow[]): UploadSummary {
  const summary: UploadSummary = { total: rows.length, underWay: 0, stored: 0, failed: 0, progress: 0 };
  let bytes = 0;
  let done = 0;
  for (const { size, state } of rows) {
    bytes += size;
    if (state.kind === 'kept' || state.kind === 'duplicate') summary.stored++;
    else if (state.kind === 'refused' || state.kind === 'broken') summary.failed++;
    else summary.underWay++;
    if (state.kind === 'sending') done += state.sent;
    else if (state.kind !== 'waiting' && state.kind !== 'paused') done += size;
  }
  summary.progress = bytes === 0 ? Number(summary.underWay === 0) : done / bytes;
  return summary;
}
