import { type Tier } from '../contracts/objects';
import { type PruneDecision } from '../contracts/pruning';
import { type PruneDecisions } from '../ledger/port';
import { type ActivityHandler } from './handler';
import { planPruning, type PruneDeps, type PrunePlan } from './prune-decisions';

/** How many things that belong to nothing are written down one by one; all are counted. */
const UNATTRIBUTED_SHOWN = 100;

/**
 * Decides what is to become of the snapshots of a vault and tier, and writes down each decision with its reason. Nothing in the archive is changed. May
 * run twice: the decisions are written over. Needs `blobs/read`, and `keys/read` on the signing and the prune key.
 */
export function createDecidePruning(
  deps: PruneDeps & { pruneDecisions: PruneDecisions },
): ActivityHandler<'decidePruning'> {
  return async (input, { log }) => {
    const { runId, correlationId, vault, tier } = input;
    const plan = await planPruning(deps, input);
    if (plan === undefined) return { cancelled: true, drop: 0, keep: 0, damaged: 0, unattributed: 0 };
    await deps.pruneDecisions.put(runId, rowsOf(plan, vault, tier));
    const { survey, decisions } = plan;
    const drop = decisions.filter(({ decision }) => decision === 'drop').length;
    const damaged = survey.damaged.length + survey.records.damaged.length;
    const unattributed = survey.unattributed.length;
    if (damaged > 0) log('error', 'manifest_damaged', { runId, correlationId, vault, tier, damaged });
    if (unattributed > 0) log('warn', 'archive_unattributed', { runId, correlationId, vault, tier, unattributed });
    return { cancelled: false, drop, keep: decisions.length - drop, damaged, unattributed };
  };
}

function rowsOf({ survey, decisions }: PrunePlan, vault: string, tier: Tier): PruneDecision[] {
  const kept = (subject: string, reason: 'damaged' | 'unattributed'): PruneDecision => ({
    ...{ vault, tier, subject, reason, sequence: null, decision: 'keep', retainUntil: null },
  });
  return [
    ...decisions.map(({ snapshot, decision, reason }) => ({
      ...{ vault, tier, decision, reason },
      ...{ subject: snapshot.snapshot, sequence: snapshot.sequence, retainUntil: snapshot.retainUntil },
    })),
    ...[...survey.damaged, ...survey.records.damaged].map((subject) => kept(subject, 'damaged')),
    ...survey.unattributed.slice(0, UNATTRIBUTED_SHOWN).map((subject) => kept(subject, 'unattributed')),
  ];
}
