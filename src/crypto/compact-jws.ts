import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { type VerificationKey } from './public-keys';

/** A protected header. `kid` is a hint, worth nothing by itself. */
export type JwsHeader = Readonly<Record<string, unknown>> & { kid?: string };

/**
 * The protected header of a compact JWS that is spelled in the one way that it was written; `undefined` of anything else. JOSE libraries also take
 * spaces, padding and other values of unused bits, and what nothing else holds a digest of could be changed unseen.
 */
export function canonicalHeader(jws: string): JwsHeader | undefined {
  if (!isCanonical(jws)) return undefined;
  try {
    const { kid, ...header } = decodeProtectedHeader(jws) as Record<string, unknown>;
    return { ...header, ...(typeof kid === 'string' ? { kid } : {}) };
  } catch {
    return undefined;
  }
}

/** The payload of a compact JWS that `key` signed; `undefined` if it did not. */
export async function verifiedPayload(key: VerificationKey, jws: string): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(jws, key.key, { algorithms: [key.algorithm] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function isCanonical(jws: string): boolean {
  const parts = jws.split('.');
  return (
    parts.length === 3 &&
    parts.every((part) => {
      return (
        part !== '' && /^[A-Za-z0-9_-]+$/.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part
      );
    })
  );
}
