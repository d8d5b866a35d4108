import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';
import { badParameter, labelOf } from '../key-vault-error';
import { type ObjectKind } from '../kinds/object-kind';
import { type StoredVersion } from '../store/object-store';
import { type Vault } from '../vaults';

/**
 * Everything that a backup of one object holds: for a certificate also its policy, its key and its secret. A key's rotation
 * policy is not in it: nobody documents that it survives.
 */
export interface BackedUpObject {
  name: string;
  versions: StoredVersion[];
  policy?: string;
  managed?: { keys: StoredVersion[]; secrets: StoredVersion[] };
}

const versions = z.array(
  z.object({
    version: z.string(),
    attributes: z.object({
      enabled: z.boolean(),
      nbf: z.int().exactOptional(),
      exp: z.int().exactOptional(),
      created: z.int(),
      updated: z.int(),
    }),
    tags: z.record(z.string(), z.string()).exactOptional(),
    shown: z.unknown(),
    material: z.string(),
  }),
);

const content = z.object({
  kind: z.enum(['secrets', 'keys', 'certificates']),
  name: z.string(),
  versions,
  policy: z.string().exactOptional(),
  managed: z.object({ keys: versions, secrets: versions }).exactOptional(),
});

/** Seals and opens backup blobs. A blob opens only in the subscription and geography whose vault made it. */
export class BackupSealer {
  readonly #root: Buffer;
  readonly #keys = new Map<string, Uint8Array>();

  /** `root` is the secret of the whole stack, from which each security world's key is derived. */
  constructor(root: Buffer) {
    this.#root = root;
  }

  /** The blob for `object`, as the base64url text that the API returns: a marker of the kind, then an encrypted envelope. */
  async seal(vault: Vault, kind: ObjectKind, object: BackedUpObject): Promise<string> {
    const plain = Buffer.from(JSON.stringify({ kind, ...object }));
    const sealed = await new CompactEncrypt(plain)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(this.#keyOf(vault));
    return Buffer.from(markerOf(kind) + sealed).toString('base64url');
  }

  /** What is in the blob. Throws 400 if it was made elsewhere, was changed, or is of another kind. */
  async open(vault: Vault, kind: ObjectKind, blob: string): Promise<BackedUpObject> {
    const text = Buffer.from(blob, 'base64url').toString('latin1');
    if (!text.startsWith(markerOf(kind))) throw badParameter('Backup blob contents are invalid.');
    let plain: Uint8Array;
    try {
      ({ plaintext: plain } = await compactDecrypt(text.slice(markerOf(kind).length), this.#keyOf(vault)));
    } catch {
      throw badParameter('Cannot decrypt backup blob.');
    }
    const { kind: sealedKind, ...object } = content.parse(JSON.parse(Buffer.from(plain).toString()));
    if (sealedKind !== kind) throw badParameter('Backup blob contents are invalid.');
    return object;
  }

  #keyOf({ subscriptionId, geography }: Vault): Uint8Array {
    const world = `${subscriptionId}|${geography}`.toLowerCase();
    const known = this.#keys.get(world);
    if (known !== undefined) return known;
    const key = new Uint8Array(hkdfSync('sha256', this.#root, Buffer.alloc(0), `key-vault-backup|${world}`, 32));
    this.#keys.set(world, key);
    return key;
  }
}

const markerOf = (kind: ObjectKind): string => `&AzureKeyVault${labelOf(kind)}BackupV1.microsoft.com`;
