import { z } from 'zod';

/** What a vault holds. */
export const objectKinds = ['secret', 'key', 'certificate'] as const;
export const objectKindSchema = z.enum(objectKinds);
export type ObjectKind = z.infer<typeof objectKindSchema>;

/** A schedule, a container and a retention. */
export const tiers = ['daily', 'monthly'] as const;
export const tierSchema = z.enum(tiers);
export type Tier = z.infer<typeof tierSchema>;

/** Attributes of an object or of one version. Times are ISO 8601 in UTC; absent where the vault gave none. */
export interface ObjectAttributes {
  enabled: boolean;
  created?: string;
  updated?: string;
  notBefore?: string;
  expires?: string;
  recoveryLevel?: string;
}

/** One version as a vault lists it. Contains no value. */
export interface ObjectVersion extends Omit<ObjectAttributes, 'recoveryLevel'> {
  version: string;
  contentType?: string;
  tags?: Record<string, string>;
}

/** An object as a vault lists it: never a value, and the attributes of the current version only. */
export interface ListedObject {
  kind: ObjectKind;
  name: string;
  /** Belongs to a certificate of the same name, and is backed up and restored with it. */
  managed: boolean;
  attributes: ObjectAttributes;
}

/**
 * What became of one object in a backup run. `absent`: it was listed, and gone when its turn came. `excluded`: the vault's plan leaves it out. `failed`
 * carries a code.
 */
export const objectOutcomes = ['stored', 'managed', 'absent', 'excluded', 'failed'] as const;
export type ObjectOutcome = (typeof objectOutcomes)[number];

/**
 * What a reader of a snapshot should know of an object although it is stored (docs/format.md, section 5; docs/runbook.md tells what to do).
 */
export type ObjectNote = 'too_many_versions' | 'unreadable_disabled' | 'unexportable' | 'rotation_policy_unread';

/** A version as ledger and index keep it. */
export type IndexedVersion = Omit<ObjectVersion, 'contentType' | 'tags'>;

/** A protected vault: its plan or the settings tell what the data plane does not. */
export interface ProtectedVault {
  /** `https://NAME.vault.azure.net`, no slash at the end. */
  url: string;
  /** First label of the host, lower case; unique among the protected vaults. */
  shortName: string;
  subscriptionId: string;
  geography: string;
  tenantId?: string;
  /** The vault's ARM id, if the settings or its plan tell it; without it, it is looked for in the subscription. */
  resourceId?: string;
}

/** A blob of a snapshot: its path within the snapshot's folder, SHA-256 of the stored bytes in hex, and their number. */
export interface BlobRef {
  blob: string;
  digest: string;
  bytes: number;
}

/** A data key that was made for a snapshot: its JWK thumbprint, and the blob that holds it sealed. */
export interface DataKeyRef {
  id: string;
  ref: BlobRef;
}
