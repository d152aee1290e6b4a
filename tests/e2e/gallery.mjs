// Servers that hold as many pictures as a test asks for.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { picture } from './fixtures.mjs';
import { binary, Server } from './harness.mjs';

const shapes = [[200, 300], [300, 200], [256, 256], [320, 180], [180, 240]];
const scenes = ['petals', 'ridges', 'nebula', 'planet', 'dunes', 'neon'];
const painted = 30;

/** A running server with `count` pictures: the first are uploaded, the rest are rows over links to the same files. */
export async function serverWith(count) {
  const server = new Server();
  await server.start();
  for (let i = 0; i < Math.min(count, painted); i++) {
    const [width, height] = shapes[(i * 3) % shapes.length];
    const recipe = {
      prompt: `${scenes[i % scenes.length]}, study ${i}`, negative: 'blurry', steps: 20 + i, sampler: 'Euler a', cfg: 6, model: 'painter',
    };
    await server.upload(`study-${i}.png`, picture({ scene: scenes[i % scenes.length], width, height, seed: 40 + i * 7, recipe }));
  }
  if (count > painted) {
    await server.kill('SIGTERM');
    const tool = join(dirname(binary), 'bench_limits');
    execFileSync(tool, ['gallery', join(server.data, 'medialith.db'), join(server.data, 'blobs'), String(count - painted)]);
    await server.start();
  }
  return server;
}
