import { type Timing } from '../../../src/vault/timing';

interface Sleeper {
  until: number;
  wake: () => void;
}

/** Time that stands still until a test moves it; `random` gives what it is told, 0.5 unless told. */
export class ManualTiming implements Timing {
  readonly sleeps: number[] = [];
  readonly #sleepers = new Set<Sleeper>();
  #now = 0;
  #randoms: number[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.#randoms.shift() ?? 0.5;
  }

  willRoll(...randoms: number[]): void {
    this.#randoms.push(...randoms);
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(milliseconds);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const sleeper: Sleeper = { until: this.#now + milliseconds, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
    });
  }

  /** Moves on, stopping at each moment at which somebody wants to wake up, and lets all that follows from it happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (;;) {
      const next = [...this.#sleepers].reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.until < first.until ? sleeper : first),
        undefined,
      );
      if (next === undefined || next.until > end) break;
      this.#now = Math.max(this.#now, next.until);
      this.#sleepers.delete(next);
      next.wake();
      await settled();
    }
    this.#now = end;
  }
}

/** Real time, a hundred times as fast: for whole calls whose pauses are not what is tested. */
export const hurriedTiming: Timing = {
  now: () => performance.now() * 100,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds / 100);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
  random: () => Math.random(),
};

/** When all that can happen without time passing has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
