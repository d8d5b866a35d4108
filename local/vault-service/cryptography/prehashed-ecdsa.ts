import { createECDH, type JsonWebKey, randomBytes } from 'node:crypto';

/**
 * ECDSA over a digest that the caller made. OpenSSL's one-call interface, the only one that Node shows, always hashes its
 * input itself; so scalar multiplications are OpenSSL's here, and the arithmetic around them is written out (FIPS 186-5, 6.4).
 */
interface Curve {
  ecdhName: string;
  /** Length of a coordinate in bytes. */
  size: number;
  prime: bigint;
  order: bigint;
}

const CURVES: Readonly<Record<string, Curve>> = {
  'P-256': {
    ecdhName: 'prime256v1',
    size: 32,
    prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-256K': {
    ecdhName: 'secp256k1',
    size: 32,
    prime: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  },
  'P-384': {
    ecdhName: 'secp384r1',
    size: 48,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'P-521': {
    ecdhName: 'secp521r1',
    size: 66,
    prime: 2n ** 521n - 1n,
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
};

interface Point {
  x: bigint;
  y: bigint;
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const toBytes = (value: bigint, size: number): Buffer => Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
const fromBase64Url = (text: string | undefined): bigint => toNumber(Buffer.from(text ?? '', 'base64url'));
const modulo = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;

function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [modulus, modulo(value, modulus), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - quotient * s1];
  }
  return modulo(s0, modulus);
}

function curveOf(name: string | undefined): Curve {
  const curve = CURVES[name ?? ''];
  if (curve === undefined) throw new RangeError('The curve is not known.');
  return curve;
}

/** scalar × generator. */
function multiplyGenerator(curve: Curve, scalar: bigint): Point {
  const ecdh = createECDH(curve.ecdhName);
  ecdh.setPrivateKey(toBytes(scalar, curve.size));
  const point = ecdh.getPublicKey();
  return { x: toNumber(point.subarray(1, 1 + curve.size)), y: toNumber(point.subarray(1 + curve.size)) };
}

/** The x coordinate of scalar × point. */
function multiplyPoint(curve: Curve, scalar: bigint, point: Point): bigint {
  const ecdh = createECDH(curve.ecdhName);
  ecdh.setPrivateKey(toBytes(scalar, curve.size));
  const encoded = Buffer.concat([Buffer.of(4), toBytes(point.x, curve.size), toBytes(point.y, curve.size)]);
  return toNumber(ecdh.computeSecret(encoded));
}

/** The sum of two points that are neither equal nor opposite. */
function addPoints({ prime }: Curve, left: Point, right: Point): Point {
  const slope = modulo((right.y - left.y) * inverse(right.x - left.x, prime), prime);
  const x = modulo(slope * slope - left.x - right.x, prime);
  return { x, y: modulo(slope * (left.x - x) - left.y, prime) };
}

/** The leftmost bits of the digest, as many as the order has, below the order. */
function toScalar(curve: Curve, digest: Uint8Array): bigint {
  const excess = digest.length * 8 - curve.order.toString(2).length;
  const value = toNumber(digest);
  return modulo(excess > 0 ? value >> BigInt(excess) : value, curve.order);
}

/** Signs `digest`; the signature is r‖s, each as long as a coordinate. */
export function signDigest(privateJwk: JsonWebKey, curveName: string, digest: Uint8Array): Buffer {
  const curve = curveOf(curveName);
  const [z, d] = [toScalar(curve, digest), fromBase64Url(privateJwk.d)];
  for (;;) {
    // 8 bytes more than the order has, so that the remainder is not biased.
    const k = modulo(toNumber(randomBytes(curve.size + 8)), curve.order);
    if (k === 0n) continue;
    const r = modulo(multiplyGenerator(curve, k).x, curve.order);
    const s = modulo(inverse(k, curve.order) * (z + r * d), curve.order);
    if (r !== 0n && s !== 0n) return Buffer.concat([toBytes(r, curve.size), toBytes(s, curve.size)]);
  }
}

/** Whether `signature` (r‖s) is one over `digest` by that key. */
export function verifyDigest(
  publicJwk: JsonWebKey,
  curveName: string,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const curve = curveOf(curveName);
  if (signature.length !== curve.size * 2) return false;
  const [r, s] = [toNumber(signature.subarray(0, curve.size)), toNumber(signature.subarray(curve.size))];
  if (r <= 0n || s <= 0n || r >= curve.order || s >= curve.order) return false;
  const key = { x: fromBase64Url(publicJwk.x), y: fromBase64Url(publicJwk.y) };
  // u1·G + u2·Q = u2·(Q + (z/r)·G): one addition of our own is left.
  const ratio = modulo(toScalar(curve, digest) * inverse(r, curve.order), curve.order);
  if (ratio === 0n)
    return modulo(multiplyPoint(curve, modulo(r * inverse(s, curve.order), curve.order), key), curve.order) === r;
  const offset = multiplyGenerator(curve, ratio);
  if (offset.x === key.x) return false;
  const u2 = modulo(r * inverse(s, curve.order), curve.order);
  return modulo(multiplyPoint(curve, u2, addPoints(curve, key, offset)), curve.order) === r;
}
