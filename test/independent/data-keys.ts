import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  calculateJwkThumbprint,
  exportJWK,
  type FlattenedJWE,
  flattenedDecrypt,
  type GeneralJWE,
  generalDecrypt,
} from 'jose';
import { Refusal } from './findings';
import { checkHeader } from './headers';
import { type ManifestRecipient } from './manifest';
import { type Members, membersOf } from './members';
import { type Opener, type UnwrappingOpener } from './openers';
import { type SignedSnapshot } from './read-manifest';

const BASE64URL = /^[A-Za-z0-9_-]+$/;

interface SealedKey {
  readonly jwe: GeneralJWE;
  /** Wrapped content encryption keys by recipient thumbprint. */
  readonly encryptedKeys: ReadonlyMap<string, string>;
}

/**
 * Opens one data key blob (section 3): 32 bytes. Throws a `Refusal`: `blob_misplaced` or `blob_damaged` if the blob is
 * not what its name and the manifest say, `not_a_recipient` if the opener cannot open it.
 */
export async function openDataKey(
  snapshot: SignedSnapshot,
  id: string,
  blob: string,
  bytes: Uint8Array,
  opener: Opener,
): Promise<Uint8Array> {
  try {
    const sealed = readSealedKey(snapshot, blob, bytes);
    const plaintext =
      opener.kind === 'offline'
        ? await openOffline(sealed, opener.privateKey, blob)
        : await openByUnwrapping(sealed, snapshot.manifest.recipients, opener, blob);
    return await readDataKey(membersOf(plaintext, 'data key'), id);
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal('blob_damaged', error.message, blob);
    throw error;
  }
}

function readSealedKey(snapshot: SignedSnapshot, blob: string, bytes: Uint8Array): SealedKey {
  const jwe = membersOf(bytes, 'JWE');
  const protectedHeader = jwe.text('protected', BASE64URL);
  const header = membersOf(Buffer.from(protectedHeader, 'base64url'), 'header');
  checkHeader(header, { typ: 'strongroom-key', snapshot: snapshot.id, blob });
  header.oneOf('enc', ['A256GCM']);
  header.oneOf('cty', ['jwk+json']);
  if (header.raw('alg') !== undefined) throw new TypeError('header.alg is in the protected header');
  const recipients = jwe.list('recipients', (entry) => {
    const own = entry.nested('header');
    own.oneOf('alg', ['RSA-OAEP-256']);
    return {
      header: { alg: 'RSA-OAEP-256', kid: own.text('kid') },
      encrypted_key: entry.text('encrypted_key', BASE64URL),
    };
  });
  const encryptedKeys = new Map(recipients.map((entry) => [entry.header.kid, entry.encrypted_key]));
  const expected = new Set(snapshot.manifest.recipients.map(({ thumbprint }) => thumbprint));
  if (recipients.length !== expected.size || [...expected].some((thumbprint) => !encryptedKeys.has(thumbprint))) {
    throw new TypeError('JWE.recipients are not those of the manifest');
  }
  const ciphertext = { iv: jwe.text('iv'), ciphertext: jwe.text('ciphertext'), tag: jwe.text('tag') };
  return { jwe: { protected: protectedHeader, ...ciphertext, recipients }, encryptedKeys };
}

async function openOffline(sealed: SealedKey, privateKey: KeyObject, blob: string): Promise<Uint8Array> {
  const thumbprint = await calculateJwkThumbprint(await exportJWK(createPublicKey(privateKey)));
  if (!sealed.encryptedKeys.has(thumbprint)) {
    throw new Refusal('not_a_recipient', `it is not sealed to ${thumbprint}`, blob);
  }
  return decrypt(blob, () =>
    generalDecrypt(sealed.jwe, privateKey, {
      keyManagementAlgorithms: ['RSA-OAEP-256'],
      contentEncryptionAlgorithms: ['A256GCM'],
    }),
  );
}

async function openByUnwrapping(
  sealed: SealedKey,
  recipients: readonly ManifestRecipient[],
  opener: UnwrappingOpener,
  blob: string,
): Promise<Uint8Array> {
  const { recipients: _recipients, ...shared } = sealed.jwe;
  const flattened: FlattenedJWE = { ...shared, unprotected: { alg: 'dir' } };
  let reason = 'none of its recipients is in a vault';
  for (const { thumbprint, kid } of recipients) {
    const encryptedKey = sealed.encryptedKeys.get(thumbprint);
    if (kid === undefined || encryptedKey === undefined) continue;
    const unwrapped = await opener.unwrap(thumbprint, Buffer.from(encryptedKey, 'base64url'), kid).then(
      (cek) => ({ cek }),
      (error: unknown) => ({ failure: error instanceof Error ? error.message : 'unwrapping failed' }),
    );
    if ('cek' in unwrapped) {
      return decrypt(blob, () =>
        flattenedDecrypt(flattened, unwrapped.cek, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        }),
      );
    }
    reason = unwrapped.failure;
  }
  throw new Refusal('not_a_recipient', `no recipient's vault unwraps it: ${reason}`, blob);
}

async function decrypt(blob: string, open: () => Promise<{ plaintext: Uint8Array }>): Promise<Uint8Array> {
  try {
    return (await open()).plaintext;
  } catch {
    throw new Refusal('blob_damaged', 'it cannot be decrypted', blob);
  }
}

async function readDataKey(jwk: Members, id: string): Promise<Uint8Array> {
  jwk.oneOf('kty', ['oct']);
  jwk.oneOf('alg', ['dir']);
  jwk.oneOf('enc', ['A256GCM']);
  const k = jwk.text('k', /^[A-Za-z0-9_-]{43}$/);
  if (jwk.raw('kid') !== id || (await calculateJwkThumbprint({ kty: 'oct', k })) !== id) {
    throw new TypeError('the data key is not the one of its name');
  }
  return Buffer.from(k, 'base64url');
}
