-- The words that full text knows, for prefixes. They hold nothing of their own.
CREATE VIRTUAL TABLE generation_words USING fts5vocab(generations_search, 'instance');
CREATE VIRTUAL TABLE asset_words USING fts5vocab(assets_search, 'instance');

-- A seed is found where most apps keep it, too: with the parameters.
INSERT INTO generations_search (generations_search, rowid, search_owner, prompt, negative_prompt, search_text,
                                search_terms)
  SELECT 'delete', d.rid, d.search_owner, d.prompt, d.negative_prompt, d.search_text, d.search_terms
  FROM generation_documents d JOIN generations g ON g.rid = d.rid
  WHERE json_type(g.input_params, '$.seed') IN ('integer', 'real', 'text');
UPDATE generations SET search_text = trim(search_text || ' ' || trim(input_params -> '$.seed', '"'))
  WHERE json_type(input_params, '$.seed') IN ('integer', 'real', 'text');
INSERT INTO generations_search (rowid, search_owner, prompt, negative_prompt, search_text, search_terms)
  SELECT d.rid, d.search_owner, d.prompt, d.negative_prompt, d.search_text, d.search_terms
  FROM generation_documents d JOIN generations g ON g.rid = d.rid
  WHERE json_type(g.input_params, '$.seed') IN ('integer', 'real', 'text');

-- When the bytes of a purged asset were given up: the finaliser waits its grace from then on.
ALTER TABLE blobs ADD COLUMN condemned_at INTEGER;
CREATE INDEX blobs_condemned ON blobs (condemned_at) WHERE state = 'condemned';

-- Bulk work: what to do, to what, and how far it has come.
CREATE TABLE operations (
  rid         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  user_rid    INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE,
  action      TEXT NOT NULL CHECK (action IN ('trash', 'restore', 'purge', 'update', 'undo')),
  state       TEXT NOT NULL CHECK (state IN ('running', 'completed')),
  request     TEXT NOT NULL,     -- what it is done to, and for `update` what is set
  undoes      INTEGER REFERENCES operations(rid),
  undone      INTEGER NOT NULL DEFAULT 0,
  position    INTEGER NOT NULL,  -- what has a rid from here on is done
  matched     INTEGER NOT NULL,
  changed     INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX operations_user ON operations (user_rid);
CREATE INDEX operations_running ON operations (rid) WHERE state = 'running';
-- What an undo needs: the version that the operation made, and the members it replaced.
CREATE TABLE operation_items (
  operation_rid INTEGER NOT NULL REFERENCES operations(rid) ON DELETE CASCADE,
  rid           INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  version       INTEGER NOT NULL,
  replaced      TEXT,
  PRIMARY KEY (operation_rid, rid, kind)
) STRICT, WITHOUT ROWID;
