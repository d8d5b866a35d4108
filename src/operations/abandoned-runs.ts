import { type Clock } from '../clock';
import { type OrchestrationClient } from '../contracts/orchestration-client';
import { type EndedStatus, hasEnded, type RunRecord } from '../contracts/runs';
import { estateStatus, snapshotOutcome } from '../domain/outcomes';
import { type RunLedger } from '../ledger/port';

interface Deps {
  runs: RunLedger;
  clock: Clock;
}

/**
 * Ends the record of a vault's run that nobody executes any more, and with it those of its estate run and of that one's other vaults, as far as
 * nobody executes them either. `run_abandoned`; only a run whose snapshot was stored has reached its aim. May run twice.
 */
export async function endAbandonedRun(deps: Deps, orchestrations: OrchestrationClient, runId: string): Promise<void> {
  const run = await deps.runs.get(runId);
  if (run === undefined) return;
  await end(deps, run);
  const estate = run.estateRun === null ? undefined : await deps.runs.get(run.estateRun);
  if (estate === undefined || (await orchestrations.isActive(estate.id))) return;
  const statuses: EndedStatus[] = [];
  for (const child of estate.runs) {
    const status = await endUnlessActive(deps, orchestrations, child.runId);
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
async function endUnlessActive(
  deps: Deps,
  orchestrations: OrchestrationClient,
  runId: string,
): Promise<EndedStatus | undefined> {
  const run = await deps.runs.get(runId);
  if (run === undefined) return 'failed';
  if (hasEnded(run.status)) return run.status;
  return (await orchestrations.isActive(runId)) ? undefined : end(deps, run);
}

async function end({ runs, clock }: Deps, run: RunRecord): Promise<EndedStatus> {
  const endedAt = clock.now().toISOString();
  const status = statusOf(run);
  const after = await runs.change(run.id, { status, code: status === 'failed' ? 'run_abandoned' : null, endedAt });
  return after !== undefined && hasEnded(after.status) ? after.status : status;
}

function statusOf({ snapshotStored, counts }: RunRecord): EndedStatus {
  if (!snapshotStored || counts === null) return 'failed';
  return snapshotOutcome(counts) === 'complete' ? 'succeeded' : 'partial';
}
