// Three real servers over one PostgreSQL and one bucket.
import { randomBytes } from 'node:crypto';

export const SIZE = 3;

/// What servers over this database and bucket are told. `name` makes a schema and a bucket that nobody else uses.
export function environmentOf(postgres, gateway, name) {
  return {
    MEDIALITH_DATABASE: postgres.url, MEDIALITH_DATABASE_SCHEMA: name.replaceAll('-', '_'),
    ASSET_STORAGE: 's3', S3_ENDPOINT: gateway.endpoint, S3_BUCKET: name, S3_ACCESS_KEY: gateway.accessKey,
    S3_SECRET_KEY: gateway.secretKey, S3_CREATE_BUCKET: 'true', MEDIALITH_SECRET: randomBytes(32).toString('hex'),
  };
}
