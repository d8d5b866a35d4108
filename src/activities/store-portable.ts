import { type DataKeyRef, type ObjectNote, type ObjectVersion } from '../contracts/objects';
import { type ObjectFacts, type PortableItem, type PortableVersion } from '../contracts/snapshots';
import { type ObjectRow } from '../ledger/port';
import { readPortableVersions } from './read-portable-versions';
import { type BackupParts, type BackupTarget, itemHead, type StoredObject } from './stored-object';

/** A part is closed when its values have reached this size, so that a history of thousands of large values is never in memory as a whole. */
const PART_BYTES = 1_048_576;
/** What a version takes beside its value, about. */
const VERSION_BYTES = 512;

/**
 * Stores the values of all listed versions of a secret or certificate, in as many parts as it takes, and makes their fingerprints. May run twice: each time
 * stores other blobs. Needs `secrets/getSecret/action`, for certificates also `certificates/read`; throws `values_forbidden` without.
 */
export async function storePortable(
  { reader, sealer }: BackupParts,
  target: BackupTarget,
  row: ObjectRow,
  { versions, takenAt }: { versions: ObjectVersion[]; takenAt: string },
): Promise<StoredObject> {
  const { vault, place, recipients } = target;
  const { kind, name } = row;
  const policy = kind === 'certificate' ? await reader.readCertificatePolicy(vault.url, name) : undefined;
  const fingerprinter = await sealer.fingerprinter(place, recipients);
  const payloads: ObjectFacts['payloads'] = [];
  const dataKeys: DataKeyRef[] = [fingerprinter.dataKey];
  const storePart = async (contents: PortableVersion[]): Promise<void> => {
    const part = payloads.length + 1;
    const head = itemHead(target, row, takenAt);
    const ofPart = part === 1 && policy !== undefined ? { policy } : {};
    const item: PortableItem = { ...head, payload: 'portable', part, ...ofPart, versions: contents };
    const { stored, dataKey } = await sealer.store(place, recipients, item);
    payloads.push({ payload: 'portable', ref: stored });
    dataKeys.push(dataKey);
  };

  const fingerprints: Record<string, string> = {};
  const missing: PortableVersion['missing'][] = [];
  let [open, bytes]: [PortableVersion[], number] = [[], 0];
  for await (const { version, content } of readPortableVersions(reader, vault.url, row, versions)) {
    missing.push(version.missing);
    if (content !== undefined) fingerprints[version.version] = await fingerprinter.fingerprint(kind, content);
    open.push(version);
    bytes += VERSION_BYTES + Buffer.byteLength(version.value ?? '') + (version.cer?.length ?? 0);
    if (bytes < PART_BYTES) continue;
    await storePart(open);
    [open, bytes] = [[], 0];
  }
  if (open.length > 0) await storePart(open);
  const facts = { payloads, ...factsOf(missing, fingerprinter.dataKey.id, fingerprints) };
  return { facts, dataKeys, newestMissing: missing[0] };
}

function factsOf(
  missing: readonly PortableVersion['missing'][],
  dataKey: string,
  fingerprints: Record<string, string>,
): Pick<ObjectFacts, 'notes' | 'unreadable' | 'unexportable' | 'fingerprint'> {
  const unreadable = missing.filter((reason) => reason === 'unreadable_disabled').length;
  const unexportable = missing.filter((reason) => reason === 'unexportable').length;
  const notes: ObjectNote[] = [];
  if (unreadable > 0) notes.push('unreadable_disabled');
  if (unexportable > 0) notes.push('unexportable');
  const known = Object.keys(fingerprints).length > 0;
  return { notes, unreadable, unexportable, fingerprint: known ? { dataKey, versions: fingerprints } : null };
}
