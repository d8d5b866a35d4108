import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  randomBytes,
  sign,
} from 'node:crypto';
import { StrongroomError } from '../../src/errors';
import { type SignatureAlgorithm, type VaultKeys, type VaultPublicKey } from '../../src/vault/port';

/** What a key version is, apart from its material. */
export interface KeyVersionOptions {
  privateKey: KeyObject;
  enabled?: boolean;
  keyOps?: string[];
  created?: string;
  notBefore?: string;
  expires?: string;
}

const ALL_OPERATIONS = ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'];

/** Keys in vaults, made by Node. The newest version of a key is the one added last. */
export class GeneratedVaultKeys implements VaultKeys {
  private readonly versions = new Map<string, (VaultPublicKey & { privateKey: KeyObject })[]>();
  /** Thrown by every call for the key of this id, versionless or not. */
  readonly failures = new Map<string, StrongroomError>();
  /** The calls so far, such as `read https://…`. */
  readonly calls: string[] = [];

  /** Adds a version to a key, and gives its versioned id. */
  add(keyId: string, options: KeyVersionOptions): string {
    const { privateKey, enabled = true, keyOps = ALL_OPERATIONS, ...times } = options;
    const kid = `${keyId}/${randomBytes(16).toString('hex')}`;
    const version = { kid, privateKey, enabled, keyOps, jwk: publicJwk(privateKey), ...times };
    this.versions.set(keyId, [version, ...(this.versions.get(keyId) ?? [])]);
    return kid;
  }

  /** Disables a version, as an operator would. */
  disable(kid: string): void {
    this.version(kid).enabled = false;
  }

  /** Enables it again. */
  enable(kid: string): void {
    this.version(kid).enabled = true;
  }

  async readPublicKey(keyId: string): Promise<VaultPublicKey> {
    await this.called('read', keyId);
    const { privateKey: _privateKey, ...publicKey } = this.version(keyId);
    return publicKey;
  }

  async listKeyVersions(keyId: string): Promise<{ kid: string; enabled: boolean }[]> {
    await this.called('list', keyId);
    return (this.versions.get(keyId) ?? []).map(({ kid, enabled }) => ({ kid, enabled }));
  }

  async sign(kid: string, algorithm: SignatureAlgorithm, input: Uint8Array): Promise<Uint8Array> {
    await this.called('sign', kid);
    const { privateKey: key, enabled } = this.version(kid);
    if (!enabled) throw new StrongroomError('vault_forbidden', 'The key is disabled.');
    return algorithm === 'ES256'
      ? sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' })
      : sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }

  /** What the vault's `unwrapKey` with RSA-OAEP-256 does; no part of the port, since the app that writes may not do it. */
  unwrap(kid: string, encryptedKey: Uint8Array): Uint8Array {
    return privateDecrypt(
      { key: this.version(kid).privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      encryptedKey,
    );
  }

  private async called(operation: string, keyId: string): Promise<void> {
    await Promise.resolve();
    this.calls.push(`${operation} ${keyId}`);
    const failure = this.failures.get(keyId) ?? this.failures.get(keyId.split('/').slice(0, 5).join('/'));
    if (failure) throw failure;
  }

  private version(keyId: string): VaultPublicKey & { privateKey: KeyObject } {
    const found = this.versions.get(keyId)?.[0] ?? [...this.versions.values()].flat().find(({ kid }) => kid === keyId);
    if (!found) throw new StrongroomError('source_not_found', 'The vault has no such key.');
    return found;
  }
}

/** A private RSA key. */
export function rsaKey(modulusLength = 2_048): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

/** A private EC key. */
export function ecKey(namedCurve = 'P-256'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

/** The thumbprint of RFC 7638, computed by hand so that it does not depend on the code under test. */
export function thumbprintOf(key: KeyObject): string {
  const jwk = publicJwk(key);
  const members =
    jwk.kty === 'RSA' ? { e: jwk.e, kty: jwk.kty, n: jwk.n } : { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

function publicJwk(key: KeyObject): VaultPublicKey['jwk'] {
  const { kty, n, e, crv, x, y } = key.export({ format: 'jwk' });
  if (kty === 'RSA') return { kty, n: n!, e: e! };
  return { kty: 'EC', crv: crv!, x: x!, y: y! };
}
