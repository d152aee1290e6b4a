// File systems in image files that can be cut off from power: what an image holds at a moment is what a disk would hold
// that keeps every write it was given, in order, and nothing that still waits in the page cache.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const IMAGE_BYTES = 256 << 20; // the store leaves 64 MB free

const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/// A folder in memory for images, where there is such a place.
export function imageFolder() {
  let parent = '/dev/shm';
  try {
    statSync(parent);
  } catch {
    parent = tmpdir();
  }
  return mkdtempSync(join(parent, 'medialith-power-'));
}

/// Why images cannot be mounted here; undefined when they can. `empty` is one.
export function whyNot(folder, empty) {
  if (process.getuid() !== 0) return 'needs root';
  try {
    makeImage(empty);
    new Disk(join(folder, 'try.img'), join(folder, 'try'), empty).unmount();
    return undefined;
  } catch (error) {
    return `cannot mount an image: ${error.message.split('\n')[0]}`;
  }
}

/// An empty file system.
export function makeImage(path) {
  run('truncate', '-s', `${IMAGE_BYTES}`, path);
  // Tables that the first mount would go on writing in the background would move the write counter.
  run('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', path);
  return path;
}

export class Disk {
  /// Mounts a copy of the image `from` at `folder`.
  constructor(image, folder, from) {
    Object.assign(this, { image, folder });
    mkdirSync(folder, { recursive: true });
    run('cp', '--sparse=always', from, image);
    run('mount', '-o', 'loop', image, folder);
    this.device = run('findmnt', '-n', '-o', 'SOURCE', '--mountpoint', folder).trim();
  }

  /// Writes that the device has finished (Documentation/block/stat.rst).
  writes() {
    return Number(readFileSync(`/sys/block/${basename(this.device)}/stat`, 'utf8').trim().split(/\s+/)[4]);
  }

  unmount() {
    run('umount', this.folder);
    rmSync(this.image, { force: true });
  }
}

/// Copies of the images as they are at one moment: taken again when a write came between.
export function cut(disks, folder) {
  for (let tries = 0; tries < 20; tries++) {
    const before = disks.map((disk) => disk.writes());
    const copies = disks.map((disk, i) => join(folder, `cut${i}.img`));
    disks.forEach((disk, i) => run('cp', '--sparse=always', disk.image, copies[i]));
    if (disks.every((disk, i) => disk.writes() === before[i])) return copies;
  }
  throw new Error('the images do not come to rest');
}
