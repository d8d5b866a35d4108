import { type Clock } from '../clock';

/**
 * Remembers what was loaded, for `lifetime` milliseconds of the clock and for at most `capacity` keys; the ones loaded first go first.
 * Callers that ask at the same time share one load, and a load that failed is not remembered.
 */
export class ExpiringCache<T> {
  private readonly entries = new Map<string, { value: Promise<T>; since: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly lifetime: number,
    private readonly capacity: number,
  ) {}

  /** What is remembered for `key`, else what `load` gives. */
  get(key: string, load: () => Promise<T>): Promise<T> {
    this.dropExpired();
    const known = this.entries.get(key);
    if (known) return known.value;
    const entry = { value: load(), since: this.clock.now().getTime() };
    this.entries.set(key, entry);
    entry.value.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    for (const [oldest] of this.entries) {
      if (this.entries.size <= this.capacity) break;
      this.entries.delete(oldest);
    }
    return entry.value;
  }

  /** Forgets every key that `matches`. Loads under way end undisturbed. */
  forget(matches: (key: string) => boolean): void {
    for (const key of this.entries.keys()) if (matches(key)) this.entries.delete(key);
  }

  /** Forgets what is too old, and tells how much is left. */
  dropExpired(): number {
    const oldest = this.clock.now().getTime() - this.lifetime;
    for (const [key, { since }] of this.entries) if (since <= oldest) this.entries.delete(key);
    return this.entries.size;
  }
}
