// One HTTP exchange, told apart by what a client can know of it.
import { Agent, request } from 'node:http';

export class Client {
  constructor(port) {
    this.port = port;
    this.agent = new Agent({ keepAlive: true });
  }

  /// {kind: 'answer', status, headers, bytes, json()}; {kind: 'fail'}: it never left; {kind: 'unknown'}: it may have
  /// been done. An answer counts only when all of it came.
  send({ method = 'GET', path, headers = {}, body }) {
    return new Promise((done) => {
      const out = request({ port: this.port, host: '127.0.0.1', agent: this.agent, method, path, headers });
      out.on('error', (error) => done({ kind: error.code === 'ECONNREFUSED' ? 'fail' : 'unknown', why: error.code }));
      out.on('response', (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', () => done({ kind: 'unknown', why: 'cut' }));
        response.on('aborted', () => done({ kind: 'unknown', why: 'cut' }));
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          done({
            kind: 'answer',
            status: response.statusCode,
            headers: response.headers,
            bytes,
            json: () => JSON.parse(bytes.toString('utf8')),
          });
        });
      });
      out.end(body);
    });
  }

  close() {
    this.agent.destroy();
  }
}
