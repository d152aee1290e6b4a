// Whether what jobs do is done by whoever holds the job's lease, and by nobody else.
//
// A trigger notes each time that `purge-idempotency` deletes, and whether the same transaction has renewed the lease: only
// its holder can do that, so what was noted without is the work of a server from which the job had been taken. The rows it
// deletes are planted; the job is made due and the servers told, over and over, and the lease is taken from whoever has it
// again and again, as happens to one that stands still for too long.
import { setTimeout as pause } from 'node:timers/promises';

const KIND = 'purge-idempotency';
export const PLANTED = 20_000;
const BETWEEN_LOSSES_MS = 60;

const installation = (schema) => `
  CREATE TABLE ${schema}.audit (deleted bigint NOT NULL, fenced boolean NOT NULL);
  CREATE FUNCTION ${schema}.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    INSERT INTO ${schema}.audit SELECT count(*),
      (SELECT xmin::text::bigint = pg_current_xact_id()::text::bigint % 4294967296 FROM ${schema}.leases WHERE name = '${KIND}')
      FROM gone HAVING count(*) > 0;
    RETURN NULL;
  END $$;
  CREATE TRIGGER note AFTER DELETE ON ${schema}.idempotency REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.note();`;

export function installAudit(cluster) {
  cluster.sql(installation(cluster.schema));
}

export function plantOldAnswers(cluster, round) {
  cluster.sql(`INSERT INTO ${cluster.schema}.idempotency (user_rid, key, fingerprint, status, kind, object_id, created_at)
    SELECT (SELECT min(rid) FROM ${cluster.schema}.users), 'old-${round}-' || n, '', 201, 'generation', 'none', now() - interval '90 days'
    FROM generate_series(1, ${PLANTED}) n`);
}

/// Has the servers run the job, and loses them its lease, until `stop.now`.
export async function runJobs(cluster, stop) {
  while (!stop.now) {
    try {
      cluster.sql(`UPDATE ${cluster.schema}.jobs SET due_at = 'epoch' WHERE kind = '${KIND}'; NOTIFY "medialith ${cluster.schema}"`);
      await pause(BETWEEN_LOSSES_MS);
      cluster.sql(`UPDATE ${cluster.schema}.leases SET fence = fence + 1, holder = 'another', expires_at = 'epoch' WHERE name = '${KIND}'`);
    } catch {
      // PostgreSQL is being restarted
      await pause(BETWEEN_LOSSES_MS);
    }
  }
}

export function leftToPurge(cluster) {
  return Number(cluster.sql(`SELECT count(*) FROM ${cluster.schema}.idempotency WHERE key LIKE 'old-%'`));
}

/// How many rows the job has deleted, and how many of them while it was another's.
export function readAudit(cluster) {
  const [fenced, unfenced] = cluster.sql(`SELECT coalesce(sum(deleted) FILTER (WHERE fenced), 0),
    coalesce(sum(deleted) FILTER (WHERE NOT fenced), 0) FROM ${cluster.schema}.audit`).split('|').map(Number);
  return { fenced, unfenced };
}
