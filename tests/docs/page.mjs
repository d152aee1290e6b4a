// What a page of the documentation shows, and how its commands are run.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
export const binary = process.env.SERVER_BINARY ?? join(root, 'build/release/medialith');

/// The blocks of a page in one language.
export function blocks(page, language) {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].filter(([, name]) => name === language).map(([, , code]) => code);
}

/// The statements of a shell block: lines that end in `\` or stand inside quotes go on.
export function statements(code) {
  const whole = code.replace(/\\\n/g, ' ').split('\n');
  const found = [];
  let open = '';
  for (const line of whole) {
    open += open ? `\n${line}` : line;
    const quotes = open.replace(/(^|\s)# .*$/gm, '').match(/'/g) ?? [];
    if (quotes.length % 2 === 0) {
      if (!/^\s*(#|$)/.test(open)) found.push(open.trim());
      open = '';
    }
  }
  return found;
}

/// The status that a call is meant to get: what a comment behind it names, else any 2xx.
export function expected(statement) {
  return /# (\d{3})\b/.exec(statement)?.[1] ?? '2..';
}

/// A bash that remembers what earlier statements have set, in which `curl` tells the status behind the body and
/// `medialith` is the one that is tested.
export class Shell {
  #state;

  constructor(folder, { curl = [], medialith = [], variables = {} } = {}) {
    Object.assign(this, { folder });
    this.#state = join(folder, '.state');
    this.prelude = `
      curl() { command curl --silent --show-error ${curl.join(' ')} --write-out '%{stderr}\\nstatus %{http_code}\\n' "$@"; }
      medialith() { '${binary}' "$@" ${medialith.join(' ')}; }
      [ -f '${this.#state}' ] && . '${this.#state}'`;
    this.environment = { ...process.env, ...variables };
  }

  /// {ok, status: of the last call, output, problems}
  run(statement) {
    const script = `${this.prelude}\n${statement}\nresult=$?\ndeclare -p ID KEY 2>/dev/null | sed 's/^declare --/declare -g/' > '${this.#state}'\nexit $result`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: this.folder, encoding: 'utf8', env: this.environment });
    return { ok: status === 0, status: [...stderr.matchAll(/^status (\d+)$/gm)].at(-1)?.[1], output: stdout, problems: stderr };
  }
}
