-- adding-only
-- What the servers over one database agree on: who does what, what was done, and how much was taken of a limit.

-- Who may do what only one server may do, until when. A row is never deleted: its fence only grows.
CREATE TABLE {leases} (
  name       text PRIMARY KEY,
  fence      bigint NOT NULL,      -- raised by each taking; whoever writes with an older one has lost the lease
  holder     text NOT NULL,        -- the server, for people
  place      text NOT NULL,        -- the data folder of a kernel that runs: of two processes there the older one is dead
  expires_at timestamptz NOT NULL  -- by the database's clock; the epoch once it was given back
);

-- The jobs that run by themselves, and how the last run of each went.
CREATE TABLE {jobs} (
  kind        text PRIMARY KEY,           -- also the name of its lease
  id          text NOT NULL UNIQUE,
  state       text NOT NULL CHECK (state IN ('pending', 'running', 'completed', 'failed')),
  runs        bigint NOT NULL DEFAULT 0,  -- begun
  failures    bigint NOT NULL DEFAULT 0,  -- since the last run that was completed
  done        bigint NOT NULL DEFAULT 0,  -- what the last completed run dealt with: rows, files
  server      text,                       -- that runs it, or did last
  error       text,                       -- of the last run
  due_at      timestamptz NOT NULL,
  started_at  timestamptz,
  finished_at timestamptz
);

-- Token buckets. A row says when its bucket is full again; one that is full is as good as none.
CREATE TABLE {rate_limits} (
  name       bytea PRIMARY KEY,  -- SHA-256 of the limit's kind and of whom it limits
  full_at_ms bigint NOT NULL     -- a number on every engine: it is reckoned with
);
CREATE INDEX rate_limits_full ON {rate_limits} (full_at_ms);

-- By which what has expired is found.
CREATE INDEX logins_expires ON {logins} (expires_at);
CREATE INDEX logins_seen ON {logins} (last_seen_at);
CREATE INDEX grants_expires ON {grants} (expires_at);
