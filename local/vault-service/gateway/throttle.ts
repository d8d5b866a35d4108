import { KeyVaultError } from '../key-vault-error';
import { type Cost } from '../kinds/operation';
import { type Vault } from '../vaults';

const WINDOW_MS = 10_000;

/**
 * Key Vault's limits for each vault and ten seconds. Windows follow real time, not the stack's clock: moving the clock by
 * months must not hand out a fresh budget for each of them.
 */
export class Throttle {
  readonly #used = new Map<string, { window: number; units: number }>();
  readonly #monotonicNow: () => number;

  constructor(monotonicNow: () => number = () => performance.now()) {
    this.#monotonicNow = monotonicNow;
  }

  /** Takes `cost` from the vault's budget. Throws 429 without Retry-After, as Key Vault does, once it is used up. */
  take(vault: Vault, cost: Cost): void {
    if (!vault.limits.enabled) return;
    const key = `${vault.name} ${cost.budget}`;
    const window = Math.floor(this.#monotonicNow() / WINDOW_MS);
    const before = this.#used.get(key);
    const units = (before?.window === window ? before.units : 0) + cost.units;
    if (units > vault.limits[cost.budget]) throw throttled();
    this.#used.set(key, { window, units });
  }
}

/** The 429 of Key Vault. It has no Retry-After header. */
export function throttled(): KeyVaultError {
  return new KeyVaultError(
    429,
    'Throttled',
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached',
  );
}
