import { setTimeout as pause } from 'node:timers/promises';
import { type RunView } from '../contracts/api';
import { hasEnded } from '../contracts/runs';
import { interrupted, type ApiClient } from './api-client';
import { CliFailure } from './cli-failure';
import { readRunState, type RunState } from './run-state';

/** How often to look, and how long to bear an API that does not answer. Milliseconds. */
export interface Pace {
  /** Pause after the first look; every further one is half as long again, up to `mostMs`. */
  firstMs: number;
  mostMs: number;
  /** How long failures in a row are borne. */
  patienceMs: number;
  /** Pause between two attempts while the API does not answer. */
  retryMs: number;
}

// A small vault is done in a second and wants to be seen at once; a large one takes minutes and need not be asked often.
const DEFAULT_PACE: Pace = { firstMs: 250, mostMs: 2_000, patienceMs: 60_000, retryMs: 1_000 };

export interface FollowOptions {
  api: ApiClient;
  /** Ends the following with the failure `interrupted`. */
  signal: AbortSignal;
  /** Told when the API stops answering, and when it answers again. */
  note(text: string): void;
  pace?: Pace;
}

/**
 * Looks at a run again and again; the last state is the ended one. A torn connection, a server error or a restarting host is borne for `patienceMs`.
 * @throws CliFailure that of the last attempt, or `interrupted`.
 */
export async function* followRun(id: string, options: FollowOptions): AsyncGenerator<RunState, void, undefined> {
  const pace = options.pace ?? DEFAULT_PACE;
  const ended = new Map<string, RunView>();
  for (let wait = pace.firstMs; ; wait = Math.min(wait * 1.5, pace.mostMs)) {
    const state = await patiently(() => readRunState(options.api, id, ended), pace, options);
    yield state;
    if (hasEnded(state.run.status)) return;
    await sleep(wait, options.signal);
  }
}

async function patiently<T>(request: () => Promise<T>, pace: Pace, options: FollowOptions): Promise<T> {
  let failingSince: number | undefined;
  for (;;) {
    try {
      const answer = await request();
      if (failingSince !== undefined) options.note('the API answers again');
      return answer;
    } catch (error) {
      if (!(error instanceof CliFailure) || error.facts.retryable !== true) throw error;
      const now = performance.now();
      if (failingSince === undefined) {
        failingSince = now;
        options.note(`${error.message}; trying again for ${Math.round(pace.patienceMs / 1000)} seconds`);
      } else if (now - failingSince >= pace.patienceMs) {
        throw error;
      }
      await sleep(pace.retryMs, options.signal);
    }
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(milliseconds, undefined, { signal });
  } catch {
    throw interrupted();
  }
}
