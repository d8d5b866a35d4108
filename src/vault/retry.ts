import { StrongroomError } from '../errors';
import { type Timing } from './timing';

/** So many failures end it. A 429 is counted apart: the vault is well, and with the limiter slowing down patience costs little. */
const FAILURES = 6;
const THROTTLINGS = 12;
/** A try that timed out took a minute, so the second one is the last. */
const FAILURES_IN_A_TIMEOUT = 3;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 16_000;

/**
 * Repeats `attempt` while it fails with a retryable {@link StrongroomError}, until the sixth failure, the second time-out or
 * the twelfth throttling, with exponential delays of full jitter (at most 16 s each). Then the last error is thrown as it is,
 * with the number of tries in its details; any other error is thrown at once. `attempt` runs more than once, so it must bear that.
 */
export async function retry<T>(attempt: () => Promise<T>, timing: Timing, signal?: AbortSignal): Promise<T> {
  let failures = 0;
  let throttlings = 0;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StrongroomError)) throw error;
      if (error.code === 'vault_throttled') throttlings++;
      else failures += error.details.reason === 'TIMEOUT' ? FAILURES_IN_A_TIMEOUT : 1;
      if (!error.retryable || failures >= FAILURES || throttlings >= THROTTLINGS) throw withTries(error, tries);
      await timing.sleep(Math.max(backoff(tries, timing.random()), askedDelay(error)), signal);
    }
  }
}

function backoff(tries: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1));
}

/** Key Vault sends no Retry-After, but what stands before it may. A long wait is not worth a place in a run. */
function askedDelay(error: StrongroomError): number {
  const seconds = error.details.retryAfterSeconds;
  return typeof seconds === 'number' ? Math.min(seconds * 1000, LONGEST_DELAY_MS) : 0;
}

function withTries(error: StrongroomError, tries: number): StrongroomError {
  return new StrongroomError(error.code, error.message, { ...error.options, details: { ...error.details, tries } });
}
