import { setTimeout as sleep } from 'node:timers/promises';
import { type StrongroomError } from '../errors';

/** How often and how patiently a call is tried. Times are in milliseconds. */
export interface Patience {
  /** Tries in all, the first one included. */
  tries: number;
  /** Upper bound of the pause after the first failure; it doubles after each further one. */
  firstPause: number;
  longestPause: number;
  /** A try that has no complete answer by then is given up, and counts as `archive_unreachable`. */
  perTry: number;
}

/** About half a minute of an archive that refuses connections; five minutes of one that accepts them and stays silent. */
export const defaultPatience: Patience = { tries: 5, firstPause: 1_000, longestPause: 16_000, perTry: 60_000 };

/**
 * Calls until a call succeeds, fails for good, or the tries are used up; then throws the last error, as `translate` made it. Pauses are
 * drawn at random below an exponential bound, so that the many uploads of a run do not come back all at once. `call` gets a
 * signal that it has to obey, and runs more than once.
 */
export async function withTries<T>(
  patience: Patience,
  translate: (error: unknown) => StrongroomError,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    // Not AbortSignal.timeout: its timers live on for the whole time, and a run makes many thousands of calls.
    const silence = new AbortController();
    const timer = setTimeout(() => {
      silence.abort();
    }, patience.perTry);
    try {
      return await call(silence.signal);
    } catch (error) {
      const failure = translate(error);
      if (!failure.retryable || attempt >= patience.tries) throw failure;
    } finally {
      clearTimeout(timer);
    }
    const bound = Math.min(patience.firstPause * 2 ** (attempt - 1), patience.longestPause);
    await sleep(Math.random() * bound);
  }
}
