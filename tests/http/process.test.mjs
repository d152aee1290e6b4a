// The server as a process: how it starts, what it refuses to start on, how it ends.
import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { noise } from './fixtures.mjs';
import { Server, run, temporaryFolder, until } from './harness.mjs';

// Of tests about SQLite's file and the folder of blobs.
const inFolder = { storage: 'folder' };
const serve = (data, variables = {}, options = {}) => run(['serve', '--listen', '127.0.0.1:0', '--data', data], { variables, ...options });
const refused = (result, pattern) => {
  assert.equal(result.status, 1, result.stdout);
  assert.match(result.stderr, pattern);
  assert.equal(result.stdout, '');
};

test('a data folder belongs to its owner alone', async (t) => {
  const server = await Server.forTest(t, inFolder);
  const mode = (path) => statSync(join(server.data, path)).mode & 0o777;
  assert.equal(mode('.'), 0o700);
  for (const file of ['secret.key', 'lock']) assert.equal(mode(file), 0o600, file);
  assert.equal(mode('medialith.db') & 0o077, 0, 'nobody else reads the database');
});

test('a data folder has one server', async (t) => {
  const server = await Server.forTest(t);
  refused(serve(server.data), new RegExp(`in use by another medialith \\(pid ${server.pid}\\)`));
  assert.equal((await server.client.get('/healthz')).status, 200);
});

test('a busy port is named', async (t) => {
  const server = await Server.forTest(t);
  refused(run(['serve', '--listen', `127.0.0.1:${server.port}`, '--data', temporaryFolder(t)]), new RegExp(`${server.port}`));
});

test('another secret is refused, and the old one works again', async (t) => {
  const server = new Server({ variables: { MEDIALITH_SECRET: 'x'.repeat(32) } });
  t.after(() => server.dispose());
  await server.start();
  const { id } = await server.client.generation();
  await server.stop();
  refused(serve(server.data, { MEDIALITH_SECRET: 'y'.repeat(32) }), /secret/);
  refused(serve(server.data), /secret/);
  refused(serve(server.data, { MEDIALITH_SECRET: 'short' }), /at least 32 characters/);
  server.variables = { AUTH_SECRET: 'x'.repeat(32) };
  await server.start();
  assert.equal((await server.client.get(`/v1/generations/${id}`)).status, 200);
});

test('files of another store are refused, and so are files that are gone', async (t) => {
  const server = new Server(inFolder);
  t.after(() => server.dispose());
  await server.start();
  const asset = await server.client.asset(noise(100));
  await server.stop();
  const marker = join(server.data, 'blobs/STORE_ID');
  const id = readFileSync(marker);
  writeFileSync(marker, '00000000-0000-7000-8000-000000000000\n');
  refused(serve(server.data, {}, inFolder), /store/);
  const away = join(server.data, 'away');
  cpSync(join(server.data, 'blobs'), away, { recursive: true });
  rmSync(join(server.data, 'blobs'), { recursive: true });
  refused(serve(server.data, {}, inFolder), /files are not here/);
  rmSync(join(server.data, 'blobs'), { recursive: true, force: true });
  cpSync(away, join(server.data, 'blobs'), { recursive: true });
  chmodSync(join(server.data, 'blobs'), 0o700);
  writeFileSync(marker, id);
  await server.start();
  assert.equal((await server.client.get(asset.url)).status, 200);
});

test('an SQLite file that is not ours is left alone', async (t) => {
  const data = temporaryFolder(t);
  const file = join(data, 'other.db');
  // A database of another program: header, one page, one table.
  const other = new Server(inFolder);
  t.after(() => other.dispose());
  await other.start();
  await other.stop();
  const { DatabaseSync } = await import('node:sqlite').catch(() => ({}));
  if (DatabaseSync !== undefined) {
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE canvases (id TEXT PRIMARY KEY, name TEXT)');
    database.close();
  } else {
    writeFileSync(file, makeForeignDatabase());
  }
  const before = readFileSync(file);
  for (const variables of [{ SQLITE_PATH: file }, { SQLITE_URL: `file:${file}` }, { MEDIALITH_DATABASE: file }]) refused(serve(join(data, 'data'), variables, inFolder), /other\.db was not made by Medialith and was left as it is/);
  assert.deepEqual(readFileSync(file), before);
  const text = join(data, 'text.db');
  writeFileSync(text, 'this is no database '.repeat(100));
  const result = serve(join(data, 'data'), { SQLITE_PATH: text }, inFolder);
  assert.equal(result.status, 1);
  assert.equal(readFileSync(text, 'utf8'), 'this is no database '.repeat(100));
});

/** The smallest SQLite file with a table `canvases(id)` (file format, §1.3, §1.6 and §2.6). */
function makeForeignDatabase() {
  const size = 4096;
  const pages = Buffer.alloc(2 * size);
  pages.write('SQLite format 3\0', 0, 'latin1');
  pages.writeUInt16BE(size, 16);
  pages.set([1, 1, 0, 64, 32, 32], 18);
  for (const [at, value] of [[24, 1], [28, 2], [40, 1], [44, 4], [56, 1], [92, 1], [96, 3_040_001]]) pages.writeUInt32BE(value, at);
  const sql = 'CREATE TABLE canvases(id)';
  const types = [23, 29, 29, 1, 13 + 2 * sql.length];
  const record = Buffer.concat([Buffer.from([types.length + 1, ...types]), Buffer.from('tablecanvasescanvases'), Buffer.from([2]), Buffer.from(sql)]);
  const cell = Buffer.concat([Buffer.from([record.length, 1]), record]);
  const start = size - cell.length;
  cell.copy(pages, start);
  pages[100] = 13;
  pages.writeUInt16BE(1, 103);
  pages.writeUInt16BE(start, 105);
  pages.writeUInt16BE(start, 108);
  pages[size] = 13;
  pages.writeUInt16BE(size, size + 5);
  return pages;
}

