// Where the servers of the tests keep rows and files, and how a test looks at the files from outside.
//
// Without more said: SQLite and a folder. MEDIALITH_TEST_DATABASE names a PostgreSQL or libSQL server, MEDIALITH_TEST_BUCKET
// (as JSON: endpoint, bucket, accessKey, secretKey) a bucket, that the tests share: each server has a schema, a namespace, a
// prefix of its own there, by the name of its data folder. Whoever started those servers throws all of it away.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { env } from 'node:process';
import { bucketVariables } from '../servers/rgw.mjs';

const DATABASE = env.MEDIALITH_TEST_DATABASE ?? '';
const DATABASE_ADMIN = env.MEDIALITH_TEST_DATABASE_ADMIN; // of libSQL: where namespaces are made
const BUCKET = env.MEDIALITH_TEST_BUCKET && JSON.parse(env.MEDIALITH_TEST_BUCKET);

/** PostgreSQL keeps a generation's inputParams, result and metadata as values: every digit, but not every space. */
export const keepsSpelling = !DATABASE.startsWith('postgres');

/** How long what a cut upload leaves may be seen: a folder's file goes within a second (R-D1), a bucket's takes requests. */
export const stagingMs = BUCKET ? 10_000 : 1000;

const nameOf = (data) => `http-${createHash('sha256').update(data).digest('hex').slice(0, 16)}`;
const curl = (...words) => execFileSync('curl', ['--silent', '--show-error', '--fail-with-body', ...words], { maxBuffer: 64 << 20 });

// A namespace is found by the first label of the host's name; names below localhost are this machine's. A document may have
// 64 MiB, more than a row of a namespace has without more said.
const NAMESPACE = JSON.stringify({ max_row_size: 256 << 20, txn_timeout_s: 5 });
const namespaces = new Set();
function namespaceOf(data) {
  const name = nameOf(data);
  if (!namespaces.has(name)) {
    namespaces.add(name);
    const asked = ['--write-out', '%{http_code}', '--output', '/dev/null', '--json', NAMESPACE, `${DATABASE_ADMIN}/v1/namespaces/${name}/create`];
    const status = execFileSync('curl', ['--silent', ...asked]).toString();
    // 409: made by another process over the same folder.
    if (!['200', '409'].includes(status)) throw new Error(`libSQL made no namespace ${name}: ${status}`);
  }
  return DATABASE.replace('//127.0.0.1', `//${name}.localhost`);
}

function databaseVariables(data) {
  if (!DATABASE) return {};
  if (DATABASE_ADMIN) return { MEDIALITH_DATABASE: namespaceOf(data) };
  // The tests' server keeps nothing.
  return { MEDIALITH_DATABASE: DATABASE, MEDIALITH_DATABASE_SCHEMA: nameOf(data).replace('-', '_'), MEDIALITH_ALLOW_UNSAFE_DATABASE: 'true' };
}

/**
 * The variables by which the server and the commands of a data folder find what they keep. `storage` is `folder` where a test
 * is about SQLite's file or a folder of blobs: all is in the data folder then, whatever the others share.
 */
export const storageVariables = (data, storage) => (storage === 'folder' ? {} : { ...databaseVariables(data), ...(BUCKET && bucketVariables(BUCKET, BUCKET.bucket, nameOf(data))) });

/** The files of a data folder's server, kept in it. */
class Folder {
  constructor(data) {
    this.root = join(data, 'blobs');
  }

  /** The keys of all kept bytes, such as users/…/….png. */
  kept() {
    const users = join(this.root, 'users');
    if (!existsSync(users)) return [];
    return readdirSync(users, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)));
  }

  bytes(key) {
    return readFileSync(join(this.root, key));
  }

  /** Files of uploads on their way: named ones, and nameless ones that the process holds open. */
  underWay({ pid }) {
    const named = readdirSync(join(this.root, 'staging'));
    const descriptors = `/proc/${pid}/fd`;
    const open = readdirSync(descriptors).flatMap((fd) => {
      try {
        const target = readlinkSync(join(descriptors, fd));
        return target.includes('/blobs/staging/') ? [target] : [];
      } catch {
        return []; // closed meanwhile
      }
    });
    return [...named, ...open];
  }
}

/** The files of a data folder's server, kept in the bucket. */
class Objects {
  constructor(data) {
    this.prefix = `${nameOf(data)}/`;
  }

  #ask(path, query = '') {
    const signed = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${BUCKET.accessKey}:${BUCKET.secretKey}`, '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
    return curl(...signed, `${BUCKET.endpoint}/${BUCKET.bucket}${path}${query}`);
  }

  // Pages of 1000 names: more than any test keeps.
  #list(query) {
    return [...this.#ask('', query).toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key.slice(this.prefix.length));
  }

  kept() {
    return this.#list(`?list-type=2&prefix=${encodeURIComponent(`${this.prefix}users/`)}`);
  }

  bytes(key) {
    return this.#ask(`/${this.prefix}${key}`);
  }

  /** What the bucket has of uploads on their way, and what the server holds in memory: the first part shows nowhere else. */
  async underWay({ client, running }) {
    const begun = this.#list(`?prefix=${encodeURIComponent(this.prefix)}&uploads=`);
    if (!running) return begun;
    const { text } = await client.get('/metrics');
    const held = Number(/^medialith_blob_buffered_bytes (\d+)$/m.exec(text)[1]);
    return held > 0 ? [...begun, `${held} bytes in memory`] : begun;
  }
}

export const filesOf = (data, storage) => (BUCKET && storage !== 'folder' ? new Objects(data) : new Folder(data));
