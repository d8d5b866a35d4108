import { type DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { type EventBody, type HistoryEvent } from './history-event';
import { type InstanceRecord, type Message, type RuntimeStatus } from './instance';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS instances (
    instance_id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, input TEXT, parent TEXT,
    status TEXT NOT NULL, output TEXT, custom_status TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (
    instance_id TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance_id, position)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT, event TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS inbox_by_instance ON inbox (instance_id);
`;

/** Which instances a query means; times in milliseconds, both ends included. */
export interface InstanceFilter {
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
  statuses?: readonly string[] | undefined;
  idPrefix?: string | undefined;
}

/**
 * The task hub on disk: instances, their histories, and the messages that wait for them, as plain text in one SQLite
 * database. Every call is durable against the death of the process when it returns, or when its transaction does.
 */
export class HubStore {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly database: DatabaseSync) {
    database.exec(SCHEMA);
  }

  /** Does `work` wholly or not at all. */
  transaction<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Puts a new instance in place, together with nothing that an earlier one of that id left behind. */
  insertInstance(record: InstanceRecord): void {
    this.purge(record.instanceId);
    this.#run(
      'INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[record.instanceId, record.executionId, record.name, record.input],
      record.parent && JSON.stringify(record.parent),
      ...[record.status, record.output, record.customStatus, record.createdAt, record.updatedAt],
    );
  }

  /** Records how an instance stands after a turn. */
  updateInstance(record: InstanceRecord): void {
    this.#run(
      'UPDATE instances SET status = ?, output = ?, custom_status = ?, updated_at = ? WHERE instance_id = ?',
      ...[record.status, record.output, record.customStatus, record.updatedAt, record.instanceId],
    );
  }

  /** Records that an instance goes on as a new execution with a new input and an empty history. */
  renewExecution(record: InstanceRecord): void {
    this.#run('DELETE FROM history WHERE instance_id = ?', record.instanceId);
    this.#run(
      'UPDATE instances SET execution_id = ?, input = ? WHERE instance_id = ?',
      ...[record.executionId, record.input, record.instanceId],
    );
  }

  instance(instanceId: string): InstanceRecord | undefined {
    const row = this.#prepare('SELECT * FROM instances WHERE instance_id = ?').get(instanceId);
    return row && toRecord(row);
  }

  /** Instances in the order of their ids, at most `limit` of them, beginning after the id `after`. */
  instances(filter: InstanceFilter, limit: number, after = ''): InstanceRecord[] {
    const { createdFrom = -8.64e15, createdTo = 8.64e15, statuses, idPrefix = '' } = filter;
    const rows = this.#prepare(
      `SELECT * FROM instances WHERE instance_id > ? AND created_at BETWEEN ? AND ? AND (? IS NULL OR status IN
       (SELECT value FROM json_each(?))) AND substr(instance_id, 1, ?) = ? ORDER BY instance_id LIMIT ?`,
    ).all(
      ...[after, createdFrom, createdTo, statuses ? 1 : null, JSON.stringify(statuses ?? [])],
      ...[idPrefix.length, idPrefix, limit],
    );
    return rows.map(toRecord);
  }

  /** Instances that have not ended. */
  unfinished(): InstanceRecord[] {
    return this.instances({ statuses: ['Pending', 'Running', 'Suspended'] }, -1);
  }

  history(instanceId: string): HistoryEvent[] {
    const rows = this.#prepare('SELECT event FROM history WHERE instance_id = ? ORDER BY position').all(instanceId);
    return rows.map((row) => JSON.parse(row['event'] as string) as HistoryEvent);
  }

  appendHistory(instanceId: string, position: number, events: readonly HistoryEvent[]): void {
    const insert = this.#prepare('INSERT INTO history VALUES (?, ?, ?)');
    events.forEach((event, index) => insert.run(instanceId, position + index, JSON.stringify(event)));
  }

  /** Keeps a message until a turn takes it. */
  post(instanceId: string, executionId: string | null, event: EventBody): Message {
    const { lastInsertRowid } = this.#run(
      'INSERT INTO inbox (instance_id, execution_id, event) VALUES (?, ?, ?)',
      ...[instanceId, executionId, JSON.stringify(event)],
    );
    return { id: Number(lastInsertRowid), executionId, event };
  }

  inbox(instanceId: string): Message[] {
    const rows = this.#prepare('SELECT * FROM inbox WHERE instance_id = ? ORDER BY id').all(instanceId);
    return rows.map((row) => ({
      id: row['id'] as number,
      executionId: row['execution_id'] as string | null,
      event: JSON.parse(row['event'] as string) as EventBody,
    }));
  }

  takeMessages(messages: readonly Message[]): void {
    const remove = this.#prepare('DELETE FROM inbox WHERE id = ?');
    for (const message of messages) remove.run(message.id);
  }

  /** Removes all messages of an instance. */
  emptyInbox(instanceId: string): void {
    this.#run('DELETE FROM inbox WHERE instance_id = ?', instanceId);
  }

  /** Removes an instance with everything that belongs to it. */
  purge(instanceId: string): void {
    this.#run('DELETE FROM instances WHERE instance_id = ?', instanceId);
    this.#run('DELETE FROM history WHERE instance_id = ?', instanceId);
    this.emptyInbox(instanceId);
  }

  #run(sql: string, ...values: SQLInputValue[]): { lastInsertRowid: number | bigint } {
    return this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function toRecord(row: Record<string, unknown>): InstanceRecord {
  const parent = row['parent'] as string | null;
  return {
    instanceId: row['instance_id'] as string,
    executionId: row['execution_id'] as string,
    name: row['name'] as string,
    input: row['input'] as string | null,
    parent: parent === null ? null : (JSON.parse(parent) as InstanceRecord['parent']),
    status: row['status'] as RuntimeStatus,
    output: row['output'] as string | null,
    customStatus: row['custom_status'] as string | null,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  };
}
