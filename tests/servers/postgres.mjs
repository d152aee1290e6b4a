// A PostgreSQL cluster of its own. Words: --fsync=on for tests of durability (off by default: a test's rows need not
// survive the machine), --settings=NAME=value,NAME=value for more of postgresql.conf.
//
// `url` is that of a database whose role may make a schema in it and nothing else. restart() is what a crash is: every
// connection ends, nothing is flushed but what was acknowledged.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { Child, freePort, removeFolder, runAsProgram, temporaryFolder } from './program.mjs';

const VERSIONS = '/usr/lib/postgresql';

function programs() {
  const newest = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))[0];
  return join(VERSIONS, newest, 'bin');
}

/// PostgreSQL refuses to run as root: then it runs as Debian's user for it.
export function unprivileged() {
  if (getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

export function answers(port) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => { socket.destroy(); done(true); });
    socket.once('error', () => done(false));
  });
}

export async function start(options = {}) {
  const bin = programs();
  const user = unprivileged();
  const folder = temporaryFolder('postgres');
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user.uid !== undefined) for (const path of [folder, data]) chownSync(path, user.uid, user.gid);
  const run = (program, words) => execFileSync(join(bin, program), words, { ...user, cwd: folder, stdio: 'pipe' });
  const durable = options.fsync === 'on';
  let child;
  let port;
  const launch = async () => {
    child = new Child(folder, join(bin, 'postgres'), ['-D', data], { name: 'postgres', spawn: { ...user, cwd: folder } });
    await child.ready(() => isReady(bin, port));
  };
  const stop = async () => {
    await child?.stop('SIGINT');
    removeFolder(folder);
  };
  try {
    run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    port = await freePort();
    writeFileSync(join(data, 'postgresql.auto.conf'), [
      `port = ${port}`, `listen_addresses = '127.0.0.1'`, `unix_socket_directories = '${folder}'`,
      `fsync = ${durable ? 'on' : 'off'}`, `full_page_writes = ${durable ? 'on' : 'off'}`,
      'max_connections = 100', 'shared_buffers = 64MB',
      ...(options.settings?.split(',') ?? []).map((setting) => setting.replace('=', ' = ')), '',
    ].join('\n'));
    await launch();
    const sql = (text, database = 'postgres') =>
      run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database, '-c', text]);
    sql('CREATE ROLE medialith LOGIN');
    sql('CREATE DATABASE medialith OWNER medialith');
    return {
      url: `postgres://medialith@127.0.0.1:${port}/medialith`,
      admin: `postgres://postgres@127.0.0.1:${port}/medialith`,
      port,
      stop,
      async restart() {
        await child.stop('SIGQUIT');
        await launch();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isReady(bin, port) {
  try {
    execFileSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

await runAsProgram(import.meta.url, start);
