import { type KeyObject } from 'node:crypto';
import {
  base64url,
  calculateJwkThumbprint,
  compactDecrypt,
  flattenedDecrypt,
  generalDecrypt,
  type GeneralJWE,
  type JWK,
} from 'jose';

// Opens what src/crypto seals, by plain calls of a JOSE library and docs/format.md.

/** The data key as a JWK, opened with an offline recipient's private key. */
export async function openDataKey(blob: Uint8Array, privateKey: KeyObject): Promise<JWK> {
  const { plaintext } = await generalDecrypt(parse(blob) as GeneralJWE, privateKey);
  return dataKey(plaintext);
}

/** The data key as a JWK, opened by a vault's `unwrapKey`. */
export async function openDataKeyByVault(
  blob: Uint8Array,
  thumbprint: string,
  unwrap: (encryptedKey: Uint8Array) => Uint8Array,
): Promise<JWK> {
  const { recipients, protected: protectedHeader, iv, ciphertext, tag } = parse(blob) as GeneralJWE;
  const recipient = recipients.find(({ header }) => header?.kid === thumbprint);
  const contentKey = unwrap(base64url.decode(recipient!.encrypted_key!));
  const jwe = { protected: protectedHeader!, iv: iv!, ciphertext, tag: tag!, unprotected: { alg: 'dir' } };
  return dataKey((await flattenedDecrypt(jwe, contentKey)).plaintext);
}

/** Where a blob is, as the manifest says it. */
export interface ExpectedPlace {
  snapshot: string;
  blob: string;
}

/** The plaintext of an item or index blob. Throws if it is damaged, or not the blob of this place. */
export async function openBlob(blob: Uint8Array, key: JWK, expected: ExpectedPlace): Promise<Uint8Array> {
  const { plaintext, protectedHeader } = await compactDecrypt(Buffer.from(blob).toString('latin1'), contentKey(key));
  const { sr_format, sr_snapshot, sr_blob, typ } = protectedHeader;
  const type = `strongroom-${expected.blob.startsWith('items/') ? 'item' : 'index'}`;
  if (sr_format !== 1 || sr_snapshot !== expected.snapshot || sr_blob !== expected.blob || typ !== type)
    throw new Error('the blob is not where it belongs');
  return plaintext;
}

export function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

function contentKey({ k }: JWK): Uint8Array {
  return base64url.decode(k!);
}

async function dataKey(plaintext: Uint8Array): Promise<JWK> {
  const jwk = parse(plaintext) as JWK;
  if ((await calculateJwkThumbprint(jwk)) !== jwk.kid) throw new Error('the data key is not the one of its id');
  return jwk;
}
