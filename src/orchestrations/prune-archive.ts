import { type OrchestrationContext } from 'durable-functions';
import { type ErrorCode } from '../contracts/error-codes';
import { type OrchestrationInputs, type OrchestrationResults } from '../contracts/orchestrations';
import { type PruneCounts } from '../contracts/pruning';
import { type EndedStatus } from '../contracts/runs';
import { addPruneCounts, emptyPruneCounts, pruneStatus } from '../domain/prune-counts';
import { call, callSubOrchestrations, type Flow, inPartsOf, PATIENT } from './calls';

const TARGETS_AT_ONCE = 10;

/**
 * Prunes every vault and tier that the archive holds anything of, some at a time; one that cannot be pruned stops no other. Takes no claim: what a run under
 * way has stored is younger than anything that pruning touches. Started by its schedule and by `POST /api/prune`; the instance id is the run's id.
 */
export function* pruneArchive(context: OrchestrationContext): Flow<OrchestrationResults['pruneArchive']> {
  const run = context.df.getInput<OrchestrationInputs['pruneArchive']>();
  const { runId, correlationId, requestedAt, dryRun } = run;

  const opened = yield* call(context, 'openPruneRun', run, PATIENT);
  if (opened.ok && !opened.proceed) return { status: 'succeeded' };
  const counts = emptyPruneCounts();
  const codes: ErrorCode[] = [];
  if (!opened.ok) codes.push(opened.code);
  else {
    counts.unattributed = opened.unattributed;
    for (const part of inPartsOf(opened.targets, TARGETS_AT_ONCE)) {
      const ended = yield* callSubOrchestrations(
        context,
        'pruneVault',
        part.map((target) => ({
          instanceId: `${runId}-${target.vault}-${target.tier}`,
          input: { ...target, runId, correlationId, dryRun, asOf: requestedAt },
        })),
      );
      for (const outcome of ended) {
        if (outcome?.ok === true) addPruneCounts(counts, outcome.counts);
        else codes.push(outcome === undefined ? 'host_unavailable' : outcome.code);
      }
    }
  }
  const finished = yield* call(
    context,
    'finishPruneRun',
    endOf({ runId, correlationId, dryRun }, counts, codes),
    PATIENT,
  );
  return { status: finished.ok ? finished.status : 'failed' };
}

function endOf<T extends object>(
  run: T,
  counts: PruneCounts,
  codes: readonly ErrorCode[],
): T & { status: EndedStatus; code: ErrorCode | null; counts: PruneCounts } {
  const failures = codes.filter((code) => code !== 'cancelled');
  const isCancelled = failures.length < codes.length;
  const ended = { ...counts, failed: failures.length };
  return { ...run, status: pruneStatus(ended, isCancelled), code: failures[0] ?? codes[0] ?? null, counts: ended };
}
