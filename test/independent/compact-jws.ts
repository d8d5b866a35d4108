import { compactVerify } from 'jose';
import { type Members, membersOf } from './members';
import { type PinnedKey } from './pinned-keys';

/**
 * The payload of a compact JWS and the thumbprint of the pinned key that made its signature (section 6). Throws a `TypeError` if it is not in its one
 * canonical encoding, or no pinned key signed it, and what `check` throws about the protected header.
 */
export async function verifyCompactJws(
  bytes: Uint8Array,
  pinned: readonly PinnedKey[],
  check: (header: Members) => void,
): Promise<{ payload: Uint8Array; thumbprint: string }> {
  const jws = Buffer.from(bytes).toString('latin1');
  const parts = jws.split('.');
  // Base64url with stray bits or a line end would verify all the same, under another digest.
  if (parts.length !== 3 || parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) {
    throw new TypeError('it is not a JWS in the Compact Serialization');
  }
  const header = membersOf(Buffer.from(parts[0] ?? '', 'base64url'), 'header');
  check(header);
  const algorithm = header.oneOf('alg', ['ES256', 'PS256']);
  for (const pin of pinned.filter((candidate) => candidate.algorithm === algorithm)) {
    const verified = await compactVerify(jws, pin.key, { algorithms: [algorithm] }).catch(() => undefined);
    if (verified !== undefined) return { payload: verified.payload, thumbprint: pin.thumbprint };
  }
  throw new TypeError('no pinned key made its signature');
}
