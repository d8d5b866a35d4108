import { type ObjectVersion } from '../contracts/objects';
import { type NativeItem, type RotationPolicy } from '../contracts/snapshots';
import { type ObjectRow } from '../ledger/port';
import { type BackupParts, type BackupTarget, itemHead, type StoredObject } from './stored-object';

/**
 * Stores the vault's own backup of an object, and of a key its rotation policy with it. May run twice: each time stores another blob. Needs
 * `{secrets,keys,certificates}/backup/action`, and for keys `keyrotationpolicies/read`, without which the object says so.
 */
export async function storeNative(
  { reader, sealer }: BackupParts,
  target: BackupTarget,
  { kind, name }: ObjectRow,
  listed: { versions: ObjectVersion[]; takenAt: string },
): Promise<StoredObject> {
  const { vault, place, recipients } = target;
  const rotationPolicy: RotationPolicy | null = kind === 'key' ? await target.rotationPolicies.of(name) : null;
  const backup = await reader.backUp(vault.url, kind, name);
  const item: NativeItem = {
    ...itemHead(target, { kind, name }, listed.takenAt),
    payload: 'native',
    versions: listed.versions,
    backup: Buffer.from(backup).toString('base64url'),
    ...(rotationPolicy !== null && { rotationPolicy }),
  };
  const { stored, dataKey } = await sealer.store(place, recipients, item);
  return {
    facts: {
      payloads: [{ payload: 'native', ref: stored }],
      notes: kind === 'key' && rotationPolicy === null ? ['rotation_policy_unread'] : [],
      rotationPolicy,
    },
    dataKeys: [dataKey],
  };
}
