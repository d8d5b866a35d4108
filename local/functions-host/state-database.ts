import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { StackStartError } from '../process/stack-process';

/**
 * Opens the database of the host's state in `dataDir`. It is locked as long as this process lives, so that two hosts never
 * run one task hub; what was committed survives the death of the process at any moment.
 * @throws {StackStartError} `data_in_use` or `data_unusable`
 */
export function openStateDatabase(dataDir: string): DatabaseSync {
  const path = join(dataDir, 'host.db');
  try {
    const database = new DatabaseSync(path, { timeout: 500 });
    // The write-ahead log needs no fsync against the death of a process, only against that of the machine.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec('BEGIN EXCLUSIVE; COMMIT;');
    return database;
  } catch (cause) {
    const text = (cause as Error).message;
    if (/locked|busy/i.test(text))
      throw new StackStartError('data_in_use', `${path} is in use by another Functions host; stop that first.`, {
        cause,
      });
    throw new StackStartError('data_unusable', `${path} cannot be opened: ${text}`, { cause });
  }
}
