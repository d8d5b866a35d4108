import { type ErrorCode, StrongroomError } from '../errors';
import { type Timing } from './timing';

const TRIES = 6;
/** A 429 says that the vault is well and did nothing; with the limiter slowing down, patience costs little. */
const TRIES_WHEN_THROTTLED = 10;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 16_000;
/** No further try begins when tries and delays have taken so much time; waiting for a turn does not count. */
const LONGEST_MS = 120_000;

/** How tries are made. */
export interface RetryOptions {
  timing: Timing;
  /** Does the work of one try when its turn has come. */
  turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Ends a delay between tries. */
  signal?: AbortSignal | undefined;
}

/**
 * Repeats `work` while it fails with a retryable {@link StrongroomError}: six tries, ten when throttled, with exponential
 * delays of full jitter, none after two minutes. Then the last error is thrown as it is, with the number of tries in its
 * details; any other error is thrown at once. `work` runs more than once, so it must bear that.
 */
export async function retry<T>(work: () => Promise<T>, { timing, turn, signal }: RetryOptions): Promise<T> {
  let spent = 0;
  const timed = async (): Promise<T> => {
    const begun = timing.now();
    try {
      return await work();
    } finally {
      spent += timing.now() - begun;
    }
  };
  for (let tries = 1; ; tries++) {
    try {
      return await turn(timed);
    } catch (error) {
      if (!(error instanceof StrongroomError)) throw error;
      const delay = Math.max(backoff(tries, timing.random()), askedDelay(error));
      spent += delay;
      if (!error.retryable || tries >= triesFor(error.code) || spent > LONGEST_MS) throw withTries(error, tries);
      await timing.sleep(delay, signal);
    }
  }
}

function triesFor(code: ErrorCode): number {
  return code === 'vault_throttled' ? TRIES_WHEN_THROTTLED : TRIES;
}

function backoff(tries: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1));
}

/** Key Vault sends no Retry-After, but what stands before it may. */
function askedDelay(error: StrongroomError): number {
  const seconds = error.details.retryAfterSeconds;
  return typeof seconds === 'number' ? seconds * 1000 : 0;
}

function withTries(error: StrongroomError, tries: number): StrongroomError {
  return new StrongroomError(error.code, error.message, { ...error.options, details: { ...error.details, tries } });
}
