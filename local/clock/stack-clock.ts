/**
 * The one clock of the stack. Host, vault service and storage guard each hold a `StackClock`; the supervisor moves all of
 * them together, so that months of schedules and retention pass in seconds.
 */
export class StackClock {
  readonly #listeners = new Set<() => void>();
  readonly #realNow = Date.now.bind(Date);
  #offsetMs: number;

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
  }

  /** Milliseconds by which this clock runs ahead of the machine's. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Milliseconds since 1970, by this clock. Unaffected by {@link shiftDate}. */
  now(): number {
    return this.#realNow() + this.#offsetMs;
  }

  /** Moves the clock and tells every listener, once the new time holds. */
  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` after every move; returns how to stop that. */
  onMoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * Makes the process's own `Date` follow `clock`, for code that is not ours and asks the machine for the time: the app under
 * test, the Azure SDKs and Azurite. Timers (`setTimeout`) keep running in real time.
 */
export function shiftDate(clock: StackClock): void {
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [clock.now()] : args, newTarget) as Date,
    apply: () => new RealDate(clock.now()).toString(),
    get: (target, key) => (key === 'now' ? () => clock.now() : (Reflect.get(target, key) as unknown)),
  });
}
