-- The tables of a member's own database (schema 43) since LXD 5.21 and in Incus; the statements are written by us.

CREATE TABLE certificates (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  fingerprint TEXT NOT NULL,
  type INTEGER NOT NULL,
  name TEXT NOT NULL,
  certificate TEXT NOT NULL,
  UNIQUE (fingerprint)
);

CREATE TABLE config (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  UNIQUE (key)
);

CREATE TABLE patches (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  name VARCHAR(255) NOT NULL,
  applied_at DATETIME NOT NULL,
  UNIQUE (name)
);

CREATE TABLE raft_nodes (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  address TEXT NOT NULL,
  role INTEGER NOT NULL DEFAULT 0,
  name TEXT NOT NULL DEFAULT '',
  UNIQUE (address)
);

CREATE TABLE schema (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  version INTEGER NOT NULL,
  updated_at DATETIME NOT NULL,
  UNIQUE (version)
);

INSERT INTO schema (version, updated_at) VALUES (43, strftime('%Y-%m-%d %H:%M:%S+00:00', 'now'));
