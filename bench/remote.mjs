// Creates over a distant database: a proxy makes each trip there and back 20 ms longer, and a create is two.
import { Agent, request } from 'node:http';
import { startSlowProxy } from '../tests/lib/slow_proxy.mjs';
import { start as startPostgres } from '../tests/servers/postgres.mjs';
import { start as startSqld } from '../tests/servers/sqld.mjs';

const TRIP_MS = 20;
const REACH_MS = 50;
const BODY = JSON.stringify({ modelId: 'bench/model', prompt: 'a heron over still water' });

// libSQL has one writer, which a write holds for a trip: there several clients would measure each other.
const ENGINES = [
  { name: 'PostgreSQL', clients: 16, start: () => startPostgres({ fsync: 'on' }), url: (port) => `postgres://medialith@127.0.0.1:${port}/medialith` },
  { name: 'libSQL', clients: 1, start: () => startSqld(), url: (port) => `http://127.0.0.1:${port}` },
];

function post(agent, port) {
  return new Promise((done, failed) => {
    const asking = request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/v1/generations', headers: { 'Content-Type': 'application/json', 'Content-Length': BODY.length } }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 201 ? done() : failed(new Error(`a create answered ${answer.statusCode}`))));
    });
    asking.on('error', failed);
    asking.end(BODY);
  });
}

/** How long creates take, each client making one after the other for so long: sorted milliseconds. */
async function createTimes(port, clients, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const until = performance.now() + seconds * 1000;
  const times = [];
  const work = async () => {
    while (performance.now() < until) {
      const begun = performance.now();
      await post(agent, port);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  agent.destroy();
  return times.sort((a, b) => a - b);
}

export async function remote({ fresh, seconds, startServer, report }) {
  for (const { name, clients, start, url } of ENGINES) {
    const database = await start();
    const proxy = await startSlowProxy(database.port, TRIP_MS);
    const server = await startServer(fresh('remote'), { MEDIALITH_DATABASE: url(proxy.port) });
    try {
      await createTimes(server.port, clients, 1); // connections are made
      const times = await createTimes(server.port, clients, seconds);
      const at = (share) => times[Math.floor(times.length * share)];
      report({
        work: `create over ${name}, ${clients} client${clients > 1 ? 's' : ''}`, against: `${TRIP_MS} ms a trip`, reach: `p50 ≤ ${REACH_MS} ms`,
        ratio: `${at(0.5).toFixed(1)} ms`, ok: at(0.5) <= REACH_MS, detail: `p99 ${at(0.99).toFixed(1)} ms, ${Math.round(times.length / seconds)}/s`,
      });
    } finally {
      await server.stop();
      await proxy.stop();
      await database.stop();
      fresh('remote');
    }
  }
}
