import {
  constants,
  createHash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** The hashes of Key Vault's RSA signatures, with the DigestInfo that PKCS #1 v1.5 puts before each (RFC 8017, 9.2). */
const DIGEST_INFO = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const;

export type SignatureHash = keyof typeof DIGEST_INFO;

const digestInfo = (hash: SignatureHash, digest: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest]);

/** Signs a digest with RSASSA-PKCS1-v1_5. Node's own `sign` would hash once more. */
export function signPkcs1(key: KeyObject, hash: SignatureHash, digest: Uint8Array): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest));
}

/** Whether `signature` is RSASSA-PKCS1-v1_5 over `digest`. */
export function verifyPkcs1(key: KeyObject, hash: SignatureHash, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(digestInfo(hash, digest));
  } catch {
    return false;
  }
}

function mask(hash: SignatureHash, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let made = 0, counter = 0; made < length; counter += 1) {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    const block = createHash(hash).update(seed).update(suffix).digest();
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (left: Uint8Array, right: Uint8Array): Buffer =>
  Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));

const hashOfSalted = (hash: SignatureHash, digest: Uint8Array, salt: Uint8Array): Buffer =>
  createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();

/**
 * The block that RSASSA-PSS signs for `digest` (RFC 8017, 9.1.1). Key Vault's salt is as long as the digest, and its moduli are
 * whole bytes, so that exactly the block's first bit is clear.
 */
function encodePss(hash: SignatureHash, digest: Uint8Array, salt: Uint8Array, size: number): Buffer {
  const hashed = hashOfSalted(hash, digest, salt);
  const plain = Buffer.concat([Buffer.alloc(size - salt.length - hashed.length - 2), Buffer.of(1), salt]);
  const masked = xor(plain, mask(hash, hashed, plain.length));
  masked.writeUInt8(masked.readUInt8(0) & 0x7f, 0);
  return Buffer.concat([masked, hashed, Buffer.of(0xbc)]);
}

function modulusBytes(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
}

/** Signs a digest with RSASSA-PSS, MGF1 by the same hash. */
export function signPss(key: KeyObject, hash: SignatureHash, digest: Uint8Array): Buffer {
  const block = encodePss(hash, digest, randomBytes(digest.length), modulusBytes(key));
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

/** Whether `signature` is RSASSA-PSS over `digest`. */
export function verifyPss(key: KeyObject, hash: SignatureHash, digest: Uint8Array, signature: Uint8Array): boolean {
  const size = modulusBytes(key);
  if (signature.length !== size) return false;
  let block: Buffer;
  try {
    block = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    return false;
  }
  const plainLength = size - digest.length - 1;
  const masked = block.subarray(0, plainLength);
  const plain = xor(masked, mask(hash, block.subarray(plainLength, size - 1), plainLength));
  // The salt read here is a guess until the whole block, made anew from it, is the one that was signed.
  const expected = encodePss(hash, digest, plain.subarray(plainLength - digest.length), size);
  return timingSafeEqual(expected, block);
}
