// What would be on disk at a power cut, computed from a server's system calls (strace -f -y) by the strictest reading of
// POSIX: contents last only after an fsync of the file, a name only after an fsync of its folder, both begun after it was
// made. File systems keep more than that, each in its own way; nothing may rest on it.
import { dirname, relative } from 'node:path';

export const CALLS = 'open,openat,openat2,creat,mkdir,mkdirat,link,linkat,unlink,unlinkat,rename,renameat,renameat2,' +
  'fsync,fdatasync,pwrite64,write,writev,pwritev,pwritev2,ftruncate,sendmsg,sendto,close';
export const STRACE = ['strace', '-f', '-y', '-s', '40', '-e', 'signal=none', '-e', `trace=${CALLS}`, '-o'];

const DESCRIPTOR = /^(?:\d+|AT_FDCWD)<(.*?)>(?:\(deleted\))?$/;

/// The arguments of a call as strace prints them, split at the top level.
function splitArguments(text) {
  const parts = [];
  let depth = 0, quoted = false, begun = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if ('[{<('.includes(c)) depth++;
    else if (']}>)'.includes(c)) depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(begun, i).trim());
      begun = i + 1;
    }
  }
  return [...parts, text.slice(begun).trim()];
}

/// Calls in the order of their beginning and ending: {pid, name, args, result, phase: 'begin' | 'end' | 'whole'}.
export function* readCalls(log) {
  const unfinished = new Map();
  for (const line of log.split('\n')) {
    const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (!pid) continue;
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    const whole = resumed ? `${unfinished.get(pid) ?? `${resumed[1]}(`}${resumed[2]}` : rest;
    const cut = /^(\w+)\((.*?),? *<unfinished \.\.\.>$/.exec(whole);
    if (cut) {
      unfinished.set(pid, `${cut[1]}(${cut[2]}`);
      yield { pid, name: cut[1], args: splitArguments(cut[2]), phase: 'begin' };
      continue;
    }
    const done = /^(\w+)\((.*)\) += (-?\d+|\?)(.*)$/.exec(whole);
    if (!done) continue;
    const call = { pid, name: done[1], args: splitArguments(done[2]), result: Number(done[3]), shown: done[4] };
    yield { ...call, phase: resumed ? 'end' : 'whole' };
  }
}

const unquote = (text) => text.replace(/^"|"(\.\.\.)?$/g, '');
const pathOf = (descriptor) => DESCRIPTOR.exec(descriptor)?.[1];

/// The absolute path that a folder descriptor and a name make.
function at(folder, name) {
  const text = unquote(name);
  return text.startsWith('/') ? text : `${pathOf(folder)}/${text}`.replace(/\/\.$/, '');
}

export class PowerModel {
  /// Only what lies below `root` counts, and of that not what need not last.
  constructor(root, ignored) {
    Object.assign(this, { root, ignored, clock: 0 });
    this.names = new Map(); // path → {made, durable, contents}: contents is what `files` knows it as
    this.files = new Map(); // path as opened → {written, flushed}
    this.descriptors = new Map(); // number → path as opened
    this.begun = new Map(); // pid → clock at the beginning of its flush
    this.flushes = { file: 0, folder: 0, log: 0 };
  }

  counts(path) {
    return path?.startsWith(`${this.root}/`) && !this.ignored.some((pattern) => pattern.test(relative(this.root, path)));
  }

  makeName(path, contents = path) {
    if (this.counts(path) && !this.names.has(path)) this.names.set(path, { made: ++this.clock, durable: false, contents });
  }

  flush(path, since, kind) {
    const file = this.files.get(path);
    if (file) file.flushed = Math.max(file.flushed, since);
    let isFolder = false;
    for (const [name, entry] of this.names) {
      if (dirname(name) !== path) continue;
      isFolder = true;
      if (entry.made <= since) entry.durable = true;
    }
    this.flushes[path.endsWith('-wal') ? 'log' : isFolder && kind === 'fsync' ? 'folder' : 'file']++;
  }

  take(call) {
    const { name, args, phase } = call;
    if (name === 'fsync' || name === 'fdatasync') return this.takeFlush(call);
    if (phase === 'begin') return undefined;
    if (call.result < 0 || Number.isNaN(call.result)) return undefined;
    if (/^p?writev?2?(64)?$/.test(name) || name === 'ftruncate') this.takeWrite(pathOf(args[0]));
    else if (/^(open|openat|openat2|creat)$/.test(name)) this.takeOpen(call);
    else if (name === 'mkdir') this.makeName(unquote(args[0]));
    else if (name === 'mkdirat') this.makeName(at(args[0], args[1]));
    else if (name === 'linkat') this.makeName(at(args[2], args[3]), this.sourceOf(args));
    else if (name === 'unlink') this.names.delete(unquote(args[0]));
    else if (name === 'unlinkat') this.names.delete(at(args[0], args[1]));
    else if (name === 'rename') this.rename(unquote(args[0]), unquote(args[1]));
    else if (name.startsWith('renameat')) this.rename(at(args[0], args[1]), at(args[2], args[3]));
    return undefined;
  }

  takeFlush({ pid, name, args, phase, result }) {
    if (phase !== 'end') this.begun.set(pid, this.clock);
    if (phase !== 'begin' && result === 0) this.flush(pathOf(args[0]), this.begun.get(pid), name);
  }

  takeWrite(path) {
    if (!this.counts(path) && !path?.includes('/#')) return;
    const file = this.files.get(path) ?? { written: 0, flushed: 0 };
    file.written = ++this.clock;
    this.files.set(path, file);
  }

  takeOpen({ name, args, result, shown }) {
    const path = /^<(.*?)>(\(deleted\))?/.exec(shown)?.[1];
    if (!path) return;
    this.descriptors.set(result, path);
    const flags = name === 'open' ? args[1] : args[2];
    if (name === 'creat' || (flags.includes('O_CREAT') && !flags.includes('O_TMPFILE'))) this.makeName(path);
  }

  /// What a link was made from: an open file without a name, or one with.
  sourceOf([folder, name]) {
    const descriptor = /^"\/proc\/self\/fd\/(\d+)"$/.exec(name)?.[1];
    return descriptor ? this.descriptors.get(Number(descriptor)) : name === '""' ? pathOf(folder) : at(folder, name);
  }

  rename(from, to) {
    const entry = this.names.get(from);
    this.names.delete(from);
    this.names.delete(to);
    this.makeName(to, entry?.contents ?? from);
  }

  /// What a power cut would take now.
  losses() {
    const lost = [];
    for (const [path, entry] of this.names) {
      if (!entry.durable) lost.push(`the name ${relative(this.root, path)}`);
      const file = this.files.get(entry.contents) ?? this.files.get(path);
      const elsewhere = path.endsWith('.db'); // what SQLite has not flushed of it is in its log
      if (file && file.written > file.flushed && !elsewhere) lost.push(`the contents of ${relative(this.root, path)}`);
    }
    return lost;
  }
}

/// The answers in a trace, each with what a cut at that moment would take and the flushes since the one before.
export function readAnswers(log, root, ignored) {
  const model = new PowerModel(root, ignored);
  const answers = [];
  for (const call of readCalls(log)) {
    const sent = call.phase !== 'end' && /^(sendmsg|sendto|write|writev)$/.test(call.name) && /<(socket|TCP)/.test(call.args[0]);
    const status = sent && /HTTP\/1\.1 (\d{3})/.exec(call.args.join(','))?.[1];
    if (status) {
      answers.push({ status: Number(status), losses: model.losses(), flushes: model.flushes });
      model.flushes = { file: 0, folder: 0, log: 0 };
    }
    model.take(call);
  }
  return answers;
}
