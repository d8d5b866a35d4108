import { type DatabaseSync, type StatementSync } from 'node:sqlite';

/** Something a vault keeps about certificates that is no object: an issuer under its name, or the contacts. */
export type NoteTopic = 'issuer' | 'contacts';

const STATEMENTS = {
  pending: 'SELECT operation FROM pending_certificates WHERE vault = ? AND key = ?',
  putPending: 'INSERT OR REPLACE INTO pending_certificates (vault, key, due, operation) VALUES (?, ?, ?, ?)',
  removePending: 'DELETE FROM pending_certificates WHERE vault = ? AND key = ?',
  due: 'SELECT vault, operation FROM pending_certificates WHERE due <= ? ORDER BY due',
  nextDue: 'SELECT MIN(due) AS next FROM pending_certificates WHERE due IS NOT NULL',
  note: 'SELECT note FROM certificate_notes WHERE vault = ? AND topic = ? AND key = ?',
  putNote: 'INSERT OR REPLACE INTO certificate_notes (vault, topic, key, note) VALUES (?, ?, ?, ?)',
  removeNote: 'DELETE FROM certificate_notes WHERE vault = ? AND topic = ? AND key = ?',
  notes: 'SELECT key, note FROM certificate_notes WHERE vault = ? AND topic = ? AND key > ? ORDER BY key LIMIT ?',
} as const;

/**
 * What belongs to certificates besides the certificates themselves: pending operations, issuers and contacts, as JSON texts of
 * their owners. Names compare without case. Every method is synchronous, and a write is on disk when it returns.
 */
export class CertificateStore {
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(database: DatabaseSync) {
    const entries = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)] as const);
    this.#statements = Object.fromEntries(entries) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  /** The pending operation of a certificate, or undefined. */
  pending(vault: string, name: string): string | undefined {
    const row = this.#statements.pending.get(vault, name.toLowerCase()) as { operation: string } | undefined;
    return row?.operation;
  }

  /** Keeps a pending operation; at `due` (milliseconds) something is to happen to it, if anything. */
  putPending(vault: string, name: string, operation: string, due: number | undefined): void {
    this.#statements.putPending.run(vault, name.toLowerCase(), due ?? null, operation);
  }

  /** Forgets a pending operation. */
  removePending(vault: string, name: string): void {
    this.#statements.removePending.run(vault, name.toLowerCase());
  }

  /** The operations that are due at `now`, with their vaults. */
  due(now: number): { vault: string; operation: string }[] {
    return this.#statements.due.all(now) as { vault: string; operation: string }[];
  }

  /** When the next pending operation is due; infinity if none is. */
  nextDue(): number {
    return (this.#statements.nextDue.get() as { next: number | null }).next ?? Number.POSITIVE_INFINITY;
  }

  /** One note, or undefined. */
  note(vault: string, topic: NoteTopic, name = ''): string | undefined {
    const row = this.#statements.note.get(vault, topic, name.toLowerCase()) as { note: string } | undefined;
    return row?.note;
  }

  /** Keeps a note, instead of one of the same name. */
  putNote(vault: string, topic: NoteTopic, note: string, name = ''): void {
    this.#statements.putNote.run(vault, topic, name.toLowerCase(), note);
  }

  /** Forgets a note. */
  removeNote(vault: string, topic: NoteTopic, name = ''): void {
    this.#statements.removeNote.run(vault, topic, name.toLowerCase());
  }

  /** Notes of a topic by name, after the name `after`, at most `limit`. */
  notes(vault: string, topic: NoteTopic, after: string, limit: number): { key: string; note: string }[] {
    return this.#statements.notes.all(vault, topic, after, limit) as { key: string; note: string }[];
  }
}
