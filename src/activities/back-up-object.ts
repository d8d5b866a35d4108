import { type Clock } from '../clock';
import { type DataKeyRef, type ProtectedVault } from '../contracts/objects';
import { FORMAT, type RecipientRef, type SnapshotPlace } from '../contracts/snapshots';
import { type SnapshotSealer } from '../crypto/port';
import { type ErrorCode, StrongroomError } from '../errors';
import { type ObjectRow } from '../ledger/port';
import { type VaultReader } from '../vault/port';

/** An object's row with its outcome, and the data key that sealed it. */
export interface HandledObject {
  row: ObjectRow;
  dataKey?: DataKeyRef;
}

/** What all objects of a batch share. */
export interface BackupTarget {
  vault: ProtectedVault;
  place: SnapshotPlace;
  recipients: readonly RecipientRef[];
}

/** Codes that are one object's fate. Everything else is wrong with the archive, the recipients or the ledger, and fails the batch. */
const OBJECT_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'vault_unreachable',
  'vault_throttled',
  'vault_unavailable',
  'vault_unauthorized',
  'vault_forbidden',
  'vault_refused',
  'too_many_versions',
]);

/**
 * Reads an object's versions and its backup, seals both into an item and stores it. Resolves to the object's outcome: `managed`
 * without asking the vault, `absent` if it has been deleted since it was listed, `failed` with the vault's code. May run twice: each time
 * stores another blob.
 */
export async function backUpObject(
  deps: { reader: VaultReader; sealer: SnapshotSealer; clock: Clock },
  { vault, place, recipients }: BackupTarget,
  row: ObjectRow,
): Promise<HandledObject> {
  const { reader, sealer, clock } = deps;
  const { kind, name } = row;
  if (row.managed) return { row: { ...row, outcome: 'managed' } };
  try {
    const takenAt = clock.now().toISOString();
    const versions = await reader.listVersions(vault.url, kind, name);
    const backup = await reader.backUp(vault.url, kind, name);
    const { stored, dataKey } = await sealer.store(place, recipients, {
      format: FORMAT,
      type: 'item',
      snapshot: place.snapshot,
      vault: vault.url,
      kind,
      name,
      payload: 'native',
      takenAt,
      versions,
      backup: Buffer.from(backup).toString('base64url'),
    });
    const listed = versions.map(({ contentType: _contentType, tags: _tags, ...version }) => version);
    return {
      row: { ...row, outcome: 'stored', payloads: [{ payload: 'native', ref: stored }], versions: listed },
      dataKey,
    };
  } catch (error) {
    if (error instanceof StrongroomError && error.code === 'source_not_found')
      return { row: { ...row, outcome: 'absent', code: error.code } };
    if (error instanceof StrongroomError && OBJECT_CODES.has(error.code))
      return { row: { ...row, outcome: 'failed', code: error.code } };
    throw error;
  }
}
