import { type DatabaseSync } from 'node:sqlite';

/** What is known of a timer's schedule, in milliseconds since 1970; `last` is null before the first occurrence. */
export interface ScheduleStatus {
  last: number | null;
  next: number;
  lastUpdated: number;
}

/** Keeps the schedules of timers on disk, so that an occurrence that fell into a time without host is noticed. */
export class ScheduleStore {
  constructor(private readonly database: DatabaseSync) {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schedules (function TEXT PRIMARY KEY, last INTEGER, next INTEGER, updated INTEGER)',
    );
  }

  read(functionName: string): ScheduleStatus | undefined {
    const row = this.database.prepare('SELECT * FROM schedules WHERE function = ?').get(functionName);
    if (!row) return undefined;
    return { last: row['last'] as number | null, next: row['next'] as number, lastUpdated: row['updated'] as number };
  }

  write(functionName: string, status: ScheduleStatus): void {
    this.database
      .prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)')
      .run(functionName, status.last, status.next, status.lastUpdated);
  }
}
