-- adding-only
-- When the bytes of a purged asset were given up: the finaliser waits its grace from then on.
ALTER TABLE {blobs} ADD COLUMN condemned_at timestamptz;
CREATE INDEX blobs_condemned ON {blobs} (condemned_at) WHERE state = 'condemned';

-- Bulk work: what to do, to what, and how far it has come.
CREATE TABLE {operations} (
  rid         bigint PRIMARY KEY,
  id          text NOT NULL UNIQUE,
  user_rid    bigint NOT NULL REFERENCES {users}(rid) ON DELETE CASCADE,
  action      text NOT NULL CHECK (action IN ('trash', 'restore', 'purge', 'update', 'undo')),
  state       text NOT NULL CHECK (state IN ('running', 'completed')),
  request     json NOT NULL,    -- what it is done to, and for `update` what is set
  undoes      bigint REFERENCES {operations}(rid),
  undone      boolean NOT NULL DEFAULT false,
  position    bigint NOT NULL,  -- what has a rid from here on is done
  matched     bigint NOT NULL,
  changed     bigint NOT NULL DEFAULT 0,
  created_at  timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX operations_user ON {operations} (user_rid);
CREATE INDEX operations_running ON {operations} (rid) WHERE state = 'running';
-- What an undo needs: the version that the operation made, and the members it replaced.
CREATE TABLE {operation_items} (
  operation_rid bigint NOT NULL REFERENCES {operations}(rid) ON DELETE CASCADE,
  rid           bigint NOT NULL,
  kind          text NOT NULL,
  version       bigint NOT NULL,
  replaced      json,
  PRIMARY KEY (operation_rid, rid, kind)
);
