import {
  type DecisionList,
  type ObjectList,
  type ObjectView,
  type RunList,
  type RunView,
  type SnapshotList,
  type SnapshotView,
} from '../contracts/api';
import { hasEnded, type RunRecord } from '../contracts/runs';
import { addCounts, emptyCounts } from '../domain/counts';
import { isGood } from '../domain/good-snapshots';
import { StrongroomError } from '../errors';
import {
  type DecisionFilter,
  type Ledger,
  type ObjectFilter,
  type ObjectRow,
  type RunFilter,
  type SnapshotFilter,
  type SnapshotRecord,
} from '../ledger/port';
import { runNotFound } from './cancel-run';

/** The ledger as the API shows it. */
export interface Views {
  run(id: string): Promise<RunView>;
  runs(filter: RunFilter, limit: number, continuation?: string): Promise<RunList>;
  objects(runId: string, filter: ObjectFilter, limit: number, continuation?: string): Promise<ObjectList>;
  /** What a prune run decided; of other runs nothing. */
  decisions(runId: string, filter: DecisionFilter, limit: number, continuation?: string): Promise<DecisionList>;
  snapshot(id: string): Promise<SnapshotView>;
  snapshots(filter: SnapshotFilter, limit: number, continuation?: string): Promise<SnapshotList>;
}

/** Reads only. Throws `run_not_found`, `snapshot_not_found`, and `rows_expired` for what housekeeping has removed. */
export function createViews(ledger: Pick<Ledger, 'runs' | 'objects' | 'snapshots' | 'pruneDecisions'>): Views {
  const getRun = async (id: string): Promise<RunRecord> => {
    const run = await ledger.runs.get(id);
    if (run === undefined) throw runNotFound();
    return run;
  };
  return {
    run: async (id) => viewRun(ledger, await getRun(id)),
    runs: async (filter, limit, continuation) => {
      const page = await ledger.runs.list(filter, limit, continuation);
      return {
        runs: await Promise.all(page.items.map((run) => viewRun(ledger, run))),
        continuation: page.continuation,
      };
    },
    objects: async (runId, filter, limit, continuation) => {
      const run = await getRun(runId);
      const { inventory } = run;
      if (inventory === null) return { objects: [], continuation: null };
      if (await haveObjectsExpired(ledger, run, inventory)) throw rowsExpired();
      const page = await ledger.objects.list(inventory, filter, limit, continuation);
      return { objects: page.items.map(viewObject), continuation: page.continuation };
    },
    decisions: async (runId, filter, limit, continuation) => {
      if (await haveDecisionsExpired(ledger, await getRun(runId))) throw rowsExpired();
      const page = await ledger.pruneDecisions.list(runId, filter, limit, continuation);
      return { decisions: page.items, continuation: page.continuation };
    },
    snapshot: async (id) => {
      const snapshot = await ledger.snapshots.get(id);
      if (snapshot === undefined)
        throw new StrongroomError(
          'snapshot_not_found',
          'There is no snapshot with this id. `strongroom snapshots list` shows them.',
        );
      return viewSnapshot(snapshot);
    },
    snapshots: async (filter, limit, continuation) => {
      const page = await ledger.snapshots.list(filter, limit, continuation);
      return { snapshots: page.items.map(viewSnapshot), continuation: page.continuation };
    },
  };
}

/** Housekeeping removes the first row first. */
async function haveObjectsExpired(
  { objects }: Pick<Ledger, 'objects'>,
  { status, total }: RunRecord,
  inventory: string,
): Promise<boolean> {
  return hasEnded(status) && total !== null && total > 0 && (await objects.read(inventory, 0, 1)).length === 0;
}

async function haveDecisionsExpired(
  { pruneDecisions }: Pick<Ledger, 'pruneDecisions'>,
  { id, status, prune }: RunRecord,
): Promise<boolean> {
  const { dropped = 0, kept = 0, retained = 0, damaged = 0, unattributed = 0 } = prune?.counts ?? {};
  const hadAny = dropped + kept + retained + damaged + unattributed > 0;
  return hadAny && hasEnded(status) && (await pruneDecisions.list(id, {}, 1)).items.length === 0;
}

