import { type DataKeyRef, type ObjectVersion } from '../contracts/objects';
import { NO_FACTS, type ObjectFacts } from '../contracts/snapshots';
import { payloadsFor } from '../domain/payloads';
import { type ErrorCode, StrongroomError } from '../errors';
import { type ObjectRow } from '../ledger/port';
import { storeNative } from './store-native';
import { storePortable } from './store-portable';
import { type BackupParts, type BackupTarget, type StoredObject } from './stored-object';

/** An object's row with its outcome, and the data keys that its items and fingerprints need. */
export interface HandledObject {
  row: ObjectRow;
  dataKeys: DataKeyRef[];
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
  'values_forbidden',
]);

/** A payload that was stored, or why not; `undefined` if it was not asked for. */
type Attempt = StoredObject | StrongroomError | undefined;

/**
 * Reads an object's versions, then each payload that the run's scope asks for, and seals and stores them. Resolves to the object's outcome: `managed`
 * without asking the vault, `absent` if it has been deleted since it was listed, `failed` with a code if a payload could not be had, then with
 * those that could. May run twice: each time stores other blobs.
 */
export async function backUpObject(parts: BackupParts, target: BackupTarget, row: ObjectRow): Promise<HandledObject> {
  if (row.managed) return { row: { ...row, outcome: 'managed' }, dataKeys: [] };
  const asked = payloadsFor(target.scope, row.kind);
  try {
    const takenAt = parts.clock.now().toISOString();
    const versions = await parts.reader.listVersions(target.vault.url, row.kind, row.name);
    const listed = { versions, takenAt };
    const native = asked.includes('native') ? await attempt(() => storeNative(parts, target, row, listed)) : undefined;
    const portable = asked.includes('portable')
      ? await attempt(() => storePortable(parts, target, row, listed))
      : undefined;
    return conclude(row, versions, native, portable);
  } catch (error) {
    if (!isObjectFailure(error) && !isGone(error)) throw error;
    const outcome = isGone(error) ? 'absent' : 'failed';
    return { row: { ...row, outcome, code: error.code }, dataKeys: [] };
  }
}

async function attempt(store: () => Promise<StoredObject>): Promise<StoredObject | StrongroomError> {
  try {
    return await store();
  } catch (error) {
    if (isObjectFailure(error)) return error;
    throw error;
  }
}

function conclude(
  row: ObjectRow,
  versions: readonly ObjectVersion[],
  native: Attempt,
  portable: Attempt,
): HandledObject {
  const kept = [native, portable].filter(isStored);
  const code = failureOf(native, portable);
  const isReplaced = code === null && native instanceof StrongroomError;
  const facts = kept.map((one) => one.facts);
  const both: ObjectFacts = {
    ...NO_FACTS,
    ...facts[0],
    ...facts[1],
    versions: kept.length === 0 ? [] : versions.map(withoutContent),
    payloads: facts.flatMap(({ payloads = [] }) => payloads),
    notes: [...(isReplaced ? (['too_many_versions'] as const) : []), ...facts.flatMap(({ notes = [] }) => notes)],
  };
  return {
    row: { ...row, ...both, outcome: code === null ? 'stored' : 'failed', code },
    dataKeys: kept.flatMap(({ dataKeys }) => dataKeys),
  };
}

/** Why the object is not stored, if it is not. A portable payload stands in for a backup that the vault cannot make for the number of versions. */
function failureOf(native: Attempt, portable: Attempt): ErrorCode | null {
  const isReplaceable = native instanceof StrongroomError && native.code === 'too_many_versions';
  if (native instanceof StrongroomError && !(isReplaceable && portable !== undefined)) return native.code;
  if (portable instanceof StrongroomError) return portable.code;
  const hasNative = native !== undefined && !isReplaceable;
  return !hasNative && portable?.newestMissing === 'unexportable' ? 'not_exportable' : null;
}

function withoutContent({
  contentType: _contentType,
  tags: _tags,
  ...version
}: ObjectVersion): ObjectFacts['versions'][number] {
  return version;
}

function isStored(one: Attempt): one is StoredObject {
  return one !== undefined && !(one instanceof StrongroomError);
}

function isObjectFailure(error: unknown): error is StrongroomError {
  return error instanceof StrongroomError && OBJECT_CODES.has(error.code);
}

function isGone(error: unknown): error is StrongroomError {
  return error instanceof StrongroomError && error.code === 'source_not_found';
}
