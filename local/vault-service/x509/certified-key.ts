import { type KeyObject } from 'node:crypto';

/** A chain of certificates as DER, the leaf first unless its owner wanted otherwise, and the leaf's private key if it is at hand. */
export interface CertifiedKey {
  privateKey?: KeyObject;
  chain: readonly Buffer[];
}
