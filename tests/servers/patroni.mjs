// Two PostgreSQL servers that fail over: Debian's Patroni over one etcd. Words: --synchronous=off for a cluster that may lose
// what it has acknowledged (a planted bug).
//
// `url` names both servers; the one that takes writes is found by it. killLeader() is what a machine that dies is: Patroni and
// its PostgreSQL are gone at once. rejoin() brings what was killed back as a standby, and resolves when the cluster could lose
// its leader again.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers, programs, unprivileged } from './postgres.mjs';
import { Child, freePort, removeFolder, runAsProgram, temporaryFolder, until } from './program.mjs';

const START_MS = 120_000;
// The least that Patroni takes: the standby leads so long after the leader's last sign of life.
const SECONDS = { ttl: 20, loop_wait: 1, retry_timeout: 3 };

function configuration(node, { folder, etcd, synchronous }) {
  return {
    scope: 'medialith',
    name: node.name,
    restapi: { listen: `127.0.0.1:${node.rest}`, connect_address: `127.0.0.1:${node.rest}` },
    etcd3: { host: `127.0.0.1:${etcd}` },
    bootstrap: {
      dcs: {
        ...SECONDS,
        synchronous_mode: synchronous,
        // A standby that lags by more would not lead; here it is meant to, so that what it lacks is seen.
        maximum_lag_on_failover: 1 << 30,
        postgresql: { use_pg_rewind: true, parameters: { max_connections: 100, shared_buffers: '32MB', wal_log_hints: 'on', wal_keep_size: '256MB' } },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, { auth: 'trust' }, 'no-sync'],
      pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
    },
    postgresql: {
      listen: `127.0.0.1:${node.port}`,
      connect_address: `127.0.0.1:${node.port}`,
      data_dir: node.data,
      bin_dir: programs(),
      pgpass: join(folder, `${node.name}.pgpass`),
      authentication: { superuser: { username: 'postgres' }, replication: { username: 'replicator' }, rewind: { username: 'postgres' } },
      parameters: { unix_socket_directories: folder },
    },
    watchdog: { mode: 'off' },
  };
}

class Node {
  constructor(name, folder, user) {
    Object.assign(this, { name, folder, user, data: join(folder, name), file: join(folder, `${name}.yml`) });
  }

  async configure(shared) {
    this.port = await freePort();
    this.rest = await freePort();
    // JSON is YAML.
    writeFileSync(this.file, JSON.stringify(configuration(this, shared)), { mode: 0o644 });
  }

  start() {
    const env = { PATH: process.env.PATH, HOME: this.folder, LC_ALL: 'C.UTF-8' };
    this.patroni = new Child(this.folder, 'patroni', [this.file], { name: this.name, spawn: { ...this.user, cwd: this.folder, env } });
  }

  /** Whether Patroni says that it is that: `primary`, `replica`, `synchronous`. */
  async is(role) {
    if (this.patroni.end !== undefined) throw new Error(`${this.name}'s Patroni ended with ${this.patroni.end}`);
    return fetch(`http://127.0.0.1:${this.rest}/${role}`).then((answer) => answer.ok, () => false);
  }

