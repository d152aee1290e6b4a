// nginx as the limit of what can be sent: two workers, sendfile, nothing logged.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

async function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** Serves `files` (name to bytes) from `folder`. Resolves when it answers. */
export async function startNginx(folder, files, { nopush }) {
  mkdirSync(join(folder, 'www'), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, 'www', name), bytes);
  const port = await freePort();
  const configuration = join(folder, 'nginx.conf');
  writeFileSync(configuration, `
user root; worker_processes 2; daemon off; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off; sendfile on; tcp_nopush ${nopush ? 'on' : 'off'}; tcp_nodelay on; keepalive_requests 1000000; etag on;
  types { application/json json; } default_type application/octet-stream;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen 127.0.0.1:${port}; root ${folder}/www; }
}`);
  const binary = spawnSync('which', ['nginx'], { encoding: 'utf8' }).stdout.trim() || '/usr/sbin/nginx';
  const child = spawn(binary, ['-p', folder, '-c', configuration], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answered = await fetch(`${url}/${Object.keys(files)[0]}`, { method: 'HEAD' }).then(() => true, () => false);
    if (answered) break;
    if (tries > 500 || child.exitCode !== null) throw new Error('nginx does not answer');
    await new Promise((next) => { setTimeout(next, 10); });
  }
  return { url, stop: () => new Promise((done) => { child.once('exit', done); child.kill('SIGTERM'); }) };
}
