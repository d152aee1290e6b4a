// Debian's pgbouncer in transaction mode before a PostgreSQL cluster of its own (the words are those of postgres.mjs).
// `url` goes through the pooler, `direct` to the server itself. restart() restarts the server as a crash would.
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, freePort, removeFolder, runAsProgram, temporaryFolder } from './program.mjs';
import { answers, start as startPostgres, unprivileged } from './postgres.mjs';

export async function start(options = {}) {
  const user = unprivileged();
  const folder = temporaryFolder('pgbouncer');
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  let server;
  let child;
  const stop = async () => {
    await child?.stop('SIGINT');
    await server?.stop();
    removeFolder(folder);
  };
  try {
    server = await startPostgres(options);
    const port = await freePort();
    const configuration = join(folder, 'pgbouncer.ini');
    writeFileSync(join(folder, 'users.txt'), '"medialith" ""\n"postgres" ""\n');
    writeFileSync(configuration, [
      '[databases]', `* = host=127.0.0.1 port=${server.port}`, '[pgbouncer]',
      'listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = trust',
      `auth_file = ${join(folder, 'users.txt')}`, 'pool_mode = transaction', 'default_pool_size = 16',
      'max_client_conn = 200', 'server_login_retry = 1', '',
    ].join('\n'));
    child = new Child(folder, '/usr/sbin/pgbouncer', [configuration], { name: 'pgbouncer', spawn: { ...user } });
    await child.ready(() => answers(port));
    return {
      url: `postgres://medialith@127.0.0.1:${port}/medialith`,
      direct: server.url,
      admin: server.admin,
      stop,
      restart: server.restart,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

await runAsProgram(import.meta.url, start);
