import { type Finding, finding } from './findings';
import { type Head, type OtherTierHead } from './manifest';
import { type SignedSnapshot } from './read-manifest';

/** Checks the chain of one vault and tier (section 8, step 4). The snapshots may come in any order. */
export function checkChain(snapshots: readonly SignedSnapshot[]): Finding[] {
  const groups = bySequence(snapshots);
  const findings: Finding[] = [];
  let before: readonly SignedSnapshot[] = [];
  for (const group of groups) {
    const sequence = sequenceOf(group);
    const expected = before.length === 0 ? 1 : sequenceOf(before) + 1;
    if (group.length > 1) findings.push(...group.map((member) => forked(member, sequence)));
    if (sequence > expected) findings.push(...group.slice(0, 1).map((member) => gap(member, expected, sequence)));
    if (sequence === expected && sequence > 1) findings.push(...group.flatMap((member) => checkLink(member, before)));
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

function gap(after: SignedSnapshot, from: number, sequence: number): Finding {
  const missing = from === sequence - 1 ? `number ${from}` : `numbers ${from} to ${sequence - 1}`;
  const last = after.manifest.previous?.snapshot ?? 'none';
  return finding(
    'snapshot_missing',
    `${missing} before this snapshot cannot be found or trusted; the last is ${last}`,
    {
      snapshot: after.id,
    },
  );
}

function checkLink(snapshot: SignedSnapshot, before: readonly SignedSnapshot[]): Finding[] {
  const { previous } = snapshot.manifest;
  if (previous !== null && before.some((candidate) => isHead(candidate, previous))) return [];
  return [
    finding('chain_broken', 'it does not name the snapshot before it, or names it with another digest', {
      snapshot: snapshot.id,
    }),
  ];
}

function isHead(snapshot: SignedSnapshot, head: Head): boolean {
  return snapshot.id === head.snapshot && snapshot.digest === head.digest;
}

/**
 * Checks that the newest snapshot is the head that is known from elsewhere, or follows it link by link (section 8,
 * step 5). `newestFirst` is sorted by falling sequence.
 */
export function checkHead(newestFirst: readonly SignedSnapshot[], head: Head): Finding[] {
  let wanted: Head | null | undefined = newestFirst[0] && {
    snapshot: newestFirst[0].id,
    digest: newestFirst[0].digest,
  };
  for (const snapshot of newestFirst) {
    if (!wanted || !isHead(snapshot, wanted)) continue;
    if (isHead(snapshot, head)) return [];
    wanted = snapshot.manifest.previous;
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
 * Checks that what the manifests of the other tier say of this tier is still there (section 8, step 5). A newest
 * snapshot that was removed is found so, if the other tier has had a snapshot since.
 */
export function checkOtherTier(snapshots: readonly SignedSnapshot[], otherTier: readonly SignedSnapshot[]): Finding[] {
  return otherTier.flatMap((witness) => {
    const head = witness.manifest.otherTier;
    if (head === null || snapshots.some((snapshot) => isSeen(snapshot, head))) return [];
    const changed = snapshots.some(({ id }) => id === head.snapshot);
    const detail = `snapshot ${witness.id} of the other tier has seen it as number ${head.sequence}, ${changed ? 'with another digest' : 'and it is gone'}`;
    return [finding(changed ? 'chain_broken' : 'snapshot_missing', detail, { snapshot: head.snapshot })];
  });
}

function isSeen(snapshot: SignedSnapshot, head: OtherTierHead): boolean {
  return isHead(snapshot, head) && snapshot.manifest.sequence === head.sequence;
}
