// An S3 gateway: Ceph's RGW over one monitor and one storage daemon, all in memory. About ten seconds to start.
// Announces endpoint, region, accessKey, secretKey. Packages: radosgw, ceph-mon, ceph-osd, ceph-common.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child, freePort, removeFolder, runAsProgram, temporaryFolder } from './program.mjs';

const run = promisify(execFile);
const KEYS = { accessKey: 'medialith', secretKey: 'medialith-secret' };
const STORE_BYTES = 4 * 2 ** 30;

/// Without cephx the messenger must be told to use crc mode, or the gateway waits for a secure one for ever.
function configuration({ folder, monitor, port }) {
  const settings = {
    fsid: randomUUID(),
    mon_host: monitor,
    mon_allow_pool_size_one: true,
    mon_data_avail_warn: 2,
    mon_data_avail_crit: 1,
    auth_cluster_required: 'none',
    auth_service_required: 'none',
    auth_client_required: 'none',
    ms_mon_client_mode: 'crc',
    ms_mon_cluster_mode: 'crc',
    ms_mon_service_mode: 'crc',
    ms_client_mode: 'crc',
    ms_bind_ipv6: false,
    public_addr: '127.0.0.1',
    cluster_addr: '127.0.0.1',
    osd_pool_default_size: 1,
    osd_pool_default_min_size: 1,
    osd_pool_default_pg_num: 8,
    osd_pool_default_pg_autoscale_mode: 'off',
    osd_crush_chooseleaf_type: 0,
    osd_objectstore: 'memstore',
    memstore_device_bytes: STORE_BYTES,
    mon_data: join(folder, 'mon'),
    osd_data: join(folder, 'osd'),
    rgw_data: join(folder, 'rgw'),
    run_dir: folder,
    admin_socket: join(folder, '$name.asok'),
    log_file: join(folder, '$name.log'),
    rgw_frontends: `beast endpoint=127.0.0.1:${port}`,
  };
  return `[global]\n${Object.entries(settings).map(([name, value]) => `${name} = ${value}`).join('\n')}\n`;
}

/** By which a Medialith server keeps its files there; `gateway` is what start() announces. */
export const bucketVariables = (gateway, bucket, prefix) => ({
  ASSET_STORAGE: 's3', S3_ENDPOINT: gateway.endpoint, S3_BUCKET: bucket, S3_ACCESS_KEY: gateway.accessKey, S3_SECRET_KEY: gateway.secretKey,
  S3_CREATE_BUCKET: 'true', ...(prefix && { S3_PREFIX: prefix }),
});

export async function start() {
  const folder = temporaryFolder('rgw');
  const children = [];
  const stop = async () => {
    // Nothing of it is kept: there is nothing to close in good order.
    for (const child of children.reverse()) await child.stop('SIGKILL');
    removeFolder(folder);
  };
  try {
    const port = await freePort();
    const monitor = `[v2:127.0.0.1:${await freePort()},v1:127.0.0.1:${await freePort()}]`;
    for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name));
    const file = join(folder, 'ceph.conf');
    const text = configuration({ folder, monitor, port });
    writeFileSync(file, text);
    const fsid = /fsid = (\S+)/.exec(text)[1];
    const map = join(folder, 'monmap');
    const osd = randomUUID();
    const serve = (command, words, name) => {
      children.push(new Child(folder, command, ['-c', file, '-f', ...words], { name }));
      return children.at(-1);
    };
    await run('monmaptool', ['--create', '--addv', 'a', monitor, '--fsid', fsid, map]);
    await run('ceph-mon', ['-c', file, '-i', 'a', '--mkfs', '--monmap', map]);
    serve('ceph-mon', ['-i', 'a'], 'mon');
    await run('ceph', ['-c', file, '--connect-timeout', '60', 'osd', 'new', osd]);
    await run('ceph-osd', ['-c', file, '-i', '0', '--mkfs', '--osd-uuid', osd]);
    serve('ceph-osd', ['-i', '0'], 'osd');
    const gateway = serve('radosgw', ['-n', 'client.rgw'], 'gateway');
    const endpoint = `http://127.0.0.1:${port}`;
    await gateway.ready(() => fetch(endpoint).then((answer) => answer.ok, () => false));
    await run('radosgw-admin', ['-c', file, '-n', 'client.rgw', 'user', 'create', '--uid=medialith', '--display-name=medialith',
      `--access-key=${KEYS.accessKey}`, `--secret-key=${KEYS.secretKey}`]);
    return { endpoint, region: 'us-east-1', ...KEYS, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

await runAsProgram(import.meta.url, start);
