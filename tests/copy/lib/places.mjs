// Where a deployment can lie: the pairs of database and store, on real servers, and a look at the files behind the server's
// back.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { start as startPostgres } from '../../servers/postgres.mjs';
import { bucketVariables, start as startGateway } from '../../servers/rgw.mjs';
import { start as startSqld } from '../../servers/sqld.mjs';
import { startServer } from '../../crash/lib/server.mjs';
import { environmentFile } from './copy.mjs';
import { Deployment, killDeployments } from './deployment.mjs';

/** The files of a data folder, by their keys. */
class Folder {
  constructor(data) {
    this.root = join(data, 'blobs');
  }

  async keys() {
    const users = join(this.root, 'users');
    if (!existsSync(users)) return [];
    const entries = readdirSync(users, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => relative(this.root, join(entry.parentPath, entry.name))).sort();
  }

  async read(key) {
    return readFileSync(join(this.root, key));
  }

  async write(key, bytes) {
    chmodSync(join(this.root, key), 0o600);
    writeFileSync(join(this.root, key), bytes);
    chmodSync(join(this.root, key), 0o400);
  }
}

/** The objects below a prefix of a bucket, asked by curl. */
class Bucket {
  constructor(gateway, bucket, prefix) {
    Object.assign(this, { gateway, url: `${gateway.endpoint}/${bucket}`, prefix });
  }

  #ask(words, url, body) {
    const { accessKey, secretKey, region } = this.gateway;
    const signed = ['--fail', '--silent', '--show-error', '--aws-sigv4', `aws:amz:${region}:s3`, '--user', `${accessKey}:${secretKey}`,
      '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
    return new Promise((done, refuse) => {
      const child = execFile('curl', [...signed, ...words, url], { encoding: 'buffer', maxBuffer: 1 << 28 }, (error, stdout) => (error ? refuse(error) : done(stdout)));
      child.stdin.end(body);
    });
  }

  async keys() {
    const listed = (await this.#ask([], `${this.url}?list-type=2&prefix=${this.prefix}`)).toString();
    assert.match(listed, /<IsTruncated>false/);
    const keys = [...listed.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key.slice(this.prefix.length + 1));
    return keys.filter((key) => key.startsWith('users/')).sort();
  }

  read(key) {
    return this.#ask([], `${this.url}/${this.prefix}/${key}`);
  }

  write(key, bytes) {
    return this.#ask(['--request', 'PUT', '--data-binary', '@-', '-H', 'Content-Type: text/plain'], `${this.url}/${this.prefix}/${key}`, bytes);
  }
}

export class Place {
  constructor(data, variables, files) {
    Object.assign(this, { data, variables, files });
  }

  /** What `copy` is told: the folder, or a file of the environment. */
  get named() {
    return Object.keys(this.variables).length === 0 ? this.data : environmentFile(`${this.data}.env`, this.data, this.variables);
  }

  /** The same place with more in its environment. */
  with(more) {
    return new Place(this.data, { ...this.variables, ...more }, this.files);
  }

  /** The same database, and the same bucket, as another machine names them. */
  elsewhere() {
    return new Place(`${this.data}-elsewhere`, this.variables, this.files);
  }

  serve() {
    return Deployment.serve(this);
  }

  /** Everything that a server over it shows. */
  async everything() {
    const deployment = await this.serve();
    try {
      return await deployment.everything();
    } finally {
      await deployment.stop();
    }
  }

  /** What a start that has to fail says. */
  async refused() {
    const server = await startServer({ data: this.data, environment: this.variables });
    if (server.port > 0) server.child.kill('SIGKILL');
    await server.closed;
    assert.equal(server.how, 1, server.output);
    return server.output;
  }

  /** Changes one byte of a file; its key. */
  async flipByte(key) {
    const chosen = key ?? (await this.files.keys())[0];
    const bytes = await this.files.read(chosen);
    bytes[0] ^= 1;
    await this.files.write(chosen, bytes);
    return chosen;
  }
}

/** Places in a folder that goes with the test, and the servers behind them, each started when it is first needed. */
export class Places {
  #started = new Map();
  #root = mkdtempSync(join(tmpdir(), 'medialith-copy-'));

  folder(name) {
    return join(this.#root, `${name}-${randomBytes(4).toString('hex')}`);
  }

  #once(name, start) {
    if (!this.#started.has(name)) this.#started.set(name, start());
    return this.#started.get(name);
  }

  async sqliteAndFolder(name) {
    const data = this.folder(name);
    return new Place(data, {}, new Folder(data));
  }

  async postgresAndBucket(name) {
    const [postgres, gateway] = await Promise.all([this.#once('postgres', startPostgres), this.#once('gateway', startGateway)]);
    const own = `p${randomBytes(6).toString('hex')}`;
    const variables = {
      MEDIALITH_DATABASE: postgres.url, MEDIALITH_DATABASE_SCHEMA: own, MEDIALITH_ALLOW_UNSAFE_DATABASE: 'true',
      ...bucketVariables(gateway, 'media', own),
    };
    return new Place(this.folder(name), variables, new Bucket(gateway, 'media', own));
  }

  /** A libSQL server has one database: each place gets one. */
  async libsqlAndFolder(name) {
    const data = this.folder(name);
    const sqld = await this.#once(data, startSqld);
    return new Place(data, { MEDIALITH_DATABASE: sqld.libsql }, new Folder(data));
  }

  async stop() {
    killDeployments();
    for (const started of await Promise.allSettled(this.#started.values())) await started.value?.stop();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
