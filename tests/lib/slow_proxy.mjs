// A TCP proxy that makes a server of 127.0.0.1 a distant one, and counts what goes there and back.
import { createServer, connect } from 'node:net';
import { once } from 'node:events';

// How the engines begin a transaction that writes; statements travel as plain text in both protocols, PostgreSQL's and Hrana's.
const BEGINS = /BEGIN\0|BEGIN IMMEDIATE/;

/// Starts one before `port`: each trip there and back takes `ms` longer. `onWrite({trips, text})` is called for each transaction
/// that writes, when its COMMIT is answered, with the trips that it took and what was sent in them; `onRead({trips, text})` for
/// each trip of one that only reads. Nobody waits for the end of those.
export async function startSlowProxy(port, ms, { onWrite = () => {}, onRead = () => {} } = {}) {
  const open = new Set();
  const streams = new Map();
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    const count = counter({ onWrite, onRead }, streams);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
    }
    const carry = (from, to, look) => {
      from.on('data', (piece) => {
        look(piece);
        setTimeout(() => to.destroyed || to.write(piece), ms / 2);
      });
      from.on('close', () => setTimeout(() => to.destroy(), ms / 2));
    };
    carry(client, server, count.sent);
    carry(server, client, count.answered);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: proxy.address().port,
    async stop() {
      for (const socket of open) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

const BATON = /"baton" *: *"([^"]+)"/;

/// Of one connection: what is sent without an answer in between is one trip. On PostgreSQL a connection has one transaction
/// after the other; Hrana's streams go over any connection, and each answer names the next request of its stream.
function counter(told, streams) {
  const own = { open: null };
  let stream = own;
  let sent = '';
  let answer = '';
  return {
    sent(piece) {
      if (sent === '') answer = '';
      sent += piece.toString('latin1');
    },
    answered(piece) {
      if (sent !== '') {
        if (sent.startsWith('POST ')) stream = streams.get(BATON.exec(sent)?.[1]) ?? { open: null };
        follow(stream, sent, told);
        sent = '';
      }
      answer += piece.toString('latin1');
      const [, baton] = BATON.exec(answer) ?? [];
      if (baton) streams.set(baton, stream);
    },
  };
}

/// One trip of a stream. Its `open` is the transaction that writes: {trips, text}.
function follow(stream, text, { onWrite, onRead }) {
  const commit = (part) => {
    const at = part.indexOf('COMMIT');
    if (!stream.open || at < 0) return part;
    stream.open.text += part.slice(0, at);
    onWrite(stream.open);
    stream.open = null;
    return part.slice(at + 1); // it may travel with the BEGIN of the next
  };
  const writing = stream.open !== null;
  if (writing) stream.open.trips++;
  const rest = commit(text);
  // One that is begun before another has been committed: that has been rolled back.
  const begin = rest.search(BEGINS);
  if (begin >= 0) stream.open = { trips: 1, text: '' };
  else if (!writing && /\bSELECT\b/.test(text)) onRead({ trips: 1, text });
  const left = begin >= 0 ? commit(rest.slice(begin)) : rest;
  if (stream.open) stream.open.text += left;
}
