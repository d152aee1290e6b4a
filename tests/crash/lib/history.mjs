// The append-only log of what was asked and what was told, kept outside the data folder and flushed before a request
// leaves and before its answer counts, so that it outlives this process too. One JSON object a line.
import { fdatasync, openSync, closeSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const flush = promisify(fdatasync);

export class History {
  constructor(path) {
    this.path = path;
    this.fd = openSync(path, 'a');
    this.counts = { invoke: 0, ok: 0, fail: 0, unknown: 0 };
  }

  /// Resolves when the line is on disk. Lines that wait meanwhile share the next flush.
  async write(entry) {
    if (entry.event in this.counts) this.counts[entry.event]++;
    writeSync(this.fd, `${JSON.stringify(entry)}\n`);
    // The flush under way may have begun before this line.
    this.next ??= (this.current ?? Promise.resolve()).then(() => {
      this.current = this.next;
      this.next = undefined;
      return flush(this.fd);
    });
    await this.next;
  }

  close() {
    closeSync(this.fd);
  }
}
