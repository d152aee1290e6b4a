// `medialith copy` as a process, and what it says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { serverBinary } from '../../crash/lib/server.mjs';

const MINUTE = 60_000;

const named = (place) => place.named ?? place;

/** Starts it from one place, or what a command line may say, to another; `ended` resolves with {status, signal, stdout, stderr}. The environment of this process is not passed on. */
export function startCopy({ from, to, words = [] }) {
  const child = spawn(serverBinary(), ['copy', '--from', named(from), '--to', named(to), ...words], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 15 * MINUTE);
  const ended = once(child, 'close').then(([status, signal]) => {
    clearTimeout(timer);
    return { status, signal, stdout, stderr };
  });
  return { child, ended };
}

export const copy = (options) => startCopy(options).ended;

/** A copy that has to end well; its report. */
export async function copied(options) {
  const { status, stdout, stderr } = await copy(options);
  assert.equal(status, 0, stderr + stdout);
  return reportOf(stdout);
}

/** The figures of a report: {tables: {users: {rows, added, changed, deleted}, …}, sent, there, removed, added, changed, deleted}. */
export function reportOf(stdout) {
  const number = (text) => Number(text.replaceAll(' ', ''));
  const tables = {};
  for (const [, name, ...figures] of stdout.matchAll(/^ {2}([a-z_]+) {2,}(\d[\d ]*?) {2,}(\d[\d ]*?) {2,}(\d[\d ]*?) {2,}(\d[\d ]*)$/gm)) {
    const [rows, added, changed, deleted] = figures.map(number);
    tables[name] = { rows, added, changed, deleted };
  }
  const figure = (label) => {
    const found = new RegExp(`^ {2}files ${label} +(\\d[\\d ]*?)(?: \\(|$)`, 'm').exec(stdout);
    assert.ok(found, `no "files ${label}" in:\n${stdout}`);
    return number(found[1]);
  };
  const sum = (member) => Object.values(tables).reduce((total, table) => total + table[member], 0);
  return {
    tables,
    added: sum('added'),
    changed: sum('changed'),
    deleted: sum('deleted'),
    sent: figure('(?:sent|to send)'),
    there: figure('there already'),
    removed: figure('(?:removed|to remove)'),
  };
}

/** A file of the environment of a server over `data`. */
export function environmentFile(path, data, more = {}) {
  const lines = Object.entries({ MEDIALITH_DATA: data, ...more }).map(([name, value]) => `${name}=${value}`);
  writeFileSync(path, `# of a test\n${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}
