import { setTimeout as sleep } from 'node:timers/promises';
import { StrongroomError } from '../errors';

const ROUNDS = 30;
const LONGEST_PAUSE_MS = 50;

/**
 * Reads, decides and writes until the write meets the state that was read: `attempt` resolves to `undefined` if somebody was faster, and is then
 * called again after a short random pause. `ledger_unavailable` (retryable) if that never ends.
 */
export async function untilUncontended<T>(
  table: string,
  attempt: (round: number) => Promise<T | undefined>,
): Promise<T> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = await attempt(round);
    if (result !== undefined) return result;
    await sleep(Math.random() * LONGEST_PAUSE_MS);
  }
  throw new StrongroomError('ledger_unavailable', 'A record of the ledger is being changed by too many at once.', {
    retryable: true,
    details: { table },
  });
}
