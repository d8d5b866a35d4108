import { type AlertContext, type Alerts } from '../alerts/port';
import { type Clock } from '../clock';
import { type EndedStatus, hasEnded, type RunRecord } from '../contracts/runs';
import { estateStatus, snapshotOutcome } from '../domain/outcomes';
import { type ObjectLedger, type RunLedger } from '../ledger/port';
import { countsSoFar } from './counts-so-far';
import { tellOfRun } from './tell-of-run';

interface Deps {
  runs: RunLedger;
  objects: ObjectLedger;
  alerts: Alerts;
  clock: Clock;
}

/**
 * Ends the record of a vault's run that nobody executes any more, and with it those of its estate run and of that one's other vaults, as far as
 * nobody executes them either, and raises alerts by how they ended. `run_abandoned`; only a run whose snapshot was stored has reached its aim. May run twice.
 */
export async function endAbandonedRun(deps: Deps, context: AlertContext, runId: string): Promise<void> {
  const orchestrations = context.orchestrations();
  const run = await deps.runs.get(runId);
  if (run === undefined) return;
  await end(deps, context, run);
  const estate = run.estateRun === null ? undefined : await deps.runs.get(run.estateRun);
  if (estate === undefined || (await orchestrations.isActive(estate.id))) return;
  const statuses: EndedStatus[] = [];
  for (const child of estate.runs) {
    const status = await endUnlessActive(deps, context, child.runId);
    if (status === undefined) return;
    statuses.push(status);
  }
  await deps.runs.change(estate.id, {
    status: estateStatus(statuses),
    code: 'run_abandoned',
    endedAt: deps.clock.now().toISOString(),
  });
}

/** The status with which a run has ended, now or before; `undefined` if it goes on. */
async function endUnlessActive(deps: Deps, context: AlertContext, runId: string): Promise<EndedStatus | undefined> {
  const run = await deps.runs.get(runId);
  if (run === undefined) return 'failed';
  if (hasEnded(run.status)) return run.status;
  return (await context.orchestrations().isActive(runId)) ? undefined : end(deps, context, run);
}

async function end(
  { runs, objects, alerts, clock }: Deps,
  context: AlertContext,
  run: RunRecord,
): Promise<EndedStatus> {
  const endedAt = clock.now().toISOString();
  const status = statusOf(run);
  const { id: runId, correlationId } = run;
  const counts = await countsSoFar(objects, run, { runId, correlationId }, context.log);
  const code = status === 'failed' ? 'run_abandoned' : null;
  const after = await runs.change(runId, { status, code, counts, endedAt });
  if (after !== undefined) await tellOfRun(alerts, context, after);
  return after !== undefined && hasEnded(after.status) ? after.status : status;
}

function statusOf({ snapshotStored, counts }: RunRecord): EndedStatus {
  if (!snapshotStored || counts === null) return 'failed';
  return snapshotOutcome(counts) === 'complete' ? 'succeeded' : 'partial';
}
