// Turns dist/ into one C++ source: the table of files that the server carries (app/console_files.hpp).
//
//   node scripts/embed.mjs DIST OUTPUT.cpp
//
// String literals instead of .incbin or #embed: a compiler cache sees the bytes and can neither miss nor confuse them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, sep } from 'node:path';
import { argv } from 'node:process';

const contentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const lineBytes = 40;

const [, , dist, output] = argv;
if (output === undefined) throw new Error('usage: node embed.mjs DIST OUTPUT.cpp');

const names = readdirSync(dist, { recursive: true })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => statSync(join(dist, name)).isFile() && !/\.(br|gz)$|(^|\/)\./.test(name));
// find_embedded searches by bytes; the names are ASCII, so that the order of code units is the same.
names.sort((a, b) => (a < b ? -1 : 1));

mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, source(names.map(describe)));

function describe(name) {
  const contentType = contentTypes[extname(name)];
  if (contentType === undefined) throw new Error(`${name}: no content type for this ending`);
  const read = (path) => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
  const path = join(dist, name);
  const bytes = readFileSync(path);
  return {
    path: `/${name}`,
    contentType,
    bytes,
    br: read(`${path}.br`),
    gzip: read(`${path}.gz`),
    etag: createHash('sha256').update(bytes).digest('hex').slice(0, 32),
    // Vite puts what it named by content under static/.
    freshness: name.startsWith('static/') ? 'immutable' : 'revalidate',
  };
}

function source(files) {
  const entries = files.map(
    (file, i) =>
      `    {.path = "${file.path}",\n     .content_type = "${file.contentType}",\n` +
      `     .bytes = {kBytes${i}, ${file.bytes.length}},\n     .br_bytes = {kBr${i}, ${file.br.length}},\n` +
      `     .gzip_bytes = {kGzip${i}, ${file.gzip.length}},\n     .etag = "${file.etag}",\n` +
      `     .freshness = http::Freshness::${file.freshness}},\n`,
  );
  const data = files.map(
    (file, i) =>
      `const char kBytes${i}[] =\n${literal(file.bytes)};\nconst char kBr${i}[] =\n${literal(file.br)};\n` +
      `const char kGzip${i}[] =\n${literal(file.gzip)};\n`,
  );
  return `// Made by console/scripts/embed.mjs from console/dist.
#include "app/console_files.hpp"

#pragma clang diagnostic ignored "-Woverlength-strings"

namespace medialith::app {
namespace {

${data.join('')}
const http::EmbeddedFile kFiles[] = {
${entries.join('')}};

}  // namespace

std::span<const http::EmbeddedFile> console_files() { return kFiles; }

}  // namespace medialith::app
`;
}

/** Octal escapes of three digits: unlike \\x they end by themselves. */
function literal(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length || at === 0; at += lineBytes) {
    let line = '';
    for (const byte of bytes.subarray(at, at + lineBytes)) {
      const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      line += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
    }
    lines.push(`    "${line}"`);
  }
  return lines.join('\n');
}
