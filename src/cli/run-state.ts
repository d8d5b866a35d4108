import { type RunView } from '../contracts/api';
import { hasEnded } from '../contracts/runs';
import { type ApiClient } from './api-client';
import { CliFailure } from './cli-failure';

/** A run, and the backups of its vaults if it is an estate's. */
export interface RunState {
  run: RunView;
  /** In the order of `run.runs`; one that has no record yet is missing. */
  backups: readonly RunView[];
}

/** How far a run is, over all its vaults. */
export interface RunProgress {
  done: number;
  /** Objects known so far. */
  total: number;
  /** Whether every inventory is complete, so that `total` stays. */
  complete: boolean;
  failed: number;
  /** Vaults whose backup has ended. */
  vaultsEnded: number;
  vaults: number;
}

// A large estate has a thousand vaults: some at once, so that a look takes seconds, and few enough to leave the API to others.
const READ_AT_ONCE = 8;

/**
 * Reads a run and, of an estate's, the backups of its vaults. A backup that has ended never changes again, and is taken from `ended` if it is there.
 * @param ended is added to.
 */
export async function readRunState(api: ApiClient, id: string, ended = new Map<string, RunView>()): Promise<RunState> {
  const run = await api.run(id);
  const backups: RunView[] = [];
  for (let first = 0; first < run.runs.length; first += READ_AT_ONCE) {
    const some = run.runs.slice(first, first + READ_AT_ONCE);
    const read = await Promise.all(some.map(async ({ runId }) => ended.get(runId) ?? (await readBackup(api, runId))));
    for (const backup of read) {
      if (backup === undefined) continue;
      backups.push(backup);
      if (hasEnded(backup.status)) ended.set(backup.id, backup);
    }
  }
  return { run, backups };
}

async function readBackup(api: ApiClient, id: string): Promise<RunView | undefined> {
  try {
    return await api.run(id);
  } catch (error) {
    // The estate names its backups before each has a record.
    if (error instanceof CliFailure && error.code === 'run_not_found') return undefined;
    throw error;
  }
}

/** Sums up a run over its vaults. */
export function progressOf({ run, backups }: RunState): RunProgress {
  const parts = run.runs.length === 0 ? [run] : backups;
  const ended = parts.filter((part) => hasEnded(part.status));
  return {
    done: sum(parts.map((part) => part.progress.done)),
    total: sum(parts.map((part) => part.progress.total ?? part.progress.done)),
    complete:
      parts.length >= run.runs.length && parts.every((part) => part.progress.total !== null || hasEnded(part.status)),
    failed: sum(parts.map((part) => part.counts.failed)),
    vaultsEnded: ended.length,
    vaults: Math.max(1, run.runs.length),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
