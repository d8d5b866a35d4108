import { type RotationPolicy } from '../contracts/snapshots';
import { StrongroomError } from '../errors';
import { type VaultReader } from '../vault/port';

/**
 * Reads the rotation policies of one vault's keys. A vault that does not let them be read is asked once, not for every key: the first call goes alone, and
 * the others wait for what comes of it. `null`: not to be had; that is never a reason for a backup to fail.
 */
export class RotationPolicies {
  #first: Promise<RotationPolicy | null> | undefined;

  constructor(
    private readonly reader: VaultReader,
    private readonly vaultUrl: string,
  ) {}

  /** Throws what is wrong with the vault or the key rather than with the right to read policies. */
  async of(key: string): Promise<RotationPolicy | null> {
    if (this.#first === undefined) {
      this.#first = this.#read(key);
      return this.#first;
    }
    const isAllowed = await this.#first.then(
      (policy) => policy !== null,
      () => true,
    );
    return isAllowed ? this.#read(key) : null;
  }

  async #read(key: string): Promise<RotationPolicy | null> {
    try {
      return await this.reader.readRotationPolicy(this.vaultUrl, key);
    } catch (error) {
      if (error instanceof StrongroomError && (error.code === 'vault_forbidden' || error.code === 'vault_refused'))
        return null;
      throw error;
    }
  }
}
