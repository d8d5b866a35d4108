/** The interval over which Key Vault counts, in milliseconds. */
export const WINDOW_MS = 10_000;

/** How far a paced caller may fall behind its spacing and still catch up: evens out coarse timers, allows no burst. */
const CATCH_UP_MS = 100;

/**
 * Counts units of cost over the last ten seconds. Two promises: in no interval of ten seconds are more than `budget` units
 * taken; and at a `rate` below 1 calls are spaced evenly at that share of the budget, so that a slowed caller neither bursts
 * nor has to wait for what it took before it was slowed. Times are milliseconds of one monotonic clock.
 */
export class SlidingWindow {
  readonly #taken: { at: number; units: number }[] = [];
  #head = 0;
  #used = 0;
  #nextAt = 0;

  constructor(readonly budget: number) {}

  /** Milliseconds until a call of `units` may go; 0 when it may go now. */
  wait(units: number, now: number, rate: number): number {
    this.#forget(now);
    const spacing = rate < 1 ? this.#nextAt - now : 0;
    return Math.max(0, spacing, this.#untilFree(this.#bounded(units), now));
  }

  /** Counts a call that goes now; only after {@link wait} gave 0. */
  take(units: number, now: number, rate: number): void {
    const bounded = this.#bounded(units);
    this.#taken.push({ at: now, units: bounded });
    this.#used += bounded;
    this.#nextAt = Math.max(this.#nextAt, now - CATCH_UP_MS) + (bounded * WINDOW_MS) / (this.budget * rate);
  }

  /** A call dearer than the whole budget would never go; it takes all of it instead. */
  #bounded(units: number): number {
    return Math.min(units, this.budget);
  }

  #untilFree(units: number, now: number): number {
    let excess = this.#used + units - this.budget;
    for (let index = this.#head; excess > 0; index++) {
      const entry = this.#taken[index];
      if (entry === undefined) return 0;
      excess -= entry.units;
      if (excess <= 0) return entry.at + WINDOW_MS - now;
    }
    return 0;
  }

  #forget(now: number): void {
    for (let oldest = this.#taken[this.#head]; oldest !== undefined && now - oldest.at >= WINDOW_MS;) {
      this.#used -= oldest.units;
      oldest = this.#taken[++this.#head];
    }
    if (this.#head > 1024 && this.#head * 2 > this.#taken.length) {
      this.#taken.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
