import { type Tier } from '../../../src/contracts/objects';
import { decidePruning, isSpentRecord, type PrunableSnapshot } from '../../../src/domain/pruning';
import { retainUntil } from '../../../src/domain/retention';
import { checkChain, checkOtherTier } from '../../independent/chain';
import { type PrunedSnapshot } from '../../independent/prune-records';
import { type SignedSnapshot } from '../../independent/read-manifest';

export const DAY = 86_400_000;

/** A snapshot of the simulation. */
export interface Snapshot extends PrunableSnapshot {
  tier: Tier;
  digest: string;
  previous: { snapshot: string; digest: string; retainUntil: string } | null;
  otherTier: { tier: Tier; snapshot: string; digest: string; sequence: number; retainUntil: string } | null;
}

interface Store {
  snapshots: Snapshot[];
  /** Prune records: the time, and the entries. */
  records: { at: Date; entries: PrunedSnapshot[] }[];
}

/** One vault's archive in both tiers, without any bytes, with the lock of its containers and the app's clock, which may be wrong. */
export class SimulatedArchive {
  readonly stores: Record<Tier, Store> = {
    daily: { snapshots: [], records: [] },
    monthly: { snapshots: [], records: [] },
  };
  readonly dropped: Snapshot[] = [];
  private made = 0;

  /** Closes a snapshot at the app's time. */
  close(
    tier: Tier,
    now: Date,
    worth: Pick<PrunableSnapshot, 'outcome' | 'scope' | 'isExcluded'>,
    retention: { dailyDays: number; monthlyMonths: number },
  ): Snapshot {
    const head = headOf(this.stores[tier].snapshots);
    const other = headOf(this.stores[tier === 'daily' ? 'monthly' : 'daily'].snapshots);
    this.made += 1;
    const snapshot: Snapshot = {
      ...worth,
      tier,
      snapshot: `snapshot-${this.made}`,
      digest: `digest-${this.made}`,
      sequence: (head?.sequence ?? 0) + 1,
      previous: head === undefined ? null : linkTo(head),
      otherTier: other === undefined ? null : { tier: other.tier, sequence: other.sequence, ...linkTo(other) },
      closedAt: now.toISOString(),
      retainUntil: retainUntil(tier, now, retention).toISOString(),
    };
    this.stores[tier].snapshots.push(snapshot);
    return snapshot;
  }

  /** One prune run over a tier, as the app does it: decide, record, delete, then spend records. `dies`: it stops after that many steps. */
  prune(
    tier: Tier,
    now: Date,
    { used = new Set<string>(), dies = Infinity }: { used?: Set<string>; dies?: number } = {},
  ): Snapshot[] {
    const store = this.stores[tier];
    const drop = decidePruning(store.snapshots, [now], used).flatMap((each) =>
      each.decision === 'drop' ? [each.snapshot] : [],
    );
    const recorded = new Set(store.records.flatMap(({ entries }) => entries.map(({ snapshot }) => snapshot)));
    const entries = drop.filter(({ snapshot }) => !recorded.has(snapshot)).map(entryOf);
    if (entries.length > 0) store.records.push({ at: now, entries });
    const gone = drop.slice(0, dies);
    store.snapshots = store.snapshots.filter((snapshot) => !gone.includes(snapshot));
    this.dropped.push(...gone);
    if (dies === Infinity) this.spendRecords(tier);
    return gone;
  }

  /** What an independent verifier finds wrong with the chain and with what the other tier has seen. */
  faults(tier: Tier): string[] {
    const { snapshots, records } = this.stores[tier];
    const counting = records.flatMap(({ at, entries }) => entries.filter((entry) => new Date(entry.retainUntil) <= at));
    const other = this.stores[tier === 'daily' ? 'monthly' : 'daily'].snapshots.map(signed);
    const found = [
      ...checkChain(snapshots.map(signed), counting),
      ...checkOtherTier(snapshots.map(signed), counting, other),
    ];
    return found.map(({ code, snapshot, detail }) => `${code} ${snapshot ?? ''} ${detail}`);
  }

  private spendRecords(tier: Tier): void {
    const store = this.stores[tier];
    const other = this.stores[tier === 'daily' ? 'monthly' : 'daily'].snapshots;
    const ground = {
      present: store.snapshots.map(({ sequence }) => sequence),
      folders: new Set(store.snapshots.map(({ snapshot }) => snapshot)),
      seen: new Set(other.flatMap(({ otherTier }) => (otherTier === null ? [] : [otherTier.snapshot]))),
    };
    store.records = store.records.filter(({ entries }) => !isSpentRecord({ snapshots: entries }, ground));
  }
}

export function headOf(snapshots: readonly Snapshot[]): Snapshot | undefined {
  return [...snapshots].sort((one, other) => other.sequence - one.sequence)[0];
}

function linkTo({ snapshot, digest, retainUntil: until }: Snapshot): {
  snapshot: string;
  digest: string;
  retainUntil: string;
} {
  return { snapshot, digest, retainUntil: until };
}

function entryOf({ snapshot, digest, sequence, previous, retainUntil: until }: Snapshot): PrunedSnapshot {
  return { snapshot, digest, sequence, previous, retainUntil: until };
}

/** As the verifier would have read it; only what it looks at. */
function signed(snapshot: Snapshot): SignedSnapshot {
  return { id: snapshot.snapshot, digest: snapshot.digest, manifest: snapshot } as unknown as SignedSnapshot;
}
