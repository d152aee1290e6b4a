// Starting commands for the test run: output to a file, a sign of life every 30 seconds, a deadline, nothing left behind.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const running = new Set();
const SIGN_OF_LIFE_MS = 30_000;

/// Ends every process group that is still running; called when the run itself is interrupted.
export function endAll() {
  for (const child of running) endGroup(child);
}

function endGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

export function clock(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function tail(file, lines) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/// What a command that is under way says last: ninja's "[12/34]", else its last line, cut to a screen's width.
function lastWord(file) {
  const text = tail(file, 1);
  const ninja = /^\[(\d+)\/(\d+)\]/.exec(text);
  if (ninja) {
    const filled = Math.floor((12 * ninja[1]) / ninja[2]);
    return `▕${'█'.repeat(filled)}${'░'.repeat(12 - filled)}▏ ${ninja[1]}/${ninja[2]}`;
  }
  return text.slice(0, 100);
}

/// Runs `command` (an array, or one string for bash) and resolves to {ok, code, ms, output, timedOut}. `log` receives its
/// output; `minutes` is its deadline, after which its whole process group is killed.
export function run(command, { cwd, env = {}, log, minutes, quiet = false }) {
  mkdirSync(dirname(log), { recursive: true });
  const begun = Date.now();
  const out = openSync(log, 'w');
  const argv = Array.isArray(command) ? command : ['bash', '-o', 'pipefail', '-c', command];
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', out, out],
    detached: true,
  });
  closeSync(out);
  running.add(child);

  return new Promise((resolve) => {
    let timedOut = false;
    const sign = setInterval(() => {
      if (!quiet) console.log(`      ${clock(Date.now() - begun)}  ${lastWord(log)}`);
    }, SIGN_OF_LIFE_MS);
    const deadline = minutes && setTimeout(() => {
      timedOut = true;
      endGroup(child);
    }, minutes * 60_000);
    const done = (code) => {
      clearInterval(sign);
      clearTimeout(deadline);
      endGroup(child); // what the command started and forgot
      running.delete(child);
      resolve({ ok: code === 0, code, ms: Date.now() - begun, output: readFileSync(log, 'utf8'), timedOut });
    };
    child.on('error', (error) => done(error.message));
    child.on('close', (code, signal) => done(signal ?? code));
  });
}
