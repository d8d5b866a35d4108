import { type OrchestrationContext } from 'durable-functions';
import { type ActivityInput, type Outcome } from '../contracts/activities';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { type PruneCounts } from '../contracts/pruning';
import { emptyPruneCounts } from '../domain/prune-counts';
import { call, type Flow, PATIENT } from './calls';

type Target = ActivityInput<'decidePruning'>;

/** Prunes the snapshots of one vault in one tier: decide; then record, and drop the manifests; then what is left of them and of interrupted runs. */
export function* pruneVault(context: OrchestrationContext): Flow<OrchestrationResults['pruneVault']> {
  const { dryRun, ...target } = context.df.getInput<OrchestrationInputs['pruneVault']>();
  try {
    const decided = yield* call(context, 'decidePruning', target, PATIENT);
    if (!decided.ok) return decided;
    if (decided.cancelled) return CANCELLED;
    const { drop, keep, damaged, unattributed } = decided;
    const counts = { ...emptyPruneCounts(), dropped: drop, kept: keep, damaged, unattributed };
    return dryRun ? { ok: true, counts } : yield* carryOut(context, target, counts);
  } catch {
    return { ok: false, code: 'internal_error', retryable: false };
  }
}

function* carryOut(
  context: OrchestrationContext,
  target: Target,
  counts: PruneCounts,
): Flow<Outcome<{ counts: PruneCounts }>> {
  if (counts.dropped > 0) {
    const dropped = yield* call(context, 'dropSnapshots', target, PATIENT);
    if (!dropped.ok) return dropped;
    if (dropped.cancelled) return CANCELLED;
    counts.dropped -= dropped.retained;
    counts.retained += dropped.retained;
  }
  for (let after: string | null = ''; after !== null;) {
    const swept: Outcome<{ cancelled: boolean; orphans: number; retained: number; next: string | null }> = yield* call(
      context,
      'dropLeftovers',
      { ...target, after },
      PATIENT,
    );
    if (!swept.ok) return swept;
    if (swept.cancelled) return CANCELLED;
    counts.orphans += swept.orphans;
    counts.retained += swept.retained;
    after = swept.next;
  }
  return { ok: true, counts };
}

const CANCELLED = { ok: false, code: 'cancelled', retryable: false } as const;
