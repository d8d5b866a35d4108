import { randomBytes, webcrypto } from 'node:crypto';
import { base64url, calculateJwkThumbprint, CompactEncrypt, type CryptoKey, GeneralEncrypt } from 'jose';
import { type ObjectKind } from '../contracts/objects';
import { FORMAT } from '../contracts/snapshots';
import { type PublicKey } from './public-keys';

/** A key that seals blobs of one snapshot, and the one for fingerprints that is derived from it. They can do that and nothing else, and cannot be exported. */
export interface DataKey {
  /** JWK thumbprint. */
  id: string;
  key: CryptoKey;
  /** HMAC-SHA-256. */
  fingerprintKey: CryptoKey;
  /** Path within the snapshot's folder of the blob that holds this key for the recipients, and its content. */
  blob: string;
  sealed: Uint8Array;
}

/**
 * Makes a data key and seals it to the recipients (docs/format.md, section 3). The key's bytes do not leave this function in the clear: who
 * seals with it cannot read back, not even in the same process.
 */
export async function makeDataKey(snapshot: string, recipients: readonly PublicKey[]): Promise<DataKey> {
  const secret = randomBytes(32);
  try {
    const jwk = { kty: 'oct', k: base64url.encode(secret), alg: 'dir', enc: 'A256GCM' };
    const id = await calculateJwkThumbprint(jwk);
    const blob = `keys/${id}.jwe`;
    const plaintext = Buffer.from(JSON.stringify({ ...jwk, kid: id }), 'utf8');
    const sealed = await sealToRecipients(plaintext, snapshot, blob, recipients);
    plaintext.fill(0);
    const key = await webcrypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
    return { id, key, fingerprintKey: await deriveFingerprintKey(secret), blob, sealed };
  } finally {
    secret.fill(0);
  }
}

/** JWE in compact serialization of `plaintext` under the data key (docs/format.md, section 4). */
export async function sealWithDataKey(
  { id, key }: DataKey,
  place: { snapshot: string; blob: string; type: 'item' | 'index' },
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const jwe = await new CompactEncrypt(plaintext)
    .setProtectedHeader({
      alg: 'dir',
      enc: 'A256GCM',
      kid: id,
      typ: `strongroom-${place.type}`,
      sr_format: FORMAT,
      sr_snapshot: place.snapshot,
      sr_blob: place.blob,
    })
    .encrypt(key);
  return Buffer.from(jwe, 'ascii');
}

/** The fingerprint of a value (docs/format.md, section 5), base64url. Text counts as UTF-8. */
export async function fingerprintOf(
  { fingerprintKey }: DataKey,
  kind: ObjectKind,
  value: string | Uint8Array,
): Promise<string> {
  const message = Buffer.concat([Buffer.from(`${kind}\0`, 'ascii'), Buffer.from(value)]);
  return base64url.encode(new Uint8Array(await webcrypto.subtle.sign('HMAC', fingerprintKey, message)));
}

async function deriveFingerprintKey(secret: Uint8Array): Promise<CryptoKey> {
  const { subtle } = webcrypto;
  const source = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = Buffer.from('strongroom/1/fingerprint', 'ascii');
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
  return subtle.deriveKey(derivation, source, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign']);
}

async function sealToRecipients(
  plaintext: Uint8Array,
  snapshot: string,
  blob: string,
  recipients: readonly PublicKey[],
): Promise<Uint8Array> {
  // `alg` stands in the recipients' headers only: who opens through a vault decrypts the same JWE with `alg: dir`.
  const jwe = new GeneralEncrypt(plaintext).setProtectedHeader({
    enc: 'A256GCM',
    typ: 'strongroom-key',
    cty: 'jwk+json',
    sr_format: FORMAT,
    sr_snapshot: snapshot,
    sr_blob: blob,
  });
  for (const { key, thumbprint } of recipients)
    jwe.addRecipient(key).setUnprotectedHeader({ alg: 'RSA-OAEP-256', kid: thumbprint });
  return Buffer.from(JSON.stringify(await jwe.encrypt()), 'utf8');
}
