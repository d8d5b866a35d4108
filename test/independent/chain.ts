import { type Finding, finding } from './findings';
import { type Head, type Link, type OtherTierLink } from './manifest';
import { isLinkedTo, type PrunedSnapshot } from './prune-records';
import { type SignedSnapshot } from './read-manifest';

/**
 * Checks the chain of one vault and tier (section 8, step 4). The snapshots and the entries of prune records may come in any order; only entries
 * that count may be given.
 */
export function checkChain(snapshots: readonly SignedSnapshot[], pruned: readonly PrunedSnapshot[]): Finding[] {
  const groups = bySequence(snapshots);
  const findings: Finding[] = [];
  let before: readonly SignedSnapshot[] = [];
  for (const group of groups) {
    const sequence = sequenceOf(group);
    if (group.length > 1) findings.push(...group.map((member) => forked(member, sequence)));
    const links = group.flatMap((member) => checkLink(member, before, pruned));
    // Twins that miss the same snapshots say so once.
    findings.push(...links.filter(({ code }, index) => code !== 'snapshot_missing' || index === 0));
    before = group;
  }
  return findings;
}

function bySequence(snapshots: readonly SignedSnapshot[]): SignedSnapshot[][] {
  const groups = new Map<number, SignedSnapshot[]>();
  for (const snapshot of snapshots) {
    const { sequence } = snapshot.manifest;
    groups.set(sequence, [...(groups.get(sequence) ?? []), snapshot]);
  }
  return [...groups.entries()].sort(([left], [right]) => left - right).map(([, group]) => group);
}

function sequenceOf(group: readonly SignedSnapshot[]): number {
  return group[0]?.manifest.sequence ?? 0;
}

function forked(snapshot: SignedSnapshot, sequence: number): Finding {
  return finding('chain_forked', `more than one snapshot has the number ${sequence}`, { snapshot: snapshot.id });
}

/** Goes back from a snapshot over what was pruned to the snapshot present before it. */
function checkLink(
  snapshot: SignedSnapshot,
  before: readonly SignedSnapshot[],
  pruned: readonly PrunedSnapshot[],
): Finding[] {
  const { manifest } = snapshot;
  const present = sequenceOf(before);
  // Below the oldest present only the number right before it must be covered.
  const last = before.length > 0 ? present : Math.max(manifest.sequence - 2, 0);
  let link = manifest.previous;
  for (let number = manifest.sequence - 1; number > last; number -= 1) {
    const entry = coveredBy(link, number, pruned);
    if (entry === undefined) return [gap(snapshot, last + 1, number, before.length > 0, link)];
    link = entry.previous;
  }
  if (before.length === 0 || (link !== null && before.some((candidate) => isTarget(link, candidate)))) return [];
  return [
    finding('chain_broken', 'it does not name the snapshot before it, or names it with another digest', {
      snapshot: snapshot.id,
    }),
  ];
}

function coveredBy(link: Link | null, sequence: number, pruned: readonly PrunedSnapshot[]): PrunedSnapshot | undefined {
  if (link === null) return undefined;
  return pruned.find((entry) => entry.sequence === sequence && isLinkedTo(link, entry));
}

function isTarget(link: Link, { id, digest, manifest }: SignedSnapshot): boolean {
  return isLinkedTo(link, { snapshot: id, digest, retainUntil: manifest.retainUntil });
}

function gap(after: SignedSnapshot, from: number, to: number, hasOlder: boolean, link: Link | null): Finding {
  const first = hasOlder ? from : 1;
  const missing = first === to ? `number ${first}` : `numbers ${first} to ${to}`;
  return finding(
    'snapshot_missing',
    `${missing} before this snapshot cannot be found or trusted; the last is ${link?.snapshot ?? 'none'}`,
    { snapshot: after.id },
  );
}

/**
 * Checks that the newest snapshot is the head that is known from elsewhere, or follows it link by link (section 8,
 * step 5). `newestFirst` is sorted by falling sequence.
 */
export function checkHead(
  newestFirst: readonly SignedSnapshot[],
  pruned: readonly PrunedSnapshot[],
  head: Head,
): Finding[] {
  const known = [...newestFirst.map(({ id, digest, manifest }) => ({ ...manifest, snapshot: id, digest })), ...pruned];
  const steps = known.length;
  let at = known[0];
  for (let step = 0; step < steps && at !== undefined && newestFirst.length > 0; step += 1) {
    if (at.snapshot === head.snapshot && at.digest === head.digest) return [];
    const { previous, sequence }: { previous: Link | null; sequence: number } = at;
    at = known.find((other) => previous !== null && other.sequence === sequence - 1 && isLinkedTo(previous, other));
  }
  return [
    finding('head_mismatch', 'the newest snapshot neither is the expected head nor follows it', {
      snapshot: head.snapshot,
    }),
  ];
}

/** Checks that the next snapshot is not overdue: `nextDue` of the newest one and the grace must not have passed. */
export function checkDue(newest: SignedSnapshot, now: Date, graceMilliseconds: number): Finding[] {
  const due = Date.parse(newest.manifest.nextDue);
  if (now.getTime() <= due + graceMilliseconds) return [];
  return [
    finding('snapshot_overdue', `the next snapshot was due at ${newest.manifest.nextDue}`, { snapshot: newest.id }),
  ];
}

/**
 * Checks that what the manifests of the other tier say of this tier is still there, or was pruned (section 8, step 5). A newest
 * snapshot that was removed is found so, if the other tier has had a snapshot since.
 */
export function checkOtherTier(
  snapshots: readonly SignedSnapshot[],
  pruned: readonly PrunedSnapshot[],
  otherTier: readonly SignedSnapshot[],
): Finding[] {
  return otherTier.flatMap((witness) => {
    const head = witness.manifest.otherTier;
    if (head === null || snapshots.some((snapshot) => isSeen(snapshot, head))) return [];
    const changed = snapshots.some(({ id }) => id === head.snapshot);
    if (!changed && pruned.some((entry) => entry.sequence === head.sequence && isLinkedTo(head, entry))) return [];
    const detail = `snapshot ${witness.id} of the other tier has seen it as number ${head.sequence}, ${changed ? 'with another digest' : 'and it is gone'}`;
    return [finding(changed ? 'chain_broken' : 'snapshot_missing', detail, { snapshot: head.snapshot })];
  });
}

function isSeen(snapshot: SignedSnapshot, head: OtherTierLink): boolean {
  return isTarget(head, snapshot) && snapshot.manifest.sequence === head.sequence;
}
