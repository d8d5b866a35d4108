import { type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import * as algorithms from '../cryptography/algorithms';
import { type KeyShape } from '../cryptography/key-material';
import { badParameter, KeyVaultError } from '../key-vault-error';
import { type StoredVersion } from '../store/object-store';
import { type Call, type Cost, type Operation } from './operation';
import { parseBody } from './request-bodies';
import { type VaultObjects } from './vault-objects';

/** What a key may be allowed to do. */
export const KEY_OPERATIONS = ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey', 'import'] as const;

type KeyUse = Exclude<(typeof KEY_OPERATIONS)[number], 'import'>;

/** What a version of a key shows besides attributes and tags. */
export interface ShownKey {
  shape: KeyShape;
  jwk: JsonWebKey;
  keyOps: string[];
}

const base64url = z.base64url().min(1);
const valueBody = z.object({ alg: z.string(), value: base64url });
const verifyBody = z.object({ alg: z.string(), digest: base64url, value: base64url });

/** The uses that Key Vault refuses outside the key's validity; what was made before can always be opened and verified. */
const BOUND_TO_VALIDITY: readonly KeyUse[] = ['encrypt', 'sign', 'wrapKey'];

function forbidden(message: string, innerCode: string): KeyVaultError {
  return new KeyVaultError(403, 'Forbidden', message, innerCode);
}

/** Throws 403 if the version may not be used that way now. */
function requireUse(use: KeyUse, version: StoredVersion, nowMs: number): void {
  const { enabled, nbf, exp } = version.attributes;
  if (!enabled) throw forbidden(`Operation ${use} is not allowed on a disabled key.`, 'KeyDisabled');
  const now = nowMs / 1000;
  if (BOUND_TO_VALIDITY.includes(use)) {
    if (exp !== undefined && now >= exp)
      throw forbidden(`Operation ${use} is not allowed on an expired key.`, 'KeyExpired');
    if (nbf !== undefined && now < nbf) {
      throw forbidden(`Operation ${use} is not allowed on a key that is not yet valid.`, 'KeyNotYetValid');
    }
  }
  if (!(version.shown as ShownKey).keyOps.includes(use)) {
    throw forbidden(`Operation ${use} is not permitted on this key.`, 'KeyOperationForbidden');
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');

/** What one use makes of the request, given the version. */
function perform(use: KeyUse, version: StoredVersion, body: unknown): { value: string | boolean } {
  const { shape, jwk } = version.shown as ShownKey;
  const privateJwk = (): JsonWebKey => JSON.parse(version.material) as JsonWebKey;
  if (use === 'verify') {
    const { alg, digest, value } = parseBody(verifyBody, body);
    return { value: algorithms.verify(alg, shape, jwk, bytes(digest), bytes(value)) };
  }
  const { alg, value } = parseBody(valueBody, body);
  const input = bytes(value);
  if (use === 'sign') return { value: algorithms.sign(alg, shape, privateJwk(), input).toString('base64url') };
  const result =
    use === 'encrypt' || use === 'wrapKey'
      ? algorithms.encrypt(alg, shape, jwk, input)
      : algorithms.decrypt(alg, shape, privateJwk(), input);
  return { value: result.toString('base64url') };
}

function run(objects: VaultObjects, use: KeyUse, call: Call): object {
  if (call.body === undefined) throw badParameter('The request body is missing.');
  const object = objects.readable(call);
  const version = objects.versionOf(call, object);
  requireUse(use, version, objects.now());
  const result = perform(use, version, call.body);
  if (use === 'verify') return result;
  return { kid: `${call.vault.url}/keys/${object.name}/${version.version}`, ...result };
}

/** Signing, verifying, encrypting, decrypting, wrapping and unwrapping, by the current version or by a named one. */
export function keyUseOperations(objects: VaultObjects, cost: (call: Call) => Cost): Operation[] {
  const uses: readonly KeyUse[] = ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey'];
  return uses.flatMap((use) => {
    const right = use.replace('Key', '');
    const shared = {
      name: `keys.${right}`,
      method: 'POST',
      action: `keys/${right}/action`,
      cost,
      run: (call: Call) => run(objects, use, call),
    };
    const word = use.toLowerCase();
    return [
      { ...shared, path: `keys/{name}/${word}` },
      { ...shared, path: `keys/{name}/{version}/${word}` },
    ];
  });
}
