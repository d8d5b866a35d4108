import { type Clock } from '../clock';
import { type DataKeyRef, type ObjectKind, type ProtectedVault } from '../contracts/objects';
import { type BackupScope } from '../contracts/scopes';
import {
  FORMAT,
  type ItemHead,
  type ObjectFacts,
  type PortableVersion,
  type RecipientRef,
  type SnapshotPlace,
} from '../contracts/snapshots';
import { type SnapshotSealer } from '../crypto/port';
import { type VaultReader } from '../vault/port';
import { type RotationPolicies } from './rotation-policies';

/** The ports that backing up an object takes. */
export interface BackupParts {
  reader: VaultReader;
  sealer: SnapshotSealer;
  clock: Clock;
}

/** What all objects of a batch share. */
export interface BackupTarget {
  vault: ProtectedVault;
  place: SnapshotPlace;
  recipients: readonly RecipientRef[];
  scope: BackupScope;
  rotationPolicies: RotationPolicies;
}

/** What was stored of an object as one kind of payload, and the data keys that sealed it. */
export interface StoredObject {
  facts: Partial<ObjectFacts>;
  dataKeys: DataKeyRef[];
  /** Of a portable payload: why the newest version lacks its private half. */
  newestMissing?: PortableVersion['missing'];
}

/** What every item says of itself. */
export function itemHead(
  { vault, place }: BackupTarget,
  { kind, name }: { kind: ObjectKind; name: string },
  takenAt: string,
): ItemHead {
  return { format: FORMAT, type: 'item', snapshot: place.snapshot, vault: vault.url, kind, name, takenAt };
}
