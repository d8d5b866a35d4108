import { constants, type JsonWebKey, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { badParameter } from '../key-vault-error';
import { isRsa, type KeyShape, privateKeyOf, publicKeyOf } from './key-material';
import * as ecdsa from './prehashed-ecdsa';
import { signPkcs1, signPss, type SignatureHash, verifyPkcs1, verifyPss } from './prehashed-rsa';

interface SignatureAlgorithm {
  digestLength: number;
  curve?: string;
  hash: SignatureHash;
  padding?: 'pkcs1' | 'pss';
}

const SIGNATURES: Readonly<Record<string, SignatureAlgorithm>> = {
  RS256: { digestLength: 32, hash: 'sha256', padding: 'pkcs1' },
  RS384: { digestLength: 48, hash: 'sha384', padding: 'pkcs1' },
  RS512: { digestLength: 64, hash: 'sha512', padding: 'pkcs1' },
  PS256: { digestLength: 32, hash: 'sha256', padding: 'pss' },
  PS384: { digestLength: 48, hash: 'sha384', padding: 'pss' },
  PS512: { digestLength: 64, hash: 'sha512', padding: 'pss' },
  ES256: { digestLength: 32, hash: 'sha256', curve: 'P-256' },
  ES256K: { digestLength: 32, hash: 'sha256', curve: 'P-256K' },
  ES384: { digestLength: 48, hash: 'sha384', curve: 'P-384' },
  ES512: { digestLength: 64, hash: 'sha512', curve: 'P-521' },
};

const ENCRYPTIONS: Readonly<Record<string, { padding: number; oaepHash?: string }>> = {
  RSA1_5: { padding: constants.RSA_PKCS1_PADDING },
  'RSA-OAEP': { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
  // Node gives MGF1 the hash of OAEP, which is what Key Vault does too.
  'RSA-OAEP-256': { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
};

function signatureAlgorithm(name: string, shape: KeyShape, digest: Uint8Array): SignatureAlgorithm {
  const algorithm = SIGNATURES[name];
  if (algorithm === undefined) throw badParameter(`The signature algorithm '${name}' is not supported.`);
  const fits = isRsa(shape.kty) ? algorithm.padding !== undefined : algorithm.curve === shape.curve;
  if (!fits) {
    throw badParameter(
      `Key and signing algorithm are incompatible: a key of type '${shape.kty}' cannot be used with '${name}'.`,
    );
  }
  if (digest.length !== algorithm.digestLength) {
    throw badParameter(
      `Invalid length of 'value': ${digest.length} bytes. Algorithm '${name}' requires ${algorithm.digestLength} bytes.`,
    );
  }
  return algorithm;
}

/** Signs a digest as Key Vault's `sign` does; EC signatures are r‖s. Throws 400 if algorithm, key and digest do not fit. */
export function sign(name: string, shape: KeyShape, privateJwk: JsonWebKey, digest: Uint8Array): Buffer {
  const algorithm = signatureAlgorithm(name, shape, digest);
  if (algorithm.curve !== undefined) return ecdsa.signDigest(privateJwk, algorithm.curve, digest);
  const key = privateKeyOf(privateJwk);
  return algorithm.padding === 'pss' ? signPss(key, algorithm.hash, digest) : signPkcs1(key, algorithm.hash, digest);
}

/** Whether `signature` is one over `digest`. Throws 400 if algorithm, key and digest do not fit. */
export function verify(
  name: string,
  shape: KeyShape,
  publicJwk: JsonWebKey,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = signatureAlgorithm(name, shape, digest);
  if (algorithm.curve !== undefined) return ecdsa.verifyDigest(publicJwk, algorithm.curve, digest, signature);
  const key = publicKeyOf(publicJwk);
  const check = algorithm.padding === 'pss' ? verifyPss : verifyPkcs1;
  return check(key, algorithm.hash, digest, signature);
}

function encryptionOptions(
  name: string,
  shape: KeyShape,
  key: KeyObject,
): { key: KeyObject; padding: number; oaepHash?: string } {
  const algorithm = ENCRYPTIONS[name];
  if (algorithm === undefined) throw badParameter(`The encryption algorithm '${name}' is not supported.`);
  if (!isRsa(shape.kty)) throw badParameter(`A key of type '${shape.kty}' cannot be used with '${name}'.`);
  return { key, ...algorithm };
}

/** Encrypts or wraps. Throws 400 if algorithm and key do not fit, or if `value` is too long for the key. */
export function encrypt(name: string, shape: KeyShape, publicJwk: JsonWebKey, value: Uint8Array): Buffer {
  const options = encryptionOptions(name, shape, publicKeyOf(publicJwk));
  try {
    return publicEncrypt(options, value);
  } catch {
    throw badParameter('The parameter is incorrect.');
  }
}

/** Decrypts or unwraps. Throws 400 if algorithm and key do not fit, or if `value` is not what this key encrypted. */
export function decrypt(name: string, shape: KeyShape, privateJwk: JsonWebKey, value: Uint8Array): Buffer {
  const options = encryptionOptions(name, shape, privateKeyOf(privateJwk));
  try {
    return privateDecrypt(options, value);
  } catch {
    throw badParameter('The parameter is incorrect.');
  }
}