function rowsExpired(): StrongroomError {
  return new StrongroomError(
    'rows_expired',
    'The rows of this run are past OBJECT_ROWS_RETENTION_DAYS and were removed. Its record still has the counts, and the index of its snapshot names every object.',
  );
}

type Progress = Pick<RunView, 'progress' | 'counts'>;

async function viewRun(ledger: Pick<Ledger, 'runs' | 'objects'>, run: RunRecord): Promise<RunView> {
  const {
    source: _source,
    schedule: _schedule,
    scope: _scope,
    inventory: _inventory,
    total: _total,
    counts: _counts,
    snapshotStored,
    ...shown
  } = run;
  return { ...shown, ...(await progressOf(ledger, run)), snapshot: snapshotStored ? run.id : null };
}

/** How far a run is: of an ended one from its record, of one under way from the tallies of its batches, of an estate run the sum of its vaults. */
async function progressOf(ledger: Pick<Ledger, 'runs' | 'objects'>, run: RunRecord): Promise<Progress> {
  const { inventory } = run;
  const total = run.total ?? (hasEnded(run.status) ? 0 : null);
  if (run.counts !== null && hasEnded(run.status))
    return { progress: { done: run.counts.objects, total }, counts: run.counts };
  if (run.kind === 'estate')
    return sumOf(await Promise.all(run.runs.map(({ runId }) => progressOfChild(ledger, runId))));
  if (inventory === null) return { progress: { done: 0, total }, counts: emptyCounts() };
  const { done, counts } = await ledger.objects.tally(inventory);
  return { progress: { done, total }, counts };
}

async function progressOfChild(ledger: Pick<Ledger, 'runs' | 'objects'>, runId: string): Promise<Progress> {
  const run = await ledger.runs.get(runId);
  return run === undefined ? { progress: { done: 0, total: null }, counts: emptyCounts() } : progressOf(ledger, run);
}

/** The total is known once every vault is listed, or has ended without being listed. */
function sumOf(parts: readonly Progress[]): Progress {
  const totals = parts.map(({ progress }) => progress.total);
  return {
    progress: {
      done: parts.reduce((sum, { progress }) => sum + progress.done, 0),
      total: totals.some((total) => total === null)
        ? null
        : totals.reduce<number>((sum, total) => sum + (total ?? 0), 0),
    },
    counts: addCounts(parts.map(({ counts }) => counts)),
  };
}

function viewObject({ kind, name, outcome, code, versions, notes, payloads }: ObjectRow): ObjectView {
  return {
    kind,
    name,
    outcome,
    code,
    versions: versions.length,
    notes,
    payloads: payloads.map(({ payload, ref }) => ({ payload, blob: ref.blob, bytes: ref.bytes })),
    blob: payloads[0]?.ref.blob ?? null,
    bytes: payloads.length === 0 ? null : payloads.reduce((sum, { ref }) => sum + ref.bytes, 0),
  };
}

function viewSnapshot(record: SnapshotRecord): SnapshotView {
  return {
    id: record.snapshot,
    vault: record.shortName,
    vaultUrl: record.vault,
    tier: record.tier,
    outcome: record.outcome,
    good: isGood({ ...record, isExcluded: record.excluded != null }),
    scope: record.scope,
    sequence: record.sequence,
    counts: record.counts,
    scheduledFor: record.scheduledFor,
    startedAt: record.startedAt,
    closedAt: record.closedAt,
    nextDue: record.nextDue,
    retainUntil: record.retainUntil,
    excluded: record.excluded ?? null,
    digest: record.digest,
    previous: record.previous,
    blobs: record.blobCount,
    bytes: record.bytes,
    recipients: record.recipients,
    signingKey: record.signingKey,
    producer: record.producer,
  };
}
