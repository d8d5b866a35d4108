import { createHash, randomBytes } from 'node:crypto';
import { type Clock } from '../clock';
import { hasEnded } from '../contracts/runs';
import { runId } from '../domain/ids';
import { newPruneRun, type PruneRequest } from '../domain/run-records';
import { occurrenceServedAt } from '../domain/schedules';
import { type AuditTrail, type RunLedger } from '../ledger/port';
import { type Asker, audited } from './audited';
import { type Firing } from './firing';

interface Deps {
  runs: RunLedger;
  clock: Clock;
  pruneSchedule: string;
}

/**
 * Starts a prune at somebody's wish, audited as `prune.start`; a dry run only decides. The record is written before the orchestration starts, so that the run can
 * be looked at as soon as this returns. Two prunes at once do each other no harm. Throws `host_unavailable` and `ledger_*`.
 */
export function askForPrune(
  deps: Deps & { audit: AuditTrail },
  asker: Asker,
  { dryRun }: { dryRun: boolean },
): Promise<PruneRequest> {
  const { runs, clock } = deps;
  const now = clock.now();
  const run: PruneRequest = {
    ...{ runId: runId(now, randomBytes(6).toString('hex')), correlationId: asker.correlationId, dryRun },
    ...{ trigger: 'manual', scheduledFor: null, requestedAt: now.toISOString() },
  };
  return audited(deps, asker, { action: 'prune.start', subject: run.runId, details: { dryRun } }, async () => {
    await runs.create(newPruneRun(run));
    try {
      await asker.orchestrations().start('pruneArchive', run.runId, run);
    } catch (error) {
      const endedAt = clock.now().toISOString();
      await runs.change(run.runId, { status: 'failed', code: 'host_unavailable', endedAt });
      throw error;
    }
    return run;
  });
}

/** Starts the prune that an occurrence of the schedule asks for. A late or doubled timer computes the same occurrence, and so the same run. May run twice. */
export async function startScheduledPrune(
  { runs, clock, pruneSchedule }: Deps,
  { orchestrations, correlationId, log }: Firing,
): Promise<void> {
  const now = clock.now();
  const occurrence = occurrenceServedAt(pruneSchedule, now);
  const scheduledFor = occurrence.toISOString();
  const id = runId(occurrence, createHash('sha256').update(`prune\n${scheduledFor}`).digest('hex'));
  const known = await runs.get(id);
  const isServed = known !== undefined && hasEnded(known.status);
  const started =
    !isServed &&
    (await orchestrations.start('pruneArchive', id, {
      ...{ runId: id, correlationId, trigger: 'schedule', scheduledFor, requestedAt: now.toISOString(), dryRun: false },
    }));
  log('info', started ? 'prune_started' : 'occurrence_already_served', { runId: id, scheduledFor, correlationId });
}
