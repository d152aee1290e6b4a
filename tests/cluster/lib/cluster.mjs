// Three real servers over one PostgreSQL and one bucket, each of which may die at any time.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { killServer, startServer } from '../../crash/lib/server.mjs';
import { start as startPostgres } from '../../servers/postgres.mjs';
import { start as startGateway } from '../../servers/rgw.mjs';
import { Client } from '../../crash/lib/client.mjs';

export const SIZE = 3;

/// What servers over this database and bucket are told. `name` makes a schema and a bucket that nobody else uses.
export function environmentOf(postgres, gateway, name) {
  return {
    MEDIALITH_DATABASE: postgres.url, MEDIALITH_DATABASE_SCHEMA: name.replaceAll('-', '_'),
    ASSET_STORAGE: 's3', S3_ENDPOINT: gateway.endpoint, S3_BUCKET: name, S3_ACCESS_KEY: gateway.accessKey,
    S3_SECRET_KEY: gateway.secretKey, S3_CREATE_BUCKET: 'true', MEDIALITH_SECRET: randomBytes(32).toString('hex'),
  };
}

/// A server among the others, on another port after each start. Its send() is that of a client who obeys what a 503 says:
/// nothing was done, or nobody knows. A 503 that does not say when to come again is a problem, but where nobody knows and the
/// request had no Idempotency-Key: who asks again without looking may do it twice.
export class Member {
  constructor(number, data, environment, problems) {
    Object.assign(this, { number, data, environment, problems });
    this.refusals = 0;
  }

  async start(faults = []) {
    this.server = await startServer({ data: this.data, environment: this.environment, faults });
    if (this.server.ended || !this.server.port) throw new Error(`server ${this.number} did not start: ${this.server.output}`);
    this.client?.close();
    this.client = new Client(this.server.port);
  }

  kill() {
    return killServer(this.server);
  }

  async send(request) {
    const outcome = await this.client.send(request);
    if (outcome.kind !== 'answer' || outcome.status !== 503) return outcome;
    this.refusals++;
    const { code } = outcome.json();
    const unknown = code === 'OUTCOME_UNKNOWN';
    const owed = !unknown || request.headers?.['Idempotency-Key'] !== undefined;
    if (owed && !/^[1-9]\d*$/.test(outcome.headers['retry-after'])) this.problems.push(`503 without Retry-After: ${outcome.bytes}`);
    if (unknown) return { kind: 'unknown', why: code };
    return { kind: 'fail', why: `fail 503 ${code}` };
  }
}

/// Sends each request to some server, and to the next one when nobody listens there.
export class Balancer {
  constructor(members, random) {
    Object.assign(this, { members, random });
  }

  async send(request) {
    const first = this.random.below(this.members.length);
    let outcome;
    for (let i = 0; i < this.members.length; i++) {
      outcome = await this.members[(first + i) % this.members.length].send(request);
      if (outcome.why !== 'ECONNREFUSED') break;
    }
    return outcome;
  }
}

/// Calls `use(postgres, gateway)` beside both.
export async function besideBoth(use) {
  const started = await Promise.allSettled([startPostgres({ fsync: 'on' }), startGateway()]);
  try {
    for (const { status, reason } of started) if (status === 'rejected') throw reason;
    return await use(...started.map(({ value }) => value));
  } finally {
    for (const { value } of started) await value?.stop();
  }
}

/// `name` is that of their schema and bucket.
export class Cluster {
  constructor({ postgres, gateway, name, folder, problems }) {
    this.postgres = postgres;
    this.environment = environmentOf(postgres, gateway, name);
    this.schema = this.environment.MEDIALITH_DATABASE_SCHEMA;
    this.members = Array.from({ length: SIZE }, (_, i) => new Member(i, join(folder, `server${i}`), this.environment, problems));
  }

  /// Runs SQL as the database's superuser; answers the rows as lines, columns separated by |.
  sql(text) {
    const { admin } = this.postgres;
    return execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', admin, '-c', text], { encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  async stop() {
    for (const { server, client } of this.members) {
      client?.close();
      if (server && !server.ended) await killServer(server);
    }
  }
}
