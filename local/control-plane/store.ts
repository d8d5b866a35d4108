import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (collection, key)) STRICT, WITHOUT ROWID;
`;

/** Documents by collection and key, kept in the folder `dataDir`; what was put survives a hard kill. Keys compare without case. */
export class DocumentStore {
  readonly #database: DatabaseSync;

  constructor(dataDir: string) {
    this.#database = new DatabaseSync(join(dataDir, 'control-plane.sqlite'));
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000; ${SCHEMA}`);
  }

  /** All documents of a collection, by key. */
  all(collection: string): { key: string; document: unknown }[] {
    const rows = this.#database
      .prepare('SELECT key, document FROM documents WHERE collection = ? ORDER BY key')
      .all(collection) as { key: string; document: string }[];
    return rows.map(({ key, document }) => ({ key, document: JSON.parse(document) as unknown }));
  }

  /** One document, or undefined. */
  get(collection: string, key: string): unknown {
    const row = this.#database
      .prepare('SELECT document FROM documents WHERE collection = ? AND key = ?')
      .get(collection, key.toLowerCase()) as { document: string } | undefined;
    return row && (JSON.parse(row.document) as unknown);
  }

  /** Creates or replaces. */
  put(collection: string, key: string, document: object): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO documents (collection, key, document) VALUES (?, ?, ?)')
      .run(collection, key.toLowerCase(), JSON.stringify(document));
  }

  /** Removes; nothing happens if it is not there. */
  remove(collection: string, key: string): void {
    this.#database.prepare('DELETE FROM documents WHERE collection = ? AND key = ?').run(collection, key.toLowerCase());
  }

  close(): void {
    this.#database.close();
  }
}
