import { StrongroomError } from '../errors';
import { verifiedPayload } from './compact-jws';
import { type Chain } from './port';
import { isVersionOf, type VaultJws } from './vault-jws';

/** A payload whose signature is good, and the thumbprint of the key that made it. */
export interface Verified {
  payload: Uint8Array;
  thumbprint: string;
}

/** Decides whose signatures count. */
export interface KeyTrust {
  /**
   * The payload of a compact JWS that a trusted key made for this chain; `undefined` if none did. `hint` is the `kid` of its header: it may save a look-up
   * and decides nothing. Throws `signing_key_unusable` if a key that might have made it cannot be read.
   */
  verified(chain: Chain, jws: string, hint?: string): Promise<Verified | undefined>;
}

/** Trusts every version of one key in a vault: whoever may add a version to it is trusted. */
export function trustEveryVersion(keyId: string, vaultJws: VaultJws): KeyTrust {
  return {
    async verified(_chain, jws, hint) {
      let failure: StrongroomError | undefined;
      for await (const kid of likeliestFirst(keyId, vaultJws, hint)) {
        try {
          const key = await vaultJws.publicKey(kid);
          const payload = key && (await verifiedPayload(key, jws));
          if (payload) return { payload, thumbprint: key.thumbprint };
        } catch (error) {
          if (!(error instanceof StrongroomError) || error.code !== 'signing_key_unusable') throw error;
          // A hint may name a version that never was.
          if (kid !== hint || error.retryable) failure ??= error;
        }
      }
      // As long as a version could not be read, nobody knows whether the signature is good.
      if (failure) throw failure;
      return undefined;
    },
  };
}

/** The versions of the key. The hint only saves a listing: it is taken up if it is one of them, and nothing else is. */
async function* likeliestFirst(keyId: string, vaultJws: VaultJws, hint: string | undefined): AsyncGenerator<string> {
  if (hint !== undefined && isVersionOf(keyId, hint)) yield hint;
  for (const kid of await vaultJws.versions(keyId)) if (kid !== hint) yield kid;
}
