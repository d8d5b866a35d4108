import { setTimeout as wait } from 'node:timers/promises';

/** The time that each request takes at least, in real milliseconds, as if the vault were that far away. */
export class Latency {
  readonly #byVault = new Map<string, number>();

  /** Sets it for one vault, or for all that have none of their own. */
  set(ms: number, vault = '*'): void {
    this.#byVault.set(vault.toLowerCase(), ms);
  }

  /** Waits as long as a request to `vault` has to. */
  async pass(vault: string): Promise<void> {
    const ms = this.#byVault.get(vault) ?? this.#byVault.get('*') ?? 0;
    // Not a reason to keep the process alive once its listeners are closed.
    if (ms > 0) await wait(ms, undefined, { ref: false });
  }
}
