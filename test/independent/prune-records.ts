import { verifyCompactJws } from './compact-jws';
import { type Finding, finding, Refusal } from './findings';
import { checkFormat } from './headers';
import { shortNameOf, SNAPSHOT_ID, DIGEST, type Tier } from './layout';
import { type Link, readLink } from './manifest';
import { type Members, membersOf } from './members';
import { type PinnedKey } from './pinned-keys';
import { type SnapshotSource } from './source';

/** What a prune record says of one snapshot that was deleted (section 7). */
export interface PrunedSnapshot {
  readonly snapshot: string;
  readonly sequence: number;
  readonly digest: string;
  readonly previous: Link | null;
  readonly retainUntil: string;
}

/** The vault and tier that records must speak of. */
interface Place {
  readonly vault: string;
  readonly tier: Tier;
}

/**
 * The entries that count in all prune records of a vault and tier (section 8, step 4). A record that is none, or is signed by no pinned prune key, is the note
 * `record_refused`; entries that came too early are left out silently, since what they should cover is missing without them.
 */
export async function readPruneRecords(
  source: SnapshotSource,
  place: Place,
  pinned: readonly PinnedKey[],
): Promise<{ entries: PrunedSnapshot[]; findings: Finding[] }> {
  const entries: PrunedSnapshot[] = [];
  const findings: Finding[] = [];
  for (const { path } of await source.list(`records/${place.vault}/`)) {
    if (!path.endsWith('-prune.jws')) continue;
    try {
      const bytes = await source.read(path);
      if (bytes !== undefined) entries.push(...(await readRecord(bytes, path, place, pinned)));
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof Refusal)) throw error;
      findings.push(finding('record_refused', error.message, { blob: path }));
    }
  }
  return { entries, findings };
}

async function readRecord(
  bytes: Uint8Array,
  path: string,
  place: Place,
  pinned: readonly PinnedKey[],
): Promise<PrunedSnapshot[]> {
  const { payload } = await verifyCompactJws(bytes, pinned, checkRecordHeader);
  const record = membersOf(payload, 'record');
  checkFormat(record.raw('format'));
  record.oneOf('type', ['record']);
  record.oneOf('record', ['prune']);
  const tier = record.oneOf('tier', ['daily', 'monthly']);
  const at = record.time('at');
  const name = `records/${shortNameOf(record.text('vault'))}/${at.replaceAll(/[-:.]/g, '')}-prune.jws`;
  if (tier !== place.tier || name !== path) throw new TypeError('it does not belong where it lies');
  const entries = record.list('snapshots', readEntry);
  return entries.filter(({ retainUntil }) => Date.parse(retainUntil) <= Date.parse(at));
}

/** What the protected header of every record says (section 7). Throws a `Refusal` or a `TypeError`. */
export function checkRecordHeader(header: Members): void {
  checkFormat(header.raw('sr_format'));
  if (header.raw('crit') !== undefined) throw new Refusal('format_unknown', 'format 1 has no crit');
  header.oneOf('typ', ['strongroom-record']);
}

function readEntry(entry: Members): PrunedSnapshot {
  return {
    snapshot: entry.text('snapshot', SNAPSHOT_ID),
    sequence: entry.count('sequence', 1),
    digest: entry.text('digest', DIGEST),
    previous: readLink(entry.nestedOrNull('previous')),
    retainUntil: entry.time('retainUntil'),
  };
}

/** Whether a signed link speaks of this snapshot: same id, same digest, and the same `retainUntil` where the link tells one. */
export function isLinkedTo(link: Link, there: { snapshot: string; digest: string; retainUntil: string }): boolean {
  return (
    link.snapshot === there.snapshot &&
    link.digest === there.digest &&
    (link.retainUntil === undefined || link.retainUntil === there.retainUntil)
  );
}