test('a wrong configuration names everything that is wrong', (t) => {
  const result = serve(temporaryFolder(t), { MEDIALITH_MAX_FILE_SIZE: 'huge', MEDIALITH_LOG_LEVEL: 'loud', MEDIALITH_MAX_FILESIZE: '1', HOSTED_MODE: 'perhaps' });
  assert.equal(result.status, 1);
  for (const pattern of [/MEDIALITH_MAX_FILE_SIZE must be a size/, /MEDIALITH_LOG_LEVEL must be one of/, /no option MEDIALITH_MAX_FILESIZE.*MEDIALITH_MAX_FILE_SIZE\?/, /HOSTED_MODE must be true or false/]) assert.match(result.stderr, pattern);
  for (const variables of [{ MEDIALITH_ALLOWED_ORIGINS: 'not an origin' }, { MEDIALITH_PUBLIC_URL: 'ftp://x' }, { MEDIALITH_TRUSTED_PROXIES: '10.0.0.0/99' }, { MEDIALITH_TLS_CERTIFICATE: '/none.pem', MEDIALITH_TLS_KEY: '/none.pem' }, { DATABASE_URL: 'postgres://localhost/x' }]) {
    const wrong = serve(temporaryFolder(t), variables, inFolder);
    assert.equal(wrong.status, 1, `${JSON.stringify(variables)} ${wrong.stdout}`);
    assert.match(wrong.stderr, /^medialith: \S/);
  }
});

test('an empty variable is as if it were not set', async (t) => {
  const server = await Server.forTest(t, { ...inFolder, variables: { MEDIALITH_SECRET: '', SQLITE_PATH: '', MEDIALITH_MAX_FILE_SIZE: '', MEDIALITH_PUBLIC_URL: '' } });
  assert.equal((await server.client.get('/readyz')).status, 200);
  assert.ok(existsSync(join(server.data, 'medialith.db')));
});

test('the database may lie elsewhere', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'db'));
  const server = await Server.forTest(t, { ...inFolder, variables: { SQLITE_URL: `file:${join(folder, 'db/own.db')}` } });
  await server.client.generation();
  assert.ok(existsSync(join(folder, 'db/own.db')));
  assert.ok(!existsSync(join(server.data, 'medialith.db')));
});

test('SIGTERM lets an upload end, takes no new one, and then ends well', async (t) => {
  const server = await Server.forTest(t);
  const bytes = noise(2 << 20);
  const wire = await server.socket();
  wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  wire.write(bytes.subarray(0, 1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  server.signal('SIGTERM');
  await until('new connections to be refused', () => server.refuses());
  assert.ok(server.running);
  wire.write(bytes.subarray(1 << 20));
  const [answer] = await wire.answered(1);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.connection, 'close');
  const asset = JSON.parse(answer.body);
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  await server.restart();
  assert.ok((await server.client.get(asset.url)).body.equals(bytes));
});

test('SIGTERM waits 10 seconds for who does not end, and keeps nothing of theirs', async (t) => {
  const server = await Server.forTest(t);
  const wire = await server.socket();
  wire.write('POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n');
  wire.write(noise(1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  const started = Date.now();
  server.signal('SIGTERM');
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  const took = Date.now() - started;
  assert.ok(took > 9000 && took < 14_000, `${took} ms`);
  await server.restart();
  assert.deepEqual(await server.client.all('/v1/assets'), []);
  assert.deepEqual(server.blobFiles(), []);
});

test('SIGINT ends it too; a second signal at once', async (t) => {
  const server = await Server.forTest(t);
  server.client.close();
  server.signal('SIGINT');
  assert.deepEqual(await server.exited, { code: 0, signal: null });
  await server.restart();
  const wire = await server.socket();
  wire.write('POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n');
  wire.write(noise(1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  server.signal('SIGTERM');
  await until('new connections to be refused', () => server.refuses());
  server.signal('SIGTERM');
  assert.deepEqual(await server.exited, { code: 143, signal: null });
  wire.close();
  await server.start();
});

test('what a killed server left behind is swept, and nothing else', async (t) => {
  const server = await Server.forTest(t);
  const kept = await server.client.asset(noise(5000));
  const bytes = noise(2 << 20);
  const wire = await server.socket();
  wire.write(`POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  wire.write(bytes.subarray(0, 1 << 20));
  await until('the upload to have begun', async () => (await server.underWay()).length > 0);
  server.signal('SIGKILL');
  await server.exited;
  server.client.close();
  await server.start();
  assert.equal(server.blobFiles().length, 1);
  assert.equal((await server.client.get(kept.url)).status, 200);
});

test('the binary explains itself', () => {
  assert.match(run(['--version']).stdout, /^\d+\.\d+\.\d+/);
  for (const words of [['--help'], ['serve', '--help']]) assert.match(run(words).stdout, /serve|--data/);
  for (const words of [[], ['nonsense'], ['serve', '--nonsense']]) assert.notEqual(run(words).status, 0);
});
