// npm run dev: Vite with hot reload; /v1 goes to MEDIALITH_URL, or to the stand-in when that is not set.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));

function startMock() {
  const mock = spawn(execPath, [join(here, 'mock_server.mjs'), 'serve', '--listen', '127.0.0.1:0', '--data', join(here, '../../build/mock-data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => mock.kill());
  return new Promise((resolve) => mock.stdout.once('data', (line) => resolve(/http:\S+/.exec(line)[0])));
}

const target = env.MEDIALITH_URL ?? (await startMock());
const server = await createServer({ root: join(here, '..'), server: { proxy: { '/v1': { target, changeOrigin: true } } } });
await server.listen();
server.printUrls();
console.log(`  /v1 is answered by ${target}`);
