import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS vaults (name TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS objects (
    vault TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL, managed INTEGER NOT NULL, current TEXT NOT NULL,
    deleted_at INTEGER, purge_at INTEGER, settles_at INTEGER NOT NULL, rotation_policy TEXT,
    PRIMARY KEY (vault, kind, key)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS objects_by_purge ON objects (purge_at) WHERE purge_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS versions (
    vault TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
    ordinal INTEGER NOT NULL, properties TEXT NOT NULL, material TEXT NOT NULL,
    PRIMARY KEY (vault, kind, key, version)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS pending_certificates (
    vault TEXT NOT NULL, key TEXT NOT NULL, due INTEGER, operation TEXT NOT NULL, PRIMARY KEY (vault, key)) STRICT;
  CREATE TABLE IF NOT EXISTS certificate_notes (
    vault TEXT NOT NULL, topic TEXT NOT NULL, key TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (vault, topic, key)) STRICT;
  CREATE TABLE IF NOT EXISTS roles (
    principal TEXT NOT NULL, vault TEXT NOT NULL, actions TEXT NOT NULL, PRIMARY KEY (principal, vault)) STRICT;
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/**
 * Opens the vaults' database in the folder `dataDir`, and makes it at the first start. A commit has reached the operating system
 * before it returns, so killing the process loses nothing that was acknowledged.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  const database = new DatabaseSync(join(dataDir, 'vaults.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
  database.exec(SCHEMA);
  return database;
}

/** Runs `work` in one transaction: all of it holds, or nothing. `work` must not wait for anything. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** A value that is made once and then kept for the life of the data folder. */
export function keptFact(database: DatabaseSync, name: string, make: () => string): string {
  database.prepare('INSERT OR IGNORE INTO facts (name, value) VALUES (?, ?)').run(name, make());
  const row = database.prepare('SELECT value FROM facts WHERE name = ?').get(name) as { value: string };
  return row.value;
}
