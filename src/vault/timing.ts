import { setTimeout as timeout } from 'node:timers/promises';

/** What limiter and retries need from the machine; tests pass their own. */
export interface Timing {
  /** Milliseconds since any fixed moment; never goes back, whatever becomes of the wall clock. */
  now(): number;
  /** Resolves after `milliseconds`; rejects with an `AbortError` as soon as `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
}

/** The machine's own. Not the {@link Clock} of the app: a simulated year must not use up or refill a vault's budget. */
export const machineTiming: Timing = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => timeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
  random: () => Math.random(),
};