  sql(text, database = 'postgres') {
    const words = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(this.port), '-U', 'postgres', '-d', database, '-c', text];
    return execFileSync(join(programs(), 'psql'), words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** PostgreSQL's processes: the one that the data folder names, and its children. */
  processes() {
    let main;
    try {
      main = Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return [];
    }
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]) === main;
      } catch {
        return false; // it has ended
      }
    });
    return [main, ...children];
  }

  async kill() {
    // Patroni first: it would start PostgreSQL again.
    await this.patroni.stop('SIGKILL');
    for (const pid of this.processes()) signal(pid, 'SIGKILL');
    await until(`${this.name} to be gone`, async () => !(await answers(this.port)), 10_000);
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

class Cluster {
  constructor(nodes, { etcd, folder, synchronous }) {
    Object.assign(this, { nodes, etcd, folder, synchronous });
  }

  async leader() {
    for (const node of this.nodes) if (node.patroni.end === undefined && (await node.is('primary'))) return node;
    return undefined;
  }

  /** There is a leader, and a standby that has all that was acknowledged, or for a cluster that may lose some, that follows. */
  async whole() {
    await until('a leader and a standby', async () => {
      const leader = await this.leader();
      const standby = this.nodes.find((node) => node !== leader);
      return leader && (await standby.is(this.synchronous ? 'synchronous' : 'replica')) &&
        leader.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") === '1';
    }, START_MS);
  }

  /**
   * Kills the leader while its standby has heard nothing for `stalled` ms; resolves when the standby leads. `unread`: what had
   * come to the standby's socket by then is 'read' after all, or 'lost' as with a network that is cut.
   */
  async killLeader({ stalled = 0, unread = 'read' } = {}) {
    const leader = await this.leader();
    const standby = this.nodes.find((node) => node !== leader);
    const receiver = Number(standby.sql('SELECT pid FROM pg_stat_wal_receiver'));
    if (stalled > 0) {
      signal(receiver, 'SIGSTOP');
      await new Promise((next) => setTimeout(next, stalled)); // the fault itself: a network that stands still
    }
    await leader.kill();
    if (stalled > 0) signal(receiver, unread === 'lost' ? 'SIGKILL' : 'SIGCONT');
    this.killed = leader;
    await until(`${standby.name} to lead`, () => standby.is('primary'), START_MS);
  }

  async rejoin() {
    this.killed.start();
    await this.whole();
  }

  async stop() {
    for (const node of this.nodes) if (node.patroni) await node.kill();
    await this.etcd?.stop('SIGKILL');
    removeFolder(this.folder);
  }
}

async function startEtcd(folder, user) {
  const [port, peers] = [await freePort(), await freePort()];
  const words = ['--name', 'etcd', '--data-dir', join(folder, 'etcd'), '--listen-client-urls', `http://127.0.0.1:${port}`,
    '--advertise-client-urls', `http://127.0.0.1:${port}`, '--listen-peer-urls', `http://127.0.0.1:${peers}`,
    '--initial-advertise-peer-urls', `http://127.0.0.1:${peers}`, '--initial-cluster', `etcd=http://127.0.0.1:${peers}`];
  const etcd = new Child(folder, 'etcd', words, { name: 'etcd', spawn: { ...user, cwd: folder } });
  await etcd.ready(() => fetch(`http://127.0.0.1:${port}/health`).then((answer) => answer.ok, () => false));
  return { etcd, port };
}

export async function start(options = {}) {
  const synchronous = options.synchronous !== 'off';
  const user = unprivileged();
  const folder = temporaryFolder('patroni');
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 });
  if (user.uid !== undefined) for (const path of [folder, join(folder, 'etcd')]) chownSync(path, user.uid, user.gid);
  const nodes = ['one', 'two'].map((name) => new Node(name, folder, user));
  const cluster = new Cluster(nodes, { folder, synchronous });
  try {
    const { etcd, port } = await startEtcd(folder, user);
    cluster.etcd = etcd;
    for (const [node, role] of [[nodes[0], 'primary'], [nodes[1], 'replica']]) {
      await node.configure({ folder, etcd: port, synchronous }); // not earlier: its ports are free only now
      node.start();
      await node.patroni.ready(() => node.is(role), START_MS);
    }
    nodes[0].sql('CREATE ROLE medialith LOGIN');
    nodes[0].sql('CREATE DATABASE medialith OWNER medialith');
    await cluster.whole();
    const hosts = nodes.map((node) => `127.0.0.1:${node.port}`).join(',');
    return {
      url: `postgres://medialith@${hosts}/medialith?target_session_attrs=read-write`,
      stop: () => cluster.stop(),
      killLeader: (how) => cluster.killLeader(how),
      rejoin: () => cluster.rejoin(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

await runAsProgram(import.meta.url, start);
