import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { badParameter } from '../key-vault-error';

const generate = promisify(generateKeyPair);

/** The types of key that a vault takes; `-HSM` ones behave the same here, and cost more. */
export type KeyType = 'RSA' | 'RSA-HSM' | 'EC' | 'EC-HSM';

/** What makes a key of its kind: RSA with a size in bits, EC with a curve. */
export interface KeyShape {
  kty: KeyType;
  size?: number;
  curve?: string;
}

/** Both halves of a key as JWK, with Key Vault's names for type and curve. */
export interface KeyMaterial {
  shape: KeyShape;
  publicJwk: JsonWebKey;
  privateJwk: JsonWebKey;
}

const RSA_SIZES = [2048, 3072, 4096];
const NODE_CURVES: Readonly<Record<string, string>> = {
  'P-256': 'P-256',
  'P-384': 'P-384',
  'P-521': 'P-521',
  'P-256K': 'secp256k1',
};

/** Whether the type is an RSA one. */
export function isRsa(kty: KeyType): boolean {
  return kty.startsWith('RSA');
}

/** The JWK as Node takes it: without `-HSM`, and with OpenSSL's name of the curve. */
function forNode(jwk: JsonWebKey): JsonWebKey {
  const kty = (jwk.kty ?? '').replace('-HSM', '');
  return jwk.crv === undefined ? { ...jwk, kty } : { ...jwk, kty, crv: NODE_CURVES[jwk.crv] ?? jwk.crv };
}

/** The private key for node:crypto. */
export function privateKeyOf(jwk: JsonWebKey): KeyObject {
  return createPrivateKey({ key: forNode(jwk), format: 'jwk' });
}

/** The public key for node:crypto. */
export function publicKeyOf(jwk: JsonWebKey): KeyObject {
  return createPublicKey({ key: forNode(jwk), format: 'jwk' });
}

function materialOf(shape: KeyShape, privateKey: KeyObject): KeyMaterial {
  const names = { kty: shape.kty, ...(shape.curve === undefined ? {} : { crv: shape.curve }) };
  return {
    shape,
    publicJwk: { ...createPublicKey(privateKey).export({ format: 'jwk' }), ...names },
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...names },
  };
}

/** Makes a key off the event loop. Throws 400 for a size or curve that Key Vault does not offer. */
export async function generateKey(shape: KeyShape): Promise<KeyMaterial> {
  if (isRsa(shape.kty)) {
    const size = shape.size ?? 2048;
    if (!RSA_SIZES.includes(size)) throw badParameter(`The key size ${size} is not supported.`);
    const pair = await generate('rsa', { modulusLength: size });
    return materialOf({ kty: shape.kty, size }, pair.privateKey);
  }
  const curve = shape.curve ?? 'P-256';
  const namedCurve = NODE_CURVES[curve];
  if (namedCurve === undefined) throw badParameter('The curve is not supported.');
  const pair = await generate('ec', { namedCurve });
  return materialOf({ kty: shape.kty, curve }, pair.privateKey);
}

/** Takes a key that the caller brings. Throws 400 if it is no whole private key of a supported shape. */
export function importKey(kty: KeyType, jwk: JsonWebKey): KeyMaterial {
  let key: KeyObject;
  try {
    key = privateKeyOf({ ...jwk, kty });
  } catch {
    // The reason is not passed on: it might quote the key.
    throw badParameter('The JSON web key is not a complete private key.');
  }
  if (!isRsa(kty)) {
    if (jwk.crv === undefined || !(jwk.crv in NODE_CURVES)) throw badParameter('The curve is not supported.');
    return materialOf({ kty, curve: jwk.crv }, key);
  }
  const size = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (!RSA_SIZES.includes(size)) throw badParameter(`The key size ${size} is not supported.`);
  return materialOf({ kty, size }, key);
}
