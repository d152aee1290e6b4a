-- Every row has one owner. Inside, rows are known by `rid` (64 bit) and owners by `user_rid`; the text ids of the wire
-- are unique per owner only. A generation's and an asset's rid is created_at_ms * 2^20 + tie: rid order is list order.
-- Times are milliseconds since the epoch, JSON and decimals are text as sent.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  rid         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL CHECK (kind IN ('local', 'person', 'guest', 'legacy')),
  email       TEXT,               -- as given
  email_key   TEXT UNIQUE,        -- lower case, what is compared
  name        TEXT,
  admin       INTEGER NOT NULL DEFAULT 0,
  url_epoch   INTEGER NOT NULL DEFAULT 1,  -- raised by what must end the user's signed URLs
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

-- How a user proves who they are: a password, or an issuer and the subject it vouches for.
CREATE TABLE identities (
  rid           INTEGER PRIMARY KEY,
  user_rid      INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  issuer        TEXT NOT NULL,    -- 'password' is ours
  subject       TEXT NOT NULL,
  password_hash TEXT,
  created_at    INTEGER NOT NULL,
  UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX identities_user ON identities (user_rid);

CREATE TABLE logins (
  token_hash   BLOB PRIMARY KEY,
  user_rid     INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_user ON logins (user_rid);

CREATE TABLE api_keys (
  rid          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  user_rid     INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  secret_hash  BLOB NOT NULL,
  scopes       INTEGER NOT NULL,  -- bits: 1 read, 2 write, 4 import, 8 admin
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_user ON api_keys (user_rid);

-- Secrets that may be used once: set-up tokens now, upload grants and invitations later.
CREATE TABLE grants (
  secret_hash BLOB PRIMARY KEY,
  kind        TEXT NOT NULL,
  user_rid    INTEGER REFERENCES users(rid) ON DELETE CASCADE,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE generations (
  rid             INTEGER PRIMARY KEY,
  user_rid        INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  id              TEXT NOT NULL,
  model_id        TEXT NOT NULL,
  model_name      TEXT NOT NULL,
  provider        TEXT NOT NULL,
  category        TEXT NOT NULL,
  prompt          TEXT NOT NULL,
  input_params    TEXT NOT NULL,
  result          TEXT NOT NULL,
  metadata        TEXT NOT NULL,
  recipe          TEXT,
  status          TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  error           TEXT,
  duration_ms     INTEGER,
  cost_amount     TEXT,
  cost_currency   TEXT,
  favorite        INTEGER NOT NULL DEFAULT 0,
  rating          INTEGER CHECK (rating BETWEEN 1 AND 5),
  tags            TEXT NOT NULL DEFAULT '[]',
  negative_prompt TEXT NOT NULL DEFAULT '',  -- these four are only what full text reads
  search_text     TEXT NOT NULL DEFAULT '',  -- model, category, provider, seed
  file_names      TEXT NOT NULL DEFAULT '',  -- of its assets
  search_terms    TEXT NOT NULL DEFAULT '',  -- one token for each tag, lora, sampler, provider, status
  version         INTEGER NOT NULL DEFAULT 1,
  updated_at      INTEGER NOT NULL,
  deleted_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX generations_id ON generations (user_rid, id);
CREATE INDEX generations_owner ON generations (user_rid) WHERE deleted_at IS NULL;
CREATE INDEX generations_model ON generations (user_rid, model_id);
CREATE INDEX generations_category ON generations (user_rid, category);
CREATE INDEX generations_updated ON generations (user_rid, updated_at);
CREATE INDEX generations_favorite ON generations (user_rid) WHERE favorite = 1;
CREATE INDEX generations_deleted ON generations (user_rid, deleted_at) WHERE deleted_at IS NOT NULL;

-- What full text indexes of a generation; at most 64 KiB of a prompt.
CREATE VIEW generation_documents AS
  SELECT rid, printf('o%xz', user_rid) AS search_owner, substr(prompt, 1, 65536) AS prompt,
         substr(negative_prompt, 1, 65536) AS negative_prompt,
         search_text || ' ' || file_names AS search_text, search_terms
  FROM generations;
CREATE VIRTUAL TABLE generations_search USING fts5 (
  search_owner, prompt, negative_prompt, search_text, search_terms,
  content='generation_documents', content_rowid='rid', tokenize='porter unicode61 remove_diacritics 2'
);

-- Bytes. Immutable, never overwritten, one asset each.
CREATE TABLE blobs (
  rid        INTEGER PRIMARY KEY,
  user_rid   INTEGER NOT NULL REFERENCES users(rid),
  key        TEXT NOT NULL UNIQUE,
  size       INTEGER NOT NULL,
  sha256     BLOB NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('ready', 'condemned')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE assets (
  rid            INTEGER PRIMARY KEY,
  user_rid       INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  id             TEXT NOT NULL UNIQUE,
  generation_rid INTEGER REFERENCES generations(rid),
  blob_rid       INTEGER REFERENCES blobs(rid),
  kind           TEXT NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'file')),
  state          TEXT NOT NULL CHECK (state IN ('ready', 'fetching', 'device', 'missing', 'failed')),
  visibility     TEXT NOT NULL DEFAULT 'normal' CHECK (visibility IN ('normal', 'hidden', 'quarantined')),
  origin         TEXT NOT NULL DEFAULT 'library' CHECK (origin IN ('library', 'canvas')),
  external_url   TEXT,
  filename       TEXT,
  content_type   TEXT NOT NULL,
  size           INTEGER,
  sha256         BLOB,
  width          INTEGER,
  height         INTEGER,
  duration_ms    INTEGER,
  thumbhash      BLOB,
  version        INTEGER NOT NULL DEFAULT 1,
  updated_at     INTEGER NOT NULL,
  deleted_at     INTEGER,
  deleted_with_generation INTEGER NOT NULL DEFAULT 0  -- restored with it, and only with it
) STRICT;
CREATE INDEX assets_owner ON assets (user_rid) WHERE deleted_at IS NULL;
CREATE INDEX assets_generation ON assets (generation_rid) WHERE generation_rid IS NOT NULL;
CREATE INDEX assets_content ON assets (user_rid, sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX assets_deleted ON assets (user_rid, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX assets_blob ON assets (blob_rid) WHERE blob_rid IS NOT NULL;

CREATE VIEW asset_documents AS
  SELECT rid, printf('o%xz', user_rid) AS search_owner, coalesce(filename, '') AS filename, kind, content_type
  FROM assets;
CREATE VIRTUAL TABLE assets_search USING fts5 (
  search_owner, filename, kind, content_type,
  content='asset_documents', content_rowid='rid', tokenize='porter unicode61 remove_diacritics 2'
);

-- The change feed: the last change of each thing, numbered per owner in commit order.
CREATE TABLE change_heads (
  user_rid INTEGER PRIMARY KEY REFERENCES users(rid) ON DELETE CASCADE,
  seq      INTEGER NOT NULL
) STRICT;
CREATE TABLE changes (
  user_rid   INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  object_rid INTEGER NOT NULL,
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL,
  deleted    INTEGER NOT NULL DEFAULT 0,  -- a tombstone: the thing lies in the trash or is gone
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (user_rid, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX changes_object ON changes (kind, object_rid);

-- Answers that a retry gets again: a reference, rendered anew.
CREATE TABLE idempotency (
  user_rid    INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  key         TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status      INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  object_id   TEXT NOT NULL,
  details     TEXT NOT NULL DEFAULT '{}',
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (user_rid, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_created ON idempotency (created_at);
