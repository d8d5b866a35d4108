import { SlidingWindow } from './sliding-window';
import { type Timing } from './timing';

/**
 * What a call costs its vault. `general`: one of the 4,000 units per ten seconds for secrets, certificates and the vault itself.
 * `key`: one of as many for keys, which vaults count apart. `keyOperation`: signing, wrapping and their like, of the units for keys; the
 * size of the key is not known before the call, so the dearest software key (RSA-4096, an eighth of the calls) is assumed.
 * `creation`: new secrets, imported keys and certificates, 300 together.
 */
export type CallClass = 'general' | 'key' | 'keyOperation' | 'creation';

type LaneName = 'general' | 'keys' | 'creations';

/** What one vault grants everybody together within ten seconds. */
const UNITS: Record<LaneName, number> = { general: 4_000, keys: 4_000, creations: 300 };

const COST: Record<CallClass, { lane: LaneName; units: number }> = {
  general: { lane: 'general', units: 1 },
  key: { lane: 'keys', units: 1 },
  keyOperation: { lane: 'keys', units: 8 },
  creation: { lane: 'creations', units: 1 },
};

/** After a 429, at most once in {@link STEP_MS}: nothing goes for this long, and the rate is halved. */
const PAUSE_MS = 500;
const STEP_MS = 1_000;
const LOWEST_RATE = 1 / 10;
const RAISE = 1 / 20;

/** Which part of a vault's budget this process may use. */
export interface VaultBudget {
  /** Above 0, at most 1: the rest stays with the applications that use the vault. */
  share: number;
  /** How many instances of the app may run at once; each takes an equal part. */
  instances: number;
  /** Calls under way at once. */
  concurrency: number;
}

interface Waiter {
  turn: number;
  units: number;
  go: () => void;
}

interface Lane {
  window: SlidingWindow;
  /** In order of arrival; a set, because an aborted caller leaves from the middle. */
  waiters: Set<Waiter>;
}

/**
 * Keeps the calls to one vault within a part of its budget, and yields when the vault says that it has too many. First come,
 * first served within a lane; a lane whose budget is used up does not hold up the others.
 */
export class VaultLimiter {
  readonly #lanes: Record<LaneName, Lane>;
  #running = 0;
  #turn = 0;
  #rate = 1;
  #pausedUntil = 0;
  #lastStep = -Infinity;
  #wake: { at: number; controller: AbortController } | undefined;

  constructor(
    private readonly budget: VaultBudget,
    private readonly timing: Timing,
  ) {
    const lane = (name: LaneName): Lane => ({
      window: new SlidingWindow(Math.max(1, Math.floor((UNITS[name] * budget.share) / budget.instances))),
      waiters: new Set(),
    });
    this.#lanes = { general: lane('general'), keys: lane('keys'), creations: lane('creations') };
  }

  /** Share of the allowed rate now in use: 1, or less after the vault throttled. */
  get rate(): number {
    return this.#rate;
  }

  /** Does `work` when its turn has come. Rejects with the signal's reason, without having begun, when `signal` aborts before. */
  async run<T>(callClass: CallClass, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turnOf(callClass, signal);
    try {
      return await work();
    } finally {
      this.#running--;
      this.#admit();
    }
  }

  /** The vault answered 429. */
  throttled(): void {
    const now = this.timing.now();
    if (now - this.#lastStep < STEP_MS && this.#rate < 1) return;
    this.#rate = Math.max(LOWEST_RATE, this.#rate / 2);
    this.#pausedUntil = now + PAUSE_MS;
    this.#lastStep = now;
  }

  /** The vault answered a call otherwise. */
  succeeded(): void {
    if (this.#rate === 1) return;
    const now = this.timing.now();
    if (now - this.#lastStep < STEP_MS) return;
    this.#rate = Math.min(1, this.#rate + RAISE);
    this.#lastStep = now;
  }

  #turnOf(callClass: CallClass, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const cost = COST[callClass];
      const { waiters } = this.#lanes[cost.lane];
      const leave = (): void => {
        waiters.delete(waiter);
        reject(signal?.reason as Error);
        this.#admit();
      };
      const waiter: Waiter = {
        turn: this.#turn++,
        units: cost.units,
        go: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiters.add(waiter);
      this.#admit();
    });
  }

  /** Lets go whoever may go, and makes sure that it is called again when the next one may. */
  #admit(): void {
    while (this.#running < this.budget.concurrency) {
      const now = this.timing.now();
      const { next, soonest } = this.#next(now);
      if (next === undefined) {
        this.#wakeIn(soonest, now);
        return;
      }
      next.lane.waiters.delete(next.waiter);
      next.lane.window.take(next.waiter.units, now, this.#rate);
      this.#running++;
      next.waiter.go();
    }
  }

  #next(now: number): { next?: { lane: Lane; waiter: Waiter }; soonest: number } {
    let next: { lane: Lane; waiter: Waiter } | undefined;
    let soonest = Infinity;
    for (const lane of Object.values(this.#lanes)) {
      const [waiter] = lane.waiters;
      if (waiter === undefined) continue;
      const wait = Math.max(this.#pausedUntil - now, lane.window.wait(waiter.units, now, this.#rate));
      if (wait > 0) soonest = Math.min(soonest, wait);
      else if (next === undefined || waiter.turn < next.waiter.turn) next = { lane, waiter };
    }
    return next === undefined ? { soonest } : { next, soonest };
  }

  #wakeIn(wait: number, now: number): void {
    const at = now + wait;
    if (this.#wake !== undefined && this.#wake.at === at) return;
    this.#wake?.controller.abort();
    this.#wake = undefined;
    if (wait === Infinity) return;
    const wake = { at, controller: new AbortController() };
    this.#wake = wake;
    this.timing.sleep(Math.ceil(wait), wake.controller.signal).then(
      () => {
        if (this.#wake === wake) this.#wake = undefined;
        this.#admit();
      },
      () => undefined, // Woken for another moment instead.
    );
  }
}
