import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';

/** A break-glass key: made on a machine without a network, printed, and put into a safe. */
export interface OfflineKey {
  readonly publicJwk: JsonWebKey;
  /** PKCS #8. Secret. */
  readonly privatePem: string;
}

/** Makes one of 3,072 bits. */
export function makeOfflineKey(): OfflineKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  return {
    publicJwk: publicKey.export({ format: 'jwk' }),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
